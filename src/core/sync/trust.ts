// What a peer says it holds of this node's own log. It is believed at first: after a restored
// backup peers do hold more of it, and what is written before that came back forks the log. But the
// word of a peer that does not bring what it tells of must not stop the writing for ever: it is
// asked again and again, and no longer waited for (docs/PROTOCOL.md, "Forks").
import type { ConversationId, DeviceId } from '../id.ts'
import { CLAIMS_UNKEPT_MAX } from '../limits.ts'
import type { Draft } from './draft.ts'
import { theirClock } from './held.ts'
import { type ClaimKey, type ConversationState, logKey, logOf, type SyncState } from './state.ts'

function claimKey(peer: DeviceId, conversation: ConversationId, device: DeviceId): ClaimKey {
  return `${peer}/${logKey(conversation, device)}`
}

/** Whether own entries should first come back from a connected peer before more are written. */
export function awaitsOwn(state: SyncState, id: ConversationId): boolean {
  const { me, unkept } = state
  const conversation = state.conversations.get(id)
  if (!conversation) return false
  const { tip } = logOf(conversation, me)
  return state.peers.some((peer) => {
    const { device } = peer
    if ((theirClock(state, peer, id).get(me) ?? 0) <= tip.seq) return false
    if (!isKnown(conversation, device)) return false
    return (unkept.get(claimKey(device, id, me)) ?? 0) < CLAIMS_UNKEPT_MAX
  })
}

/**
 * Whether it writes there, or did. Others are heard too, and there is no end of these: they would
 * stop the writing again and again, each for the first time.
 */
function isKnown(conversation: ConversationState | undefined, peer: DeviceId): boolean {
  return conversation?.devices.has(peer) === true
}

/** Own entries did not come, and the session with the peer that told of them is over. */
export function claimBroken(
  draft: Draft,
  peer: DeviceId,
  id: ConversationId,
  author: DeviceId,
): void {
  if (!draft.isMine(author) || !isKnown(draft.conversation(id), peer)) return
  const claim = claimKey(peer, id, author)
  draft.setUnkept(claim, (draft.current.unkept.get(claim) ?? 0) + 1)
}

/** Own entries did not come although there was time enough. */
export function claimStalled(
  draft: Draft,
  peer: DeviceId,
  id: ConversationId,
  author: DeviceId,
): void {
  if (!draft.isMine(author) || !isKnown(draft.conversation(id), peer)) return
  draft.setUnkept(claimKey(peer, id, author), CLAIMS_UNKEPT_MAX)
}

/** Own entries came: what else the peer tells of them is believed again. */
export function claimKept(
  draft: Draft,
  peer: DeviceId,
  id: ConversationId,
  author: DeviceId,
): void {
  draft.keptClaim(claimKey(peer, id, author))
}
