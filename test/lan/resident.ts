// Somebody who lives on a host of the test network: a home with one profile, a daemon started by
// bin/tidings.js inside the host's network namespace, and the typed client. Control sockets are
// files, so the test reaches every daemon from outside.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'

import { type Client, connect, type Message } from '../../src/api/client.ts'
import { findPlaces } from '../../src/api/places.ts'
import type { Ready } from '../../src/api/running.ts'
import type { Host, Lan } from './harness.ts'

const BIN = path.join(import.meta.dirname, '../../bin/tidings.js')
const POLL_MS = 20

export interface StartOptions {
  readonly accept?: 'ask' | 'auto' | 'never'
  readonly env?: NodeJS.ProcessEnv
}

export class Resident implements AsyncDisposable {
  readonly name: string
  readonly host: Host
  client!: Client
  ready!: Ready
  readyAtMs = 0
  readonly home: string
  private child: ChildProcess | undefined

  private constructor(name: string, host: Host, home: string) {
    this.name = name
    this.host = host
    this.home = home
  }

  static async settle(name: string, host: Host): Promise<Resident> {
    return new Resident(name, host, await mkdtemp(path.join(tmpdir(), 'tidings-lan-')))
  }

  /** Starts the node; resolves when it says that it is ready. Milliseconds from process start. */
  async start({ accept = 'ask', env = {} }: StartOptions = {}): Promise<number> {
    const startedAt = Date.now()
    const [command, ...before] = [...this.host.prefix, process.execPath]
    const flags = ['--json', '--no-input', '--accept', accept]
    this.child = spawn(command, [...before, BIN, 'start', ...flags], {
      env: { ...process.env, TIDINGS_HOME: this.home, TIDINGS_PROFILE: this.name, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const errors: string[] = []
    this.child.stderr?.on('data', (chunk: Buffer) => errors.push(chunk.toString()))
    assert.ok(this.child.stdout)
    const lines = createInterface({ input: this.child.stdout })
    const ended = new Promise<never>((_, reject) => {
      this.child?.once('exit', (code) => {
        reject(new Error(`${this.name} ended with ${code}: ${errors.join('')}`))
      })
    })
    ended.catch(() => {})
    const first = new Promise<string>((resolve) => {
      lines.once('line', resolve)
    })
    this.ready = JSON.parse(await Promise.race([first, ended])) as Ready
    this.readyAtMs = Date.now()
    this.client = await connect({ home: this.home, profile: this.name })
    return this.readyAtMs - startedAt
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.child
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const gone = new Promise((resolve) => {
      child.once('exit', resolve)
    })
    // `ip netns exec` has become the node by exec.
    child.kill(signal)
    await gone
    await this.client.close().catch(() => {})
  }

  stop(): Promise<void> {
    return this.kill('SIGTERM')
  }

  /** Lines of the log that tell of a mistake: errors, and what the runtime says when it dies. */
  mistakes(): string[] {
    const { log } = findPlaces({ home: this.home, profile: this.name })
    const lines = readFileSync(log, 'utf8').split('\n')
    return lines.filter((line) => line !== '' && !/^\{(?!.*"level":[56]0)/.test(line))
  }

  get pid(): number {
    return this.child?.pid ?? 0
  }

  async sees(other: Resident): Promise<boolean> {
    const nearby = await this.client.nearby()
    return nearby.some(({ account }) => account === other.ready.account)
  }

  async contact(other: Resident): Promise<{ state: string; online: boolean } | undefined> {
    const contacts = await this.client.contacts()
    return contacts.find(({ account }) => account === other.ready.account)
  }

  async isOnline(other: Resident): Promise<boolean> {
    return (await this.contact(other))?.online ?? false
  }

  send(other: Resident, text: string): Promise<{ id: string }> {
    return this.client.send({ to: other.ready.account, text })
  }

  history(other: Resident, limit = 1000): Promise<Message[]> {
    return this.client.history({ conversation: other.ready.account, limit })
  }

  async texts(other: Resident, limit = 1000): Promise<string[]> {
    return (await this.history(other, limit)).map(({ text }) => text)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
    await rm(this.home, { recursive: true, force: true })
  }
}

/** A small network without a default route, with one person on each of two hosts. */
export async function ship(lan: Lan, stack: AsyncDisposableStack): Promise<[Resident, Resident]> {
  lan.network('ship')
  const [deck, engine] = [lan.host('deck'), lan.host('engine')]
  deck.plug('ship', '10.77.0.1/24')
  engine.plug('ship', '10.77.0.2/24')
  const ann = stack.use(await Resident.settle('ann', deck))
  const bob = stack.use(await Resident.settle('bob', engine))
  return [ann, bob]
}

/** Waits until something is so; the milliseconds that took. */
export async function until(
  isSo: () => Promise<boolean>,
  what: string,
  withinMs: number,
): Promise<number> {
  const startedAt = Date.now()
  while (!(await isSo())) {
    if (Date.now() - startedAt > withinMs) assert.fail(`not within ${withinMs} ms: ${what}`)
    await sleep(POLL_MS)
  }
  return Date.now() - startedAt
}

/** Both become contacts by what they see on the network. */
export async function befriend(asker: Resident, other: Resident): Promise<void> {
  await until(() => asker.sees(other), `${asker.name} sees ${other.name}`, 10_000)
  await asker.client.contact.add({ who: other.ready.account })
  await until(
    async () => (await other.contact(asker)) !== undefined,
    `${other.name} heard of ${asker.name}`,
    10_000,
  )
  if ((await other.contact(asker))?.state === 'incoming') {
    await other.client.contact.accept({ who: asker.ready.account })
  }
  const both = async (): Promise<boolean> =>
    (await asker.isOnline(other)) && (await other.isOnline(asker))
  await until(both, 'both are online', 10_000)
}

/** Both hold the same messages in the same order. */
export async function assertSameHistory(a: Resident, b: Resident, count: number): Promise<void> {
  const list = async (one: Resident, other: Resident): Promise<string[]> =>
    (await one.history(other)).map(({ id, text }) => `${id} ${text}`)
  const [atA, atB] = [await list(a, b), await list(b, a)]
  assert.equal(atA.length, count)
  assert.deepEqual(atA, atB)
}
