// Sending: pages for those who asked, within their credit, and new entries to those who are up to
// date. Everybody else hears of new entries by Clock and asks (rumours.ts).
import type { CreditFrame, WantFrame } from '../frames.ts'
import type { DeviceId } from '../id.ts'
import { TRANSFER_IDLE_MAX_MS, TRANSFERS_PER_PEER_MAX, WANT_CREDIT_BYTES_MAX } from '../limits.ts'
import { lastSeq, type Run, runBytes } from '../run.ts'
import type { Draft } from './draft.ts'
import { type LogKey, logKey, logOf, type PeerState, type Transfer } from './state.ts'

export function hearWant(draft: Draft, peer: PeerState, want: WantFrame): void {
  const conversation = draft.conversation(want.conversation)
  if (!conversation || !peer.shared.has(want.conversation)) return
  const key = logKey(want.conversation, want.device)
  const last = Math.min(want.last, logOf(conversation, want.device).durable.seq)
  if (last < want.first) return
  if (!draft.isMine(want.device)) noteRelying(draft, peer.device, key)
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
  const conversation = draft.conversation(transfer.conversation)
  // The disk may have what is being taken back (withdraw.ts): only what is durable is sent.
  if (!conversation || last > logOf(conversation, transfer.device).durable.seq) {
    const held = { ...transfer, reading: false }
    draft.updatePeer(device, (peer) => ({ ...peer, transfers: peer.transfers.set(key, held) }))
    return
  }
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

/** What is durable of a log is something else now: pages that were held back are read again. */
export function readAgain(draft: Draft, key: LogKey): void {
  for (const { device, transfers } of draft.current.peers.values()) {
    const transfer = transfers.size > 0 ? transfers.get(key) : undefined
    if (transfer && !transfer.reading && transfer.credit > 0) goOn(draft, device, key, transfer)
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

/** Sends a new entry of one's own to a peer that has all before it; whether it could. */
export function push(draft: Draft, device: DeviceId, run: Run): boolean {
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

/** The peer had to ask here for what somebody else wrote. */
function noteRelying(draft: Draft, device: DeviceId, key: LogKey): void {
  draft.updatePeer(device, (peer) => ({ ...peer, relying: peer.relying.add(key) }))
}
