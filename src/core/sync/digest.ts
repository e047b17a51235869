// The digest that guards resume tokens: over everything held of the conversations that two nodes
// share, so that each can tell whether it heard all that the other told (docs/PROTOCOL.md,
// "Clocks").
import type { Clock } from '../clock.ts'
import type { ConversationId } from '../id.ts'
import { theirClock } from './held.ts'
import { DIGEST_BYTES, logDigest } from './log-digest.ts'
import type { ConversationState, PeerState, SyncState } from './state.ts'

export { DIGEST_BYTES }

const digests = new WeakMap<object, Uint8Array>()

/** Cached on the immutable value that it belongs to. */
function cached(source: object, parts: () => Iterable<Uint8Array>): Uint8Array {
  const known = digests.get(source)
  if (known) return known
  const total = new Uint8Array(DIGEST_BYTES)
  for (const part of parts()) xorInto(total, part)
  digests.set(source, total)
  return total
}

/** The digest of what is held of a conversation, by those who may write. */
function heldPart(conversation: ConversationState): Uint8Array {
  return cached(conversation, function* () {
    const { id, devices, logs } = conversation
    for (const [device, { durable, digest }] of logs) {
      if (durable.seq === 0 || !devices.has(device)) continue
      yield digest ?? logDigest(id, device, durable.seq)
    }
  })
}

/** The digest of a clock that was told. */
function toldPart(id: ConversationId, clock: Clock): Uint8Array {
  return cached(clock, function* () {
    for (const [device, seq] of clock) if (seq > 0) yield logDigest(id, device, seq)
  })
}

function xorInto(total: Uint8Array, bytes: Uint8Array): void {
  for (let i = 0; i < DIGEST_BYTES; i++) total[i] = (total[i] ?? 0) ^ (bytes[i] ?? 0)
}

/** Digest of what this node holds, durably, of the conversations shared with the peer. */
export function heldDigest(state: SyncState, peer: PeerState): Uint8Array {
  const total = new Uint8Array(DIGEST_BYTES)
  for (const id of peer.shared) {
    const conversation = state.conversations.get(id)
    if (conversation) xorInto(total, heldPart(conversation))
  }
  return total
}

/** Digest of what the peer told, of all that it is heard. */
export function toldDigest(state: SyncState, peer: PeerState): Uint8Array {
  const total = new Uint8Array(DIGEST_BYTES)
  for (const id of peer.heard) {
    const clock = theirClock(state, peer, id)
    if (clock.size > 0) xorInto(total, toldPart(id, clock))
  }
  return total
}

/** The digest once one clock is another. */
export function countedDigest(
  told: Uint8Array,
  id: ConversationId,
  before: Clock,
  clock: Clock,
): Uint8Array {
  const total = Uint8Array.from(told)
  if (before.size > 0) xorInto(total, toldPart(id, before))
  if (clock.size > 0) xorInto(total, toldPart(id, clock))
  return total
}
