// Doubts: a clock counts entries, and two logs that differ may be equally long. So a clock carries
// a mark of each log's newest entry; where the numbers are equal and the marks are not, the peer is
// asked for that entry, and its signature shows the fork (docs/PROTOCOL.md, "Clocks").
import type { ConversationClock } from '../frames.ts'
import type { DeviceId } from '../id.ts'
import { FETCH_STALL_MS } from '../limits.ts'
import { headMark } from '../run.ts'
import { rememberIfComplete } from './complete.ts'
import type { Draft } from './draft.ts'
import { conversationOf, deviceOf, isOpen, type LogKey, logKey, logOf } from './state.ts'

export function hearMarks(
  draft: Draft,
  peer: DeviceId,
  { conversation: id, ...told }: ConversationClock,
): void {
  const conversation = draft.conversation(id)
  for (const [device, mark] of told.marks ?? []) {
    if (!conversation?.devices.has(device)) continue
    const log = logOf(conversation, device)
    // What is told of a longer or a shorter log shows when one side fetches the rest.
    if (!isOpen(log) || told.seqs.get(device) !== log.durable.seq) continue
    if (Buffer.compare(mark, headMark(log.durable)) === 0) continue
    const key = logKey(id, device)
    if (!draft.dispute(key)) ask(draft, peer, key, log.durable.seq)
  }
}

/** One entry with its signature is enough to tell. */
function ask(draft: Draft, device: DeviceId, key: LogKey, seq: number): void {
  const doubt = { seq, askedAtMs: draft.nowMs }
  draft.updatePeer(device, (peer) => ({ ...peer, doubts: peer.doubts.set(key, doubt) }))
  const log = { conversation: conversationOf(key), device: deviceOf(key) }
  draft.send(device, { type: 'want', ...log, first: seq, last: seq, credit: 1 })
}

/** The peer showed what it holds there: the same, or the fork was found. */
export function settleDoubt(draft: Draft, device: DeviceId, key: LogKey, last: number): void {
  const peer = draft.peer(device)
  const doubt = peer?.doubts.get(key)
  if (!peer || !doubt || last < doubt.seq) return
  draft.setPeer({ ...peer, doubts: peer.doubts.delete(key) })
  rememberIfComplete(draft, device)
}

/** Asks again for what was not shown. A log that grew meanwhile is told of, and fetched. */
export function retryDoubts(draft: Draft): void {
  for (const peer of draft.current.peers.values()) {
    for (const [key, { seq, askedAtMs }] of peer.doubts) {
      if (draft.nowMs - askedAtMs < FETCH_STALL_MS) continue
      const conversation = draft.conversation(conversationOf(key))
      const log = conversation && logOf(conversation, deviceOf(key))
      if (log?.durable.seq === seq && isOpen(log)) ask(draft, peer.device, key, seq)
      else settleDoubt(draft, peer.device, key, seq)
    }
  }
}
