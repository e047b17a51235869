// How the prototype puts entries on a stream: the number of entries and the length of all, then
// each with its length, then the signature of the last.
import type { Stream } from '@libp2p/interface'

import { SIGNATURE_BYTES } from '../src/core/run.ts'

export interface Group {
  readonly entries: readonly Uint8Array[]
  readonly signature: Uint8Array
}

const HEADER_BYTES = 8
const LENGTH_BYTES = 4

export function groupBytes({ entries, signature }: Group): Buffer {
  const parts = entries.flatMap((entry) => {
    const length = Buffer.alloc(LENGTH_BYTES)
    length.writeUInt32BE(entry.byteLength)
    return [length, entry]
  })
  const body = Buffer.concat([...parts, signature])
  const header = Buffer.alloc(HEADER_BYTES)
  header.writeUInt32BE(entries.length)
  header.writeUInt32BE(body.byteLength, LENGTH_BYTES)
  return Buffer.concat([header, body])
}

/** Calls back with each group that comes. */
export function groupsIn(stream: Stream, listener: (group: Group) => void): void {
  let held = Buffer.alloc(0)
  stream.addEventListener('message', ({ data }) => {
    held = Buffer.concat([held, data.subarray()])
    while (held.byteLength >= HEADER_BYTES) {
      const end = HEADER_BYTES + held.readUInt32BE(LENGTH_BYTES)
      if (held.byteLength < end) break
      listener(groupOf(held.readUInt32BE(0), held.subarray(HEADER_BYTES, end)))
      held = held.subarray(end)
    }
  })
}

function groupOf(count: number, body: Buffer): Group {
  let at = 0
  const entries = Array.from({ length: count }, () => {
    const start = at + LENGTH_BYTES
    at = start + body.readUInt32BE(at)
    return body.subarray(start, at)
  })
  return { entries, signature: body.subarray(at, at + SIGNATURE_BYTES) }
}
