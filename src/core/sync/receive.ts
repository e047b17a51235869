// Receiving runs: judged against the head of the log held here, given to the disk, and reported as
// held once they are durable (docs/PROTOCOL.md, "Runs").
import type { RunFrame } from '../frames.ts'
import type { ConversationId, DeviceId } from '../id.ts'
import { checkRun, lastSeq, type Run, runBytes } from '../run.ts'
import { rememberIfComplete } from './clocks.ts'
import type { Draft } from './draft.ts'
import { fetchProgress, refetchGap } from './fetch.ts'
import {
  type ConversationState,
  type LogKey,
  logKey,
  logOf,
  type PeerState,
  type StoredRun,
} from './state.ts'

export function hearRun(draft: Draft, peer: PeerState, { run }: RunFrame): void {
  const conversation = draft.conversation(run.conversation)
  if (!conversation || !peer.shared.has(run.conversation)) return
  if (!conversation.devices.has(run.device)) return
  const log = logOf(conversation, run.device)
  if (log.forked) return
  const check = checkRun(run, log.tip)
  const last = lastSeq(run)
  switch (check.outcome) {
    case 'bad_signature':
      return draft.effect({
        type: 'close',
        peer: peer.device,
        code: 'bad_signature',
        reason: 'a run whose signature does not fit',
      })
    case 'fork':
      return fork(draft, peer, conversation, run)
    case 'gap':
      noteHeld(draft, peer, run.conversation, run.device, last)
      return refetchGap(draft, run.conversation, run.device)
    case 'old':
      noteHeld(draft, peer, run.conversation, run.device, last)
      fetchProgress(draft, run.conversation, run.device, peer.device, log.tip.seq)
      return grant(draft, run, peer.device, runBytes(run))
    case 'extends':
      draft.setLog(conversation, run.device, { ...log, tip: check.head })
      noteHeld(draft, peer, run.conversation, run.device, last)
      draft.effect({ type: 'store', run: check.fresh, head: check.head, from: peer.device })
      fetchProgress(draft, run.conversation, run.device, peer.device, last)
      return grant(draft, run, peer.device, runBytes(run) - runBytes(check.fresh))
  }
}

/** Nothing more is accepted of this log, so nothing of it is lacking any more. */
function fork(draft: Draft, from: PeerState, conversation: ConversationState, run: Run): void {
  const key = logKey(run.conversation, run.device)
  const log = logOf(conversation, run.device)
  draft.setLog(conversation, run.device, { ...log, forked: true })
  draft.removeFetch(key)
  draft.effect({ type: 'forked', run, from: from.device })
  for (const peer of draft.current.peers.values()) {
    if (!peer.lacking.has(key)) continue
    draft.setPeer({ ...peer, lacking: peer.lacking.delete(key) })
    rememberIfComplete(draft, peer.device)
  }
}

/** Whoever sends an entry holds it. */
function noteHeld(
  draft: Draft,
  from: PeerState,
  id: ConversationId,
  device: DeviceId,
  seq: number,
): void {
  const peer = draft.peer(from.device)
  const conversation = draft.conversation(id)
  if (!peer || !conversation) return
  const clock = draft.theirs(peer, id)
  if ((clock.get(device) ?? 0) >= seq) return
  const lacks = seq > logOf(conversation, device).durable.seq
  draft.setPeer({
    ...peer,
    theirs: peer.theirs.set(id, new Map(clock).set(device, seq)),
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
    draft.setLog({ ...conversation, changedAt: position }, run.device, {
      ...log,
      durable: head,
      tip,
    })
    if (from !== undefined) grant(draft, run, from, runBytes(run))
    settle(draft, logKey(run.conversation, run.device), head.seq)
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
