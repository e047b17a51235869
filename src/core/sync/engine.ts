// The sync engine: when two nodes meet they tell each other their vector clocks, each asks for what
// it lacks, verifies what comes, writes it, and says so by a new clock (docs/PROTOCOL.md).
//
//   (state, event) -> { state, effects }
//
// It is pure. Time and the results of reads and writes arrive as events; frames, reads and writes
// leave as effects. The node carries them out on sockets and disks, the simulator on a network
// that loses, repeats and reorders, and disks that forget what was not synced.
import type { ClocksWantedFrame } from '../frames.ts'
import type { AccountId, ConversationId, DeviceId } from '../id.ts'
import { CLOCK_INTERVAL_MS, TOLD_AT_ONCE_MAX, WRITE_RETRY_MS } from '../limits.ts'
import { wantClocks, wantClocksAgain, wantClocksSoon } from './asking.ts'
import { hearClocks, tellAbout, tellClocks } from './clocks.ts'
import { rememberIfComplete } from './complete.ts'
import { conversationDigest } from './digest.ts'
import { compared, retryDisputes } from './disputes.ts'
import { retryDoubts } from './doubts.ts'
import { Draft } from './draft.ts'
import type { Introduced } from './events.ts'
import { schedule, scheduleLacking } from './fetch.ts'
import { hearFork, judgeContested, proveAgain, proveAllTo } from './forks.ts'
import { knownPart } from './held.ts'
import { connected, disconnected, shared } from './meeting.ts'
import { hearRun, holdBack, takeStored } from './receive.ts'
import { spread, tellUntold } from './rumours.ts'
import { dropIdle, hearCredit, hearWant, readAgain, sendPage } from './serve.ts'
import { retryStalled } from './stall.ts'
import {
  conversationOf,
  type ConversationState,
  deviceOf,
  logKey,
  type LogState,
  logOf,
  type PeerState,
  type Step,
  type StoredRun,
  type SyncEvent,
  type SyncEventOf,
  type SyncState,
} from './state.ts'
import { noteSeen, noteUnseen, withdraw, withdrawn } from './withdraw.ts'

/** @param nowMs by a clock that never goes back; only differences count */
export function step(state: SyncState, event: SyncEvent, nowMs: number): Step {
  const draft = new Draft(state, nowMs)
  take(draft, event)
  return draft.finish()
}

function take(draft: Draft, event: SyncEvent): void {
  switch (event.type) {
    case 'conversations':
      return draft.atOnce(() => event.introduced.forEach((each) => introduce(draft, each)))
    case 'connected':
      return connected(draft, event)
    case 'disconnected':
      return disconnected(draft, event.peer)
    case 'shared':
      return shared(draft, event)
    case 'frame':
      return frame(draft, event)
    case 'congested':
      return draft.updatePeer(event.peer, (peer) => ({ ...peer, congested: event.congested }))
    case 'append':
      return append(draft, event)
    case 'stored':
      return stored(draft, event.runs, event.position)
    case 'store_failed':
      return storeFailed(draft, event.conversation, event.device)
    case 'withdraw':
      return withdraw(draft, event)
    case 'withdrawn':
      return withdrawn(draft, event)
    case 'seen':
      return noteSeen(draft, new Set([event.conversation]))
    case 'page':
      return sendPage(draft, event.peer, logKey(event.conversation, event.device), event.run)
    case 'compared':
      return compared(draft, event.run, event.agreed)
    case 'held_back':
      return holdBack(draft, event)
    case 'tick':
      return tick(draft, event)
  }
}

function introduce(draft: Draft, { id, devices, changedAt, logs: found }: Introduced): void {
  const known = draft.conversation(id)
  if (known) return changeDevices(draft, known, devices)
  const logs = new Map<DeviceId, LogState>()
  for (const [device, opened] of found) {
    const { forked, until, seq, hash, digest } = opened
    const head = { seq, hash }
    // An own log that was cut back takes in again what peers hold of it.
    const isCut = draft.isMine(device) && until === undefined
    logs.set(device, {
      durable: head,
      tip: head,
      forked,
      until: until ?? (isCut ? Infinity : 0),
      changedAt: opened.changedAt ?? changedAt,
      digest,
    })
    if (forked && !isCut) draft.addFork(logKey(id, device))
    if (forked && isCut) draft.addCut(id)
  }
  const digest = conversationDigest({ id, devices, logs })
  draft.setConversation({ id, devices, logs, changedAt, digest })
}

/** What peers told about devices that may no longer write is forgotten: nobody waits for it. */
function changeDevices(
  draft: Draft,
  known: ConversationState,
  devices: ReadonlyMap<DeviceId, AccountId>,
): void {
  const next = { ...known, devices, digest: conversationDigest({ ...known, devices }) }
  draft.setConversation(next)
  const gone = [...known.devices.keys()].some((device) => !devices.has(device))
  for (const peer of gone ? draft.current.peers.values() : []) {
    const { told: _, ...rest } = peer
    const clock = peer.theirs.get(known.id)
    draft.setPeer({
      ...rest,
      theirs: clock ? peer.theirs.set(known.id, knownPart(next, clock)) : peer.theirs,
      lacking: peer.lacking.filter(
        (_, key) => conversationOf(key) !== known.id || devices.has(deviceOf(key)),
      ),
    })
    rememberIfComplete(draft, peer.device)
  }
  schedule(draft, known.id)
  // Peers told of its entries already, perhaps, when nobody here knew it.
  if ([...devices.keys()].every((device) => known.devices.has(device))) return
  const ask = devices.size > TOLD_AT_ONCE_MAX ? wantClocksSoon : wantClocks
  for (const peer of draft.current.peers.values()) {
    if (peer.heard.has(known.id)) ask(draft, peer.device)
  }
}

function frame(draft: Draft, event: SyncEventOf<'frame'>): void {
  const peer = draft.peer(event.peer)
  if (!peer) return
  switch (event.frame.type) {
    case 'clocks':
      return hearClocks(draft, peer, event.frame)
    case 'clocks_wanted':
      return hearWanted(draft, peer, event.frame)
    case 'want':
      return hearWant(draft, peer, event.frame)
    case 'credit':
      return hearCredit(draft, peer, event.frame)
    case 'run':
      return hearRun(draft, peer, event.frame)
    case 'fork':
      return hearFork(draft, peer, event.frame)
  }
}

/** Who did not know yet whose logs those are took no proof about them either. */
function hearWanted(draft: Draft, peer: PeerState, { conversations }: ClocksWantedFrame): void {
  if (conversations) tellAbout(draft, peer, conversations)
  else tellClocks(draft, peer, undefined)
  const named = conversations?.filter((id) => peer.shared.has(id))
  proveAllTo(draft, peer.device, named ? new Set(named) : peer.shared)
}

function append(draft: Draft, { run, head }: SyncEventOf<'append'>): void {
  const conversation = draft.conversation(run.conversation)
  if (!conversation) return
  const log = logOf(conversation, run.device)
  if (log.tip.seq + 1 !== run.first) throw new RangeError('an append that does not follow the tip')
  draft.setLog(conversation, run.device, { ...log, tip: head })
  draft.effect({ type: 'store', run, head, from: undefined })
}

function stored(draft: Draft, runs: readonly StoredRun[], position: number): void {
  takeStored(draft, runs, position)
  spread(draft, runs)
  noteUnseen(draft, runs)
  for (const { run } of runs) readAgain(draft, logKey(run.conversation, run.device))
  for (const device of draft.current.peers.keys()) rememberIfComplete(draft, device)
}

function storeFailed(draft: Draft, id: ConversationId, device: DeviceId): void {
  const conversation = draft.conversation(id)
  if (!conversation) return
  const log = logOf(conversation, device)
  draft.setLog(conversation, device, { ...log, tip: log.durable })
  // What was being written is still lacking, so that a later tick asks for it again. Where one
  // conversation fails again and again, the others have their turn in between.
  if (!draft.isPaused) draft.pauseUntil(draft.nowMs + WRITE_RETRY_MS)
  judgeContested(draft, id, device)
}

function tick(draft: Draft, { arrivals = new Map() }: SyncEventOf<'tick'>): void {
  retryStalled(draft, arrivals)
  retryDoubts(draft)
  retryDisputes(draft)
  proveAgain(draft)
  dropIdle(draft)
  tellUntold(draft)
  wantClocksAgain(draft)
  for (const peer of draft.current.peers.values()) {
    if (draft.nowMs - peer.clocksToldAtMs < CLOCK_INTERVAL_MS) continue
    tellClocks(draft, peer, draft.current.position)
  }
  scheduleLacking(draft)
}
