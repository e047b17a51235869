// Notifications of the desktop, by the program that the system has for them. Words of others are
// arguments of it, never of a shell or a script, and say nothing to it but themselves.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import path from 'node:path'

import { ALERT_DESKTOP_TIMEOUT_MS } from '../core/limits.ts'
import type { Notification } from './alert-rule.ts'

interface Program {
  readonly name: string
  args(notification: Notification): string[]
}

const NOTIFY_SEND: Program = {
  name: 'notify-send',
  args: ({ title, body }) => ['--app-name=Tidings', '--', title, inert(body)],
}

// What is not an option ends the options, so the first of its arguments is a word of ours.
const SCRIPT = [
  'on run argv',
  'display notification (item 3 of argv) with title (item 2 of argv)',
  'end run',
]
const OSASCRIPT: Program = {
  name: 'osascript',
  args: ({ title, body }) => [...SCRIPT.flatMap((line) => ['-e', line]), 'tidings', title, body],
}

export interface DesktopInit {
  /** As `process.platform` has it. */
  readonly platform: string
  readonly env: NodeJS.ProcessEnv
}

export class Desktop {
  readonly #init: DesktopInit
  #found: Promise<string | undefined> | undefined

  constructor(init: DesktopInit) {
    this.#init = init
  }

  /** Why none can be shown here, in words; undefined when they can. */
  async missing(): Promise<string | undefined> {
    // The desktop of the machine that this runs on is not the one that the person sees.
    if (this.#init.env['SSH_CONNECTION']) return 'you are here over SSH'
    const isThere = (await this.#file()) !== undefined
    return isThere ? undefined : `there is no ${this.#program.name} here`
  }

  /**
   * Shows a notification where that is possible, and else does nothing.
   *
   * @throws Error when the program fails, takes too long, or the signal aborts
   */
  async show(notification: Notification, signal: AbortSignal): Promise<void> {
    const file = await this.#file()
    if (file === undefined || (await this.missing()) !== undefined) return
    const child = spawn(file, this.#program.args(notification), {
      env: this.#init.env,
      stdio: 'ignore',
      timeout: ALERT_DESKTOP_TIMEOUT_MS,
      killSignal: 'SIGKILL',
      signal,
    })
    const [code] = (await once(child, 'exit')) as [number | null]
    if (code !== 0) throw new Error(`${file} ended with ${code}`)
  }

  get #program(): Program {
    return this.#init.platform === 'darwin' ? OSASCRIPT : NOTIFY_SEND
  }

  /** The whole path of the program, looked for once. */
  #file(): Promise<string | undefined> {
    this.#found ??= this.#find()
    return this.#found
  }

  async #find(): Promise<string | undefined> {
    const folders = (this.#init.env['PATH'] ?? '').split(path.delimiter)
    for (const folder of folders.filter((each) => path.isAbsolute(each))) {
      const file = path.join(folder, this.#program.name)
      const isThere = await access(file, constants.X_OK).then(
        () => true,
        () => false,
      )
      if (isThere) return file
    }
    return undefined
  }
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }

/** notify-send takes a body for C escapes first, then servers take it for markup. */
function inert(body: string): string {
  return body.replaceAll('\\', '\\\\').replaceAll(/[&<>]/g, (sign) => ENTITIES[sign] ?? sign)
}
