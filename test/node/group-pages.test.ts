// Briefs of groups: what a start knows of them without reading what they consist of, and what
// becomes of that when something was written since, or is damaged.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'

import { recordKey } from '../../src/store/keys.ts'
import type { LevelStore } from '../../src/store/store-level.ts'
import { flip, tamper } from '../store/repair/tamper.ts'
import { crew, groupOf, texts } from './crew.ts'
import { type Person, partsOf, until } from './nodes.ts'

async function two(t: TestContext): Promise<[Person, Person]> {
  return (await crew(t, ['ann', 'bob'])) as [Person, Person]
}

function briefOf(who: Person): string | undefined {
  const [[, group] = ['', undefined]] = [...partsOf(who).groups.all()]
  return group?.brief?.name
}

async function pages(who: Person, work: (store: LevelStore) => Promise<void>): Promise<void> {
  const store = await who.openStore()
  await work(store)
  await store.close()
}

test('a group that nobody looked at is known by its brief, and then wakes', async (t) => {
  const [ann, bob] = await two(t)
  await bob.stop()
  await bob.start()
  assert.equal(briefOf(bob), 'crew')
  const view = groupOf(bob)
  assert.deepEqual([view?.state, view?.members, view?.role], ['joined', 2, 'member'])
  assert.equal(briefOf(bob), 'crew', 'a list of groups wakes none')
  await until(() => bob.online(ann), 'they meet')
  await ann.node.send('#crew', 'hello')
  await until(async () => (await texts(bob)).includes('hello'), 'it is there')
  assert.equal(bob.node.groups.members('#crew').length, 2)
  assert.equal(briefOf(bob), undefined)
})

test('what changed since a brief was made is known after a kill too', async (t) => {
  const [ann, bob] = await two(t)
  await ann.stop()
  await ann.start()
  await pages(bob, async () => {}).catch(() => {})
  await ann.node.groups.change('#crew', { topic: 'tea', name: 'staff' })
  const stale = await partsOf(ann).init.store.all('group_stale')
  assert.equal(stale.length, 1, 'in the batch that changed it')
  // A kill: nothing is made anew before the end.
  partsOf(ann).groups.rest = () => Promise.resolve()
  await ann.stop()
  await ann.start()
  const [view] = ann.node.groups.list()
  assert.deepEqual([view?.name, view?.topic], ['staff', 'tea'])
  assert.deepEqual(await partsOf(ann).init.store.all('group_stale'), [], 'and kept anew')
  await until(() => ann.online(bob), 'they meet')
})

test('pages of another version, and a page that is damaged, are made anew', async (t) => {
  const [ann, bob] = await two(t)
  await bob.stop()
  await pages(bob, async (store) => {
    const batch = store.batch()
    for (const [key, page] of await store.all('group_page')) {
      batch.put('group_page', key, { ...page, version: page.version + 1 })
    }
    await store.commit(batch)
  })
  await bob.start()
  assert.equal(groupOf(bob)?.state, 'joined')
  await bob.stop()
  let keys: Buffer[] = []
  await pages(bob, async (store) => {
    keys = (await store.all('group_page')).map(([key]) => recordKey('group_page', key))
  })
  await tamper(bob.database, async (level) => {
    for (const key of keys) await flip(level, key)
  })
  await bob.start()
  assert.equal(groupOf(bob)?.state, 'joined')
  assert.ok(bob.node.damage.length > 0)
  await until(() => bob.online(ann), 'they meet')
  await bob.stop()
  await bob.start()
  assert.deepEqual(bob.node.damage, [])
  assert.equal(groupOf(bob)?.state, 'joined')
})

test('whoever is called something else since says so, though a brief says they had', async (t) => {
  const [ann, bob] = await two(t)
  await bob.stop()
  await bob.start()
  await until(() => ann.online(bob), 'they meet')
  await bob.node.rename('robert')
  const names = (): string[] =>
    [...partsOf(ann).groups.all()].flatMap(([, g]) => [...g.face.names.values()])
  await until(() => names().includes('robert'), 'the group knows')
})
