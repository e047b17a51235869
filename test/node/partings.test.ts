// Somebody with two devices leaves a group on one of them: the other one learns of it, and of
// nothing that was written since.
import assert from 'node:assert/strict'
import { cp, rm } from 'node:fs/promises'
import { test } from 'node:test'

import { crew, groupOf, has, join, texts } from './crew.ts'
import { partsOf, type Person, person, until } from './nodes.ts'
import { restored } from './restore.ts'

const isLeft = (who: Person): boolean => groupOf(who)?.state === 'left'

/** Ann and Bob in a group, and Bob's other device, which Ann knows. */
async function withLaptop(t: Parameters<typeof crew>[0]): Promise<[Person, Person, Person]> {
  const [ann, bob] = (await crew(t, ['ann', 'bob'])) as [Person, Person]
  await bob.stop()
  const laptop = await person(t, 'laptop', { copyOf: await restored(t, bob), accept: 'auto' })
  await bob.start()
  await laptop.node.send('#crew', 'from the laptop')
  for (const who of [ann, bob]) await has(who, 'from the laptop')
  return [ann, bob, laptop]
}

test('who leaves on one device has left on the others', async (t) => {
  const [ann, bob, laptop] = await withLaptop(t)
  await bob.node.groups.leave('#crew')
  await until(() => isLeft(laptop), 'the laptop knows')
  await assert.rejects(laptop.node.send('#crew', 'in vain'), { code: 'not_a_member' })
  const fellows = (): number => [...partsOf(laptop).groups.index.accounts()].length
  await until(() => fellows() === 0, 'it is done with the group')
  assert.equal(ann.node.groups.members('#crew').length, 1)
})

test('a device that was away learns what was before, and nothing of what was after', async (t) => {
  const [ann, bob, laptop] = await withLaptop(t)
  const cid = await person(t, 'cid', { accept: 'auto' })
  await ann.add(cid)
  await until(() => cid.online(ann), 'Cid is there')
  await laptop.stop()
  await join(ann, cid)
  await cid.node.send('#crew', 'before')
  for (const who of [ann, bob]) await has(who, 'before')
  await bob.node.groups.leave('#crew')
  await until(() => ann.node.groups.members('#crew').length === 2, 'Ann knows')
  for (let i = 0; i < 5; i++) await ann.node.send('#crew', 'after')
  await laptop.start()
  await until(() => isLeft(laptop), 'the laptop knows')
  const there = await texts(laptop)
  assert.ok(there.includes('before') && !there.includes('after'))
})

test('a database that was put back from before its user left learns that they did', async (t) => {
  const [ann, bob] = (await crew(t, ['ann', 'bob'])) as [Person, Person]
  const copy = `${bob.database}-before`
  t.after(() => rm(copy, { recursive: true, force: true }))
  await bob.stop()
  await cp(bob.database, copy, { recursive: true })
  await bob.start()
  await bob.node.groups.leave('#crew')
  await until(() => ann.node.groups.members('#crew').length === 1, 'Ann knows')
  await bob.stop()
  await rm(bob.database, { recursive: true })
  await cp(copy, bob.database, { recursive: true })
  await bob.start()
  assert.equal(groupOf(bob)?.state, 'joined')
  await until(() => isLeft(bob), 'Bob knows')
  assert.ok(![...ann.events, ...bob.events].some(({ type }) => type === 'fork'))
})
