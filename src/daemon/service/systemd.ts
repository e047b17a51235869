// A profile's node as a service of the user's own systemd.
import { existsSync } from 'node:fs'
import { homedir, userInfo } from 'node:os'
import path from 'node:path'

import type { Service, ServiceCommand, ServiceState } from '../../api/service.ts'
import { order } from './manager-call.ts'
import { conditionLine, unitText } from './systemd-unit.ts'
import { UnitFile } from './unit-file.ts'

/** Which users keep their services while they are logged out. */
const LINGERERS = '/var/lib/systemd/linger'
const PROPERTIES = [
  'ActiveState',
  'SubState',
  'UnitFileState',
  'MainPID',
  'ExecMainCode',
  'ExecMainStatus',
]
/** The value of ExecMainCode for a process that ended by itself (CLD_EXITED). */
const EXITED = '1'
const DEFAULT_FOLDER = 'default'
/** Usually somebody became another user by sudo or su, who then has no session. */
const ADVICE = '; log in as the user whose node it is, "sudo" and "su" do not reach their systemd'

export class Systemd implements Service {
  readonly trouble: string
  readonly #command: ServiceCommand
  readonly #unit: string
  readonly #file: UnitFile

  constructor(command: ServiceCommand, env: NodeJS.ProcessEnv) {
    const { folder, data } = command
    const suffix = folder === DEFAULT_FOLDER ? '' : `-${unitName(folder)}`
    this.#command = command
    this.#unit = `tidings${suffix}.service`
    const { XDG_CONFIG_HOME: given = '' } = env
    const config = path.isAbsolute(given) ? given : path.join(homedir(), '.config')
    const file = path.join(config, 'systemd/user', this.#unit)
    this.#file = new UnitFile(file, `\n${conditionLine(data)}\n`)
    this.trouble = `journalctl --user -u '${this.#unit}'`
  }

  async state(): Promise<ServiceState> {
    const shown = await systemctl('show', `--property=${PROPERTIES.join(',')}`, this.#unit)
    const lines = shown.split('\n').map((line): [string, string] => {
      const at = line.indexOf('=')
      return [line.slice(0, at), line.slice(at + 1)]
    })
    const is = new Map(lines)
    const pid = Number(is.get('MainPID'))
    const hasExited = pid === 0 && is.get('ExecMainCode') === EXITED
    const installed = await this.#file.exists()
    return {
      manager: 'systemd',
      unit: this.#unit,
      file: this.#file.name,
      installed,
      enabled: installed && is.get('UnitFileState') === 'enabled',
      state: stateOf(is.get('ActiveState'), is.get('SubState')),
      pid: pid > 0 ? pid : null,
      exitCode: hasExited ? Number(is.get('ExecMainStatus')) : null,
      lingers: lingers(),
    }
  }

  async install(): Promise<boolean> {
    const changed = await this.#file.write(unitText(this.#command))
    await systemctl('daemon-reload')
    await systemctl('enable', this.#unit)
    return changed
  }

  async start(again: boolean): Promise<void> {
    await systemctl('reset-failed', this.#unit).catch(() => {})
    await systemctl(again ? 'restart' : 'start', this.#unit)
  }

  async uninstall(): Promise<boolean> {
    const installed = await this.#file.exists()
    if (installed) await systemctl('disable', '--now', this.#unit)
    await this.#file.remove()
    if (installed) await systemctl('daemon-reload')
    return installed
  }
}

function systemctl(...args: readonly string[]): Promise<string> {
  return order('systemctl', ['--user', ...args], ADVICE)
}

function lingers(): boolean {
  try {
    return existsSync(path.join(LINGERERS, userInfo().username))
  } catch {
    // This user id has no entry on the system, and no session either.
    return false
  }
}

/** `%20` of a folder is `\x20` in the name of a unit, which systemd itself shows as a space. */
function unitName(folder: string): string {
  return folder.replaceAll('%', String.raw`\x`)
}

function stateOf(active = '', sub = ''): ServiceState['state'] {
  if (active === 'active') return 'running'
  if (active === 'failed') return 'failed'
  if (sub.startsWith('auto-restart')) return 'restarting'
  return active === 'activating' || active === 'reloading' ? 'starting' : 'stopped'
}
