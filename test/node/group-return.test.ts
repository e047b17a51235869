// Databases that were put back, and new ones of the same person: the group finds them again.
import assert from 'node:assert/strict'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'

import { circle, crew, groupOf, has, texts } from './crew.ts'
import { idOf } from './group-visitors.ts'
import { partsOf, type Person, until } from './nodes.ts'

test('a database that was put back from before a group is told of it again', async (t) => {
  const [ann, bob] = (await circle(t, ['ann', 'bob'])) as [Person, Person]
  const home = await mkdtemp(path.join(tmpdir(), 'tidings-before-'))
  t.after(() => rm(home, { recursive: true, force: true }))
  await bob.stop()
  await cp(bob.database, home, { recursive: true })
  await bob.start()
  await until(() => bob.online(ann), 'they meet')
  await ann.node.groups.create('crew', {})
  await ann.node.groups.invite('#crew', 'bob')
  await until(() => groupOf(bob)?.state === 'joined', 'Bob has joined')
  await bob.node.send('#crew', 'before')
  await until(async () => (await texts(ann)).length === 1, 'Ann has it')

  await bob.stop()
  await rm(bob.database, { recursive: true })
  await cp(home, bob.database, { recursive: true })
  await bob.start()
  assert.equal(groupOf(bob), undefined)
  await until(() => groupOf(bob)?.state === 'joined', 'Bob is in it again')
  await until(async () => (await texts(bob)).includes('before'), 'he has what he wrote')
  await bob.node.send('#crew', 'after')
  await until(async () => (await texts(ann)).includes('after'), 'he is heard')
  assert.deepEqual(await texts(ann), ['before', 'after'])
})

test('who left is not asked again by somebody who has not heard of it', async (t) => {
  const [ann, bob, cid] = (await circle(t, ['ann', 'bob', 'cid'])) as [Person, Person, Person]
  await ann.node.groups.create('crew', {})
  for (const who of [bob, cid]) {
    await ann.node.groups.invite('#crew', who.name)
    await until(() => groupOf(who)?.state === 'joined', `${who.name} has joined`)
  }
  await cid.stop()
  await bob.node.groups.leave('#crew')
  await until(() => ann.node.groups.members('#crew').length === 2, 'Ann knows')
  await ann.stop()
  await cid.start()
  await until(() => cid.online(bob), 'Cid and Bob meet')
  await until(() => cid.node.groups.members('#crew').length === 2, 'Cid hears of it from Bob')
  assert.equal(groupOf(bob)?.state, 'left')
  await ann.start()
})

test('who was removed and put the group away is told when they are added again', async (t) => {
  const [ann, bob] = (await crew(t, ['ann', 'bob', 'cid'])) as [Person, Person]
  await ann.node.groups.remove('#crew', 'bob')
  await until(() => groupOf(bob)?.state === 'removed', 'Bob knows')
  assert.equal((await bob.node.groups.leave('#crew')).state, 'left')
  await ann.node.groups.invite('#crew', 'bob')
  await until(() => groupOf(bob)?.state === 'joined', 'Bob takes it by himself')
})

test('who was taken back into an open group comes and goes as they like', async (t) => {
  const [ann, bob] = (await circle(t, ['ann', 'bob'])) as [Person, Person]
  await ann.node.groups.create('crew', { open: true })
  const isIn = (): boolean => groupOf(bob)?.state === 'joined'
  const ask = (): void => {
    const session = partsOf(bob).net.session(partsOf(ann).self.device)
    assert.ok(session)
    partsOf(bob).fellowship.ask(session, idOf(ann))
  }
  await ann.node.groups.invite('#crew', 'bob')
  await until(isIn, 'Bob has joined')
  await ann.node.groups.remove('#crew', 'bob')
  await until(() => !isIn(), 'Bob is out')
  ask()
  await bob.node.send('ann', 'behind it')
  await until(async () => (await ann.texts(bob)).length === 1, 'Ann has heard both')
  assert.equal(ann.node.groups.members('#crew').length, 1)
  await ann.node.groups.invite('#crew', 'bob')
  await until(isIn, 'an admin took him back')
  await bob.node.groups.leave('#crew')
  await until(() => ann.node.groups.members('#crew').length === 1, 'Ann knows')
  ask()
  await until(isIn, 'he is in it again')
})

test('what came to who had left reaches members, though its author is gone for good', async (t) => {
  const [bob, ann, cid] = (await crew(t, ['bob', 'ann', 'cid'])) as [Person, Person, Person]
  const id = idOf(ann)
  await ann.stop()
  // Cid does not hear that Bob leaves, and goes on writing to him.
  partsOf(cid).replicator.holdBack({ accounts: new Set(), others: true })
  await bob.node.groups.leave('#crew')
  const large = 'x'.repeat(30_000)
  for (let i = 0; i < 80; i++) await cid.node.send('#crew', large)
  await cid.node.send('#crew', 'my last word')
  await has(bob, 'my last word')
  assert.equal(cid.node.groups.members('#crew').length, 3)
  await cid.stop()

  // The leave is here before the rest is.
  await ann.start()
  await until(() => ann.node.groups.members('#crew').length === 2, 'Ann knows that Bob left')
  await has(ann, 'my last word')

  // So does one who did not look at the group since the start. Whoever made it has no vouchers.
  await ann.stop()
  await ann.start()
  const peers = () => partsOf(ann).replicator.current.peers
  const bobs = partsOf(bob).self.device
  await until(() => peers().get(bobs)?.heard.has(id) === true, 'Ann hears Bob')
  assert.equal(peers().get(bobs)?.shared.has(id), false, 'and tells him nothing')
  await cid.start()
})
