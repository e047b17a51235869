// The index of changes is as good as the entries: after damage, in a database of an older
// version, in a backup on another machine, and where an own log is cut back and goes on
// elsewhere.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test, type TestContext } from 'node:test'

import { silentLogger } from '../../src/core/logger.ts'
import type { MessageView } from '../../src/node/node-types.ts'
import { withAnotherDevice } from '../../src/node/people/identity.ts'
import { writeBackup } from '../../src/store/backup/backup-export.ts'
import { Backup } from '../../src/store/backup/backup-import.ts'
import { openStore } from '../../src/store/open.ts'
import type { LevelStore } from '../../src/store/store-level.ts'
import { tamper } from '../store/repair/tamper.ts'
import { DATABASE_KEY, friends, type Person, person, until } from './nodes.ts'

async function history(one: Person, other: string): Promise<MessageView[]> {
  return one.node.history(other, { limit: 1000 })
}

/** What everybody must see alike. */
const common = (messages: readonly MessageView[]): unknown =>
  messages.map(({ text, edited, deleted, pinned, reactions }) => {
    const shown = reactions.map(({ emoji, accounts }) => [emoji, accounts])
    return { text, edited, deleted, pinned, shown }
  })

/** Two friends and messages that were changed in every way by both. */
async function changed(t: TestContext): Promise<[Person, Person]> {
  const [ann, bob] = await friends(t)
  const ids: string[] = []
  // More than a chunk of the order.
  for (let i = 0; i < 70; i++) ids.push((await ann.node.send('bob', `m${i}`)).id)
  await until(async () => (await history(bob, 'ann')).length === 70, 'bob has them')
  const id = (at: number): string => ids[at] ?? ''
  await ann.node.changes.edit(id(0), 'edited')
  await ann.node.changes.edit(id(0), 'edited twice')
  await ann.node.changes.delete(id(1))
  await ann.node.changes.react(id(2), '👍')
  await bob.node.changes.react(id(2), '👍')
  await bob.node.changes.react(id(2), '❤️')
  await bob.node.changes.react(id(2), '❤️', { remove: true })
  await bob.node.changes.pin(id(3))
  await until(async () => (await ann.node.changes.pins('bob')).length === 1, 'ann sees it')
  await ann.node.changes.pin(id(69))
  await ann.node.send('bob', 'last')
  const same = async (): Promise<boolean> =>
    JSON.stringify(common(await history(ann, 'bob'))) ===
      JSON.stringify(common(await history(bob, 'ann'))) && (await history(bob, 'ann')).length === 71
  await until(same, 'both see the same')
  return [ann, bob]
}

/** All that a node shows of a conversation. */
async function everything(one: Person, other: string): Promise<unknown> {
  const messages = await history(one, other)
  const pins = await one.node.changes.pins(other)
  const edits = []
  for (const { id, edited } of messages) if (edited) edits.push(await one.node.changes.edits(id))
  const unread = (await one.node.conversations()).map(({ unread }) => unread)
  return { messages, pins: pins.map(({ id }) => id), edits, unread }
}

const keysOf = (letter: string): { gte: Buffer; lt: Buffer } => ({
  gte: Buffer.from(letter),
  lt: Buffer.from(String.fromCharCode(letter.charCodeAt(0) + 1)),
})

test('after a restart everything is as before', async (t) => {
  const [ann] = await changed(t)
  const before = await everything(ann, 'bob')
  await ann.stop()
  await ann.start()
  assert.deepEqual(await everything(ann, 'bob'), before)
  assert.deepEqual(ann.node.damage, [])
})

test('a database that an older version wrote gets its index at the first start', async (t) => {
  const [ann, bob] = await changed(t)
  await bob.stop()
  const before = await everything(ann, 'bob')
  await ann.stop()
  // Such a one knows of no changes, nor that the order may say which entries are some.
  await tamper(ann.database, async (level) => {
    for (const letter of ['c', 'p']) {
      for (const key of await level.keys(keysOf(letter)).all()) await level.del(key)
    }
    await level.del(Buffer.from('mchanges'))
  })
  const store = await ann.openStore()
  const batch = store.batch()
  for (const { conversation, device, shown } of await store.heads()) {
    for (let chunk = 0; chunk * 64 < shown; chunk++) {
      batch.putLogicals(conversation, device, chunk, store.logicals(conversation, device, chunk))
    }
  }
  await store.commit(batch)
  assert.equal(store.changes.isWhole, false)
  await store.close()
  await ann.start()
  assert.deepEqual(await everything(ann, 'bob'), before)
  await ann.stop()
  await ann.start()
  assert.deepEqual(await everything(ann, 'bob'), before)
  assert.deepEqual(ann.node.damage, [])
})

test('a damaged part of the index is told, and right again after a restart', async (t) => {
  const [ann, bob] = await changed(t)
  await bob.stop()
  const before = await everything(ann, 'bob')
  await ann.stop()
  await tamper(ann.database, async (level) => {
    for await (const [key, value] of level.iterator(keysOf('c'))) {
      const flipped = Buffer.from(value)
      flipped[20] = (flipped[20] ?? 0) ^ 1
      await level.put(key, flipped)
    }
  })
  await ann.start()
  await assert.rejects(history(ann, 'bob'), { code: 'database_damaged' })
  assert.ok(ann.node.damage.length > 0)
  // Writing goes on.
  await ann.node.send('bob', 'meanwhile')
  await ann.stop()
  await ann.start()
  const messages = await history(ann, 'bob')
  assert.equal(messages.pop()?.text, 'meanwhile')
  const { messages: shown } = before as { messages: MessageView[] }
  assert.deepEqual(common(messages), common(shown))
  const pinned = (await ann.node.changes.pins('bob')).map(({ text }) => text)
  assert.deepEqual(pinned, ['m69', 'm3'])
})

test('where the order is made anew after damage, the index is too', async (t) => {
  const [ann, bob] = await changed(t)
  await bob.stop()
  const before = common(await history(ann, 'bob'))
  await ann.stop()
  await tamper(ann.database, async (level) => {
    const [first] = await level.keys(keysOf('o')).all()
    assert.ok(first)
    for (const letter of ['o', 'c', 'p']) {
      for (const key of await level.keys(keysOf(letter)).all()) await level.del(key)
    }
  })
  await ann.start()
  assert.match(ann.node.damage.join(), /order/)
  assert.deepEqual(common(await history(ann, 'bob')), before)
  const pinned = (await ann.node.changes.pins('bob')).map(({ text }) => text)
  assert.deepEqual(pinned, ['m69', 'm3'])
})

test('a profile from a backup shows the same', async (t) => {
  const [ann, bob] = await changed(t)
  await bob.stop()
  const before = common(await history(ann, 'bob'))
  await ann.stop()
  const folder = await mkdtemp(path.join(tmpdir(), 'tidings-restored-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const file = path.join(folder, 'backup')
  const store = await ann.openStore()
  const cost = { memoryKib: 64, passes: 1, lanes: 1 }
  const what = { profile: 'ann', file, password: 'secret', force: false }
  await writeBackup(store, what, { random: randomBytes, cost })
  await store.close()
  const backup = await Backup.open(file, 'secret')
  const directory = path.join(folder, 'db')
  const init = { key: DATABASE_KEY, create: true, random: randomBytes, log: silentLogger }
  const fresh = await openStore({ directory, ...init })
  await backup.restore(fresh, withAnotherDevice(backup.start, randomBytes(32)))
  await backup.close()
  await fresh.close()
  const again = await person(t, 'again', { copyOf: directory })
  assert.deepEqual(common(await history(again, 'bob')), before)
})

test('a copy that goes on as another device changes what it did, and nothing twice', async (t) => {
  const [ann, bob] = await friends(t)
  const { id } = await ann.node.send('bob', 'a1')
  await ann.node.changes.react(id, '☕')
  await ann.node.changes.pin(id)
  await ann.stop()
  const copy = `${ann.database}.copy`
  await cp(ann.database, copy, { recursive: true })
  await ann.start()
  const { id: other } = await ann.node.send('bob', 'what bob has')
  await ann.node.waitFor(other, 'delivered', AbortSignal.timeout(5000))
  await ann.stop()
  await bob.stop()
  await rm(ann.database, { recursive: true })
  await cp(copy, ann.database, { recursive: true })
  await ann.start()
  // All of this is cut off again, and written anew by another device.
  await ann.node.changes.edit(id, 'a1, edited')
  await ann.node.changes.react(id, '☕', { remove: true })
  await ann.node.changes.react(id, '👍')
  await ann.node.changes.unpin(id)
  const { id: mine } = await ann.node.send('bob', 'what only ann has')
  await ann.node.changes.edit(mine, 'what only ann had')
  await ann.node.changes.react(mine, '🎈')
  await ann.node.changes.pin(mine)
  await bob.start()
  await until(() => ann.events.some(({ type }) => type === 'fork'), 'ann is told')
  const texts = ['a1, edited', 'what bob has', 'what only ann had']
  const has = async (one: Person, who: Person): Promise<boolean> =>
    (await one.texts(who)).toSorted().join() === texts.toSorted().join()
  await until(() => has(ann, bob), 'ann shows all')
  await until(() => has(bob, ann), 'bob shows all')
  const atAnn = await history(ann, bob.account)
  assert.deepEqual(common(atAnn), common(await history(bob, ann.account)))
  const reactions = atAnn.flatMap(({ reactions }) => reactions.map(({ emoji }) => emoji))
  assert.deepEqual(reactions.toSorted(), ['👍', '🎈'].toSorted())
  const pins = async (one: Person, who: Person): Promise<string[]> =>
    (await one.node.changes.pins(who.account)).map(({ text }) => text)
  assert.deepEqual(await pins(ann, bob), ['what only ann had'])
  assert.deepEqual(await pins(bob, ann), ['what only ann had'])
  // What is on disk is what a database that is indexed anew would hold.
  const before = common(atAnn)
  await ann.stop()
  await tamper(ann.database, (level) => level.del(Buffer.from('mchanges')))
  const index = await indexOf(ann)
  await ann.start()
  assert.deepEqual(common(await history(ann, bob.account)), before)
  await ann.stop()
  assert.deepEqual(await indexOf(ann), index)
  await ann.start()
})

test('a page costs the messages on it, however many changes lie between them', async (t) => {
  const reads = { pages: 0, chunks: 0 }
  const wrapStore = (store: LevelStore): LevelStore => {
    const counted = Object.create(store) as LevelStore
    return Object.assign(counted, {
      readPage: (...given: Parameters<LevelStore['readPage']>) => {
        reads.pages += 1
        return store.readPage(...given)
      },
      readRun: (...given: Parameters<LevelStore['readRun']>) => {
        reads.pages += 1
        return store.readRun(...given)
      },
      chunk: (...given: Parameters<LevelStore['chunk']>) => {
        reads.chunks += 1
        return store.chunk(...given)
      },
    })
  }
  const ann = await person(t, 'ann', { wrapStore })
  const bob = await person(t, 'bob', { accept: 'auto' })
  await ann.add(bob)
  await until(() => ann.online(bob), 'they are online')
  const ids: string[] = []
  for (let i = 0; i < 3; i++) ids.push((await ann.node.send('bob', `m${i}`)).id)
  await ann.node.changes.edit(ids[1] ?? '', 'edited')
  for (let i = 0; i < 3000; i += 500) {
    const some = Array.from({ length: 500 }, (_, n) => `edit ${i + n}`)
    await Promise.all(some.map((text) => ann.node.changes.edit(ids[0] ?? '', text)))
  }
  await ann.node.send('bob', 'm3')
  await bob.stop()
  const told = (): boolean =>
    ann.events.some((event) => event.type === 'message' && event.message.text === 'm3')
  await until(told, 'nothing else is read any more')
  Object.assign(reads, { pages: 0, chunks: 0 })
  const page = await ann.node.history('bob', { limit: 50 })
  assert.deepEqual(
    page.map(({ text }) => text),
    ['edit 2999', 'edited', 'm2', 'm3'],
  )
  // Two stretches of messages and the words of two edits.
  assert.ok(reads.pages <= 4, `${reads.pages} pages`)
  assert.ok(reads.chunks <= 60, `${reads.chunks} chunks`)
  await bob.start()
})

/** Which keys the index has. */
async function indexOf(one: Person): Promise<string[]> {
  const keys: string[] = []
  await tamper(one.database, async (level) => {
    for (const letter of ['c', 'p']) {
      for (const key of await level.keys(keysOf(letter)).all()) keys.push(key.toString('hex'))
    }
  })
  return keys
}
