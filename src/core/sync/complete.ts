// What a peer holds and this node does not, and what is kept of it: a clock whenever it changed,
// and a token once nothing is lacking that it stands for (docs/PROTOCOL.md, "Clocks").
import { Set as ImmutableSet } from 'immutable'

import type { Clock } from '../clock.ts'
import type { ConversationId, DeviceId } from '../id.ts'
import { COUNTED_LACKED_MAX } from '../limits.ts'
import type { Draft } from './draft.ts'
import {
  conversationOf,
  type Counted,
  type ConversationState,
  isOpen,
  logKey,
  logOf,
  type PeerState,
  type SyncState,
} from './state.ts'

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

/** What a peer told before is looked up, to be noted with what it tells now. */
export function withKept(draft: Draft, peer: PeerState, id: ConversationId): PeerState {
  const conversation = peer.theirs.has(id) ? undefined : draft.conversation(id)
  const clock = draft.theirs(peer, id)
  if (!conversation || clock.size === 0) return peer
  const lacking = withLacking(peer.lacking, conversation, clock)
  return { ...peer, theirs: peer.theirs.set(id, clock), lacking }
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

/** What a peer told, where all of it left in a `holds`, and not too much of it is lacking. */
export function countedOf({ peers }: SyncState, device: DeviceId): Counted | undefined {
  const { told, unsaved, lacking } = peers.get(device) ?? {}
  if (!told || !lacking || unsaved?.size !== 0) return undefined
  const lacked = new Set([...lacking.keys()].map(conversationOf))
  return lacked.size > COUNTED_LACKED_MAX ? undefined : { told, lacked: [...lacked] }
}
