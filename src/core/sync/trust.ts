// What a peer says it holds of this node's own log. It is believed at first: after a restored
// backup peers do hold more of it, and what is written before that came back forks the log. But the
// word of a peer that does not bring what it tells of must not stop the writing for ever: it is
// asked again and again, and no longer waited for (docs/PROTOCOL.md, "Forks").
import type { ConversationId, DeviceId } from '../id.ts'
import { CLAIMS_UNKEPT_MAX } from '../limits.ts'
import type { Draft } from './draft.ts'
import { theirClock } from './held.ts'
import { type ClaimKey, type ConversationState, logKey, logOf, type SyncState } from './state.ts'

/** Of all devices of an account together: it may list any number, one after the other. */
function claimOf(
  conversation: ConversationState | undefined,
  peer: DeviceId,
  author: DeviceId,
): ClaimKey | undefined {
  const account = conversation?.devices.get(peer)
  return conversation && account && `${account}/${logKey(conversation.id, author)}`
}

/**
 * Whether the word of a peer about an own log still counts. That of others than those who write
 * there, or did, never does: they are heard too, and there is no end of these. They would stop the
 * writing again and again, each for the first time.
 */
export function isBelieved(
  { unkept }: Pick<SyncState, 'unkept'>,
  conversation: ConversationState,
  peer: DeviceId,
  author: DeviceId,
): boolean {
  const claim = claimOf(conversation, peer, author)
  return claim !== undefined && (unkept.get(claim) ?? 0) < CLAIMS_UNKEPT_MAX
}

/** Whether own entries should first come back from a connected peer before more are written. */
export function awaitsOwn(state: SyncState, id: ConversationId): boolean {
  const { me } = state
  const conversation = state.conversations.get(id)
  if (!conversation) return false
  const { tip } = logOf(conversation, me)
  return state.peers.some(
    (peer) =>
      (theirClock(state, peer, id).get(me) ?? 0) > tip.seq &&
      isBelieved(state, conversation, peer.device, me),
  )
}

/** Own entries did not come, and the session with the peer that told of them is over. */
export function claimBroken(
  draft: Draft,
  peer: DeviceId,
  id: ConversationId,
  author: DeviceId,
): void {
  const claim = draft.isMine(author) && claimOf(draft.conversation(id), peer, author)
  if (claim) draft.setUnkept(claim, (draft.current.unkept.get(claim) ?? 0) + 1)
}

/** Own entries did not come although there was time enough. */
export function claimStalled(
  draft: Draft,
  peer: DeviceId,
  id: ConversationId,
  author: DeviceId,
): void {
  const claim = draft.isMine(author) && claimOf(draft.conversation(id), peer, author)
  if (claim) draft.setUnkept(claim, CLAIMS_UNKEPT_MAX)
}

/** Own entries came: what else the peer tells of them is believed again. */
export function claimKept(
  draft: Draft,
  peer: DeviceId,
  id: ConversationId,
  author: DeviceId,
): void {
  const claim = claimOf(draft.conversation(id), peer, author)
  if (claim) draft.keptClaim(claim)
}
