import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import type { MessageView } from '../../src/node/node-types.ts'
import { circle, crew, groupOf, said, texts } from './crew.ts'
import { partsOf, person, type Person, until } from './nodes.ts'

const soon = (): AbortSignal => AbortSignal.timeout(10_000)

test('a message to a group reaches everybody, and says how many have it', async (t) => {
  const [ann, bob, cid] = (await crew(t, ['ann', 'bob', 'cid'])) as [Person, Person, Person]
  const { id, state } = await ann.node.send('#crew', 'all hands')
  assert.equal(state, 'queued')
  await until(async () => (await texts(cid)).includes('all hands'), 'Cid has it')
  await bob.node.send('#crew', 'aye')
  await until(async () => (await texts(cid)).includes('aye'), 'Cid has that too')
  const mine = async (): Promise<MessageView | undefined> =>
    (await said(ann)).find((message) => message.id === id)
  await until(async () => (await mine())?.deliveredTo === 2, 'both hold it')
  await cid.node.markRead('#crew')
  await until(async () => (await mine())?.readBy === 1, 'one has read it')
  assert.deepEqual([(await mine())?.state, (await mine())?.of], ['read', 2])
  for (const one of [ann, bob, cid]) {
    await until(async () => (await texts(one)).length === 2, 'everybody has both')
    assert.deepEqual(await texts(one), await texts(ann))
    assert.ok(one.node.sync('#crew')[0]?.complete)
  }
})

test('whoever makes a group is told once, that they are in it', async (t) => {
  const ann = await person(t, 'ann')
  for (const history of ['all', 'joining'] as const) {
    await ann.node.groups.create(`crew, ${history}`, { history })
  }
  const told = (): string[] =>
    ann.events.flatMap((event) =>
      event.type === 'group'
        ? [`${event.group.name}: ${event.group.state}, ${event.group.members}`]
        : [],
    )
  await until(() => told().includes('crew, joining: joined, 1'), 'Ann is told of the last one')
  assert.deepEqual(told(), ['crew, all: joined, 1', 'crew, joining: joined, 1'])
})

test('whoever was never online together with the author has it from another member', async (t) => {
  const [ann, bob, cid] = (await crew(t, ['ann', 'bob', 'cid'])) as [Person, Person, Person]
  await cid.stop()
  await ann.node.send('#crew', 'I leave for good')
  await until(async () => (await texts(bob)).length === 1, 'Bob has it')
  await ann.stop()
  await cid.start()
  await until(async () => (await texts(cid)).length === 1, 'Cid has it from Bob')
  const [message] = await said(cid)
  assert.deepEqual([message?.text, message?.authorName], ['I leave for good', 'ann'])
})

test('everybody has the same history, also one who joins later', async (t) => {
  const [ann, bob, cid] = (await circle(t, ['ann', 'bob', 'cid'])) as [Person, Person, Person]
  await ann.node.groups.create('crew', { topic: 'tides' })
  await ann.node.groups.invite('#crew', 'bob')
  await until(() => groupOf(bob)?.state === 'joined', 'Bob has joined')
  const isHere = (): boolean => ann.node.groups.members('#crew').every(({ joined }) => joined)
  await until(isHere, 'Ann knows')
  for (let i = 0; i < 20; i++) {
    await ann.node.send('#crew', `a${i}`)
    await bob.node.send('#crew', `b${i}`)
  }
  await ann.node.groups.invite('#crew', 'cid')
  await until(() => groupOf(cid)?.state === 'joined', 'Cid has joined')
  await until(async () => (await texts(cid)).length === 40, 'Cid has all of it')
  assert.equal(groupOf(cid)?.topic, 'tides')
  await until(async () => (await texts(ann)).length === 40, 'Ann has all of it')
  assert.deepEqual(await texts(cid), await texts(ann))
  assert.deepEqual(await texts(bob), await texts(ann))
  const lines = (who: Person): Promise<MessageView[]> => who.node.history('#crew', { limit: 100 })
  const made = async (): Promise<MessageView[]> =>
    (await lines(cid)).filter(({ kind }) => kind === 'group')
  await until(async () => (await made()).length === 5, 'Cid has said that he is here')
  const changes = await made()
  assert.deepEqual(
    changes.map(({ authorName, text, action }) => action && `${authorName} ${text}`),
    ['ann made the group "crew"', 'ann added bob', 'bob joined', 'ann added you', 'cid joined'],
  )
})

test('whoever is removed gets nothing more, and what they write goes nowhere', async (t) => {
  const [ann, bob, cid] = (await crew(t, ['ann', 'bob', 'cid'])) as [Person, Person, Person]
  await bob.node.send('#crew', 'before')
  await until(async () => (await texts(ann)).length === 1, 'Ann has it')
  await ann.node.groups.remove('#crew', 'bob')
  await until(() => groupOf(bob)?.state === 'removed', 'Bob is told, as he is here')
  await assert.rejects(bob.node.send('#crew', 'but'), { code: 'not_a_member' })
  await until(() => cid.node.groups.members('#crew').length === 2, 'Cid knows')
  await ann.node.send('#crew', 'among us')
  await until(async () => (await texts(cid)).length === 2, 'Cid has it')
  assert.deepEqual(await texts(bob), ['before'])
  assert.deepEqual(await texts(ann), ['before', 'among us'])
  // Taken in again he is asked again, joins, and has all of it.
  await ann.node.groups.invite('#crew', 'bob')
  await until(async () => (await texts(bob)).length === 2, 'Bob has it now')
  await until(() => groupOf(bob)?.state === 'joined', 'he has joined again')
  await bob.node.send('#crew', 'back')
  await until(async () => (await texts(cid)).includes('back'), 'he is heard again')
})

test('whoever took an invitation and met no member since is told so when writing', async (t) => {
  const ann = await person(t, 'ann', { accept: 'auto' })
  const bob = await person(t, 'bob')
  await bob.add(ann)
  await until(() => ann.online(bob) && bob.online(ann), 'they are online')
  await ann.node.groups.create('crew', {})
  await ann.node.groups.invite('#crew', 'bob')
  await until(() => groupOf(bob)?.state === 'invited', 'Bob is invited')
  await ann.stop()
  await bob.node.groups.join('#crew', AbortSignal.timeout(5000))
  assert.throws(
    () => partsOf(bob).messages.writable('#crew'),
    /^TidingsError: you are still joining/,
  )
  await ann.start()
  await until(() => groupOf(bob)?.state === 'joined', 'Bob has joined')
  await bob.node.send('#crew', 'hello')
})

test('what is sent while one leaves is refused', async (t) => {
  const [ann, bob] = (await crew(t, ['ann', 'bob'])) as [Person, Person]
  const before = bob.node.send('#crew', 'goodbye')
  const leaving = bob.node.groups.leave('#crew')
  const after = bob.node.send('#crew', 'one more thing')
  await assert.rejects(after, { code: 'not_a_member' })
  await Promise.all([before, leaving])
  await until(async () => (await texts(ann)).includes('goodbye'), 'Ann has it')
  assert.deepEqual(await texts(bob), ['goodbye'])
})

test('a removed one that did not hear of it writes in vain', async (t) => {
  const [ann, bob, cid] = (await crew(t, ['ann', 'bob', 'cid'])) as [Person, Person, Person]
  await bob.stop()
  await ann.node.groups.remove('#crew', 'bob')
  await until(() => cid.node.groups.members('#crew').length === 2, 'Cid knows')
  await bob.start()
  await until(() => bob.online(ann) && bob.online(cid), 'they meet')
  await bob.node.send('#crew', 'is anybody there')
  await ann.node.send('#crew', 'he is gone')
  await until(async () => (await texts(cid)).length === 1, 'Cid has it')
  await cid.node.send(bob.account, 'a direct one')
  await until(async () => (await bob.texts(cid)).length === 1, 'the session is alive')
  assert.deepEqual(await texts(bob), ['is anybody there'])
  assert.deepEqual(await texts(ann), ['he is gone'])
  assert.deepEqual(await texts(cid), ['he is gone'])
})

test('leaving is known to all, also when nobody was there', async (t) => {
  const [ann, bob] = (await crew(t, ['ann', 'bob'])) as [Person, Person]
  await bob.stop()
  const left = await ann.node.groups.leave('#crew')
  assert.equal(left.state, 'left')
  await bob.start()
  await until(() => bob.node.groups.members('#crew').length === 1, 'Bob knows')
  assert.deepEqual(
    bob.node.groups.members('#crew').map(({ name, role }) => [name, role]),
    [['bob', 'admin']],
  )
  await assert.rejects(ann.node.send('#crew', 'x'), { code: 'not_a_member' })
})

test('what only admins may, and who outranks whom, is said beforehand', async (t) => {
  const [ann, bob, cid] = (await crew(t, ['ann', 'bob', 'cid'])) as [Person, Person, Person]
  const { groups } = bob.node
  await assert.rejects(groups.remove('#crew', 'cid'), { code: 'not_admin' })
  await assert.rejects(groups.promote('#crew', 'cid'), { code: 'not_admin' })
  await assert.rejects(groups.change('#crew', { name: 'mine' }), { code: 'not_admin' })
  await assert.rejects(groups.remove('#crew', 'nobody'), { code: 'unknown_name' })
  await assert.rejects(groups.invite('#none', 'cid'), { code: 'unknown_conversation' })
  await ann.node.groups.promote('#crew', 'bob')
  await ann.node.groups.promote('#crew', 'cid')
  await until(() => groupOf(cid)?.role === 'admin' && groupOf(bob)?.role === 'admin', 'they know')
  await assert.rejects(cid.node.groups.remove('#crew', 'bob'), { code: 'outranked' })
  await assert.rejects(cid.node.groups.demote('#crew', 'ann'), { code: 'outranked' })
  const cidIs = (): unknown => groups.members('#crew').find(({ name }) => name === 'cid')?.role
  await until(() => cidIs() === 'admin', 'Bob knows of Cid, or there was nothing to take from him')
  await bob.node.groups.demote('#crew', 'cid')
  await until(() => groupOf(cid)?.role === 'member', 'Cid is a member again')
  await bob.node.groups.change('#crew', { name: 'night shift', topic: 'keys' })
  await until(() => groupOf(cid, 'night shift')?.topic === 'keys', 'everybody knows')
  await assert.rejects(ann.node.groups.create('', {}), { code: 'bad_name' })
  await assert.rejects(ann.node.groups.create('a\nb', {}), { code: 'bad_name' })
})

test('a group outlives restarts of everybody', async (t) => {
  const [ann, bob] = (await crew(t, ['ann', 'bob'])) as [Person, Person]
  await ann.node.send('#crew', 'one')
  await until(async () => (await texts(bob)).length === 1, 'it is there')
  for (const one of [ann, bob]) await one.stop()
  for (const one of [ann, bob]) await one.start()
  assert.deepEqual(groupOf(bob)?.state, 'joined')
  await until(() => bob.online(ann), 'they meet')
  await bob.node.send('#crew', 'two')
  await until(async () => (await texts(ann)).length === 2, 'it goes on')
  assert.deepEqual(await texts(ann), ['one', 'two'])
})

test('an invitation waits to be taken, and can be turned down', async (t) => {
  const ann = await person(t, 'ann', { accept: 'auto' })
  const bob = await person(t, 'bob')
  await ann.add(bob)
  await until(() => bob.node.contacts().length === 1, 'Bob is asked')
  await bob.node.acceptContact('ann')
  await until(() => ann.online(bob), 'they are online')
  for (const name of ['one', 'two']) {
    await ann.node.groups.create(name, {})
    await ann.node.groups.invite(`#${name}`, 'bob')
    await until(() => groupOf(bob, name)?.state === 'invited', 'Bob is invited')
    assert.equal(groupOf(bob, name)?.invitedBy, 'ann')
  }
  assert.ok(bob.events.some((event) => event.type === 'group' && event.group.state === 'invited'))
  await assert.rejects(bob.node.send('#one', 'x'), { code: 'not_a_member' })
  await bob.node.groups.join('#one', soon())
  await until(() => groupOf(bob, 'one')?.state === 'joined', 'Bob is in')
  await bob.node.groups.leave('#two')
  assert.equal(groupOf(bob, 'two')?.state, 'left')
  await bob.stop()
  await bob.start()
  await until(() => bob.online(ann), 'they meet again')
  assert.deepEqual([groupOf(bob, 'one')?.state, groupOf(bob, 'two')?.state], ['joined', 'left'])
  assert.equal(ann.node.groups.members('#two').find(({ name }) => name === 'bob')?.joined, false)
})

test('a member who is called like a contact does not pass for them', async (t) => {
  const [ann, , cid] = await circle(t, ['ann', 'bob', 'cid'])
  assert.ok(ann && cid)
  const other = await person(t, 'bob', { accept: 'auto' })
  await cid.add(other)
  await until(() => cid.online(other), 'they are online')
  await cid.node.groups.create('crew', {})
  for (const { account } of [ann, other]) await cid.node.groups.invite('#crew', account)
  const all = (): boolean =>
    [ann, other].every((who) => groupOf(who)?.state === 'joined') &&
    ann.node.groups.members('#crew').every(({ joined }) => joined)
  await until(all, 'all have joined')
  await other.node.send('#crew', 'it is me, bob')
  await until(async () => (await texts(ann)).length === 1, 'Ann has it')
  const shown = `bob ${other.account.slice(0, 8)}`
  const [message] = await said(ann)
  assert.equal(message?.authorName, shown)
  const members = ann.node.groups.members('#crew')
  assert.deepEqual(
    new Map(members.map(({ name, imitates }) => [name, imitates])),
    new Map([
      ['cid', undefined],
      ['ann', undefined],
      [shown, 'bob'],
    ]),
  )
})

test('a name finds its group also once that has another, and another has it', async (t) => {
  const ann = await person(t, 'ann')
  const send = async (to: string): Promise<string> => (await ann.node.send(to, 'x')).conversation
  const crew = (await ann.node.groups.create('crew', {})).conversation
  assert.equal(await send('#crew'), crew)
  await ann.node.groups.change('#crew', { name: 'staff' })
  assert.throws(() => ann.node.sync('#crew'), { code: 'unknown_conversation' })
  assert.equal(await send('#staff'), crew)
  const other = (await ann.node.groups.create('crew', {})).conversation
  assert.equal(await send('#crew'), other)
  await ann.node.groups.create('crew', {})
  await assert.rejects(async () => send('#crew'), { code: 'ambiguous_name' })
})

test('what a group is to the user changes one step after the other on a slow disk', async (t) => {
  const ann = await person(t, 'ann')
  const id = (await ann.node.groups.create('crew', {})).conversation
  const { fellowship, groups, init } = partsOf(ann)
  const commit = init.store.commit.bind(init.store)
  init.store.commit = (batch) => sleep(50).then(() => commit(batch))
  const seen: string[] = []
  const amend = (name: string): Promise<void> =>
    fellowship.amend(id, (now) => {
      seen.push(now.name)
      return { ...now, name }
    })
  await Promise.all([amend('one'), amend('two')])
  assert.deepEqual(seen, ['crew', 'one'])
  assert.equal(groups.get(id)?.record.name, 'two')
})
