// The digest that guards resume tokens: over everything held of the conversations that two nodes
// share, so that each can tell whether it heard all that the other told (docs/PROTOCOL.md,
// "Clocks").
import type { Clock } from '../clock.ts'
import type { ConversationId } from '../id.ts'
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
import type { ConversationState, LogState, PeerState, SyncState } from './state.ts'

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

/** Adds what is held of a conversation, by those who may write. */
function addHeld(total: Digest, { id, devices, logs }: ConversationState): void {
  for (const [device, log] of logs) {
    const { seq } = log.durable
    if (seq === 0 || !devices.has(device)) continue
    addTo(total, log.digest ?? once(log, () => logDigest(id, device, seq)))
  }
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

/** Digest of what this node holds, durably, of the conversations shared with the peer. */
export function heldDigest(state: SyncState, peer: PeerState): Uint8Array {
  const total = noDigest()
  for (const id of peer.shared) {
    const conversation = state.conversations.get(id)
    if (conversation) addHeld(total, conversation)
  }
  return digestBytes(total)
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
