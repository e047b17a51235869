// What one log adds to a digest (digest.ts).
import { type ConversationId, type DeviceId, domainHash, idToBytes } from '../id.ts'

export const DIGEST_BYTES = 16

/** Of a log of which `seq` entries are held: 16 bytes. */
export function logDigest(id: ConversationId, device: DeviceId, seq: number): Uint8Array {
  const number = Buffer.alloc(8)
  number.writeBigUInt64BE(BigInt(seq))
  const hash = domainHash('tidings/digest/1', idToBytes(id), idToBytes(device), number)
  return hash.subarray(0, DIGEST_BYTES)
}
