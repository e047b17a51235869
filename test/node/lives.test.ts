// What may fail when a node goes on under a new identity: it is told, tried again, and over once it
// worked; and what people ask for meanwhile is done in the life that follows.
import assert from 'node:assert/strict'
import { cp, rm } from 'node:fs/promises'
import { test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { TidingsError } from '../../src/core/errors.ts'
import type { LevelStore } from '../../src/store/store-level.ts'
import { friends, type Options, person, type Person, until } from './nodes.ts'

/** A store in which some methods fail when `fails` says so. */
function failing(store: LevelStore, fails: (method: string) => boolean): LevelStore {
  return new Proxy(store, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name, target)
      if (typeof value !== 'function') return value
      return (...given: unknown[]): unknown => {
        if (fails(String(name))) throw new TidingsError('disk_full', 'the disk is full')
        return Reflect.apply(value, target, given)
      }
    },
  })
}

/** Ann's database is an older copy, to which she wrote; Bob holds something else in that place. */
async function rolledBack(t: TestContext, options: Options = {}): Promise<[Person, Person]> {
  const [ann, bob] = await friends(t, options)
  await ann.stop()
  const copy = `${ann.database}.copy`
  await cp(ann.database, copy, { recursive: true })
  await ann.start()
  await ann.node.send('bob', 'a1')
  await until(async () => (await bob.texts(ann)).length === 1, 'bob has it')
  await ann.stop()
  await bob.stop()
  await rm(ann.database, { recursive: true })
  await cp(copy, ann.database, { recursive: true })
  await ann.start()
  await ann.node.send('bob', 'another a1')
  return [ann, bob]
}

const troubles = (one: Person): string[] =>
  one.events.flatMap((event) =>
    event.type === 'trouble' ? `${event.where}: ${event.message}` : [],
  )

/** Fails once: the first call of a method, or the first after another one was called. */
function once(method: string, after?: string): { fails: (called: string) => boolean } {
  let isArmed = after === undefined
  let isDone = false
  const fails = (called: string): boolean => {
    if (called === after) isArmed = true
    if (!isArmed || isDone || called !== method) return false
    isDone = true
    return true
  }
  return { fails }
}

const failures = {
  'cutting its log': () => once('cutLog'),
  'loading what is on disk then': () => once('heads', 'cutLog'),
}

for (const [what, make] of Object.entries(failures)) {
  test(`going on as another device is tried again where ${what} failed`, async (t) => {
    const { fails } = make()
    const wrapStore = (store: LevelStore): LevelStore => failing(store, fails)
    const [ann, bob] = await rolledBack(t, { wrapStore })
    await bob.start()
    await until(async () => (await bob.texts(ann)).length === 2, 'it worked in the end')
    await ann.node.send('bob', 'a2')
    await until(async () => (await bob.texts(ann)).length === 3, 'ann can write')
    assert.deepEqual(troubles(ann), ['profile: the disk is full', 'profile: '])
  })
}

test('what waits while the next life cannot begin yet is written once it can', async (t) => {
  const { fails } = once('heads')
  let isRenaming = false
  let sent: Promise<unknown> | undefined
  const failsOrSends = (method: string): boolean => {
    if (!isRenaming) return false
    // The name is being kept: nothing is written to logs any more.
    if (method === 'batch') sent ??= ann.node.send(bob.account, 'meanwhile')
    return fails(method)
  }
  const wrapStore = (store: LevelStore): LevelStore => failing(store, failsOrSends)
  const [ann, bob] = await friends(t, { wrapStore })
  isRenaming = true
  await assert.rejects(ann.node.rename('Ann Lee'), { code: 'too_busy' })
  assert.ok(sent)
  await sent
  await until(async () => (await bob.texts(ann)).includes('meanwhile'), 'bob has it')
})

test('what is changed while one life ends and the next begins is not forgotten', async (t) => {
  let changed: Promise<unknown> | undefined
  let loads = 0
  const wrapStore = (store: LevelStore): LevelStore =>
    new Proxy(store, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name, target)
        if (typeof value !== 'function') return value
        return (...given: unknown[]): unknown => {
          const result: unknown = Reflect.apply(value, target, given)
          if (name !== 'all' || given[0] !== 'contact' || ++loads !== 2) return result
          // The next life has read its contacts, and the one before is asked to change one.
          return Promise.resolve(result).then(async (contacts) => {
            changed = ann.node.contactQuota(bob.account, 5000)
            await Promise.race([changed, sleep(200)])
            return contacts
          })
        }
      },
    })
  const ann = await person(t, 'ann', { wrapStore })
  const bob = await person(t, 'bob', { accept: 'auto' })
  await ann.add(bob)
  await until(() => ann.online(bob), 'they are online')
  await ann.node.rename('Ann Lee')
  assert.ok(changed)
  await changed
  assert.equal((await ann.node.contactQuota(bob.account)).quotaBytes, 5000)
})
