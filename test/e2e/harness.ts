// The program as its users have it: real processes, started by bin/tidings.js, each with a home of
// its own. Discovery is off and addresses are loopback, so that tests neither meet each other's
// nodes nor those of the network.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import type { TestContext } from 'node:test'

import { type Client, connect } from '../../src/api/client.ts'
import { findPlaces } from '../../src/api/places.ts'
import type { Ready } from '../../src/api/running.ts'
import { readPid } from '../../src/daemon/pid-file.ts'
import { portToStay } from '../node/ports.ts'

export const ROOT = path.join(import.meta.dirname, '../..')
const BIN = path.join(ROOT, 'bin/tidings.js')
/** Nothing of a test appears on the desktop of whoever runs it. */
const CONFIG = '[mdns]\nenabled = false\n[notify]\ndesktop = false\n'

/** How a command ends when no node runs. */
const NOT_RUNNING = 3

export interface Finished {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  /** For standard input; without it that is closed at once. */
  readonly input?: string | Uint8Array
  readonly env?: NodeJS.ProcessEnv
  /** As another user, who owns nothing here. */
  readonly uid?: number
}

/** A home with one profile. */
export class Person {
  readonly name: string
  readonly home: string
  readonly #started = new Set<ChildProcess>()
  readonly #others: Person[] = []
  /** Chosen once: without discovery it is how others find back. */
  #listen: string | undefined

  constructor(name: string, home: string) {
    this.name = name
    this.home = home
  }

  static async create(t: TestContext, name: string): Promise<Person> {
    const parent = await mkdtemp(path.join(tmpdir(), 'tidings-e2e-'))
    const person = new Person(name, path.join(parent, 'home'))
    await mkdir(person.home)
    await writeFile(path.join(person.home, 'config.toml'), CONFIG)
    t.after(async () => {
      await person.end()
      await rm(parent, { recursive: true, force: true })
    })
    return person
  }

  /** Somebody else in a folder of this one's home, or in the same one; ends with this one. */
  beside(name: string, folder = ''): Person {
    const other = new Person(name, path.join(this.home, folder))
    this.#others.push(other)
    return other
  }

  get env(): NodeJS.ProcessEnv {
    const { PATH } = process.env
    return { PATH, TIDINGS_HOME: this.home, TIDINGS_PROFILE: this.name, NO_COLOR: '1' }
  }

  spawn(args: readonly string[], options: RunOptions = {}): ChildProcess {
    const child = spawn(process.execPath, [BIN, ...args], {
      env: { ...this.env, ...options.env },
      ...(options.uid !== undefined && { uid: options.uid, gid: options.uid }),
    })
    this.#started.add(child)
    child.on('exit', () => this.#started.delete(child))
    return child
  }

  async run(args: readonly string[], options: RunOptions = {}): Promise<Finished> {
    const child = this.spawn(args, options)
    child.stdin?.on('error', () => {})
    child.stdin?.end(options.input ?? '')
    assert.ok(child.stdout && child.stderr)
    const [stdout, stderr, [code, signal]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>,
    ])
    return { code, signal, stdout, stderr }
  }

  /** A command that has to work; its `--json` result. */
  async json<T = Record<string, unknown>>(...args: readonly string[]): Promise<T> {
    const { code, stdout, stderr } = await this.run(['--json', ...args])
    assert.equal(code, 0, `${args.join(' ')}: ${stderr}`)
    return JSON.parse(stdout) as T
  }

  /** A node in the background, ready. */
  async start(...flags: readonly string[]): Promise<Ready> {
    const args = ['start', '--detach', '--no-input', '--listen', await this.#place(), ...flags]
    return this.#keepAddress(await this.json<Ready>(...args))
  }

  /** A node as a child of the test, ready. */
  async foreground(...flags: readonly string[]): Promise<{ child: ChildProcess; ready: Ready }> {
    const args = ['--json', 'start', '--no-input', '--listen', await this.#place(), ...flags]
    const child = this.spawn(args)
    return { child, ready: this.#keepAddress(JSON.parse(await firstWords(child)) as Ready) }
  }

  async #place(): Promise<string> {
    this.#listen ??= `/ip4/127.0.0.1/tcp/${await portToStay()}`
    return this.#listen
  }

  #keepAddress(ready: Ready): Ready {
    // What else was asked for by a flag stays so.
    this.#listen = ready.addresses[0]?.replace(/\/p2p\/.*/, '') ?? this.#listen
    return ready
  }

  async connect(t: TestContext): Promise<Client> {
    const client = await connect({ home: this.home, profile: this.name })
    t.after(() => client.close())
    return client
  }

  /** Ends whatever runs here; fails for a node that does not stop when it is asked to. */
  async end(): Promise<void> {
    for (const other of this.#others) await other.end()
    for (const child of this.#started) child.kill('SIGKILL')
    const { code, stderr } = await this.run(['stop'])
    if (code === 0 || code === NOT_RUNNING) return
    const { pidFile } = findPlaces({ home: this.home, profile: this.name })
    const pid = readPid(pidFile)
    if (pid !== undefined) process.kill(pid, 'SIGKILL')
    assert.fail(stderr)
  }
}

/** What a process prints first; fails when it ends before. */
export async function firstWords(child: ChildProcess): Promise<string> {
  const { stdout, stderr } = child
  assert.ok(stdout && stderr)
  const ended = text(stderr).then((words) => assert.fail(`ended: ${words}`))
  const [chunk] = (await Promise.race([once(stdout, 'data'), ended])) as [Buffer]
  ended.catch(() => {})
  return chunk.toString()
}

export interface Refusal {
  readonly exit: number
  readonly code: string
  readonly message?: RegExp
  readonly options?: RunOptions
}

/** The command fails in just this way, in both forms, and prints no result. */
export async function assertRefused(
  person: Person,
  args: readonly string[],
  { exit, code, message = /./, options = {} }: Refusal,
): Promise<void> {
  const label = args.join(' ').slice(0, 80)
  const plain = await person.run(args, options)
  assert.equal(plain.code, exit, `${label}: ${plain.stderr}`)
  assert.match(plain.stderr, message, label)
  assert.match(plain.stderr, /^tidings: .+\n$/, label)
  const json = await person.run(['--json', ...args], options)
  assert.equal(json.code, exit, label)
  assert.equal(json.stdout, '', label)
  const { error } = JSON.parse(json.stderr) as { error: { code: string; message: string } }
  assert.equal(error.code, code, `${label}: ${error.message}`)
  assert.match(error.message, message)
}

/** Both are contacts of each other and connected. */
export async function introduce(asker: Person, other: Person, ready: Ready): Promise<void> {
  const [address] = ready.addresses
  assert.ok(address)
  await asker.json('contact', 'add', address)
  await waitUntil(async () => {
    const contacts =
      await asker.json<{ account: string; online: boolean; state: string }[]>('contacts')
    const contact = contacts.find(({ account }) => account === ready.account)
    return contact?.state === 'friend' && contact.online
  }, `${asker.name} and ${other.name} know each other`)
}

export async function waitUntil(
  isSo: () => boolean | Promise<boolean>,
  what: string,
  timeoutMs = 15_000,
): Promise<void> {
  const deadline = Date.now() + timeoutMs
  while (!(await isSo())) {
    assert.ok(Date.now() < deadline, `not within ${timeoutMs} ms: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
