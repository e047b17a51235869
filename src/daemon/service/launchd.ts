// A profile's node as an agent of the user's launchd, on macOS.
import { mkdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import type { Service, ServiceCommand, ServiceState } from '../../api/service.ts'
import { TidingsError } from '../../core/errors.ts'
import { plistText, stringElement } from './launchd-plist.ts'
import { ask, order } from './manager-call.ts'
import { UnitFile } from './unit-file.ts'

const DEFAULT_FOLDER = 'default'
/** launchd forgets an agent some time after it was told to. */
const FORGET_MAX_MS = 20_000
const FORGET_LOOK_MS = 100
const ADVICE = '; log in at the screen of this Mac as the user whose node it is'

export class Launchd implements Service {
  readonly trouble: string
  readonly #command: ServiceCommand
  readonly #label: string
  /** Of all agents of the user who is logged in. */
  readonly #domain: string
  readonly #file: UnitFile

  constructor(command: ServiceCommand, uid: number) {
    const { folder, data } = command
    this.#command = command
    this.#label = folder === DEFAULT_FOLDER ? 'chat.tidings' : `chat.tidings.${folder}`
    this.#domain = `gui/${uid}`
    const file = path.join(homedir(), 'Library/LaunchAgents', `${this.#label}.plist`)
    this.#file = new UnitFile(file, stringElement(data))
    this.trouble = `launchctl print '${this.#target}'`
  }

  get #target(): string {
    return `${this.#domain}/${this.#label}`
  }

  async state(): Promise<ServiceState> {
    const installed = await this.#file.exists()
    const { code, stdout } = await ask('launchctl', ['print', this.#target])
    const told = (name: string): string | undefined =>
      new RegExp(`^\\t${name} = (\\S+)`, 'm').exec(code === 0 ? stdout : '')?.[1]
    const pid = Number(told('pid') ?? 0)
    const exit = pid > 0 ? Number.NaN : Number.parseInt(told('last exit code') ?? '', 10)
    const hasFailed = !Number.isNaN(exit) && exit !== 0
    return {
      manager: 'launchd',
      unit: this.#label,
      file: this.#file.name,
      installed,
      enabled: installed && !(await this.#isDisabled()),
      state: pid > 0 ? 'running' : hasFailed ? 'restarting' : 'stopped',
      pid: pid > 0 ? pid : null,
      exitCode: Number.isNaN(exit) ? null : exit,
      lingers: null,
    }
  }

  async install(): Promise<boolean> {
    // launchd makes the log, but not its folder.
    await mkdir(path.dirname(this.#command.log), { recursive: true, mode: 0o700 })
    const changed = await this.#file.write(plistText(this.#label, this.#command))
    await order('launchctl', ['enable', this.#target], ADVICE)
    return changed
  }

  async start(again: boolean): Promise<void> {
    if (again) await this.#forget()
    if (await this.#isKnown()) await order('launchctl', ['kickstart', this.#target], ADVICE)
    else await order('launchctl', ['bootstrap', this.#domain, this.#file.name], ADVICE)
  }

  async uninstall(): Promise<boolean> {
    const installed = await this.#file.exists()
    if (installed) await this.#forget()
    await this.#file.remove()
    return installed
  }

  async #isKnown(): Promise<boolean> {
    return (await ask('launchctl', ['print', this.#target])).code === 0
  }

  async #isDisabled(): Promise<boolean> {
    const { stdout } = await ask('launchctl', ['print-disabled', this.#domain])
    return stdout.split('\n').some((line) => {
      return line.includes(`"${this.#label}"`) && /=> (true|disabled)/.test(line)
    })
  }

  /** Ends it, and waits until launchd takes it anew. */
  async #forget(): Promise<void> {
    if (!(await this.#isKnown())) return
    await order('launchctl', ['bootout', this.#target], ADVICE)
    for (let waitedMs = 0; await this.#isKnown(); waitedMs += FORGET_LOOK_MS) {
      if (waitedMs > FORGET_MAX_MS) {
        throw new TidingsError('service_failed', `launchd does not let go of ${this.#label}`)
      }
      await sleep(FORGET_LOOK_MS)
    }
  }
}
