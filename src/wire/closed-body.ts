// The body of an entry in a group with keys: a box that only those can open who have the key. What
// is in it is for closed-entry.ts.
import type { ClosedBody } from '../core/entry.ts'
import { ENTRY_BYTES_MAX, GROUP_EPOCH_MAX } from '../core/limits.ts'
import type { Reader } from './reader.ts'
import { Writer } from './writer.ts'

/** Field number in Entry. */
export const CLOSED_TAG = 41

export const NONCE_BYTES = 12
export const SEAL_BYTES = 16
/** A field has at least a key of two bytes and a length. */
const CONTENT_BYTES_MIN = 3
const BOX_BYTES_MIN = NONCE_BYTES + CONTENT_BYTES_MIN + SEAL_BYTES

const EPOCH = 1
const BOX = 2

export function writeClosed({ epoch, box }: ClosedBody): Uint8Array {
  return new Writer(16 + box.byteLength).uint(EPOCH, epoch).bytes(BOX, box).finish()
}

/** The box as a view. @throws TidingsError `protocol_error` */
export function readClosed(reader: Reader): ClosedBody {
  let epoch = 0
  let box: Uint8Array | undefined
  while (reader.next()) {
    if (reader.field === EPOCH) epoch = reader.once('epoch').uint(0, GROUP_EPOCH_MAX)
    else if (reader.field === BOX) box = reader.once('box').bytes(BOX_BYTES_MIN, ENTRY_BYTES_MAX)
    else reader.skip()
  }
  return { kind: 'closed', epoch, box: reader.required(box, 'box') }
}
