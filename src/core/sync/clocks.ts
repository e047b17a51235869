// Telling what is held, and hearing what others hold: Clocks frames, the resume token and the
// digest that guards it (docs/PROTOCOL.md, "Clocks").
import { Map as ImmutableMap, Set as ImmutableSet } from 'immutable'

import type { Clock } from '../clock.ts'
import type { ClocksFrame, ConversationClock, ResumeToken } from '../frames.ts'
import type { ConversationId, DeviceId } from '../id.ts'
import { CLOCK_INTERVAL_MS, MISFIT_WAIT_MAX_MS } from '../limits.ts'
import { wantClocks } from './asking.ts'
import { framed, joined } from './clock-frames.ts'
import { rememberIfComplete, saveHolds, withKept, withLacking } from './complete.ts'
import { DIGEST_BYTES, toldDigest } from './digest.ts'
import { hearMarks } from './doubts.ts'
import type { Draft } from './draft.ts'
import { schedule } from './fetch.ts'
import { knownPart, toldClock } from './held.ts'
import { type Digest, digestBytes } from './log-digest.ts'
import {
  conversationOf,
  type ConversationState,
  deviceOf,
  type LogKey,
  type PeerState,
} from './state.ts'

/**
 * Tells everything that changed after `knows`, and what the peer was not told yet; all of it when
 * that is undefined.
 */
export function tellClocks(draft: Draft, peer: PeerState, knows: number | undefined): void {
  const clocks: ConversationClock[] = []
  const untold = Map.groupBy(peer.untold, conversationOf)
  const changed = knows === undefined ? peer.shared : draft.changedAfter(knows)
  for (const id of new Set([...changed, ...untold.keys()])) {
    const conversation = peer.shared.has(id) ? draft.conversation(id) : undefined
    if (!conversation) continue
    const keys = untold.get(id) ?? []
    const logs = new Set([...changedLogs(conversation, knows), ...keys.map(deviceOf)])
    clocks.push(toldClock(conversation, logs))
  }
  let reset = knows === undefined
  let held: ClocksFrame | undefined
  for (const part of framed(clocks)) {
    if (held) draft.send(peer.device, held)
    held = { type: 'clocks', reset, clocks: part }
    reset = false
  }
  const { epoch, position, withdrawing } = draft.current
  // A token would stand for what is being taken back, too: it comes with a later tick.
  const isSure = withdrawing.isEmpty()
  draft.send(peer.device, {
    ...(held ?? { type: 'clocks', reset, clocks: [] }),
    ...(isSure && { token: { epoch, position }, digest: digestBytes(heldOf(draft, peer)) }),
  })
  const clocksToldAtMs = isSure ? draft.nowMs : -Infinity
  const told = { untold: ImmutableSet<LogKey>(), clocksToldAtMs }
  draft.updatePeer(peer.device, (now) => ({ ...now, ...told }))
}

/** Digest over what is held of all that it is told of. */
function heldOf(draft: Draft, { device, held }: PeerState): Digest {
  draft.recount()
  return draft.peer(device)?.held ?? held
}

/** What a peer asks for that was told before and not heard. The next token stands for it too. */
export function tellAbout(
  draft: Draft,
  peer: PeerState,
  conversations: readonly ConversationId[],
): void {
  tellBegun(draft, peer.device, new Set(conversations.filter((id) => peer.shared.has(id))))
}

/** Tells all clocks of conversations. */
export function tellBegun(
  draft: Draft,
  device: DeviceId,
  conversations: Iterable<ConversationId>,
): void {
  const all = [...conversations].flatMap((id) => draft.conversation(id) ?? [])
  tellChanges(draft, device, new Map(all.map(({ id, logs }) => [id, new Set(logs.keys())])))
}

/** In a large group little changes between two meetings. */
function* changedLogs({ logs }: ConversationState, knows = -1): Iterable<DeviceId> {
  for (const [device, { changedAt }] of logs) if (changedAt > knows) yield device
}

/** Tells a peer the clocks of logs that just changed. */
export function tellChanges(
  draft: Draft,
  peer: DeviceId,
  changes: ReadonlyMap<ConversationId, ReadonlySet<DeviceId>>,
): void {
  const clocks: ConversationClock[] = []
  for (const [id, devices] of changes) {
    const conversation = draft.conversation(id)
    if (conversation) clocks.push(toldClock(conversation, devices))
  }
  for (const part of framed(clocks)) {
    draft.send(peer, { type: 'clocks', reset: false, clocks: part })
  }
}

export function hearClocks(draft: Draft, from: PeerState, frame: ClocksFrame): void {
  const { device } = from
  if (frame.reset) draft.setPeer(forgotten(from))
  const heard = new Map<ConversationId, ReadonlyMap<DeviceId, Uint8Array>>()
  for (const clock of joined(frame.clocks)) {
    if (!hearClock(draft, device, clock)) continue
    heard.set(clock.conversation, clock.marks ?? new Map<DeviceId, Uint8Array>())
    hearMarks(draft, device, clock)
  }
  for (const [conversation, marks] of heard) {
    saveHolds(draft, device, conversation, marks)
    schedule(draft, conversation)
  }
  if (frame.token && frame.digest) checkDigest(draft, device, frame.token, frame.digest)
}

const NOTHING: ReadonlyMap<ConversationId, Clock> = new Map()

/** A peer that tells everything anew. What it no longer names is saved once it told all of it. */
function forgotten(peer: PeerState): PeerState {
  const { token: _, ...rest } = peer
  return {
    ...rest,
    theirs: ImmutableMap(),
    kept: NOTHING,
    dropped: ImmutableSet(),
    told: new Uint8Array(DIGEST_BYTES),
    unsaved: peer.unsaved.union(peer.heard),
    sent: ImmutableMap(),
    lacking: ImmutableMap(),
    doubts: ImmutableMap(),
  }
}

function hearClock(
  draft: Draft,
  device: DeviceId,
  { conversation: conversationId, seqs }: ConversationClock,
): boolean {
  const told = draft.peer(device)
  const conversation = draft.conversation(conversationId)
  if (!told?.heard.has(conversationId) || !conversation) return false
  const peer = withKept(draft, told, conversationId)
  const before = draft.theirs(peer, conversationId)
  const clock = new Map(before)
  const named = new Map<DeviceId, number>()
  for (const [author, said] of knownPart(conversation, seqs)) {
    const seq = Math.max(said, before.get(author) ?? 0)
    clock.set(author, seq)
    named.set(author, seq)
  }
  draft.setPeer({
    ...draft.withTheirs(peer, conversationId, clock),
    transfers: withoutReached(peer.transfers, conversationId, clock),
    unsaved: peer.unsaved.add(conversationId),
    lacking: withLacking(peer.lacking, conversation, named),
  })
  return true
}

/** A peer that got elsewhere what it asked for here will grant no more credit. */
function withoutReached(
  transfers: PeerState['transfers'],
  id: ConversationId,
  clock: Clock,
): PeerState['transfers'] {
  if (transfers.size === 0) return transfers
  return transfers.filter(
    ({ conversation, device, last }) => conversation !== id || (clock.get(device) ?? 0) < last,
  )
}

function checkDigest(draft: Draft, device: DeviceId, token: ResumeToken, digest: Uint8Array): void {
  if (isAsTold(draft, device, digest)) {
    draft.updatePeer(device, (peer) => ({ ...peer, token, told: digest, misfits: 0 }))
    rememberIfComplete(draft, device)
    return
  }
  const { clocksWantedAtMs = 0, misfits = 0 } = draft.peer(device) ?? {}
  const waitMs = Math.min((CLOCK_INTERVAL_MS / 2) * 2 ** misfits, MISFIT_WAIT_MAX_MS)
  if (draft.nowMs - clocksWantedAtMs < waitMs) return
  draft.updatePeer(device, (peer) => ({ ...peer, misfits: misfits + 1 }))
  wantClocks(draft, device)
}

/**
 * Whether it heard all that was told. Where what was counted does not show that, all is looked at:
 * conversations may have been counted that are not heard any more.
 */
function isAsTold(draft: Draft, device: DeviceId, digest: Uint8Array): boolean {
  let peer = draft.peer(device)
  if (!peer) return false
  if (peer.told && Buffer.compare(peer.told, digest) === 0) return true
  for (const id of peer.heard) peer = withKept(draft, peer, id)
  draft.setPeer(peer)
  return Buffer.compare(toldDigest(draft.current, peer), digest) === 0
}
