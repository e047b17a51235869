// What a peer holds and this node does not, and what is kept of it: a clock whenever it changed,
// and a token once nothing is lacking that it stands for (docs/PROTOCOL.md, "Clocks").
import { Set as ImmutableSet } from 'immutable'

import type { Clock } from '../clock.ts'
import type { ConversationId, DeviceId } from '../id.ts'
import type { Draft } from './draft.ts'
import { type ConversationState, isOpen, logKey, logOf, type PeerState } from './state.ts'

const NO_MARKS: ReadonlyMap<DeviceId, Uint8Array> = new Map()

/** Notes every log of which the clock holds more than is durable here. */
export function withLacking(
  lacking: PeerState['lacking'],
  conversation: ConversationState,
  clock: Clock,
): PeerState['lacking'] {
  let noted = lacking
  for (const [author, seq] of clock) {
    const log = logOf(conversation, author)
    if (seq > log.durable.seq && isOpen(log))
      noted = noted.set(logKey(conversation.id, author), seq)
  }
  return noted
}

/** @param marks as they were told with the clock */
export function saveHolds(
  draft: Draft,
  device: DeviceId,
  conversation: ConversationId,
  marks: ReadonlyMap<DeviceId, Uint8Array> = NO_MARKS,
): void {
  const peer = draft.peer(device)
  if (!peer) return
  draft.setPeer({ ...peer, unsaved: peer.unsaved.delete(conversation) })
  const clock = draft.theirs(peer, conversation)
  const told = marks.size > 0 ? { marks } : {}
  draft.effect({ type: 'holds', peer: device, conversation, clock, ...told })
}

/** Once nothing that the peer told is lacking, its token stands for all of it. */
export function rememberIfComplete(draft: Draft, device: DeviceId): void {
  const peer = draft.peer(device)
  const token = peer?.token
  if (!token || token === peer.tokenRemembered) return
  if (peer.lacking.size > 0 || peer.doubts.size > 0) return
  for (const conversation of peer.unsaved) saveHolds(draft, device, conversation)
  const before = peer.tokenRemembered
  draft.setPeer({ ...peer, unsaved: ImmutableSet(), tokenRemembered: token })
  if (before?.epoch === token.epoch && before.position === token.position) return
  draft.effect({ type: 'remember', peer: device, token })
}
