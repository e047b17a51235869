// Real nodes for tests: a real database in a temporary folder, real sockets on loopback. Discovery
// is off, so that tests which run side by side do not meet.
import { randomBytes } from 'node:crypto'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { TidingsError } from '../../src/core/errors.ts'
import { silentLogger } from '../../src/core/logger.ts'
import { peerTextOf } from '../../src/net/identity.ts'
import { createNet } from '../../src/net/net-libp2p.ts'
import type { AcceptPolicy, NodeEvent } from '../../src/node/node-types.ts'
import type { LocalNode } from '../../src/node/node.ts'
import { createNode } from '../../src/node/node.ts'
import type { NodeParts } from '../../src/node/parts.ts'
import type { DiskRoom } from '../../src/store/disk-room.ts'
import { openStore } from '../../src/store/open.ts'
import type { LevelStore } from '../../src/store/store-level.ts'
import { assertIndexed } from './indexed.ts'
import { portToStay } from './ports.ts'

const DEADLINE_MS = 15_000
export const DATABASE_KEY = Buffer.alloc(32, 9)

export interface Options {
  readonly accept?: AcceptPolicy
  readonly now?: () => number
  readonly uptimeMs?: () => number
  readonly tellRead?: boolean
  readonly tellTyping?: boolean
  readonly quotaBytes?: number
  readonly disk?: () => Promise<DiskRoom>
  /** A database that this one begins as a copy of. */
  readonly copyOf?: string
  /** Stands between the node and its store: to count, or to fail. */
  readonly wrapStore?: (store: LevelStore) => LevelStore
}

/** Somebody with a folder and an address that survive restarts of their node. */
export class Person {
  readonly name: string
  readonly events: NodeEvent[] = []
  node!: LocalNode
  private readonly home: string
  private readonly options: Options
  private port = 0
  private follow = new AbortController()

  constructor(name: string, home: string, options: Options) {
    this.name = name
    this.home = home
    this.options = options
  }

  async start(): Promise<void> {
    const { accept = 'ask', now = () => Date.now(), wrapStore, quotaBytes, disk } = this.options
    const store = await this.openStore()
    const port = this.port || (await portToStay())
    this.node = await createNode({
      store: wrapStore?.(store) ?? store,
      name: this.name,
      agent: 'test',
      accept,
      tellRead: this.options.tellRead ?? true,
      tellTyping: this.options.tellTyping ?? true,
      ...(quotaBytes !== undefined && { quotaBytes }),
      ...(disk && { disk }),
      net: {
        listen: [`/ip4/127.0.0.1/tcp/${port}`],
        mdns: { enabled: false, port: 5353 },
        interfaces: { allow: [], deny: [] },
      },
      createNet,
      peerIdOf: peerTextOf,
      log: silentLogger,
      now,
      uptimeMs: this.options.uptimeMs ?? (() => performance.now()),
      random: randomBytes,
    })
    this.follow = new AbortController()
    const listener = (event: NodeEvent): void => void this.events.push(event)
    void this.node.follow({}, listener, this.follow.signal)
    await this.node.start()
    this.port = port
  }

  /** The database as it is on disk, while the node does not run. */
  openStore(): Promise<LevelStore> {
    return openStore({
      directory: this.database,
      key: DATABASE_KEY,
      create: this.port === 0 && this.options.copyOf === undefined,
      random: randomBytes,
      log: silentLogger,
    })
  }

  get database(): string {
    return path.join(this.home, 'db')
  }

  async stop(): Promise<void> {
    this.follow.abort()
    assertIndexed(partsOf(this))
    await this.node.stop()
  }

  get address(): string {
    return this.node.identity().addresses[0] ?? ''
  }

  get account(): string {
    return this.node.identity().account
  }

  add(other: Person, message?: string): Promise<unknown> {
    const options = message === undefined ? {} : { message }
    return this.node.addContact(other.address, options, AbortSignal.timeout(DEADLINE_MS))
  }

  /** The texts of a conversation as this person sees it. */
  async texts(other: Person, limit = 1000): Promise<string[]> {
    const messages = await this.node.history(other.account, { limit })
    return messages.map(({ text }) => text)
  }

  online(other: Person): boolean {
    return this.node.contacts().some(({ account, online }) => account === other.account && online)
  }
}

/** What a node is made of, to look at a part, or to put something else in its place. */
export function partsOf({ node }: Person): NodeParts {
  return (node as unknown as { parts: NodeParts }).parts
}

export async function person(t: TestContext, name: string, options: Options = {}): Promise<Person> {
  const home = await mkdtemp(path.join(tmpdir(), 'tidings-node-'))
  const who = new Person(name, home, options)
  if (options.copyOf !== undefined) await cp(options.copyOf, who.database, { recursive: true })
  await who.start()
  t.after(async () => {
    await who.stop()
    await rm(home, { recursive: true, force: true })
  })
  return who
}

/** Two people who are contacts and online. */
export async function friends(t: TestContext, options: Options = {}): Promise<[Person, Person]> {
  const ann = await person(t, 'ann', options)
  const bob = await person(t, 'bob', { ...options, accept: 'auto' })
  await ann.add(bob)
  await until(() => ann.online(bob) && bob.online(ann), 'they are online')
  return [ann, bob]
}

/** The disk of a node that runs has no room from now on; what ends that. */
export function fillDisk(who: Person): () => void {
  const { store } = partsOf(who).init
  const commit = store.commit.bind(store)
  store.commit = () => Promise.reject(new TidingsError('disk_full', 'no room'))
  return () => {
    store.commit = commit
  }
}

export async function until(
  ready: () => boolean | Promise<boolean>,
  what: string,
  deadlineMs = DEADLINE_MS,
): Promise<void> {
  const end = Date.now() + deadlineMs
  while (!(await ready())) {
    if (Date.now() > end) throw new Error(`in vain waited until ${what}`)
    await sleep(10)
  }
}
