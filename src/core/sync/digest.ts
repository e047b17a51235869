// The digest that guards resume tokens: over everything held of the conversations that two nodes
// share, so that each can tell whether it heard all that the other told (docs/PROTOCOL.md,
// "Clocks").
import type { Clock } from '../clock.ts'
import type { ConversationId, DeviceId } from '../id.ts'
import { theirClock } from './held.ts'
import {
  addTo,
  type Digest,
  DIGEST_BYTES,
  digestBytes,
  digestFrom,
  logDigest,
  noDigest,
} from './log-digest.ts'
import {
  type ConversationState,
  type LogState,
  logOf,
  type PeerState,
  type SyncEvent,
  type SyncState,
} from './state.ts'

export { DIGEST_BYTES }

const made = new WeakMap<LogState | Clock, Digest>()

/** Cached on the immutable value that it belongs to. */
function once(source: LogState | Clock, make: () => Digest): Digest {
  const known = made.get(source)
  if (known) return known
  const digest = make()
  made.set(source, digest)
  return digest
}

function addLog(total: Digest, id: ConversationId, device: DeviceId, log: LogState): void {
  const { seq } = log.durable
  if (seq > 0) addTo(total, log.digest ?? once(log, () => logDigest(id, device, seq)))
}

/** Of a conversation: what is durable here of those who may write. */
export function conversationDigest({
  id,
  devices,
  logs,
}: Pick<ConversationState, 'devices' | 'id' | 'logs'>): Digest {
  const total = noDigest()
  for (const [device, log] of logs) if (devices.has(device)) addLog(total, id, device, log)
  return total
}

/** As the engine knows it. */
export function digestOf(
  { conversations }: Pick<SyncState, 'conversations'>,
  id: ConversationId,
): Digest {
  return conversations.get(id)?.digest ?? noDigest()
}

/** The conversations whose digest may be another after an event. */
export function recountedBy(event: SyncEvent): Iterable<ConversationId> {
  if (event.type === 'stored') return new Set(event.runs.map(({ run }) => run.conversation))
  if (event.type === 'conversations') return event.introduced.map(({ id }) => id)
  return event.type === 'withdraw' || event.type === 'withdrawn' ? [event.conversation] : []
}

/** The same once one of its logs is another; the very same where that changes nothing. */
export function digestWith(
  conversation: ConversationState,
  device: DeviceId,
  log: LogState,
): Digest {
  const { id, devices, digest } = conversation
  const before = logOf(conversation, device)
  if (before.durable.seq === log.durable.seq || !devices.has(device)) return digest
  const total = digest.slice()
  addLog(total, id, device, before)
  addLog(total, id, device, log)
  return total
}

/** Adds a clock that was told. */
function addTold(total: Digest, id: ConversationId, clock: Clock): void {
  if (clock.size === 0) return
  const digest = once(clock, () => {
    const part = noDigest()
    for (const [device, seq] of clock) if (seq > 0) addTo(part, logDigest(id, device, seq))
    return part
  })
  addTo(total, digest)
}

/** Digest of what this node holds, durably, of some conversations. */
export function heldDigest(
  state: Pick<SyncState, 'conversations'>,
  shared: Iterable<ConversationId>,
): Digest {
  const total = noDigest()
  for (const id of shared) addTo(total, digestOf(state, id))
  return total
}

/** With every peer's `held` as things are now. */
export function recounted(state: SyncState): SyncState {
  const { recounting } = state
  if (recounting.size === 0) return state
  const peers = state.peers.map((peer) => {
    let held: Digest | undefined
    for (const [id, before] of recounting) {
      if (!peer.shared.has(id)) continue
      held ??= peer.held.slice()
      addTo(held, before)
      addTo(held, digestOf(state, id))
    }
    return held ? { ...peer, held } : peer
  })
  return { ...state, peers, recounting: recounting.clear() }
}

/** Digest of what the peer told, of all that it is heard. */
export function toldDigest(state: SyncState, peer: PeerState): Uint8Array {
  const total = noDigest()
  for (const id of peer.heard) addTold(total, id, theirClock(state, peer, id))
  return digestBytes(total)
}

/** The digest once one clock is another. */
export function countedDigest(
  told: Uint8Array,
  id: ConversationId,
  before: Clock,
  clock: Clock,
): Uint8Array {
  const total = digestFrom(told)
  addTold(total, id, before)
  addTold(total, id, clock)
  return digestBytes(total)
}
