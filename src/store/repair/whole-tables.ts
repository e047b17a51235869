// Which tables were found whole at an earlier opening, by the CRC-32 of all their bytes. A table
// never changes once it is written, and that sum takes a fifth of the time of a look at each of its
// blocks: Node has it natively, and CRC-32C, with which LevelDB checks blocks, it has not.
//
// The note is a text, a line for each table: its number, its length in bytes, the sum. It is
// derived, and not synced: a table of which it says something else is looked at block by block.
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { crc32 } from 'node:zlib'

import type { Logger } from '../../core/logger.ts'
import { readNote } from '../durable-files.ts'

export const WHOLE_TABLES = 'whole'
const FILE_MODE = 0o600

export class WholeTables {
  private readonly file: string
  /** A line for each table, by its number. */
  private readonly noted: Map<number, string>
  private isChanged = false

  private constructor(file: string, lines: readonly string[]) {
    this.file = file
    this.noted = new Map(lines.map((line) => [Number.parseInt(line), line]))
  }

  static async of(directory: string): Promise<WholeTables> {
    const file = path.join(directory, WHOLE_TABLES)
    return new WholeTables(file, (await readNote(file))?.split('\n') ?? [])
  }

  /** Whether a table is as it was noted. */
  has(number: number, bytes: Buffer): boolean {
    return this.noted.get(number) === lineOf(number, bytes)
  }

  /** All of its blocks were looked at. */
  add(number: number, bytes: Buffer): void {
    this.noted.set(number, lineOf(number, bytes))
    this.isChanged = true
  }

  /** Keeps what is noted of these tables; without it the next opening only takes longer. */
  async keep(inUse: ReadonlySet<number>, log: Logger): Promise<void> {
    if (!this.isChanged) return
    const lines = [...this.noted].filter(([number]) => inUse.has(number)).map(([, line]) => line)
    try {
      await writeFile(this.file, lines.join('\n'), { mode: FILE_MODE })
    } catch (error) {
      log.debug({ error: String(error) }, 'what is known of the tables could not be noted')
    }
  }
}

function lineOf(number: number, bytes: Buffer): string {
  return `${number} ${bytes.byteLength} ${crc32(bytes)}`
}
