// Closing a database that is as it should be, so that the next opening has little to do. LevelDB
// keeps what was written last in its log, up to a write buffer; the next opening reads all of that
// and makes a table of it before anybody may read: 20 ms for 3 MB, 3 ms where this was done. If it
// is just making that table when it is closed, it gives up and leaves both the log and the table.
import { readdir, stat } from 'node:fs/promises'
import path from 'node:path'

import { WRITE_OUT_BYTES_MIN } from '../core/limits.ts'
import type { Logger } from '../core/logger.ts'
import { noteClosing } from './repair/closing.ts'

/** Of LevelDB. Browsers cannot compact, and the types here are theirs too. */
interface Closeable {
  close(): Promise<void>
  compactRange?(start: Buffer, end: Buffer): Promise<void>
}

/** No key begins so. */
const AFTER_ALL = Buffer.of(0xff)

/** @throws the error of LevelDB when it cannot be closed */
export async function closeWell(level: Closeable, directory: string, log: Logger): Promise<void> {
  try {
    // Tables are joined for a range without keys, so none; memory is written out before that. Where
    // there is no room LevelDB keeps the log.
    const isMuch = (await logBytes(directory)) >= WRITE_OUT_BYTES_MIN
    if (isMuch) await level.compactRange?.(AFTER_ALL, AFTER_ALL)
  } catch (error) {
    // Such as a log that just became a table: the next opening does what there is to do.
    log.debug({ error: String(error) }, 'the database was not written out')
  }
  await level.close()
  await noteClosing(directory, log)
}

async function logBytes(directory: string): Promise<number> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.log'))
  const sizes = names.map(async (name) => (await stat(path.join(directory, name))).size)
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
}
