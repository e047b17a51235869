// A note that a database was closed as it should be and nothing amiss was met while it was open.
// It names the MANIFEST of that moment and its length. Whoever opens the database next, with
// whatever program, begins another MANIFEST: so the note need not be removed, and can never be
// taken for that of a later closing.
import { readFile, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'

import type { Logger } from '../../core/logger.ts'
import { readNote } from '../durable-files.ts'

const FILE = 'closed'
const FILE_MODE = 0o600

/** Not synced: without it the next opening only looks at more. */
export async function noteClosing(directory: string, log: Logger): Promise<void> {
  try {
    const current = (await readFile(path.join(directory, 'CURRENT'), 'utf8')).trim()
    const { size } = await stat(path.join(directory, current))
    await writeFile(path.join(directory, FILE), `${current} ${size}\n`, { mode: FILE_MODE })
  } catch (error) {
    log.debug({ error: String(error) }, 'the closing of the database could not be noted')
  }
}

/** The length of the MANIFEST when it was closed; undefined when it was opened after that. */
export async function closingNote(directory: string, current: string): Promise<number | undefined> {
  const [manifest, lengthBytes] = (await readNote(path.join(directory, FILE)))?.split(' ') ?? []
  return manifest === current.trim() ? Number(lengthBytes) : undefined
}
