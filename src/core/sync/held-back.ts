// Holding back: whose entries are not taken for now, because the room that they may fill is used
// up. Nothing of their logs is asked for, and what they push is left; their clocks still count,
// own entries still go out to them, and what was left comes by the usual way once there is room
// (docs/PROTOCOL.md, "Runs").
import type { AccountId, DeviceId } from '../id.ts'
import type { ConversationState, SyncState } from './state.ts'

export interface HeldBack {
  readonly accounts: ReadonlySet<AccountId>
  /** Everybody is, but for the account of this node. */
  readonly others: boolean
}

export const NOBODY_HELD_BACK: HeldBack = { accounts: new Set(), others: false }

/** Whether no further entries of a log are taken for now. Own ones may come back at any time. */
export function isHeldBack(
  { me, mine, heldBack }: Pick<SyncState, 'me' | 'mine' | 'heldBack'>,
  { devices }: ConversationState,
  device: DeviceId,
): boolean {
  const author = devices.get(device)
  if (author === undefined || mine.has(device) || author === devices.get(me)) return false
  return heldBack.others || heldBack.accounts.has(author)
}
