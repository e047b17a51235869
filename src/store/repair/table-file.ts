// A table of LevelDB, looked at byte by byte (leveldb, doc/table_format.md). LevelDB does not do
// it: it checks nothing when it tidies up, and a flipped bit in a key then puts keys out of order,
// on which it aborts the whole process, at every start anew. So no table reaches LevelDB unchecked;
// and of a damaged one everything is kept that is not damaged.
//
// A table is a row of data blocks, a filter, an index of each of these two, and a footer that says
// where the indexes are. Every block has a byte that says how it is compressed, and a check.
import { maskedCrc32c } from './crc32c.ts'
import { Cursor, NotReadable } from './leveldb-bytes.ts'
import { readable } from './lost.ts'

const TRAILER_BYTES = 5
const FOOTER_BYTES = 48
const MAGIC = Buffer.from('57fb808b247547db', 'hex')
const PLAIN = 0

/** Where a block lies; the trailer follows it. */
interface Place {
  readonly at: number
  readonly length: number
}

interface Indexed extends Place {
  /** At least as great as every key of this block, and less than every one of the next. */
  readonly key: Buffer
}

export interface TableCheck {
  readonly isWhole: boolean
  /** The data blocks that can still be read; none when their index cannot. */
  readonly sound: readonly Indexed[]
  /** What is wrong with it, in plain words. */
  readonly words: string
}

export function checkTable(table: Buffer): TableCheck {
  const footer = readable(() => readFooter(table))
  // Not written by this program: nothing can be said about it.
  if (footer && isCompressed(table, footer.index)) return { isWhole: true, sound: [], words: '' }
  const blocks = footer && readable(() => readIndex(table, footer.index))
  if (!footer || !blocks) return { isWhole: false, sound: [], words: 'it has lost its index' }
  const sound = blocks.filter((block) => isSound(table, block))
  const bad = blocks.length - sound.length
  if (bad > 0) {
    const words = `${bad} of its ${blocks.length} parts cannot be read`
    return { isWhole: false, sound, words }
  }
  return { isWhole: isFilterSound(table, footer.filters), sound, words: 'its filter is damaged' }
}

/** The same table without its damaged blocks; undefined when nothing of it is left. */
export function withoutDamage(table: Buffer, { sound }: TableCheck): Buffer | undefined {
  if (sound.length === 0) return undefined
  const end = Math.max(...sound.map(({ at, length }) => at + length + TRAILER_BYTES))
  // Blocks stay where they are; what lies between them belongs to none any more.
  const noFilters = blockOf([])
  const index = blockOf(sound)
  const footer = Buffer.alloc(FOOTER_BYTES)
  const places = [
    { at: end, length: noFilters.byteLength - TRAILER_BYTES },
    { at: end + noFilters.byteLength, length: index.byteLength - TRAILER_BYTES },
  ]
  Buffer.concat(places.map(placeBytes)).copy(footer)
  MAGIC.copy(footer, FOOTER_BYTES - MAGIC.byteLength)
  return Buffer.concat([table.subarray(0, end), noFilters, index, footer])
}

function readFooter(table: Buffer): { filters: Place; index: Place } {
  const footer = table.subarray(-FOOTER_BYTES)
  const isTable =
    table.byteLength >= FOOTER_BYTES && footer.subarray(-MAGIC.byteLength).equals(MAGIC)
  if (!isTable) throw new NotReadable('it has no end')
  const cursor = new Cursor(footer)
  const filters = readPlace(cursor)
  return { filters, index: readPlace(cursor) }
}

function readPlace(cursor: Cursor): Place {
  return { at: cursor.varint(), length: cursor.varint() }
}

function isSound(table: Buffer, { at, length }: Place): boolean {
  const end = at + length + 1
  if (end + TRAILER_BYTES - 1 > table.byteLength) return false
  return maskedCrc32c(table, at, end) === table.readUInt32LE(end)
}

function isCompressed(table: Buffer, place: Place): boolean {
  return isSound(table, place) && table[place.at + place.length] !== PLAIN
}

function readIndex(table: Buffer, place: Place): Indexed[] {
  if (!isSound(table, place)) throw new NotReadable('its index is damaged')
  if (isCompressed(table, place)) return []
  const end = place.at + place.length
  const restarts = table.readUInt32LE(end - 4)
  const cursor = new Cursor(table, place.at, end - 4 - 4 * restarts)
  const blocks: Indexed[] = []
  let key = Buffer.alloc(0)
  while (!cursor.isAtEnd) {
    const [shared, rest, length] = [cursor.varint(), cursor.varint(), cursor.varint()]
    key = Buffer.concat([key.subarray(0, shared), cursor.take(rest)])
    blocks.push({ key, ...readPlace(new Cursor(cursor.take(length))) })
  }
  return blocks
}

/** A damaged filter makes LevelDB say that a key is not there. */
function isFilterSound(table: Buffer, filters: Place): boolean {
  const blocks = readable(() => readIndex(table, filters))
  return blocks !== undefined && blocks.every((block) => isSound(table, block))
}

/** A block of an index: each key in full. */
function blockOf(blocks: readonly Indexed[]): Buffer {
  const parts: Buffer[] = []
  const restarts: number[] = []
  let length = 0
  for (const block of blocks) {
    const place = placeBytes(block)
    const sizes = [0, block.key.byteLength, place.byteLength].map(varintBytes)
    const entry = Buffer.concat([...sizes, block.key, place])
    restarts.push(length)
    parts.push(entry)
    length += entry.byteLength
  }
  const numbers = [...(restarts.length > 0 ? restarts : [0]), Math.max(1, restarts.length)]
  const tail = Buffer.alloc(4 * numbers.length + TRAILER_BYTES)
  for (const [i, number] of numbers.entries()) tail.writeUInt32LE(number, 4 * i)
  const bytes = Buffer.concat([...parts, tail])
  const end = bytes.byteLength - TRAILER_BYTES + 1
  bytes.writeUInt32LE(maskedCrc32c(bytes, 0, end), end)
  return bytes
}

function placeBytes({ at, length }: Place): Buffer {
  return Buffer.concat([varintBytes(at), varintBytes(length)])
}

function varintBytes(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128)
  return Buffer.from([...bytes, rest])
}
