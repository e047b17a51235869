// What is unread and who is addressed, counted as messages come: right at once, after a restart,
// after damage, and at a cost that does not grow with what came.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'

import type { Body } from '../../src/core/entry.ts'
import type { AccountId } from '../../src/core/id.ts'
import { closeRun } from '../../src/core/run.ts'
import { recordKey } from '../../src/store/keys.ts'
import type { LevelStore } from '../../src/store/store-level.ts'
import { encodeEntry } from '../../src/wire/entry.ts'
import { flip, tamper } from '../store/repair/tamper.ts'
import { crew } from './crew.ts'
import { liar } from './liar.ts'
import { friends, type Options, type Person, person, until } from './nodes.ts'

const refuses = (code: string) => ({ code })

async function standing(who: Person): Promise<[unread: number, mentions: number]> {
  const [one] = await who.node.conversations()
  assert.ok(one)
  const all = who.node.talk.unread()
  assert.deepEqual([all.messages, all.mentions], [one.unread, one.mentions])
  return [one.unread, one.mentions]
}

async function has(who: Person, other: Person, count: number): Promise<void> {
  await until(async () => (await who.texts(other)).length === count, `${count} messages are there`)
}

test('messages of others count until read, and those that address one apart', async (t) => {
  const [ann, bob] = await friends(t)
  assert.deepEqual(await standing(bob), [0, 0])
  const ids: string[] = []
  for (const text of ['hello', 'hey @bob', 'and @ann', '@Bob, @bob!']) {
    ids.push((await ann.node.send('bob', text)).id)
  }
  await bob.node.send('ann', 'my own, @bob')
  await has(bob, ann, 5)
  assert.deepEqual(await standing(bob), [4, 2])
  await bob.node.markRead('ann', ids[1])
  assert.deepEqual(await standing(bob), [2, 1])
  // A read position only rises.
  await bob.node.markRead('ann', ids[0])
  assert.deepEqual(await standing(bob), [2, 1])
  await bob.stop()
  await bob.start()
  assert.deepEqual(await standing(bob), [2, 1])
  await bob.node.markRead('ann')
  assert.deepEqual(await standing(bob), [0, 0])
  await has(ann, bob, 5)
  assert.deepEqual(await standing(ann), [1, 0])
})

test('an unknown place is refused and marks nothing', async (t) => {
  const [ann, bob] = await friends(t)
  await ann.node.send('bob', 'hello')
  await has(bob, ann, 1)
  const nowhere = `${'0'.repeat(26)}-1`
  await assert.rejects(bob.node.markRead('ann', nowhere), refuses('unknown_message'))
  await assert.rejects(bob.node.markRead('zoe'), refuses('unknown_name'))
  assert.deepEqual(await standing(bob), [1, 0])
})

test('only messages count: what a later version writes, or a change, does not', async (t) => {
  const ann = await person(t, 'ann', { accept: 'auto' })
  const mallory = await liar(t, ann)
  const { account, conversation, scribe } = mallory
  const log = { conversation, device: scribe.device }
  const of = (body: Body): Uint8Array => encodeEntry({ wallTimeMs: 1, deps: [], body })
  const me = ann.account as AccountId
  const entries = [
    of({ kind: 'text', text: 'one' }),
    // A body of the kind 999, which nobody knows.
    Buffer.from('ba3e00', 'hex'),
    of({ kind: 'text', text: 'two', mentions: [me] }),
    of({
      kind: 'edit',
      target: { device: scribe.device, seq: 1 },
      text: 'one again',
      mentions: [me],
    }),
    of({ kind: 'reaction', target: { device: scribe.device, seq: 3 }, emoji: 'x', removed: false }),
  ]
  const { run } = closeRun(log, scribe.head, entries, scribe.keys.sign)
  mallory.say({ type: 'run', run })
  await until(async () => (await ann.node.history(account, { limit: 9 })).length === 3, 'all came')
  assert.deepEqual(await standing(ann), [2, 1])
})

test('of those that disappeared neither the message nor the mention counts', async (t) => {
  let passedMs = 0
  const [ann, bob] = await friends(t, { now: () => Date.now() + passedMs })
  await ann.node.disappear('bob', 60)
  await ann.node.send('bob', 'goes, @bob')
  await ann.node.disappear('bob', 0)
  await ann.node.send('bob', 'stays')
  await until(async () => (await standing(bob))[0] === 2, 'all came')
  assert.deepEqual(await standing(bob), [2, 1])
  passedMs = 60_000
  assert.deepEqual(await standing(bob), [1, 0])
})

test('what does not count in its group is not unread either', async (t) => {
  const [ann, bob, cid] = (await crew(t, ['ann', 'bob', 'cid'])) as [Person, Person, Person]
  const unread = (who: Person) => who.node.talk.unread()
  const before = unread(cid)
  await ann.stop()
  await bob.node.send('#crew', 'is anybody there, @cid?')
  await until(() => unread(cid).messages === before.messages + 1, 'Cid has it')
  await bob.stop()
  await cid.stop()
  await ann.start()
  await ann.node.groups.remove('#crew', 'bob')
  await ann.node.send('#crew', 'he is gone')
  await cid.start()
  await until(() => cid.node.groups.members('#crew').length === 2, 'Cid knows')
  const counts = { messages: before.messages + 1, mentions: before.mentions }
  await until(() => isDeepStrictEqual(unread(cid), counts), 'only what Ann said counts')
  const held = (): boolean =>
    ann.node.sync('#crew').every(({ complete, devices }) => complete && devices.length === 3)
  await until(held, 'Ann holds it too')
  assert.deepEqual(unread(ann), { messages: 0, mentions: 0 })
})

/** Counts how often the store is asked for anything that grows with a log. */
function counting(reads: { runs: number; records: number }): (store: LevelStore) => LevelStore {
  return (store) =>
    Object.assign(Object.create(store) as LevelStore, {
      get: (...asked: Parameters<LevelStore['get']>) => {
        reads.records += 1
        return store.get(...asked)
      },
      readPage: (...asked: Parameters<LevelStore['readPage']>) => {
        reads.runs += 1
        return store.readPage(...asked)
      },
      readRun: (...asked: Parameters<LevelStore['readRun']>) => {
        reads.runs += 1
        return store.readRun(...asked)
      },
    })
}

async function withBacklog(
  t: TestContext,
  count: number,
  options: Options = {},
): Promise<[bob: Person, ids: string[]]> {
  const [ann, bob] = await friends(t, options)
  await bob.stop()
  const texts = Array.from({ length: count }, (_, i) => (i % 10 === 3 ? `${i} @bob` : `${i}`))
  const sent = await Promise.all(texts.map((text) => ann.node.send('bob', text)))
  await bob.start()
  const isComplete = (): boolean =>
    bob.node.sync('ann').some(({ devices }) => devices.some(({ shown }) => shown === count))
  await until(isComplete, 'all of it came', 60_000)
  return [bob, sent.map(({ id }) => id)]
}

test('after a catch-up of thousands the counts are right, and cost no walk', async (t) => {
  const reads = { runs: 0, records: 0 }
  const [bob, ids] = await withBacklog(t, 5000, { wrapStore: counting(reads) })
  assert.deepEqual(await standing(bob), [5000, 500])
  await bob.node.markRead('ann', ids[1234])
  assert.deepEqual(await standing(bob), [3765, 376])
  await bob.stop()
  await bob.start()
  reads.runs = reads.records = 0
  const counted = bob.node.talk.unread()
  assert.deepEqual([counted.messages, counted.mentions], [3765, 376])
  assert.equal(reads.runs, 0)
  assert.ok(reads.records <= 4, `${reads.records} records`)
})

test('a hundred thousand messages that come at once are counted as they come', async (t) => {
  const reads = { runs: 0, records: 0 }
  const ann = await person(t, 'ann', { accept: 'auto', wrapStore: counting(reads) })
  const mallory = await liar(t, ann)
  const mentions = [ann.account as AccountId]
  const [pages, count] = [25, 4000]
  for (let page = 0; page < pages; page++) {
    const bodies = Array.from({ length: count }, (_, i): Body => {
      return { kind: 'text', text: `${page}.${i}`, ...(i % 100 === 7 && { mentions }) }
    })
    mallory.say({ type: 'run', run: mallory.scribe.say(bodies) })
    await mallory.session.drained()
  }
  const all = pages * count
  const shown = (): number => {
    const [report] = ann.node.sync(mallory.account)
    return report?.devices.find(({ account }) => account === mallory.account)?.shown ?? 0
  }
  await until(() => shown() === all, 'all of it came', 60_000)
  reads.runs = reads.records = 0
  assert.deepEqual(ann.node.talk.unread(), { messages: all, mentions: all / 100 })
  assert.equal(reads.runs, 0)
  assert.ok(reads.records <= 4, `${reads.records} records`)
})

for (const [what, harm] of [
  ['unreadable', flip],
  ['gone', (level: Parameters<typeof flip>[0], key: Buffer) => level.del(key)],
] as const) {
  test(`counts that are ${what} are made again at the next start`, async (t) => {
    const [bob, ids] = await withBacklog(t, 700)
    await bob.node.markRead('ann', ids[99])
    assert.deepEqual(await standing(bob), [600, 60])
    await bob.stop()
    const store = await bob.openStore()
    const keys = (await store.all('counts')).map(([key]) => recordKey('counts', key))
    await store.close()
    assert.equal(keys.length, 3)
    await tamper(bob.database, async (level) => {
      for (const key of keys) await harm(level, key)
    })
    await bob.start()
    assert.deepEqual(await standing(bob), [600, 60])
    await bob.node.markRead('ann', ids[300])
    assert.deepEqual(await standing(bob), [399, 40])
  })
}

test('nothing in a key tells what was written', async (t) => {
  const [ann, bob] = await friends(t)
  await ann.node.send('bob', 'hello')
  await has(bob, ann, 1)
  await bob.node.talk.setDraft('ann', 'secret')
  await bob.node.talk.mute('ann', {})
  await bob.stop()
  const store = await bob.openStore()
  for (const kind of ['counts', 'draft', 'conversation'] as const) {
    const [[key] = ['']] = await store.all(kind)
    assert.match(key, /^[0-9a-v]{52}(\/[0-9a-v]{52}\/0)?$/, kind)
  }
  await store.close()
})
