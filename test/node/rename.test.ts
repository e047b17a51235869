// Another display name: kept, and told to contacts.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { friends, person, until } from './nodes.ts'

test('a new name is kept over restarts, contacts are told, and messages go on', async (t) => {
  const [ann, bob] = await friends(t)
  await ann.node.rename('Ann Lee')
  assert.equal(ann.node.identity().name, 'Ann Lee')
  const asBobSees = (): string | undefined =>
    bob.node.contacts().find(({ account }) => account === ann.account)?.name
  await until(() => asBobSees() === 'Ann Lee', 'bob knows')
  const renamed = bob.events.filter(({ type }) => type === 'renamed')
  assert.equal(renamed.length, 1)
  const [event] = renamed
  assert.ok(event?.type === 'renamed')
  assert.deepEqual([event.from, event.to], ['ann', 'Ann Lee'])
  await until(() => ann.online(bob) && bob.online(ann), 'they are online again')
  await bob.node.send('Ann Lee', 'Hello again')
  await until(async () => (await ann.texts(bob)).length === 1, 'it is there')
  await ann.stop()
  await ann.start()
  assert.equal(ann.node.identity().name, 'Ann Lee')
})

test(
  'a group that is made while the name changes is made, once',
  { timeout: 10_000 },
  async (t) => {
    const ann = await person(t, 'ann')
    const { groups } = ann.node
    const renaming = ann.node.rename('Ann Lee')
    const made = [groups.create('crew', {}), groups.create('board', { history: 'joining' })]
    const names = (await Promise.all(made)).map(({ name, state }) => `${name} ${state}`)
    assert.deepEqual(names, ['crew joined', 'board joined'])
    await renaming
    await ann.node.send('#crew', 'Hello')
    assert.equal(groups.list().length, 2)
    await ann.stop()
    await ann.start()
    assert.deepEqual(
      ann.node.groups.list().map(({ state, members }) => [state, members]),
      [
        ['joined', 1],
        ['joined', 1],
      ],
    )
  },
)

test('a name that cannot be shown is refused', async (t) => {
  const ann = await person(t, 'ann')
  for (const name of ['', ' ', 'An\u202en', 'x'.repeat(65)]) {
    await assert.rejects(ann.node.rename(name), { code: 'bad_name' })
  }
  await ann.node.rename('ann')
  assert.equal(ann.node.identity().name, 'ann')
})
