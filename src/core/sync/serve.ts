// Sending: pages for those who asked, within their credit, and new entries to those who are up to
// date. Everybody else hears of new entries by Clock and asks.
import type { CreditFrame, WantFrame } from '../frames.ts'
import type { ConversationId, DeviceId } from '../id.ts'
import {
  TOLD_AT_ONCE_MAX,
  TRANSFER_IDLE_MAX_MS,
  TRANSFERS_PER_PEER_MAX,
  WANT_CREDIT_BYTES_MAX,
} from '../limits.ts'
import { lastSeq, type Run, runBytes } from '../run.ts'
import { tellChanges } from './clocks.ts'
import type { Draft } from './draft.ts'
import {
  type LogKey,
  logKey,
  logOf,
  type PeerState,
  type StoredRun,
  type Transfer,
} from './state.ts'

export function hearWant(draft: Draft, peer: PeerState, want: WantFrame): void {
  const conversation = draft.conversation(want.conversation)
  if (!conversation || !peer.shared.has(want.conversation)) return
  const key = logKey(want.conversation, want.device)
  const last = Math.min(want.last, logOf(conversation, want.device).durable.seq)
  if (last < want.first) return
  if (!draft.isMine(want.device)) noteRelying(draft, peer.device, key, true)
  const running = peer.transfers.get(key)
  if (!running && peer.transfers.size >= TRANSFERS_PER_PEER_MAX) return
  const { device, first } = want
  const credit = Math.min(want.credit, WANT_CREDIT_BYTES_MAX)
  const reading = running?.reading ?? false
  const transfer = { conversation: conversation.id, device, next: first, last, credit, reading }
  goOn(draft, peer.device, key, { ...transfer, movedAtMs: draft.nowMs })
}

export function hearCredit(draft: Draft, peer: PeerState, frame: CreditFrame): void {
  const key = logKey(frame.conversation, frame.device)
  const transfer = peer.transfers.get(key)
  if (!transfer) return
  const credit = Math.min(transfer.credit + frame.credit, WANT_CREDIT_BYTES_MAX)
  goOn(draft, peer.device, key, { ...transfer, credit })
}

/** A page for a transfer was read. */
export function sendPage(draft: Draft, device: DeviceId, key: LogKey, run: Run | undefined): void {
  const transfer = draft.peer(device)?.transfers.get(key)
  if (!transfer) return
  // A Want that replaced this one while the page was read begins elsewhere: read again.
  if (run && run.first !== transfer.next) {
    goOn(draft, device, key, { ...transfer, reading: false })
    return
  }
  if (!run) {
    dropTransfer(draft, device, key)
    return
  }
  const last = lastSeq(run)
  draft.send(device, { type: 'run', run })
  noteSent(draft, device, key, last)
  const credit = transfer.credit - runBytes(run)
  goOn(draft, device, key, { ...transfer, next: last + 1, credit, reading: false })
}

function goOn(draft: Draft, device: DeviceId, key: LogKey, transfer: Transfer): void {
  const { conversation, next, last, credit, reading } = transfer
  if (next > last) {
    dropTransfer(draft, device, key)
    return
  }
  const read = !reading && credit > 0
  draft.updatePeer(device, (peer) => ({
    ...peer,
    transfers: peer.transfers.set(key, {
      ...transfer,
      reading: reading || read,
      movedAtMs: draft.nowMs,
    }),
  }))
  if (read) {
    const what = { conversation, device: transfer.device, first: next, last }
    draft.effect({ type: 'read', peer: device, ...what })
  }
}

/** Whoever needs no more of a log says nothing: what was asked for ends for want of credit. */
export function dropIdle(draft: Draft): void {
  for (const { device, transfers } of draft.current.peers.values()) {
    for (const [key, { reading, movedAtMs }] of transfers) {
      if (!reading && draft.nowMs - movedAtMs >= TRANSFER_IDLE_MAX_MS) {
        dropTransfer(draft, device, key)
      }
    }
  }
}

function dropTransfer(draft: Draft, device: DeviceId, key: LogKey): void {
  draft.updatePeer(device, (peer) => ({ ...peer, transfers: peer.transfers.delete(key) }))
}

function noteSent(draft: Draft, device: DeviceId, key: LogKey, last: number): void {
  draft.updatePeer(device, (peer) => ({
    ...peer,
    sent: peer.sent.set(key, Math.max(last, peer.sent.get(key) ?? 0)),
  }))
}

/** Tells every peer of what is newly durable: by the entries themselves, or by Clock. */
export function spread(draft: Draft, runs: readonly StoredRun[]): void {
  const changes = new Map<DeviceId, Map<ConversationId, Set<DeviceId>>>()
  for (const stored of runs) {
    const { conversation, device } = stored.run
    for (const [peer, isLater] of listeners(draft, stored)) {
      if (isLater) {
        noteUntold(draft, peer, logKey(conversation, device))
        continue
      }
      noteRelying(draft, peer, logKey(conversation, device), false)
      const logs = changes.get(peer) ?? new Map<ConversationId, Set<DeviceId>>()
      changes.set(peer, logs.set(conversation, (logs.get(conversation) ?? new Set()).add(device)))
    }
  }
  for (const [peer, logs] of changes) tellChanges(draft, peer, logs)
}

/**
 * Who is to be told of a run by Clock, and whether that can wait. In a group its author brings it
 * to everybody whom it meets; if each of them told all others, the price of an entry would be the
 * square of their number. So each tells some, as rumours go, and those who asked for this log here
 * the last time: they do not meet its author. The others hear of it with what they are told anyway.
 */
function* listeners(
  draft: Draft,
  { run, from }: StoredRun,
): Iterable<readonly [peer: DeviceId, isLater: boolean]> {
  const key = logKey(run.conversation, run.device)
  const sharing: DeviceId[] = []
  for (const { device, shared } of draft.current.peers.values()) {
    if (!shared.has(run.conversation)) continue
    if (from !== undefined) sharing.push(device)
    else if (!push(draft, device, run)) yield [device, false]
  }
  // Each member begins with another peer, and with another for each entry.
  const start = lastSeq(run) + Number.parseInt(draft.current.me.slice(0, 8), 32)
  for (const [i, device] of sharing.entries()) {
    const isFirst = (i + start) % sharing.length < TOLD_AT_ONCE_MAX
    const isRelying = draft.peer(device)?.relying.has(key) === true
    const isConcerned = device === from || device === run.device || isRelying
    yield [device, !isFirst && !isConcerned]
  }
}

function noteUntold(draft: Draft, device: DeviceId, key: LogKey): void {
  draft.updatePeer(device, (peer) => ({ ...peer, untold: peer.untold.add(key) }))
}

function noteRelying(draft: Draft, device: DeviceId, key: LogKey, isRelying: boolean): void {
  draft.updatePeer(device, (peer) => {
    const relying = isRelying ? peer.relying.add(key) : peer.relying.delete(key)
    return relying === peer.relying ? peer : { ...peer, relying }
  })
}

function push(draft: Draft, device: DeviceId, run: Run): boolean {
  const peer = draft.peer(device)
  if (!peer || peer.congested) return false
  const key = logKey(run.conversation, run.device)
  const told = draft.theirs(peer, run.conversation).get(run.device) ?? 0
  const reached = Math.max(told, peer.sent.get(key) ?? 0)
  if (reached !== run.first - 1 || peer.transfers.has(key)) return false
  draft.send(device, { type: 'run', run })
  noteSent(draft, device, key, lastSeq(run))
  return true
}
