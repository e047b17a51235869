// Getting a profile ready to be started: made when it is not there, its password found when it has
// one. A person is asked; a script that cannot be asked gets one without a password, unless its
// name may be mistyped.
import { hostname, userInfo } from 'node:os'

import { DEFAULT_PROFILE } from '../api/places.ts'
import { TidingsError } from '../core/errors.ts'
import { isDisplayName } from '../core/text.ts'
import type { CliContext } from './context.ts'
import { ask, askNewPassword, askSecret, readPasswordFile } from './prompt.ts'

/**
 * Makes sure that the context's profile exists.
 *
 * @returns its password, or undefined when it has none
 * @throws `profile_locked` when nobody can be asked for the password; `unknown_profile` when nobody
 * can be asked whether a new one was meant
 */
export async function prepareProfile(
  context: CliContext,
  passwordFile?: string,
): Promise<string | undefined> {
  const given = passwordFile === undefined ? undefined : await readPasswordFile(passwordFile)
  const { profile } = context.places
  const known = await context.profile()
  if (!known) return createFirst(context, given)
  if (!known.locked) return undefined
  if (given !== undefined) return given
  if (!context.canAsk) {
    const message = `the profile "${profile}" needs its password: give --password-file`
    throw new TidingsError('profile_locked', message)
  }
  return askSecret(context.streams, `Password of ${profile}: `)
}

async function createFirst(
  context: CliContext,
  given: string | undefined,
): Promise<string | undefined> {
  const { profile } = context.places
  const suggested = suggestName(profile)
  let name = suggested
  let password = given
  if (context.canAsk) {
    context.streams.stderr.write('Welcome to Tidings. Nobody uses this profile yet.\n')
    name = await askName(context, suggested)
    password ??= await askNewPassword(context.streams)
  } else if (context.mayAsk && profile !== DEFAULT_PROFILE) {
    const words = `there is no profile "${profile}"; --no-input makes one without asking`
    throw new TidingsError('unknown_profile', words)
  }
  await createUnlessThere(context, name, password)
  return password
}

/** Until it is one that may be shown. */
async function askName(context: CliContext, suggested: string): Promise<string> {
  const { streams, signal } = context
  const { plain } = await context.chatSettings()
  const question = `Your name, as others see it, or Enter for ${suggested}: `
  for (;;) {
    const name = (await ask(streams, question, { signal, plain })) || suggested
    if (isDisplayName(name)) return name
    streams.stderr.write('That is too long for a name, or has signs that do not show.\n')
  }
}

/** Two starts at once may both find no profile: the one that comes second uses the first's. */
async function createUnlessThere(
  context: CliContext,
  name: string,
  password: string | undefined,
): Promise<void> {
  try {
    await context.createProfile({ profile: context.places.profile, name, password })
  } catch (error) {
    if (!(error instanceof TidingsError) || error.code !== 'profile_exists') throw error
  }
}

/** A profile's name is its user's; "default" is nobody's, so the system's user stands in. */
function suggestName(profile: string): string {
  if (profile !== DEFAULT_PROFILE) return profile
  const names = [userName(), hostname()].filter((name) => name !== 'root' && isDisplayName(name))
  return names[0] ?? profile
}

function userName(): string {
  try {
    return userInfo().username
  } catch {
    // This user id has no entry on the system, as in some containers.
    return ''
  }
}
