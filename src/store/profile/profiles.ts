// The profiles of one data folder: user accounts on this machine, each a folder of its own.
//
//   profiles/<name>/profile.json   what the profile is, which database is its own, and its data key
//   profiles/<name>/db…/           its database
//
// A profile appears whole or not at all: it is built beside and renamed into place. A change of
// password makes a new data key and a copy of the database sealed with it; writing profile.json
// anew then changes to both in one rename, and the old database goes.
import { readFileSync } from 'node:fs'
import { mkdir, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'

import { TidingsError } from '../../core/errors.ts'
import { folderOfProfile, profileOfFolder } from '../../core/profile-names.ts'
import {
  isMissing,
  makePrivate,
  namesIn,
  makeFolders,
  PRIVATE_FOLDER_MODE,
  removeStale,
  syncFolder,
} from '../durable-files.ts'
import { storageError } from '../faults.ts'
import { Lock } from '../lock.ts'
import { openStore } from '../open.ts'
import { DATA_KEY_BYTES } from '../seal.ts'
import type { LevelStore } from '../store-level.ts'
import type { IdentityRecord } from '../store.ts'
import {
  changePassword,
  openProfileDatabase,
  type PasswordChange,
  type ProfileDatabaseComponents,
} from './profile-database.ts'
import {
  FIRST_DATABASE,
  keepKey,
  parseProfile,
  PROFILE_FILE,
  type ProfileFile,
  readProfile,
  takeKey,
  writeProfile,
} from './profile-file.ts'

export type { PasswordChange }

const UNFINISHED = '.new-'
/** What an interrupted creation left behind is removed after this long. */
const UNFINISHED_KEPT_MS = 60 * 60 * 1000

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

export interface ProfilesComponents extends ProfileDatabaseComponents {
  readonly nowMs: () => number
}

interface ProfileToBuild {
  readonly name: string
  readonly password?: string | undefined
}

export interface NewProfile extends ProfileToBuild {
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
    for (const entry of (await namesIn(this.folder)) ?? []) {
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

  /**
   * Where the profile's database lies now: a change of password moves it.
   *
   * @throws TidingsError as `unlock`
   */
  databaseDirectory(name: string): string {
    const folder = this.profileFolder(name)
    const file = path.join(folder, PROFILE_FILE)
    try {
      return path.join(folder, parseProfile(readFileSync(file, 'utf8'), file).database)
    } catch (error) {
      throw storageError(error, file)
    }
  }

  /**
   * @throws TidingsError `profile_exists`, `bad_name`, `bad_input`, `home_unusable`, `disk_full`
   */
  async create({ identity, ...profile }: NewProfile): Promise<void> {
    await this.build(profile, async (store) => {
      const batch = store.batch()
      batch.put('identity', 'self', identity)
      await store.commit(batch)
      return identity
    })
  }

  /**
   * Makes a profile whose database `fill` fills, the identity included; it is there once that has
   * worked, and otherwise nothing of it is.
   *
   * @throws TidingsError as `create`, and what `fill` throws
   */
  async build(
    { name, password }: ProfileToBuild,
    fill: (store: LevelStore) => Promise<Pick<IdentityRecord, 'name'>>,
  ): Promise<void> {
    const folder = this.profileFolder(name)
    if (await this.exists(name)) throw alreadyThere(name)
    const { random, log } = this.components
    const unfinished = path.join(this.folder, UNFINISHED + Buffer.from(random(8)).toString('hex'))
    const key = random(DATA_KEY_BYTES)
    const kept = await keepKey(key, password, random)
    let lock: Lock | undefined
    try {
      makeFolders(this.folder)
      await removeStale(this.folder, UNFINISHED, this.staleBeforeMs(), Lock.isTaken)
      await mkdir(unfinished, { mode: PRIVATE_FOLDER_MODE })
      lock = Lock.take(unfinished)
      const directory = path.join(unfinished, FIRST_DATABASE)
      const store = await openStore({ directory, key, create: true, random, log, lock })
      let displayName
      try {
        displayName = (await fill(store)).name
      } finally {
        await store.close()
      }
      const names = { name: name.normalize('NFC'), displayName }
      await writeProfile(unfinished, { ...names, database: FIRST_DATABASE, key: kept })
      await syncFolder(unfinished)
      await rename(unfinished, folder)
      await syncFolder(this.folder)
    } catch (error) {
      lock?.release()
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
    const profile = await this.read(name)
    await makePrivate(this.profileFolder(name))
    return takeKey(profile, password)
  }

  /** The profile's database, open. @throws TidingsError as `unlock` and `openStore` */
  async open(name: string, password?: string): Promise<LevelStore> {
    await this.read(name)
    const folder = this.profileFolder(name)
    await makePrivate(folder)
    return openProfileDatabase(folder, password, this.components)
  }

  /** Keeps what its user is called now, for `list`. The caller has the database open. */
  async setDisplayName(name: string, displayName: string): Promise<void> {
    await writeProfile(this.profileFolder(name), { ...(await this.read(name)), displayName })
  }

  /**
   * Sets, changes or removes the password. The database is sealed anew, with a new key.
   *
   * @returns what the user has to know: damage that was found, copies under an old key
   * @throws TidingsError as `open`, and `bad_input`, `disk_full`; nothing has changed then
   */
  async changePassword(name: string, change: PasswordChange): Promise<readonly string[]> {
    await this.read(name)
    const folder = this.profileFolder(name)
    await makePrivate(folder)
    return changePassword(folder, change, this.components)
  }

  private profileFolder(name: string): string {
    return path.join(this.folder, folderOfProfile(name))
  }

  private async read(name: string): Promise<ProfileFile> {
    if (await this.exists(name)) return readProfile(this.profileFolder(name))
    throw new TidingsError('unknown_profile', `there is no profile "${name}"`)
  }

  private staleBeforeMs(): number {
    return this.components.nowMs() - UNFINISHED_KEPT_MS
  }
}

function alreadyThere(name: string): TidingsError {
  return new TidingsError('profile_exists', `there is already a profile "${name}"`)
}
