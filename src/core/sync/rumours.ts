// Who is told by whom of new entries. An author brings its own to everybody who is up to date. Of
// what others wrote, in a large group, each tells some, as rumours go.
import type { ConversationId, DeviceId } from '../id.ts'
import { TOLD_AT_ONCE_MAX } from '../limits.ts'
import { lastSeq } from '../run.ts'
import { tellChanges } from './clocks.ts'
import type { Draft } from './draft.ts'
import { push } from './serve.ts'
import {
  conversationOf,
  deviceOf,
  type LogKey,
  logKey,
  logOf,
  type PeerState,
  type StoredRun,
} from './state.ts'

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
      forgetRelying(draft, peer, logKey(conversation, device))
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

function forgetRelying(draft: Draft, device: DeviceId, key: LogKey): void {
  const peer = draft.peer(device)
  if (!peer?.relying.has(key)) return
  draft.setPeer({ ...peer, relying: peer.relying.delete(key) })
}

/**
 * Tells peers of logs that they were not told of at once, where those that may lack something of
 * them are few by now. Where they are many, most of them have it and did not say so here.
 */
export function tellUntold(draft: Draft): void {
  const waiting = new Map<LogKey, DeviceId[]>()
  for (const peer of draft.current.peers.values()) {
    for (const key of peer.untold) {
      if (!mayLack(draft, peer, key)) continue
      const devices = waiting.get(key)
      if (devices) devices.push(peer.device)
      else waiting.set(key, [peer.device])
    }
  }
  const soon = new Map<DeviceId, LogKey[]>()
  for (const [key, devices] of waiting) {
    if (devices.length > TOLD_AT_ONCE_MAX) continue
    for (const device of devices) soon.set(device, [...(soon.get(device) ?? []), key])
  }
  for (const [device, keys] of soon) {
    const changes = Map.groupBy(keys, conversationOf)
    draft.updatePeer(device, (peer) => ({ ...peer, untold: peer.untold.subtract(keys) }))
    tellChanges(
      draft,
      device,
      new Map([...changes].map(([id, grown]) => [id, new Set(grown.map(deviceOf))] as const)),
    )
  }
}

function mayLack(draft: Draft, peer: PeerState, key: LogKey): boolean {
  const conversation = draft.conversation(conversationOf(key))
  const device = deviceOf(key)
  if (!conversation) return false
  const held = draft.theirs(peer, conversation.id).get(device) ?? 0
  return held < logOf(conversation, device).durable.seq
}
