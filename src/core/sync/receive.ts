// Receiving runs: judged against the head of the log held here, given to the disk, and reported as
// held once they are durable (docs/PROTOCOL.md, "Runs").
import type { RunFrame } from '../frames.ts'
import type { ConversationId, DeviceId } from '../id.ts'
import { FETCH_PACE_BYTES } from '../limits.ts'
import { checkRun, lastSeq, type Run, runBytes } from '../run.ts'
import { ended } from './closing.ts'
import { saveHolds, withKept } from './complete.ts'
import { BAD_SIGNATURE, hearDisputed } from './disputes.ts'
import { settleDoubt } from './doubts.ts'
import type { Draft } from './draft.ts'
import { refetchGap, scheduleLacking } from './fetch.ts'
import { contradicted, judgeContested } from './forks.ts'
import { type HeldBack, isHeldBack } from './held-back.ts'
import { fetchProgress } from './stall.ts'
import {
  isOpen,
  type LogKey,
  logKey,
  logOf,
  type LogState,
  type PeerState,
  type StoredRun,
  takesMore,
} from './state.ts'
import { claimKept } from './trust.ts'

export function hearRun(draft: Draft, peer: PeerState, { run }: RunFrame): void {
  const conversation = draft.conversation(run.conversation)
  if (!conversation || !peer.heard.has(run.conversation)) return
  if (!conversation.devices.has(run.device)) return
  const log = logOf(conversation, run.device)
  if (!takesMore(log)) return
  const key = logKey(run.conversation, run.device)
  if (draft.dispute(key)) return hearDisputed(draft, peer.device, run)
  const last = lastSeq(run)
  const isRefused = isHeldBack(draft.current, conversation, run.device)
  if (isRefused && run.first > log.tip.seq) return leave(draft, peer, run)
  const check = checkRun(run, log.tip)
  switch (check.outcome) {
    case 'bad_signature':
      return draft.effect({ type: 'close', peer: peer.device, ...BAD_SIGNATURE })
    case 'fork':
      return contradicted(draft, peer.device, run)
    case 'gap':
      noteHeld(draft, peer, run.conversation, run.device, last)
      return refetchGap(draft, run.conversation, run.device)
    case 'old':
      noteHeld(draft, peer, run.conversation, run.device, last)
      fetchProgress(draft, run, peer.device, log.tip.seq)
      settleDoubt(draft, peer.device, key, last)
      return grant(draft, run, peer.device, runBytes(run))
    case 'extends':
      if (isRefused) {
        leave(draft, peer, run)
        return settleDoubt(draft, peer.device, key, last)
      }
      // A run is taken as a whole, and others are told so: of a forked log no less is accepted.
      draft.setLog(conversation, run.device, {
        ...log,
        tip: check.head,
        until: accepted(log, last),
      })
      noteHeld(draft, peer, run.conversation, run.device, last)
      noteBrought(draft, peer, check.fresh)
      draft.effect({ type: 'store', run: check.fresh, head: check.head, from: peer.device })
      fetchProgress(draft, check.fresh, peer.device, last)
      return grant(draft, run, peer.device, runBytes(run) - runBytes(check.fresh))
  }
}

/** Up to where a forked log is accepted once a run is that ends there. */
function accepted({ forked, until }: LogState, last: number): number {
  return forked ? Math.max(until, last) : until
}

/** What is asked for of those who are held back now is given up; of the others it is asked for. */
export function holdBack(draft: Draft, { accounts, others }: HeldBack): void {
  draft.setHeldBack({ accounts, others })
  for (const [key, { conversation: id, device }] of draft.current.fetches) {
    const conversation = draft.conversation(id)
    if (conversation && isHeldBack(draft.current, conversation, device)) draft.removeFetch(key)
  }
  scheduleLacking(draft)
}

/**
 * A peer that brings what it told of is believed, and asked, like any other; the latter not for a
 * little of it, now and then.
 */
function noteBrought(draft: Draft, from: PeerState, fresh: Run): void {
  const { conversation, device } = fresh
  const key = logKey(conversation, device)
  const last = lastSeq(fresh)
  claimKept(draft, from.device, conversation, device)
  const isAll = last >= (draft.theirs(from, conversation).get(device) ?? 0)
  if (isAll || runBytes(fresh) >= FETCH_PACE_BYTES) {
    draft.updatePeer(from.device, (peer) => ({ ...peer, slow: peer.slow.delete(key) }))
  }
  settleDoubt(draft, from.device, key, last)
}

/** Of a run that is not taken it is kept that it is there: it is asked for once there is room. */
function leave(draft: Draft, peer: PeerState, run: Run): void {
  const { conversation, device } = run
  if ((draft.theirs(peer, conversation).get(device) ?? 0) >= lastSeq(run)) return
  noteHeld(draft, peer, conversation, device, lastSeq(run))
  saveHolds(draft, peer.device, conversation)
}

/** Whoever sends an entry holds it. */
function noteHeld(
  draft: Draft,
  from: PeerState,
  id: ConversationId,
  device: DeviceId,
  seq: number,
): void {
  const told = draft.peer(from.device)
  const conversation = draft.conversation(id)
  if (!told || !conversation) return
  const peer = withKept(draft, told, id)
  const clock = draft.theirs(peer, id)
  if ((clock.get(device) ?? 0) >= seq) return
  const lacks = seq > logOf(conversation, device).durable.seq
  draft.setPeer({
    ...draft.withTheirs(peer, id, new Map(clock).set(device, seq)),
    unsaved: peer.unsaved.add(id),
    lacking: lacks ? peer.lacking.set(logKey(id, device), seq) : peer.lacking,
  })
}

/** What needs no more room here frees credit for the peer it came from. */
function grant(draft: Draft, run: Run, from: DeviceId, credit: number): void {
  const { conversation, device } = run
  const fetch = draft.fetch(logKey(conversation, device))
  if (credit === 0 || !fetch?.asked || fetch.peer !== from) return
  draft.send(from, { type: 'credit', conversation, device, credit })
}

/** Runs became durable: their logs grew, and what was lacking is here. */
export function takeStored(draft: Draft, runs: readonly StoredRun[], position: number): void {
  draft.setPosition(position)
  for (const { run, head, from } of runs) {
    const conversation = draft.conversation(run.conversation)
    if (!conversation) continue
    const log = logOf(conversation, run.device)
    if (head.seq <= log.durable.seq) continue
    const tip = log.tip.seq < head.seq ? head : log.tip
    const next = { ...log, durable: head, tip, changedAt: position, digest: undefined }
    draft.setLog({ ...conversation, changedAt: position }, run.device, next)
    if (from !== undefined) grant(draft, run, from, runBytes(run))
    settle(draft, logKey(run.conversation, run.device), head.seq)
    if (isOpen(log) && !isOpen(next)) ended(draft, logKey(run.conversation, run.device))
    judgeContested(draft, run.conversation, run.device)
  }
}

function settle(draft: Draft, key: LogKey, seq: number): void {
  for (const peer of draft.current.peers.values()) {
    const lacked = peer.lacking.get(key)
    if (lacked !== undefined && lacked <= seq) {
      draft.setPeer({ ...peer, lacking: peer.lacking.delete(key) })
    }
  }
}
