// The digest that guards resume tokens: over everything held of the conversations that two nodes
// share, so that each can tell whether it heard all that the other told (docs/PROTOCOL.md,
// "Clocks").
import type { Clock } from '../clock.ts'
import { type ConversationId, domainHash, idToBytes } from '../id.ts'
import { heldClock, type PeerState, type SyncState } from './state.ts'

export const DIGEST_BYTES = 16

const digests = new WeakMap<object, Uint8Array>()

/** The digest of one conversation's clock; cached on the immutable value that it belongs to. */
function clockDigest(id: ConversationId, source: object, clock: () => Clock): Uint8Array {
  const known = digests.get(source)
  if (known) return known
  const total = new Uint8Array(DIGEST_BYTES)
  for (const [device, seq] of clock()) {
    if (seq === 0) continue
    const number = Buffer.alloc(8)
    number.writeBigUInt64BE(BigInt(seq))
    xorInto(total, domainHash('tidings/digest/1', idToBytes(id), idToBytes(device), number))
  }
  digests.set(source, total)
  return total
}

function xorInto(total: Uint8Array, bytes: Uint8Array): void {
  for (let i = 0; i < DIGEST_BYTES; i++) total[i] = (total[i] ?? 0) ^ (bytes[i] ?? 0)
}

/** Digest of what this node holds, durably, of the conversations shared with the peer. */
export function heldDigest(state: SyncState, peer: PeerState): Uint8Array {
  const total = new Uint8Array(DIGEST_BYTES)
  for (const id of peer.shared) {
    const conversation = state.conversations.get(id)
    if (!conversation) continue
    xorInto(
      total,
      clockDigest(id, conversation, () => heldClock(conversation)),
    )
  }
  return total
}

/** Digest of what the peer told. */
export function toldDigest(peer: PeerState): Uint8Array {
  const total = new Uint8Array(DIGEST_BYTES)
  for (const id of peer.heard) {
    const clock = peer.theirs.get(id)
    if (clock)
      xorInto(
        total,
        clockDigest(id, clock, () => clock),
      )
  }
  return total
}
