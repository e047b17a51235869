// Which tables a database consists of: its MANIFEST, a log of changes to that list (leveldb,
// db/version_edit.cc). Other tables may lie beside them, remains of tidying up that a crash cut
// short; whether those are whole is nobody's business.
import { Cursor, NotReadable, readLog } from './leveldb-bytes.ts'
import { readable } from './lost.ts'

/** What a change consists of, by its number in the file. */
const COMPARATOR = 1
const LOG_NUMBER = 2
const NEXT_FILE = 3
const LAST_SEQUENCE = 4
const COMPACT_POINTER = 5
const DELETED_FILE = 6
const NEW_FILE = 7
const PREVIOUS_LOG_NUMBER = 9

/** Size in bytes by number. */
export type TableSizes = ReadonlyMap<number, number>

/** The tables in use; undefined when the MANIFEST is damaged. */
export function tablesIn(manifest: Buffer): TableSizes | undefined {
  const { records, soundBytes } = readLog(manifest)
  if (soundBytes < manifest.byteLength || records.length === 0) return undefined
  return readable(() => {
    const sizes = new Map<number, number>()
    for (const record of records) applyChange(record, sizes)
    return sizes
  })
}

function applyChange(record: Buffer, sizes: Map<number, number>): void {
  const cursor = new Cursor(record)
  // A change may move a table: it is taken from one level and added to another.
  const added = new Map<number, number>()
  while (!cursor.isAtEnd) {
    const tag = cursor.varint()
    if (tag === COMPARATOR) cursor.slice()
    else if (tag === LOG_NUMBER || tag === PREVIOUS_LOG_NUMBER) cursor.varint()
    else if (tag === NEXT_FILE || tag === LAST_SEQUENCE) cursor.varint()
    else if (tag === COMPACT_POINTER) skipKey(cursor)
    else if (tag === DELETED_FILE) {
      cursor.varint()
      sizes.delete(cursor.varint())
    } else if (tag === NEW_FILE) {
      cursor.varint()
      const number = cursor.varint()
      added.set(number, cursor.varint())
      cursor.slice()
      cursor.slice()
    } else throw new NotReadable(`an unknown change (${tag})`)
  }
  for (const [number, size] of added) sizes.set(number, size)
}

/** A level and where tidying it up goes on. */
function skipKey(cursor: Cursor): void {
  cursor.varint()
  cursor.slice()
}
