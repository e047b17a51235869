// How LevelDB writes its files, as far as it must be read to tell a sound one from a damaged one:
// numbers of variable length, and records of a log with their checks (leveldb, doc/log_format.md).
import { maskedCrc32c } from './crc32c.ts'

const LOG_BLOCK_BYTES = 32 * 1024
const LOG_HEADER_BYTES = 7
/** Types of a fragment of a record: all of it, its first or last part; others lie between. */
const FULL = 1
const FIRST = 2
const LAST = 4
/** Base-128 digits of a number: beyond these it would not be exact. */
const VARINT_DIGITS_MAX = 8

/** Bytes are not what they should be. Whoever reads a damaged file expects it. */
export class NotReadable extends Error {}

/** Reads one thing after the other. */
export class Cursor {
  readonly bytes: Buffer
  at: number
  private readonly end: number

  constructor(bytes: Buffer, at = 0, end = bytes.byteLength) {
    this.bytes = bytes
    this.at = at
    this.end = end
  }

  get isAtEnd(): boolean {
    return this.at >= this.end
  }

  /** @throws NotReadable, as all of these */
  varint(): number {
    let value = 0
    for (let digit = 0; digit < VARINT_DIGITS_MAX; digit++) {
      const [byte = 0] = this.take(1)
      value += (byte & 127) * 128 ** digit
      if (byte < 128 && Number.isSafeInteger(value)) return value
    }
    throw new NotReadable('a number is too long')
  }

  /** Bytes with their length before them. */
  slice(): Buffer {
    return this.take(this.varint())
  }

  take(length: number): Buffer {
    if (this.at + length > this.end) throw new NotReadable('it ends too early')
    this.at += length
    return this.bytes.subarray(this.at - length, this.at)
  }
}

export interface LogRecords {
  readonly records: readonly Buffer[]
  /** So many bytes are records whose checks fit, all of them parts of whole ones. */
  readonly soundBytes: number
}

/** The records of a write-ahead log or a MANIFEST, up to the first that is damaged. */
export function readLog(bytes: Buffer): LogRecords {
  const records: Buffer[] = []
  let parts: Buffer[] = []
  let soundBytes = 0
  let at = 0
  while (at < bytes.byteLength) {
    const left = LOG_BLOCK_BYTES - (at % LOG_BLOCK_BYTES)
    if (left < LOG_HEADER_BYTES) {
      at = Math.min(at + left, bytes.byteLength)
      if (parts.length === 0) soundBytes = at
      continue
    }
    const fragment = readFragment(bytes, at, at + left)
    if (!fragment || fragment.isFirst !== (parts.length === 0)) break
    parts.push(fragment.content)
    at = fragment.end
    if (!fragment.isLast) continue
    records.push(Buffer.concat(parts))
    parts = []
    soundBytes = at
  }
  return { records, soundBytes }
}

function readFragment(
  bytes: Buffer,
  at: number,
  limit: number,
): { content: Buffer; end: number; isFirst: boolean; isLast: boolean } | undefined {
  const start = at + LOG_HEADER_BYTES
  if (start > bytes.byteLength) return undefined
  const end = start + bytes.readUInt16LE(at + 4)
  if (end > Math.min(bytes.byteLength, limit)) return undefined
  if (maskedCrc32c(bytes, at + 6, end) !== bytes.readUInt32LE(at)) return undefined
  const type = bytes[at + 6] ?? 0
  if (type < FULL || type > LAST) return undefined
  const [isFirst, isLast] = [type === FULL || type === FIRST, type === FULL || type === LAST]
  return { content: bytes.subarray(start, end), end, isFirst, isLast }
}
