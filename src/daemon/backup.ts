// Backups for the front ends: `profile export`, with a node running or without, and `profile
// import`. What a backup holds is the store's to say; here a new device comes into being, since an
// imported profile is never a clone.
import { randomBytes } from 'node:crypto'
import path from 'node:path'

import type { Places } from '../api/places.ts'
import type {
  ExportedProfile,
  ExportOptions,
  ImportedProfile,
  ImportOptions,
} from '../api/running.ts'
import { isTidingsError, TidingsError } from '../core/errors.ts'
import { SEED_BYTES } from '../core/run.ts'
import { withAnotherDevice } from '../node/people/identity.ts'
import { writeBackup } from '../store/backup/backup-export.ts'
import { Backup } from '../store/backup/backup-import.ts'
import { PRIVATE_UMASK } from '../store/durable-files.ts'
import type { Profiles } from '../store/profile/profiles.ts'
import type { LevelStore } from '../store/store-level.ts'
import { openProfiles } from './profiles.ts'

/**
 * Writes a backup of a profile whose node does not run.
 *
 * @throws `wrong_password`, `unknown_profile`, `already_running`, and as `exportOpen`
 */
export async function exportProfile(
  { dataDir, profile }: Places,
  options: ExportOptions,
  signal?: AbortSignal,
): Promise<ExportedProfile> {
  process.umask(PRIVATE_UMASK)
  const profiles = openProfiles(dataDir)
  let store
  try {
    store = await profiles.open(profile, options.password)
  } catch (error) {
    if (!isTidingsError(error, 'database_busy')) throw error
    const words = `a node of the profile "${profile}" is just starting or ending; try again`
    throw new TidingsError('already_running', words, { cause: error })
  }
  try {
    return await exportOpen(profiles, profile, store, options, signal)
  } finally {
    await store.close()
  }
}

/**
 * Writes a backup of a profile whose database is open here.
 *
 * @throws `wrong_password`, `bad_input`, `file_exists`, `file_unusable`, `disk_full`, `interrupted`
 */
export async function exportOpen(
  profiles: Profiles,
  profile: string,
  store: LevelStore,
  { file, password, force }: ExportOptions,
  signal?: AbortSignal,
): Promise<ExportedProfile> {
  if (!path.isAbsolute(file)) {
    throw new TidingsError('bad_input', '"file" has to be an absolute path')
  }
  // A backup under a password with a slip in it would be found out when it is too late.
  await profiles.unlock(profile, password)
  const backup = { profile, file, password, force }
  const written = await writeBackup(store, backup, { random: randomBytes }, signal)
  const { bytes, contacts, entries, damage } = written
  return { file, bytes, contacts, messages: entries, damage: [...damage] }
}

/**
 * Makes a profile of a backup, with a device of its own.
 *
 * @throws `wrong_password`, `backup_damaged`, `backup_newer`, `file_unusable`, `profile_exists`,
 * `bad_name`, `bad_input`, `too_many_devices`, `disk_full`, the reason of the signal; nothing
 * is left of it then
 */
export async function importProfile(
  dataDir: string,
  { file, password, profile: wanted, newPassword }: ImportOptions,
  signal?: AbortSignal,
): Promise<ImportedProfile> {
  process.umask(PRIVATE_UMASK)
  const backup = await Backup.open(file, password)
  try {
    const profile = wanted ?? backup.start.profile
    const identity = withAnotherDevice(backup.start, randomBytes(SEED_BYTES))
    let restored = { contacts: 0, entries: 0 }
    await openProfiles(dataDir).build({ name: profile, password: newPassword }, async (store) => {
      restored = await backup.restore(store, identity, signal)
      return identity
    })
    const { contacts, entries } = restored
    const { account } = identity.devices
    return { profile, name: identity.name, account, contacts, messages: entries }
  } finally {
    await backup.close()
  }
}
