// Profiles for the front ends: the store keeps them, the node makes the identity that a new one is
// born with. Nothing here needs a running node.
import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'

import { commandFor, type Places } from '../api/places.ts'
import type { CreatedProfile, NewProfile, ProfileSummary } from '../api/running.ts'
import { isTidingsError, TidingsError } from '../core/errors.ts'
import { type Logger, silentLogger } from '../core/logger.ts'
import { SEED_BYTES } from '../core/run.ts'
import { isDisplayName } from '../core/text.ts'
import { makeIdentity } from '../node/people/identity.ts'
import { PRIVATE_UMASK } from '../store/durable-files.ts'
import { type PasswordChange, Profiles } from '../store/profile/profiles.ts'

export function openProfiles(dataDir: string, log: Logger = silentLogger): Profiles {
  const components = { random: randomBytes, nowMs: () => Date.now(), log }
  return new Profiles(components, { dataDir })
}

export async function listProfiles(dataDir: string): Promise<ProfileSummary[]> {
  const profiles = await openProfiles(dataDir).list()
  return profiles.map(({ name, displayName, locked, problem }) => {
    return { profile: name, name: displayName, locked, problem: problem ?? null }
  })
}

/** Has lists show a new name. It counts without that, so that this never rejects. */
export async function showName(
  { dataDir, profile }: Places,
  name: string,
  log: Logger,
): Promise<void> {
  try {
    await openProfiles(dataDir, log).setDisplayName(profile, name)
  } catch (error) {
    log.warn({ err: error }, 'lists of profiles show the name from before')
  }
}

/** @throws `profile_exists`, `bad_name`, `home_unusable`, `bad_input` for no fit password */
export async function createProfile(
  dataDir: string,
  { profile, name, password }: NewProfile,
): Promise<CreatedProfile> {
  process.umask(PRIVATE_UMASK)
  if (!isDisplayName(name)) {
    throw new TidingsError('bad_name', `${JSON.stringify(name.slice(0, 80))} cannot be a name`)
  }
  const identity = makeIdentity(name, randomBytes(SEED_BYTES), randomBytes(SEED_BYTES))
  await openProfiles(dataDir).create({
    name: profile,
    identity,
    ...(password !== undefined && { password }),
  })
  return { profile, name, account: identity.devices.account }
}

/**
 * Sets, changes or removes the password, which takes as long as copying the database. No node may
 * run meanwhile.
 *
 * @returns what the user has to know: damage that was found, copies under an old key
 * @throws `wrong_password`, `unknown_profile`, `bad_input`, `already_running`, `disk_full`; nothing
 * has changed then
 */
export async function changePassword(
  places: Places,
  change: PasswordChange,
): Promise<readonly string[]> {
  const { dataDir, profile, history } = places
  process.umask(PRIVATE_UMASK)
  let damage
  try {
    damage = await openProfiles(dataDir).changePassword(profile, change)
  } catch (error) {
    throw isTidingsError(error, 'database_busy') ? inUse(places, error) : error
  }
  // Words typed before there was a password lie there unsealed.
  if (change.to !== undefined && change.from === undefined) await rm(history, { force: true })
  return damage
}

function inUse(places: Places, cause: unknown): TidingsError {
  const words =
    `a node runs for the profile "${places.profile}": the password changes while none does, ` +
    `since the whole database is sealed anew. Stop it with: ${commandFor(places, 'stop')}`
  return new TidingsError('already_running', words, { cause })
}
