// The database of a profile: opened under the key that profile.json holds, and copied under a new
// key, which is what a change of password is. One process at a time does either.
import { readdir, rm } from 'node:fs/promises'
import path from 'node:path'

import { TidingsError } from '../../core/errors.ts'
import type { Logger } from '../../core/logger.ts'
import { syncFolder } from '../durable-files.ts'
import { storageError } from '../faults.ts'
import { Database } from '../level.ts'
import { Lock } from '../lock.ts'
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
/** Of writing `profile.json`. */
const REMAINS = /^profile\.json\./
const KEPT_COPY = /^db.*\.damaged(?:\.first)?$/

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
  /** Gives up, as long as nothing has changed. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Opens the database and removes what an interrupted change of password left beside it.
 *
 * @throws TidingsError `profile_locked`, `wrong_password`, and as `openStore`
 */
export async function openProfileDatabase(
  folder: string,
  password: string | undefined,
  { random, log }: ProfileDatabaseComponents,
): Promise<LevelStore> {
  const lock = Lock.take(folder)
  try {
    const profile = await readProfile(folder)
    const key = await takeKey(profile, password)
    const directory = path.join(folder, profile.database)
    const store = await openStore({ directory, key, create: false, random, log, lock })
    await removeRemains(folder, profile, log)
    return store
  } catch (error) {
    lock.release()
    throw error
  }
}

/**
 * Makes a new data key, copies the database under it, and changes to both at once. Until then
 * nothing has changed, whatever fails; after it the old key opens nothing that is kept.
 *
 * @returns what the user has to know: damage that was found, copies under an old key
 * @throws TidingsError as `openProfileDatabase`, `bad_input`, `disk_full`, the signal's reason
 */
export async function changePassword(
  folder: string,
  change: PasswordChange,
  components: ProfileDatabaseComponents,
): Promise<readonly string[]> {
  const key = components.random(DATA_KEY_BYTES)
  const kept = await keepKey(key, change.to, components.random)
  // Damage is repaired and reported by this opening, like by any other; the copy takes all as it
  // is.
  const store = await openProfileDatabase(folder, change.from, components)
  await store.close()
  const lock = Lock.take(folder)
  try {
    await changeKey(folder, change, { key, kept, known: store.damage }, components)
  } finally {
    lock.release()
  }
  return [...store.damage, ...(await keptCopies(folder))]
}

interface NewKey {
  readonly key: Uint8Array
  readonly kept: ProfileFile['key']
  /** Damage that the copy will have too. */
  readonly known: readonly string[]
}

async function changeKey(
  folder: string,
  { from, onProgress, signal }: PasswordChange,
  { key, kept, known }: NewKey,
  components: ProfileDatabaseComponents,
): Promise<void> {
  const { random, log } = components
  const profile = await readProfile(folder)
  const sourceKey = await takeKey(profile, from)
  const sourceDirectory = path.join(folder, profile.database)
  const source = await Database.open({ directory: sourceDirectory, create: false, random, log })
  const database = `db-${Buffer.from(random(SUFFIX_BYTES)).toString('hex')}`
  const directory = path.join(folder, database)
  try {
    await resealDatabase({ source, sourceKey, directory, key, random, log, onProgress, signal })
    await checkCopy(directory, key, known, components)
    await syncFolder(folder)
    signal?.throwIfAborted()
    await writeProfile(folder, { ...profile, database, key: kept })
  } catch (error) {
    // Writing may have failed after the rename: then the copy is the database.
    if ((await readProfile(folder)).database !== database) await remove(directory)
    throw storageError(error, folder)
  } finally {
    await source.close()
  }
  await removeRemains(folder, { database }, log)
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
      if (isOther || REMAINS.test(entry)) await remove(path.join(folder, entry))
    }
  } catch (error) {
    log.warn({ err: error }, 'remains of a change of password could not be removed')
  }
}

function remove(file: string): Promise<void> {
  return rm(file, { recursive: true, force: true, maxRetries: 3 })
}
