// Where the story of the screens is played: people with real nodes that find each other on
// loopback only, the REPL of one of them in a real terminal, and the clock that all of them go by.
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'

import { type Client, connect } from '../../src/api/client.ts'
import { portToStay } from '../../test/node/ports.ts'
import { Window } from '../../test/repl/tmux.ts'

const run = promisify(execFile)
const LAUNCHER = path.join(import.meta.dirname, '../../bin/tidings.js')
const CLOCK = pathToFileURL(path.join(import.meta.dirname, 'clock.js')).href
const WAIT_MAX_MS = 20_000
/** A screen that stays so for this long is what there is to see. */
const STILL_MS = 400

export class Stage {
  readonly #folder: string
  readonly #mdnsPort: number
  readonly #clients: Client[] = []
  readonly #started: string[] = []
  readonly #windows: Window[] = []

  private constructor(folder: string, mdnsPort: number) {
    this.#folder = folder
    this.#mdnsPort = mdnsPort
  }

  static async set(): Promise<Stage> {
    const folder = await mkdtemp(path.join(tmpdir(), 'tidings-screens-'))
    return new Stage(folder, await portToStay())
  }

  /** From now on it is that time for everybody. */
  async timeIs(iso: string): Promise<void> {
    await writeFile(path.join(this.#folder, 'clock'), `${Date.parse(iso)} ${Date.now()}`)
  }

  /** Somebody's node in the background, and the way to have it do something. */
  async node(name: string): Promise<Client> {
    await this.#home(name)
    const args = [LAUNCHER, 'start', '--detach', '--no-input', '--profile', name]
    await run(process.execPath, args, { env: { ...process.env, ...this.#env(name) } })
    this.#started.push(name)
    const client = await connect({ home: path.join(this.#folder, name), profile: name })
    this.#clients.push(client)
    return client
  }

  /**
   * Somebody's REPL, with a node inside, on a terminal of 80 by 24.
   *
   * @param isAlone whether its machine has no network at all, as where the cable is out
   */
  async repl(name: string, { isAlone = false } = {}): Promise<Window> {
    await this.#home(name, !isAlone)
    const program = [process.execPath, LAUNCHER]
    const window = isAlone
      ? new Window(['unshare', '-rn', ...program], { ...this.#env(name), TIDINGS_LISTEN: '' })
      : new Window(program, this.#env(name))
    this.#windows.push(window)
    return window
  }

  async end(): Promise<void> {
    for (const window of this.#windows) window.close()
    for (const client of this.#clients) await client.close()
    for (const name of this.#started) {
      const env = { ...process.env, ...this.#env(name) }
      await run(process.execPath, [LAUNCHER, 'stop'], { env }).catch(() => undefined)
    }
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 3 })
  }

  async #home(name: string, onLoopback = true): Promise<void> {
    const home = path.join(this.#folder, name)
    await mkdir(home, { recursive: true })
    const interfaces = onLoopback ? '[interfaces]\nallow = ["lo", "lo0"]\n' : ''
    const rest = `[mdns]\nport = ${this.#mdnsPort}\n[notify]\ndesktop = false\n`
    await writeFile(path.join(home, 'config.toml'), interfaces + rest)
  }

  #env(name: string): Record<string, string> {
    return {
      TIDINGS_HOME: path.join(this.#folder, name),
      TIDINGS_PROFILE: name,
      TIDINGS_LISTEN: '/ip4/127.0.0.1/tcp/0',
      SCREENS_CLOCK: path.join(this.#folder, 'clock'),
      NODE_OPTIONS: `--import=${CLOCK}`,
      NO_COLOR: '',
      LC_ALL: 'C.UTF-8',
      TZ: 'UTC',
      TERM: 'xterm-256color',
    }
  }
}

/** Waits until something is so, asked again and again. */
export async function until(isSo: () => Promise<boolean>, what: string): Promise<void> {
  for (const end = performance.now() + WAIT_MAX_MS; !(await isSo()); await sleep(50)) {
    if (performance.now() > end) throw new Error(`it never came true: ${what}`)
  }
}

/** The rows with their colours, once the screen has come to rest. */
export async function still(window: Window): Promise<string[]> {
  let rows = window.coloured()
  for (let since = performance.now(); performance.now() - since < STILL_MS; await sleep(50)) {
    const now = window.coloured()
    if (now.join('\n') === rows.join('\n')) continue
    rows = now
    since = performance.now()
  }
  return rows
}
