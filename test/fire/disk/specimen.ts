// A real profile to be damaged: two daemons that talked until there were tables, and a log of what
// came since. The nodes were killed, so that the newest entries are in the write-ahead log alone.
// Every case works on a copy of its own.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { copyFileSync, cpSync, linkSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { TestContext } from 'node:test'

import type { Client, Message } from '../../../src/api/client.ts'
import { findPlaces } from '../../../src/api/places.ts'
import type { Ready } from '../../../src/api/running.ts'
import { silentLogger } from '../../../src/core/logger.ts'
import { Profiles } from '../../../src/store/profile/profiles.ts'
import { tablesIn } from '../../../src/store/repair/manifest.ts'
import type { LevelStore } from '../../../src/store/store-level.ts'
import { introduce, Person, waitUntil } from '../../e2e/harness.ts'
import { open, random } from '../../store/samples.ts'
import { wholeHistory } from './history.ts'

const AT_ONCE = 32
const LIVE = 40

export interface Owner {
  readonly person: Person
  readonly ready: Ready
}

/** Two people who talked, both stopped; the files of the first one are what is damaged. */
export class Specimen {
  readonly ann: Owner
  readonly bob: Owner
  readonly messages: readonly Message[]
  readonly key: Uint8Array
  private readonly folder: string
  private copies = 0

  private constructor(
    owners: { ann: Owner; bob: Owner },
    messages: readonly Message[],
    key: Uint8Array,
    folder: string,
  ) {
    this.ann = owners.ann
    this.bob = owners.bob
    this.messages = messages
    this.key = key
    this.folder = folder
  }

  /** @param count messages of each, in all about as many KiB */
  static async make(t: TestContext, count: number): Promise<Specimen> {
    const [ann, bob] = [await Person.create(t, 'ann'), await Person.create(t, 'bob')]
    const a = await ann.foreground('--accept', 'auto')
    const b = await bob.foreground('--accept', 'auto')
    await introduce(ann, bob, b.ready)
    const clients = [await ann.connect(t), await bob.connect(t)] as const
    await Promise.all([
      say(clients[0], b.ready.account, 'ann', count),
      say(clients[1], a.ready.account, 'bob', count),
    ])
    // Typed one by one: many small writes at the end.
    for (let i = 0; i < LIVE; i++) {
      await clients[0].send({ to: b.ready.account, text: `ann says ${i}` })
      await clients[1].send({ to: a.ready.account, text: `bob says ${i}` })
    }
    const all = 2 * (count + LIVE)
    let messages: Message[] = []
    const complete = async (): Promise<boolean> => {
      const atBob = await wholeHistory(clients[1], a.ready.account)
      messages = await wholeHistory(clients[0], b.ready.account)
      const told = messages.every(({ own, state }) => !own || state !== 'queued')
      return atBob.length === all && messages.length === all && told
    }
    await waitUntil(complete, 'both hold everything', 60_000)
    const profiles = new Profiles(
      { random, nowMs: () => Date.now(), log: silentLogger },
      { dataDir: dataOf(ann) },
    )
    const directory = profiles.databaseDirectory('ann')
    const isInTables = async (): Promise<boolean> => filesLike(directory, /\.ldb$/).length > 0
    await waitUntil(isInTables, 'there are tables', 10_000)
    // What is learned from peers is written a little later.
    await new Promise((resolve) => setTimeout(resolve, 500))
    for (const { child } of [a, b]) {
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
    }
    const folder = await mkdtemp(path.join(tmpdir(), 'tidings-disk-copies-'))
    t.after(() => rm(folder, { recursive: true, force: true }))
    const owners = { ann: { person: ann, ready: a.ready }, bob: { person: bob, ready: b.ready } }
    const specimen = new Specimen(owners, messages, await profiles.unlock('ann'), folder)
    cpSync(directory, specimen.pristine, { recursive: true })
    return specimen
  }

  /** The database as it was left. */
  get pristine(): string {
    return path.join(this.folder, 'pristine', 'db')
  }

  /** A database of the same content. */
  copy(): string {
    const folder = path.join(this.folder, `copy-${this.copies++}`)
    mkdirSync(folder)
    const directory = path.join(folder, 'db')
    mkdirSync(directory)
    for (const name of readdirSync(this.pristine)) {
      const [from, to] = [path.join(this.pristine, name), path.join(directory, name)]
      // Of what is never written to again a link is as good as a copy, and there is a lot of it.
      if (name === 'reserve' || name.endsWith('.ldb')) linkSync(from, to)
      else copyFileSync(from, to)
    }
    return directory
  }

  /** Removes a copy and what was kept beside it. */
  async discard(directory: string): Promise<void> {
    await rm(path.dirname(directory), { recursive: true, force: true })
  }

  open(directory: string): Promise<LevelStore> {
    return open(directory, { key: this.key })
  }

  /** Both people anew, with all that they had: for what is done with daemons. */
  async revive(t: TestContext): Promise<{ ann: Person; bob: Person }> {
    const people = [this.ann.person, this.bob.person].map(async ({ name, home }) => {
      const parent = await mkdtemp(path.join(tmpdir(), 'tidings-disk-'))
      const person = new Person(name, path.join(parent, 'home'))
      await cp(home, person.home, { recursive: true, filter: (file) => !file.endsWith('/run') })
      t.after(async () => {
        await person.end()
        await rm(parent, { recursive: true, force: true })
      })
      return person
    })
    const [ann, bob] = await Promise.all(people)
    assert.ok(ann && bob)
    return { ann, bob }
  }
}

export function dataOf({ home, name }: Person): string {
  return findPlaces({ home, profile: name }).dataDir
}

/**
 * Files of a database, oldest first. Of tables only those in use: a kill in the midst of tidying up
 * leaves others, and what becomes of these harms nothing.
 */
export function filesLike(directory: string, like: RegExp): string[] {
  const inUse = tablesInUse(directory)
  const isInUse = (name: string): boolean =>
    !name.endsWith('.ldb') || inUse === undefined || inUse.has(Number.parseInt(name))
  const names = readdirSync(directory).filter((name) => like.test(name) && isInUse(name))
  return names.toSorted().map((name) => path.join(directory, name))
}

/** Undefined where the MANIFEST is gone or damaged. */
function tablesInUse(directory: string): ReturnType<typeof tablesIn> {
  try {
    const current = readFileSync(path.join(directory, 'CURRENT'), 'utf8').trim()
    return tablesIn(readFileSync(path.join(directory, current)))
  } catch {
    return undefined
  }
}

export function newestLog(directory: string): string {
  const file = filesLike(directory, /\.log$/).at(-1)
  assert.ok(file)
  return file
}

async function say(client: Client, to: string, name: string, count: number): Promise<void> {
  let next = 0
  const one = async (): Promise<void> => {
    while (next < count) {
      const text = `${name} ${next++} ${Buffer.from(random(750)).toString('base64')}`
      await client.send({ to, text })
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, one))
}
