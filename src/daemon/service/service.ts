// A profile's node as a service of this system, whichever manager it has.
import type { Service, ServiceCommand } from '../../api/service.ts'
import { TidingsError } from '../../core/errors.ts'
import { openProfiles } from '../profiles.ts'
import { Launchd } from './launchd.ts'
import { Systemd } from './systemd.ts'

/** Neither kind of file can hold them, and no folder of a person's has them. */
const CONTROL = /\p{Cc}/u

/** @throws `no_service_manager`, `bad_input` for a path that cannot be written into a file */
export function serviceOf(
  command: ServiceCommand,
  platform: NodeJS.Platform = process.platform,
): Service {
  const { args, data, env, log } = command
  const strange = [...args, data, log, ...Object.values(env)].find((text) => CONTROL.test(text))
  if (strange !== undefined) {
    const words = `${JSON.stringify(strange)} has characters that no service can be told of`
    throw new TidingsError('bad_input', words)
  }
  if (platform === 'linux') return new Systemd(command, process.env)
  if (platform === 'darwin') return new Launchd(command, process.getuid?.() ?? 0)
  const words =
    'services are installed with systemd on Linux and launchd on macOS only; here, have ' +
    `"${args.join(' ')}" started when you log in`
  throw new TidingsError('no_service_manager', words)
}

/** @throws `wrong_password`, and what reading the profile throws */
export async function checkPassword(
  dataDir: string,
  profile: string,
  password: string,
): Promise<void> {
  await openProfiles(dataDir).unlock(profile, password)
}
