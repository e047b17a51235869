// Forks of this node's own logs: a copy of its database wrote to them too, or a restored one lost
// what peers hold. The engine finds the first place at which the own log differs from a peer's, by
// asking that peer for single pages, further and further back until one joins, and then onward
// from there; the node then cuts the log back to that place and writes the rest again as another
// device (docs/PROTOCOL.md, "Forks").
import type { DeviceId } from '../id.ts'
import { FETCH_STALL_MS } from '../limits.ts'
import { lastSeq, type Run, vouchedEnd } from '../run.ts'
import { closeProven, noteProof } from './closing.ts'
import type { Draft } from './draft.ts'
import {
  conversationOf,
  deviceOf,
  type Ended,
  type LogKey,
  logKey,
  logOf,
  type LogState,
} from './state.ts'

export const BAD_SIGNATURE = {
  code: 'bad_signature',
  reason: 'a run whose signature does not fit',
} as const

/** A peer proved that an own log is forked: it takes no more entries than it holds. */
export function hearOwnProof(draft: Draft, device: DeviceId, key: LogKey, ended: Ended): void {
  draft.updatePeer(device, (peer) => ({ ...peer, ended: peer.ended.set(key, ended) }))
  openDispute(draft, key, device, undefined)
}

/** @param run a run of the peer's that does not join the own log, if that is how it showed */
export function openDispute(draft: Draft, key: LogKey, peer: DeviceId, run: Run | undefined): void {
  const log = ownLog(draft, key)
  if (!log || log.forked || draft.dispute(key)) return
  // The last place that both have: there they are most likely to differ, or to agree.
  const common = Math.min(log.durable.seq, heldBy(draft, key, peer))
  // One that tells of less cannot be asked for that place, whatever it proved: it may be without
  // it yet, or tell nothing of the conversation any more.
  if (!run && toldBy(draft, key, peer) < common) return
  draft.removeFetch(key)
  const opened = { peer, back: 1, reported: false, askedAtMs: draft.nowMs }
  if (run) {
    draft.setDispute(key, { ...opened, first: run.first, comparing: undefined })
    return compare(draft, key, run)
  }
  draft.setDispute(key, { ...opened, first: common, comparing: undefined })
  if (common > 0) ask(draft, key, common)
  else conclude(draft, key, log, 0)
}

function compare(draft: Draft, key: LogKey, run: Run): void {
  const dispute = draft.dispute(key)
  const log = ownLog(draft, key)
  if (!dispute || !log) return
  const comparing = log.durable.seq
  draft.setDispute(key, { ...dispute, comparing, askedAtMs: draft.nowMs })
  draft.effect({ type: 'compare', peer: dispute.peer, run })
}

/** Something of a disputed own log came from the peer that was asked for it. */
export function hearDisputed(draft: Draft, from: DeviceId, run: Run): void {
  const key = logKey(run.conversation, run.device)
  const dispute = draft.dispute(key)
  // Until the place is known the log takes nothing: it could not be told what to write again.
  if (!dispute || dispute.peer !== from || dispute.reported) return
  if (dispute.comparing !== undefined || run.first !== dispute.first) return
  if (!vouchedEnd(run)) return draft.effect({ type: 'close', peer: from, ...BAD_SIGNATURE })
  compare(draft, key, run)
}

/** @param agreed the last place at which the own log and the run have the same hash */
export function compared(draft: Draft, run: Run, agreed: number | undefined): void {
  const key = logKey(run.conversation, run.device)
  const dispute = draft.dispute(key)
  const log = ownLog(draft, key)
  if (!log || dispute?.comparing === undefined || dispute.first !== run.first) return
  if (agreed === undefined) {
    // Every log begins with the same hash: a disk that does not say so cannot be read.
    if (run.first === 1) return draft.removeDispute(key)
    draft.setDispute(key, { ...dispute, back: 2 * dispute.back })
    return ask(draft, key, Math.max(1, run.first - dispute.back))
  }
  const theirs = Math.max(lastSeq(run), heldBy(draft, key, dispute.peer))
  const isWriting = log.tip.seq !== log.durable.seq
  if (agreed < lastSeq(run) && agreed < dispute.comparing) report(draft, key, agreed + 1)
  else if (agreed < theirs && agreed < log.durable.seq) ask(draft, key, agreed + 1)
  // What is being written may be what the peer has there: looked at again after a while.
  else if (agreed < theirs && isWriting) draft.setDispute(key, { ...dispute, comparing: undefined })
  else conclude(draft, key, log, agreed)
}

/**
 * One of the two logs is the beginning of the other. Where the peer takes no more, what it does not
 * hold has to go elsewhere, and so has everything that the current device will ever write.
 */
function conclude(draft: Draft, key: LogKey, log: LogState, agreed: number): void {
  const peer = draft.peer(draft.dispute(key)?.peer ?? draft.current.me)
  const proven = peer?.ended.get(key)
  if (proven && (log.tip.seq > agreed || deviceOf(key) === draft.current.me)) {
    return report(draft, key, agreed + 1)
  }
  draft.removeDispute(key)
  if (!peer || !proven) return
  draft.setPeer({ ...peer, ended: peer.ended.delete(key) })
  // Nothing more comes of it: what others wrote who saw more waits as little as elsewhere.
  closeProven(draft, peer.device, key, proven.proof)
}

function report(draft: Draft, key: LogKey, at: number): void {
  const dispute = draft.dispute(key)
  if (!dispute) return
  draft.setDispute(key, { ...dispute, comparing: undefined, reported: true })
  const log = { conversation: conversationOf(key), device: deviceOf(key) }
  const ended = draft.peer(dispute.peer)?.ended.get(key)
  draft.effect({ type: 'own_fork', ...log, at, ...(ended && { ended }), from: dispute.peer })
}

/** One page, beginning there: credit of one byte is used up by it. */
function ask(draft: Draft, key: LogKey, first: number): void {
  const dispute = draft.dispute(key)
  if (!dispute) return
  draft.setDispute(key, { ...dispute, first, comparing: undefined, askedAtMs: draft.nowMs })
  const log = { conversation: conversationOf(key), device: deviceOf(key) }
  draft.send(dispute.peer, { type: 'want', ...log, first, last: first, credit: 1 })
}

/** A peer that is gone, or does not answer, does not keep others from helping. */
export function retryDisputes(draft: Draft): void {
  for (const [key, dispute] of draft.current.disputes) {
    const isLate = draft.nowMs - dispute.askedAtMs >= FETCH_STALL_MS
    if (dispute.reported || !isLate) continue
    draft.removeDispute(key)
    draft.updatePeer(dispute.peer, (peer) => ({ ...peer, slow: peer.slow.add(key) }))
    // Of those who showed a proof it comes last now: each of them has its turn.
    if (draft.peer(dispute.peer)?.ended.has(key)) noteProof(draft, dispute.peer, key, Infinity)
  }
  const proved = [...draft.current.peers.values()].flatMap(({ device, ended, proofs }) =>
    [...ended.keys()].map((key) => ({ device, key, atMs: proofs.get(key)?.atMs ?? 0 })),
  )
  for (const { device, key } of proved.toSorted((a, b) => a.atMs - b.atMs)) {
    openDispute(draft, key, device, undefined)
  }
}

export function leaveDisputes(draft: Draft, peer: DeviceId): void {
  for (const [key, dispute] of draft.current.disputes) {
    if (dispute.peer === peer && !dispute.reported) draft.removeDispute(key)
  }
}

/** How many entries of the log the peer has, or will have: it takes so many. */
function heldBy(draft: Draft, key: LogKey, device: DeviceId): number {
  return draft.peer(device)?.ended.get(key)?.held ?? toldBy(draft, key, device)
}

function toldBy(draft: Draft, key: LogKey, device: DeviceId): number {
  const peer = draft.peer(device)
  return (peer && draft.theirs(peer, conversationOf(key)).get(deviceOf(key))) ?? 0
}

function ownLog(draft: Draft, key: LogKey): LogState | undefined {
  const conversation = draft.conversation(conversationOf(key))
  return conversation && logOf(conversation, deviceOf(key))
}
