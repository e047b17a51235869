// Puts the files of a damaged database in order, on a copy: tables as far as they can be read, the
// list of them and the write-ahead log made anew by LevelDB's own repair. Only when this profile
// can be read in the copy does it take the place of the original, which is kept beside it.
//
// All of it happens in the folder `<db>.mending-<random>`: the copy is built in `db`; then the
// database moves to `original`, `db` becomes the database, and `original` becomes `<db>.damaged`.
// Whatever a kill leaves of that, the next opening goes on with (`settle`). What was lost is noted
// within the copy, until an opening has looked at all of it and told it.
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'

import { ClassicLevel } from 'classic-level'

import type { Logger } from '../../core/logger.ts'
import type { Codec } from '../codec.ts'
import { namesIn, PRIVATE_FOLDER_MODE, readIfThere, syncFolder } from '../durable-files.ts'
import { storageError } from '../faults.ts'
import { checkMended } from '../format.ts'
import type { RandomBytes } from '../seal.ts'
import { readable } from './lost.ts'
import { copyLog, copyTable } from './salvage.ts'
import { inspect, type Inspection, readTables, survey, tableWords } from './survey.ts'
import { checkTable } from './table-file.ts'
import { copyTally } from './tally.ts'

export const MENDING = '.mending-'
export const DAMAGED = '.damaged'
/** Of several that are kept the first one: what is still missing may be in it alone. */
export const FIRST_DAMAGED = `${DAMAGED}.first`
const ORIGINAL = 'original'
const NAME_BYTES = 6
const NOTE = 'mended'
const NOTE_MODE = 0o600

export interface MendInit {
  /** The folder of the database. */
  readonly directory: string
  readonly codec: Codec
  readonly random: RandomBytes
  readonly log: Logger
}

/**
 * @returns what its files look like, if nothing had to be mended
 * @throws TidingsError `database_damaged` if it cannot be mended, and nothing was changed
 */
export async function mendIfDamaged(init: MendInit): Promise<Inspection | undefined> {
  const { directory, log } = init
  await settle(directory)
  const found = await inspect(directory)
  const { words } = found
  if (words.length === 0) return found
  log.warn({ words }, 'the files of the database are damaged')
  await mend(init)
  return undefined
}

/** @param reason why it is mended although nothing is wrong with its files, as far as is known */
export async function mend(init: MendInit, reason?: string): Promise<void> {
  const { directory, log } = init
  const folder = `${directory}${MENDING}${Buffer.from(init.random(NAME_BYTES)).toString('hex')}`
  const copy = path.join(folder, 'db')
  try {
    await mkdir(copy, { recursive: true, mode: PRIVATE_FOLDER_MODE })
    const words = [...(await copySound(directory, copy)), ...(reason ? [reason] : [])]
    await ClassicLevel.repair(copy)
    // Where it puts what it could not use; the original has that too.
    await rm(path.join(copy, 'lost'), { recursive: true, force: true })
    await checkMended({ directory: copy, random: init.random, log }, init.codec)
    const note = path.join(copy, NOTE)
    await writeFile(note, JSON.stringify(words), { mode: NOTE_MODE, flush: true })
    await syncFolder(copy)
    await exchange(directory, folder)
    log.warn({ words }, 'the database was mended')
  } catch (error) {
    throw storageError(error, directory)
  } finally {
    // Only if what it holds could not be put back.
    const isStranded = await namesIn(path.join(folder, ORIGINAL))
    if (!isStranded) await rm(folder, { recursive: true, force: true })
  }
}

/** What the last mending found, until `forgetMending`; nobody has looked at what it made yet. */
export async function lastMending(directory: string): Promise<string[]> {
  const note = await readIfThere(path.join(directory, NOTE))
  if (note === undefined) return []
  const words = readable((): unknown => JSON.parse(note))
  return Array.isArray(words) ? words.map(String) : ['the files of the database were damaged']
}

export async function forgetMending(directory: string): Promise<void> {
  await rm(path.join(directory, NOTE), { force: true })
}

/** Goes on where a kill left an exchange. Other remains go once the database is open. */
async function settle(directory: string): Promise<void> {
  const [parent, name] = [path.dirname(directory), path.basename(directory)]
  for (const entry of (await namesIn(parent)) ?? []) {
    const original = path.join(parent, entry, ORIGINAL)
    if (!entry.startsWith(name + MENDING) || !(await namesIn(original))) continue
    if (await namesIn(directory)) await keepDamaged(original, directory)
    else await rename(original, directory)
  }
}

/** Copies what is sound; what is not, in plain words. */
async function copySound(directory: string, copy: string): Promise<string[]> {
  const { tables, logs, faults } = await survey(directory)
  const words = [...faults]
  await readTables(directory, tables, async (table, bytes) => {
    const check = checkTable(bytes)
    if (!check.isWhole) words.push(tableWords(table, check))
    await copyTable(path.join(directory, table.name), path.join(copy, table.name), bytes, check)
  })
  for (const name of logs) await copyLog(path.join(directory, name), path.join(copy, name))
  await copyTally(directory, copy)
  return words
}

async function exchange(directory: string, folder: string): Promise<void> {
  const original = path.join(folder, ORIGINAL)
  await rename(directory, original)
  try {
    await rename(path.join(folder, 'db'), directory)
  } catch (error) {
    await rename(original, directory)
    throw error
  }
  await syncFolder(path.dirname(directory))
  await keepDamaged(original, directory)
}

/** Puts a damaged database, or a copy of it, beside what is made of it. */
export async function keepDamaged(original: string, directory: string): Promise<void> {
  const kept = `${directory}${DAMAGED}`
  const first = `${directory}${FIRST_DAMAGED}`
  if ((await namesIn(kept)) && !(await namesIn(first))) await rename(kept, first)
  await rm(kept, { recursive: true, force: true })
  await rm(path.join(original, 'reserve'), { force: true })
  await rename(original, kept)
}
