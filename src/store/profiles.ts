// The profiles of one data folder: user accounts on this machine, each a folder of its own.
//
//   profiles/<name>/profile.json   what the profile is, and its data key: wrapped by the password,
//                                  or bare if there is none
//   profiles/<name>/db/            its database
//
// A profile appears whole or not at all: it is built beside and renamed into place. The data key
// lies in one file in either form, so that a change of password is one rename: no moment of it
// leaves a profile without a key, or with a bare key beside a wrapped one.
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'

import * as v from 'valibot'

import { TidingsError } from '../core/errors.ts'
import type { Logger } from '../core/logger.ts'
import { folderOfProfile, profileOfFolder } from '../core/profile-names.ts'
import {
  isMissing,
  makePrivate,
  PRIVATE_FOLDER_MODE,
  readIfThere,
  removeStale,
  syncFolder,
  writeDurably,
} from './durable-files.ts'
import { storageError } from './faults.ts'
import { unwrapKey, wrapKey, wrappedKeySchema } from './keyring.ts'
import { openStore } from './open.ts'
import { DATA_KEY_BYTES, type RandomBytes } from './seal.ts'
import type { IdentityRecord } from './store.ts'

const FORMAT = 1
const PROFILE_FILE = 'profile.json'
const UNFINISHED = '.new-'
/** What an interrupted change left behind is removed after this long. */
const UNFINISHED_KEPT_MS = 60 * 60 * 1000

const formatSchema = v.object({ format: v.pipe(v.number(), v.integer(), v.minValue(1)) })
const profileSchema = v.object({
  format: v.literal(FORMAT),
  name: v.string(),
  /** As others on the network see it anyway; the exact one is in the database. */
  displayName: v.optional(v.string()),
  key: v.union([
    wrappedKeySchema,
    v.object({ kdf: v.literal('none'), bare: v.pipe(v.string(), v.hexadecimal(), v.length(64)) }),
  ]),
})
type ProfileFile = v.InferOutput<typeof profileSchema>

export interface ProfileSummary {
  readonly name: string
  /** What its user is called. */
  readonly displayName: string
  /** A password is needed. */
  readonly locked: boolean
  /** Why it cannot be used, in plain words. */
  readonly problem: string | undefined
}

export interface ProfilesInit {
  /** The folder of all data; made when it is not there. */
  readonly dataDir: string
}

export interface ProfilesComponents {
  readonly random: RandomBytes
  readonly nowMs: () => number
  readonly log: Logger
}

export interface NewProfile {
  readonly name: string
  readonly password?: string
  /** Stored in the new database: a profile is never without one. */
  readonly identity: IdentityRecord
}

export class Profiles {
  private readonly folder: string
  private readonly components: ProfilesComponents

  constructor(components: ProfilesComponents, init: ProfilesInit) {
    this.components = components
    this.folder = path.join(init.dataDir, 'profiles')
  }

  async list(): Promise<ProfileSummary[]> {
    const found: ProfileSummary[] = []
    for (const entry of await this.entries()) {
      const name = profileOfFolder(entry)
      if (name === undefined) continue
      try {
        const profile = await this.read(name)
        const displayName = profile.displayName ?? profile.name
        const locked = profile.key.kdf !== 'none'
        found.push({ name: profile.name, displayName, locked, problem: undefined })
      } catch (error) {
        const problem = error instanceof Error ? error.message : String(error)
        found.push({ name, displayName: name, locked: false, problem })
      }
    }
    return found.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  }

  /** @throws TidingsError `bad_name`, `home_unusable` */
  async exists(name: string): Promise<boolean> {
    const folder = this.profileFolder(name)
    try {
      return (await stat(folder)).isDirectory()
    } catch (error) {
      if (isMissing(error)) return false
      throw storageError(error, folder)
    }
  }

  /** Where the profile's database lies, for `openStore`. */
  databaseDirectory(name: string): string {
    return path.join(this.profileFolder(name), 'db')
  }

  /**
   * @throws TidingsError `profile_exists`, `bad_name`, `bad_input`, `home_unusable`, `disk_full`
   */
  async create({ name, password, identity }: NewProfile): Promise<void> {
    const folder = this.profileFolder(name)
    if (await this.exists(name)) throw alreadyThere(name)
    const { random, log } = this.components
    const unfinished = path.join(this.folder, UNFINISHED + Buffer.from(random(8)).toString('hex'))
    const key = random(DATA_KEY_BYTES)
    const kept = await keepKey(key, password, random)
    try {
      await mkdir(this.folder, { recursive: true, mode: PRIVATE_FOLDER_MODE })
      await removeStale(this.folder, UNFINISHED, this.staleBeforeMs())
      await mkdir(unfinished, { mode: PRIVATE_FOLDER_MODE })
      const names = { name: name.normalize('NFC'), displayName: identity.name }
      await writeProfile(unfinished, { format: FORMAT, ...names, key: kept })
      const directory = path.join(unfinished, 'db')
      const store = await openStore({ directory, key, create: true, random, log })
      const batch = store.batch()
      batch.put('identity', 'self', identity)
      try {
        await store.commit(batch)
      } finally {
        await store.close()
      }
      await syncFolder(unfinished)
      await rename(unfinished, folder)
      await syncFolder(this.folder)
    } catch (error) {
      await rm(unfinished, { recursive: true, force: true })
      if (await this.exists(name)) throw alreadyThere(name)
      throw storageError(error, this.folder)
    }
  }

  /**
   * The key of the profile's database.
   *
   * @throws TidingsError `unknown_profile`, `profile_locked`, `wrong_password`, `database_newer`,
   *   `database_damaged`, `home_unusable`
   */
  async unlock(name: string, password?: string): Promise<Uint8Array> {
    const folder = this.profileFolder(name)
    const { key } = await this.read(name)
    await makePrivate(folder)
    if (key.kdf === 'none') return Buffer.from(key.bare, 'hex')
    if (password === undefined) {
      throw new TidingsError('profile_locked', `profile "${name}" needs its password`)
    }
    return unwrapKey(key, password)
  }

  /**
   * Sets, changes or (without `next`) removes the password. The database stays as it is.
   *
   * @throws TidingsError as `unlock`, and `bad_input`; nothing has changed then
   */
  async changePassword(name: string, old?: string, next?: string): Promise<void> {
    const folder = this.profileFolder(name)
    const key = await this.unlock(name, old)
    const kept = await keepKey(key, next, this.components.random)
    await writeProfile(folder, { ...(await this.read(name)), key: kept })
    await removeStale(folder, `${PROFILE_FILE}.`, this.staleBeforeMs())
  }

  private profileFolder(name: string): string {
    return path.join(this.folder, folderOfProfile(name))
  }

  private async entries(): Promise<string[]> {
    try {
      return await readdir(this.folder)
    } catch (error) {
      if (isMissing(error)) return []
      throw storageError(error, this.folder)
    }
  }

  private async read(name: string): Promise<ProfileFile> {
    const file = path.join(this.profileFolder(name), PROFILE_FILE)
    if (!(await this.exists(name))) {
      throw new TidingsError('unknown_profile', `there is no profile "${name}"`)
    }
    return parseProfile(await readIfThere(file), file)
  }

  private staleBeforeMs(): number {
    return this.components.nowMs() - UNFINISHED_KEPT_MS
  }
}

function parseProfile(text: string | undefined, file: string): ProfileFile {
  try {
    const json: unknown = JSON.parse(text ?? '')
    if (v.parse(formatSchema, json).format > FORMAT) {
      throw new TidingsError('database_newer', `${file} was written by a newer version of Tidings`)
    }
    return v.parse(profileSchema, json)
  } catch (cause) {
    if (cause instanceof TidingsError) throw cause
    throw new TidingsError('database_damaged', `${file} is missing or damaged`, { cause })
  }
}

function writeProfile(folder: string, profile: ProfileFile): Promise<void> {
  return writeDurably(path.join(folder, PROFILE_FILE), `${JSON.stringify(profile, null, 2)}\n`)
}

function keepKey(
  key: Uint8Array,
  password: string | undefined,
  random: RandomBytes,
): Promise<ProfileFile['key']> {
  if (password !== undefined) return wrapKey(key, password, random)
  return Promise.resolve({ kdf: 'none', bare: Buffer.from(key).toString('hex') })
}

function alreadyThere(name: string): TidingsError {
  return new TidingsError('profile_exists', `there is already a profile "${name}"`)
}
