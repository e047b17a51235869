// What to do about a mistake in the settings, for `doctor`: it is corrected where it stands, in a
// variable of the environment or in the configuration file.
import type { SettingsMistake } from '../api/handlers/host.ts'
import type { Places } from '../api/places.ts'
import { ENVIRONMENT } from '../core/environment.ts'
import { type TidingsError, toTidingsError } from '../core/errors.ts'
import { readSettings } from './config.ts'

/** Of a node that would be started now, without flags. */
export async function settingsMistake(places: Places): Promise<SettingsMistake | undefined> {
  try {
    await readSettings({ places })
    return undefined
  } catch (error) {
    const mistake = toTidingsError(error)
    return { message: mistake.message, fix: fixOfSettings(mistake, places) }
  }
}

/** @param error what reading the settings threw */
export function fixOfSettings({ message, cause }: TidingsError, { config }: Places): string {
  const variable = Object.keys(ENVIRONMENT).find((name) => message.startsWith(name))
  if (variable !== undefined) {
    return `correct ${variable} in the environment, or unset it; see "tidings help environment"`
  }
  if (cause instanceof Error && 'syscall' in cause) {
    return `see that ${config} can be read, or name another file ("--config", TIDINGS_CONFIG)`
  }
  return `correct ${config}; config/default.toml of the program shows every setting`
}
