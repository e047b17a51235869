// Whether one's own log may be written to. A database that lost its end, or an older copy that was
// put back, holds less of it than peers do, and writing then would fork it: what they hold comes
// back first (docs/PROTOCOL.md, "Forks").
//
// What connected peers hold, and how far their word is good, is the engine's to say. Of those who
// are away it is known what they told when this node still held it too: so much did exist.
import type { ConversationId, DeviceId } from '../core/id.ts'
import { logKey, logOf, type SyncState } from '../core/sync/state.ts'
import { awaitsOwn, isBelieved } from '../core/sync/trust.ts'
import type { LevelStore } from '../store/store-level.ts'
import type { Conversations } from './conversations.ts'
import type { Receipts } from './receipts.ts'

export interface OwnLogInit {
  readonly me: DeviceId
  readonly sync: () => SyncState
  readonly receipts: Pick<Receipts, 'witness' | 'hasTold'>
  readonly conversations: Pick<Conversations, 'others'>
  readonly store: Pick<LevelStore, 'everHeld'>
}

export type OwnLogState =
  | 'ready'
  /** A peer holds entries of it that are not here, or perhaps other ones. */
  | 'behind'
  /** It was written twice: this node is about to go on as another device. */
  | 'forked'

export class OwnLog {
  private readonly init: OwnLogInit
  /** Devices that were seen to have told all of their clocks since this node started. */
  private readonly heard = new Set<DeviceId>()

  constructor(init: OwnLogInit) {
    this.init = init
  }

  state(id: ConversationId): OwnLogState {
    const { conversations, me, receipts, store, sync } = this.init
    const state = sync()
    const conversation = state.conversations.get(id)
    if (!conversation) return 'ready'
    const { tip, forked } = logOf(conversation, me)
    const dispute = state.disputes.get(logKey(id, me))
    if (forked || dispute?.reported) return 'forked'
    if (dispute || awaitsOwn(state, id)) return 'behind'
    // Some of it is lost: peers may hold it, and it is not known yet what they hold. In a group of
    // the user alone nobody will ever tell; but without what made it there is no group to write to.
    const devices = [...conversation.devices.keys()]
    const isNobodyElse = devices.every((device) => state.mine.has(device))
    const isAlone = tip.seq > 0 && isNobodyElse && conversations.others(id).length === 0
    const isShort = !isAlone && store.everHeld(id, me) > tip.seq
    if (isShort && !this.wasAsked(state, devices)) return 'behind'
    const isAway = (device: DeviceId): boolean => device !== me && !state.peers.has(device)
    // Somebody who is away cannot send; but whoever was here and did not is not waited for.
    const isAhead = (device: DeviceId): boolean =>
      receipts.witness(device, id) > tip.seq && isBelieved(state, conversation, device, me)
    const away = devices.filter(isAway)
    return away.some(isAhead) ? 'behind' : 'ready'
  }

  /**
   * Whether any of them told all that it holds. What it tells of others' logs and does not bring
   * does not matter here, and what it tells of this one is `awaitsOwn`'s to judge.
   */
  private wasAsked(state: SyncState, devices: readonly DeviceId[]): boolean {
    const { me, receipts } = this.init
    for (const device of devices) if (state.peers.get(device)?.token) this.heard.add(device)
    return devices.some(
      (device) => device !== me && (this.heard.has(device) || receipts.hasTold(device)),
    )
  }
}
