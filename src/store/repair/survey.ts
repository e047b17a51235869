// Whether the files of a database are all there and as they were written, looked at before LevelDB
// opens them: it takes some damage without a word, refuses where much could be saved, and aborts
// the process on the rest.
//
// Reading all tables takes a second for each GB. That is done when the database was not closed as
// it should be, which is also what an abort, a crash of the machine, or damage met by a reader
// leaves. Otherwise the newest tables are read up to a budget, so that opening stays quick.
import { type FileHandle, open, readdir, readFile, stat } from 'node:fs/promises'
import path from 'node:path'

import { TidingsError } from '../../core/errors.ts'
import { TABLE_BYTES_MAX, TABLE_CHECK_BYTES } from '../../core/limits.ts'
import type { Logger } from '../../core/logger.ts'
import { isMissing, readIfThere } from '../durable-files.ts'
import { storageError } from '../faults.ts'
import { closingNote } from './closing.ts'
import { tablesIn } from './manifest.ts'
import { checkTable, type TableCheck } from './table-file.ts'
import { WholeTables } from './whole-tables.ts'

const TABLE = /^(\d+)\.(ldb|sst)$/
const LOG = /^\d+\.log$/
const MANIFEST = /^MANIFEST-\d+\n?$/
/** Tables read side by side: while one is read, another is checked. */
const LANES = 2

export interface TableFile {
  readonly name: string
  readonly number: number
  readonly lengthBytes: number
}

export interface Survey {
  /** Tables in use; all that there are when it is not known which are. */
  readonly tables: readonly TableFile[]
  readonly logs: readonly string[]
  /** What is missing or damaged besides what the tables hold, in plain words. */
  readonly faults: readonly string[]
  readonly wasClosed: boolean
}

/** What the files of a database look like. */
export interface Inspection {
  /** What is wrong, in plain words. */
  readonly words: readonly string[]
  /** It was closed as it should be. */
  readonly wasClosed: boolean
  /** Takes a note of the tables that were found whole. Never rejects. */
  readonly note: (log: Logger) => Promise<void>
}

/**
 * @param budgetBytes so much of the tables is read after a good closing
 * @throws TidingsError `database_damaged` if nothing is there; `home_unusable`
 */
export async function inspect(
  directory: string,
  budgetBytes = TABLE_CHECK_BYTES,
): Promise<Inspection> {
  const { tables, faults, wasClosed } = await survey(directory)
  const words = [...faults]
  let budget = wasClosed ? budgetBytes : Infinity
  const chosen = tables.filter(({ lengthBytes }) => (budget -= lengthBytes) >= 0)
  const whole = await WholeTables.of(directory)
  await readTables(directory, chosen, async (table, bytes) => {
    if (whole.has(table.number, bytes)) return
    const check = checkTable(bytes)
    if (check.isWhole) whole.add(table.number, bytes)
    else words.push(tableWords(table, check))
  })
  const inUse = new Set(tables.map(({ number }) => number))
  return { words, wasClosed, note: (log) => whole.keep(inUse, log) }
}

/** @throws TidingsError as `inspect` */
export async function survey(directory: string): Promise<Survey> {
  try {
    const names = await readdir(directory)
    const logs = names.filter((name) => LOG.test(name))
    const there = tablesAmong(names)
    if (there.length === 0 && logs.length === 0) {
      throw new TidingsError('database_damaged', `the database was removed (${directory})`)
    }
    const all = async (fault: string): Promise<Survey> => {
      const tables = await Promise.all(there.map((table) => sized(directory, table)))
      return { tables, logs, wasClosed: false, faults: [fault] }
    }
    const current = await readIfThere(path.join(directory, 'CURRENT'))
    if (current === undefined) return await all('the database has lost its CURRENT')
    const manifest = await readManifest(directory, current)
    const sizes = manifest && tablesIn(manifest)
    const note = await closingNote(directory, current)
    const isCut = note !== undefined && note !== manifest?.byteLength
    if (!sizes || isCut) return await all('the list of tables (MANIFEST) is damaged')
    const inUse = there.filter(({ number }) => sizes.has(number))
    const numbers = new Set(inUse.map(({ number }) => number))
    const missing = [...sizes.keys()].filter((number) => !numbers.has(number))
    return {
      tables: inUse.map((table) => ({ ...table, lengthBytes: sizes.get(table.number) ?? 0 })),
      logs,
      faults: missing.map((number) => `the table ${number} of the database is missing`),
      wasClosed: note !== undefined,
    }
  } catch (error) {
    throw storageError(error, directory)
  }
}

/** Reads each and hands it on; its bytes are good until `take` is done. */
export async function readTables(
  directory: string,
  tables: readonly TableFile[],
  take: (table: TableFile, bytes: Buffer) => Promise<void>,
): Promise<void> {
  let next = 0
  const lane = async (): Promise<void> => {
    let room = Buffer.alloc(0)
    for (let table = tables[next++]; table; table = tables[next++]) {
      if (room.byteLength < table.lengthBytes) room = Buffer.allocUnsafe(table.lengthBytes)
      const into = room.subarray(0, table.lengthBytes)
      const bytes = await readTable(path.join(directory, table.name), into)
      await take(table, bytes)
    }
  }
  await Promise.all(Array.from({ length: LANES }, lane))
}

export function tableWords({ name }: TableFile, { words }: TableCheck): string {
  return `the table ${name} of the database is damaged: ${words}`
}

async function readManifest(directory: string, current: string): Promise<Buffer | undefined> {
  if (!MANIFEST.test(current)) return undefined
  try {
    return await readFile(path.join(directory, current.trim()))
  } catch (error) {
    if (isMissing(error) || isBroken(error)) return undefined
    throw error
  }
}

/** Newest first. */
function tablesAmong(names: readonly string[]): Omit<TableFile, 'lengthBytes'>[] {
  return names
    .map((name) => ({ name, number: Number(TABLE.exec(name)?.[1]) }))
    .filter(({ number }) => !Number.isNaN(number))
    .toSorted((a, b) => b.number - a.number)
}

async function sized(directory: string, table: Omit<TableFile, 'lengthBytes'>): Promise<TableFile> {
  const { size } = await stat(path.join(directory, table.name))
  return { ...table, lengthBytes: Math.min(size, TABLE_BYTES_MAX) }
}

/** As much of it as there is: what is missing, or what the disk cannot read, is damage. */
async function readTable(file: string, into: Buffer): Promise<Buffer> {
  let handle: FileHandle | undefined
  try {
    handle = await open(file, 'r')
    let at = 0
    for (let got = -1; got !== 0 && at < into.byteLength; at += got) {
      got = (await handle.read(into, at, into.byteLength - at)).bytesRead
    }
    return into.subarray(0, at)
  } catch (error) {
    if (isBroken(error)) return Buffer.alloc(0)
    throw storageError(error, file)
  } finally {
    await handle?.close()
  }
}

/** The disk itself says that it cannot read. */
function isBroken(error: unknown): boolean {
  return error instanceof Error && (error as NodeJS.ErrnoException).code === 'EIO'
}
