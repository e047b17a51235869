// What peers tell about where messages stand: kept, without letting them fill disk or memory.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { DeviceId } from '../../src/core/id.ts'
import { silentLogger } from '../../src/core/logger.ts'
import { LateRecords } from '../../src/node/late-records.ts'
import { recordKey } from '../../src/store/keys.ts'
import type { LevelStore } from '../../src/store/store-level.ts'
import { makeKeys } from '../net/peers.ts'
import { flip, tamper } from '../store/repair/tamper.ts'
import { open, openNew } from '../store/samples.ts'
import { deviceOf, liar } from './liar.ts'
import { friends, person, until } from './nodes.ts'

const clockOf = (seq: number): { clock: [DeviceId, number][] } => ({
  clock: [[makeKeys<DeviceId>().id, seq]],
})

test('what could not be written goes with the next write, the newest value only', async (t) => {
  const { directory, store } = await openNew(t)
  let fails = true
  const failing = Object.assign(Object.create(store) as LevelStore, {
    commit: (batch: Parameters<LevelStore['commit']>[0]) =>
      fails ? Promise.reject(new Error('the disk failed')) : store.commit(batch),
  })
  const records = new LateRecords(failing, silentLogger)
  const [first, second, other] = [clockOf(1), clockOf(2), clockOf(3)]
  records.put('holds', 'a', first)
  const failed = assert.rejects(records.flush())
  assert.deepEqual(records.get('holds', 'a'), first)
  await failed
  records.put('holds', 'a', second)
  records.put('holds', 'b', other)
  fails = false
  await records.flush()
  assert.deepEqual(records.get('holds', 'a'), second)
  await store.close()
  const again = await open(directory)
  t.after(() => again.close())
  assert.deepEqual(again.get('holds', 'a'), second)
  assert.deepEqual(again.get('holds', 'b'), other)
})

test('a disk that fails in the background ends nothing', async (t) => {
  const { store } = await openNew(t)
  const failing = Object.assign(Object.create(store) as LevelStore, {
    batch: () => {
      throw new Error('the database is being reopened')
    },
  })
  const records = new LateRecords(failing, silentLogger)
  let unhandled = 0
  const count = (): void => {
    unhandled += 1
  }
  process.on('unhandledRejection', count)
  t.after(() => process.off('unhandledRejection', count))
  records.put('holds', 'a', clockOf(1))
  // Written by itself, a little later.
  await new Promise((resolve) => setTimeout(resolve, 400))
  assert.equal(unhandled, 0)
  assert.ok(records.get('holds', 'a'))
})

test('where messages stand is known after a restart, without the other side', async (t) => {
  const [ann, bob] = await friends(t)
  const { id } = await ann.node.send('bob', 'hello')
  await ann.node.waitFor(id, 'delivered', AbortSignal.timeout(5000))
  await bob.node.markRead('ann')
  await ann.node.waitFor(id, 'read', AbortSignal.timeout(5000))
  await ann.node.send('bob', 'more')
  await until(
    async () => (await ann.node.history('bob', { limit: 1 }))[0]?.state === 'delivered',
    '',
  )
  await bob.stop()
  await ann.stop()
  await ann.start()
  const states = (await ann.node.history('bob', { limit: 2 })).map(({ state }) => state)
  assert.deepEqual(states, ['read', 'delivered'])
})

test('who tells nobody how far they have read is told by others all the same', async (t) => {
  const ann = await person(t, 'ann', { tellRead: false })
  const bob = await person(t, 'bob', { accept: 'auto' })
  await ann.add(bob)
  await until(() => ann.online(bob) && bob.online(ann), 'they are online')
  const { id: asked } = await bob.node.send('ann', 'have you seen this?')
  await bob.node.waitFor(asked, 'delivered', AbortSignal.timeout(5000))
  await ann.node.markRead('bob')
  const { id } = await ann.node.send('bob', 'maybe')
  await ann.node.waitFor(id, 'delivered', AbortSignal.timeout(5000))
  await bob.node.markRead('ann')
  await ann.node.waitFor(id, 'read', AbortSignal.timeout(5000))
  // What was read is kept here, and not told at a new meeting either.
  await ann.stop()
  await ann.start()
  await until(() => ann.online(bob) && bob.online(ann), 'they meet again')
  const { id: last } = await ann.node.send('bob', 'bye')
  await ann.node.waitFor(last, 'delivered', AbortSignal.timeout(5000))
  assert.equal((await ann.node.conversations())[0]?.unread, 0)
  const [first] = await bob.node.history('ann', { limit: 10 })
  assert.deepEqual([first?.id, first?.state], [asked, 'delivered'])
})

test('a node that was never dialed is remembered as well as one that was', async (t) => {
  const [ann, bob] = await friends(t)
  const { id } = await ann.node.send('bob', 'hello')
  await ann.node.waitFor(id, 'delivered', AbortSignal.timeout(5000))
  await Promise.all([ann.stop(), bob.stop()])
  for (const one of [ann, bob]) {
    const store = await one.openStore()
    const peers = await store.all('peer')
    await store.close()
    assert.equal(peers.length, 1)
    assert.ok(peers[0]?.[1].token, `${one.name} knows how far it knows the other`)
  }
})

test('a damaged receipt keeps nobody apart, and comes again', async (t) => {
  const [ann, bob] = await friends(t)
  const { id } = await ann.node.send('bob', 'hello')
  await ann.node.waitFor(id, 'delivered', AbortSignal.timeout(5000))
  await ann.stop()
  const store = await ann.openStore()
  const keys: Buffer[] = []
  for (const kind of ['peer', 'holds'] as const) {
    for (const [key] of await store.all(kind)) keys.push(recordKey(kind, key))
  }
  await store.close()
  assert.equal(keys.length, 2)
  await tamper(ann.database, async (level) => {
    for (const key of keys) await flip(level, key)
  })
  await ann.start()
  await until(() => ann.online(bob) && bob.online(ann), 'they are online')
  await ann.node.waitFor(id, 'delivered', AbortSignal.timeout(5000))
  const after = await ann.node.send('bob', 'still here')
  await ann.node.waitFor(after.id, 'delivered', AbortSignal.timeout(5000))
})

test('however often a peer tells how far it read, little is written and kept', async (t) => {
  let commits = 0
  const wrapStore = (store: LevelStore): LevelStore =>
    Object.assign(Object.create(store) as LevelStore, {
      commit: (batch: Parameters<LevelStore['commit']>[0]) => {
        commits += 1
        return store.commit(batch)
      },
    })
  const ann = await person(t, 'ann', { accept: 'auto', wrapStore })
  const mallory = await liar(t, ann)
  const { conversation } = mallory
  const me = deviceOf(ann, mallory)
  const before = commits
  const COUNT = 5000
  for (let seq = 1; seq <= COUNT; seq++) {
    const seqs = new Map([
      [me, seq],
      [makeStranger(seq), seq],
    ])
    mallory.say({ type: 'read', clock: { conversation, seqs } })
    if (seq % 500 === 0) await mallory.session.drained()
  }
  // Handled after what came before it.
  mallory.say({ type: 'clocks_wanted' })
  const told = mallory.heard('clocks').length
  await until(() => mallory.heard('clocks').length > told, 'all of it was handled')
  assert.ok(commits - before < COUNT / 5, `${commits - before} commits`)
  await ann.stop()
  const store = await ann.openStore()
  const reads = await store.all('read')
  await store.close()
  assert.deepEqual(
    reads.map(([, { clock }]) => clock),
    [[[me, COUNT]]],
  )
})

/** The id of a device that nobody has. */
function makeStranger(number: number): DeviceId {
  return number.toString(32).padStart(51, '0').padEnd(52, '0') as DeviceId
}
