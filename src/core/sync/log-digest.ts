// What one log adds to a digest (digest.ts), and how digests are added up: as four words, since
// meeting somebody adds one for each log that both share.
import { type ConversationId, type DeviceId, domainHash, idToBytes } from '../id.ts'
import { LOG_DIGESTS_MAX } from '../limits-store.ts'
import { Lru } from '../lru.ts'

export const DIGEST_BYTES = 16
const WORD_BYTES = 4

/** Four words of 32 bits, little-endian in its 16 bytes. */
export type Digest = Int32Array

export function noDigest(): Digest {
  return new Int32Array(DIGEST_BYTES / WORD_BYTES)
}

/** A message that is stored and acknowledged changes several digests by the same two. */
const usedLast = new Lru<Digest>(LOG_DIGESTS_MAX)

/** Of a log of which `seq` entries are held; not to be changed. */
export function logDigest(id: ConversationId, device: DeviceId, seq: number): Digest {
  const place = `${id}/${device}/${seq}`
  const known = usedLast.get(place)
  if (known) return known
  const number = Buffer.alloc(8)
  number.writeBigUInt64BE(BigInt(seq))
  const hash = domainHash('tidings/digest/1', idToBytes(id), idToBytes(device), number)
  const digest = digestFrom(hash)
  usedLast.set(place, digest)
  return digest
}

/** Of the first 16 bytes. */
export function digestFrom(bytes: Uint8Array): Digest {
  const digest = noDigest()
  for (let i = 0; i < DIGEST_BYTES; i++) {
    digest[i >> 2] = (digest[i >> 2] ?? 0) | ((bytes[i] ?? 0) << ((i & 3) * 8))
  }
  return digest
}

export function digestBytes(digest: Digest): Uint8Array {
  const bytes = new Uint8Array(DIGEST_BYTES)
  for (let i = 0; i < DIGEST_BYTES; i++) bytes[i] = (digest[i >> 2] ?? 0) >>> ((i & 3) * 8)
  return bytes
}

export function added(digest: Digest, more: Digest): Digest {
  const total = digest.slice()
  addTo(total, more)
  return total
}

/** By xor: what is added twice is taken away. */
export function addTo(total: Digest, digest: Digest): void {
  total[0] = (total[0] ?? 0) ^ (digest[0] ?? 0)
  total[1] = (total[1] ?? 0) ^ (digest[1] ?? 0)
  total[2] = (total[2] ?? 0) ^ (digest[2] ?? 0)
  total[3] = (total[3] ?? 0) ^ (digest[3] ?? 0)
}
