// A log that was found forked takes no more than was accepted first, and every peer that shares the
// conversation is shown the proof (docs/PROTOCOL.md, "Forks").
import type { ForkProof } from '../fork.ts'
import type { ForkFrame } from '../frames.ts'
import type { DeviceId } from '../id.ts'
import { CLOCK_INTERVAL_MS } from '../limits.ts'
import { rememberIfComplete } from './complete.ts'
import type { Draft } from './draft.ts'
import { conversationOf, deviceOf, isOpen, type LogKey, logOf } from './state.ts'

/** A peer proved that a log is forked. What is being written was accepted before. */
export function closeProven(draft: Draft, from: DeviceId, key: LogKey, proof: ForkProof): void {
  const conversation = draft.conversation(conversationOf(key))
  if (!conversation) return
  const until = Math.max(proof.head.seq, logOf(conversation, deviceOf(key)).tip.seq)
  closeAt(draft, from, key, { proof, until })
}

function closeAt(
  draft: Draft,
  from: DeviceId,
  key: LogKey,
  { proof, until }: { readonly proof: ForkProof; readonly until: number },
): void {
  draft.effect({ type: 'forked', run: proof.run, from, until, proof })
  closeLog(draft, key, until)
  draft.addFork(key)
  proveToAll(draft, key, from)
}

/**
 * A peer proved that an own log is forked that was cut back already. It goes on taking in what
 * peers hold of it by now, and nothing after that: what others wrote who saw more of it
 * would wait here for ever.
 */
export function closeCut(
  draft: Draft,
  from: DeviceId,
  key: LogKey,
  { proof, held }: Pick<ForkFrame, 'proof' | 'held'>,
): void {
  const id = conversationOf(key)
  const conversation = draft.conversation(id)
  if (!conversation) return
  let until = Math.max(proof.head.seq, held, logOf(conversation, deviceOf(key)).tip.seq)
  for (const peer of draft.current.peers.values()) {
    until = Math.max(until, draft.theirs(peer, id).get(deviceOf(key)) ?? 0)
  }
  closeAt(draft, from, key, { proof, until })
}

/**
 * Marks a log as forked.
 *
 * @param until what comes up to this place is still accepted: whoever found the fork holds as much
 */
export function closeLog(draft: Draft, key: LogKey, until: number): void {
  const conversation = draft.conversation(conversationOf(key))
  if (!conversation) return
  const device = deviceOf(key)
  const { contested: _, ...log } = logOf(conversation, device)
  const closed = { ...log, forked: true, until }
  draft.setLog(conversation, device, closed)
  if (isOpen(log) && !isOpen(closed)) ended(draft, key)
}

/** Of a log that takes no more entries nothing is lacking, asked for or doubtful. */
export function ended(draft: Draft, key: LogKey): void {
  draft.effect({ type: 'ended', conversation: conversationOf(key), device: deviceOf(key) })
  draft.removeFetch(key)
  for (const peer of draft.current.peers.values()) {
    if (!peer.lacking.has(key) && !peer.doubts.has(key)) continue
    const lacking = peer.lacking.delete(key)
    draft.setPeer({ ...peer, lacking, doubts: peer.doubts.delete(key) })
    rememberIfComplete(draft, peer.device)
  }
}

export function proveToAll(draft: Draft, key: LogKey, except: DeviceId | undefined): void {
  for (const { device, shared } of draft.current.peers.values()) {
    if (device !== except && shared.has(conversationOf(key))) prove(draft, device, key)
  }
}

export function prove(draft: Draft, device: DeviceId, key: LogKey): void {
  const conversation = draft.conversation(conversationOf(key))
  const peer = draft.peer(device)
  if (!conversation || !peer) return
  const author = deviceOf(key)
  const { durable, until } = logOf(conversation, author)
  const held = Math.max(durable.seq, until)
  draft.effect({ type: 'prove', peer: device, conversation: conversation.id, device: author, held })
  noteProof(draft, device, key, 2 * (peer.proofs.get(key)?.waitMs ?? CLOCK_INTERVAL_MS / 2))
}

export function noteProof(draft: Draft, device: DeviceId, key: LogKey, waitMs: number): void {
  const proof = { atMs: draft.nowMs, waitMs }
  draft.updatePeer(device, (peer) => ({ ...peer, proofs: peer.proofs.set(key, proof) }))
}
