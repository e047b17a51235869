// The database of a profile: opened under the key of the moment, whoever changes the password
// meanwhile; and copied under a new key, which is what a change of password is.
import { readdir, rename, rm } from 'node:fs/promises'
import path from 'node:path'

import { isTidingsError, TidingsError } from '../../core/errors.ts'
import type { Logger } from '../../core/logger.ts'
import { syncFolder } from '../durable-files.ts'
import { storageError } from '../faults.ts'
import { Database } from '../level.ts'
import { openStore } from '../open.ts'
import { DATA_KEY_BYTES, type RandomBytes } from '../seal.ts'
import type { LevelStore } from '../store-level.ts'
import {
  DATABASE_FOLDER,
  keepKey,
  type ProfileFile,
  readProfile,
  takeKey,
  writeProfile,
} from './profile-file.ts'
import { type Progress, resealDatabase } from './reseal.ts'

const SUFFIX_BYTES = 8
/** What ends the name of a copy that is there only while a database is opened (rescue, mend). */
const OPENING_COPY = /\.(?:before|mending)-[0-9a-f]+$/
const GONE = '.gone-'
/** Other remains: of writing `profile.json`, and of removing remains. */
const REMAINS = /^(profile\.json\.|\.gone-)/
const KEPT_COPY = /^db.*\.damaged$/

export interface ProfileDatabaseComponents {
  readonly random: RandomBytes
  readonly log: Logger
}

export interface PasswordChange {
  /** The password of now; undefined where there is none. */
  readonly from?: string | undefined
  /** Undefined takes the password away. */
  readonly to?: string | undefined
  readonly onProgress?: Progress | undefined
}

/**
 * Opens the database and removes what an interrupted change of password left beside it: whoever
 * has it open is alone in the folder.
 *
 * @throws TidingsError `profile_locked`, `wrong_password`, and as `openStore`
 */
export async function openProfileDatabase(
  folder: string,
  password: string | undefined,
  { random, log }: ProfileDatabaseComponents,
): Promise<LevelStore> {
  for (;;) {
    const profile = await readProfile(folder)
    const key = await takeKey(profile, password)
    const directory = path.join(folder, profile.database)
    const opened = await openStore({ directory, key, create: false, random, log }).catch(asError)
    // Between the reading and the opening another process may have changed the password: then that
    // was the old database, whether or not it could still be opened.
    if ((await readProfile(folder)).database === profile.database) {
      if (opened instanceof Error) throw opened
      await removeRemains(folder, profile, log)
      return opened
    }
    if (!(opened instanceof Error)) await opened.close()
  }
}

/**
 * Makes a new data key, copies the database under it, and changes to both at once. Until then
 * nothing has changed, whatever fails; after it the old key opens nothing that is kept.
 *
 * @returns what the user has to know: damage that was found, copies under an old key
 * @throws TidingsError as `openProfileDatabase`, and `bad_input`, `disk_full`
 */
export async function changePassword(
  folder: string,
  { from, to, onProgress }: PasswordChange,
  components: ProfileDatabaseComponents,
): Promise<readonly string[]> {
  const { random, log } = components
  const newKey = random(DATA_KEY_BYTES)
  const kept = await keepKey(newKey, to, random)
  // Damage is repaired and reported by this opening, like by any other; the copy takes all as it
  // is.
  const store = await openProfileDatabase(folder, from, components)
  await store.close()
  const profile = await readProfile(folder)
  const sourceKey = await takeKey(profile, from)
  const sourceDirectory = path.join(folder, profile.database)
  const source = await Database.open({ directory: sourceDirectory, create: false, random, log })
  const database = `db-${Buffer.from(random(SUFFIX_BYTES)).toString('hex')}`
  const directory = path.join(folder, database)
  try {
    if ((await readProfile(folder)).database !== profile.database) throw changedMeanwhile()
    await resealDatabase({ source, sourceKey, directory, key: newKey, random, log, onProgress })
    await checkCopy(directory, newKey, store.damage, components)
    await syncFolder(folder)
    await writeProfile(folder, { ...profile, database, key: kept })
  } catch (error) {
    // Writing may have failed after the rename: then the copy is the database.
    if ((await readProfile(folder)).database !== database) await remove(directory)
    throw storageError(error, folder)
  } finally {
    await source.close()
  }
  await removeRemains(folder, { database }, log)
  return [...store.damage, ...(await keptCopies(folder))]
}

/** A database that was damaged is kept as it was then, under the key of then, for its user. */
async function keptCopies(folder: string): Promise<string[]> {
  const copies = (await readdir(folder)).filter((entry) => KEPT_COPY.test(entry))
  return copies.map((entry) => {
    const copy = path.join(folder, entry)
    return `the copy of a damaged database still has an old key; remove it if you can: ${copy}`
  })
}

/** The old database goes, so the new one must be whole: it is opened and looked at first. */
async function checkCopy(
  directory: string,
  key: Uint8Array,
  known: readonly string[],
  { random, log }: ProfileDatabaseComponents,
): Promise<void> {
  const copy = await openStore({ directory, key, create: false, random, log })
  await copy.close()
  const fresh = copy.damage.filter((damage) => !known.includes(damage))
  if (fresh.length === 0) return
  const words = `the copy of the database is not whole (${fresh.join('; ')}). Nothing was changed`
  throw new TidingsError('database_damaged', words)
}

/** Out of the way first, as a whole: nobody may find a database that is half removed. */
async function retire(folder: string, entry: string): Promise<void> {
  const gone = path.join(folder, entry.startsWith(GONE) ? entry : GONE + entry)
  if (!entry.startsWith(GONE)) {
    await remove(gone)
    await rename(path.join(folder, entry), gone)
  }
  await remove(gone)
}

/** What is left is removed by the next opening; until then it is sealed, as all the rest. */
async function removeRemains(
  folder: string,
  { database }: Pick<ProfileFile, 'database'>,
  log: Logger,
): Promise<void> {
  try {
    for (const entry of await readdir(folder)) {
      const [base = ''] = entry.split(OPENING_COPY)
      const isOther = DATABASE_FOLDER.test(base) && base !== database
      if (isOther || REMAINS.test(entry)) await retire(folder, entry)
    }
  } catch (error) {
    log.warn({ err: error }, 'remains of a change of password could not be removed')
  }
}

function remove(file: string): Promise<void> {
  return rm(file, { recursive: true, force: true, maxRetries: 3 })
}

function changedMeanwhile(): TidingsError {
  const words = 'another process has changed the password of this profile just now'
  return new TidingsError('database_busy', words)
}

function asError(error: unknown): Error {
  if (isTidingsError(error)) return error
  return error instanceof Error ? error : new Error(String(error))
}
