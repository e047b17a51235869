// What goes with messages, in groups: exports, drafts, typing, what is read and unread.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'

import type { AccountId, ConversationId, DeviceId } from '../../src/core/id.ts'
import { DEVICES_MAX } from '../../src/core/limits.ts'
import { GroupActions } from '../../src/node/groups/group-actions.ts'
import type { NodeParts } from '../../src/node/parts.ts'
import { recordKey } from '../../src/store/keys.ts'
import { signDeviceList } from '../../src/wire/devices.ts'
import { makeKeys } from '../net/peers.ts'
import { flip, tamper } from '../store/repair/tamper.ts'
import { circle, crew, groupOf, said, texts } from './crew.ts'
import { partsOf, type Person, person, until } from './nodes.ts'
import { Scribe } from './scribe.ts'

test('an export of a group tells what it is called and who is in it', async (t) => {
  const [ann] = (await crew(t, ['ann', 'bob', 'cid'])) as [Person, Person, Person]
  await ann.node.send('#crew', 'hello')
  const { name, members, items } = await ann.node.exportPage('#crew', {})
  assert.equal(name, '#crew')
  assert.deepEqual(
    members.map((member) => [member.name, member.own]),
    [
      ['ann', true],
      ['bob', false],
      ['cid', false],
    ],
  )
  const last = items.at(-1)
  assert.equal(last?.type === 'message' && last.message.text, 'hello')
})

test('whoever typed in a group and is gone types no more', async (t) => {
  const [ann, bob] = (await crew(t, ['ann', 'bob'])) as [Person, Person]
  const typing = (): boolean | undefined =>
    ann.events.flatMap((event) => (event.type === 'typing' ? [event.typing] : [])).at(-1)
  bob.node.talk.typing('#crew', true)
  await until(() => typing() === true, 'Ann sees it')
  await bob.stop()
  await until(() => typing() === false, 'Ann sees the end of it', 3000)
  await bob.start()
})

test('whoever left is no fellow once that is known, and can be invited again', async (t) => {
  const [ann, bob] = (await crew(t, ['ann', 'bob'])) as [Person, Person]
  await bob.node.groups.leave('#crew')
  await until(() => ann.node.groups.members('#crew').length === 1, 'Ann knows')
  const fellows = (): string[] => [...partsOf(bob).groups.index.accounts()]
  await until(() => fellows().length === 0, 'Bob knows that she does')
  await bob.stop()
  await bob.start()
  assert.deepEqual(fellows(), [])
  await until(() => bob.online(ann), 'they meet again')
  const soon = AbortSignal.timeout(10_000)
  await assert.rejects(bob.node.groups.join('#crew', soon), { code: 'not_a_member' })
  assert.equal(groupOf(bob)?.state, 'left')
  await ann.node.groups.invite('#crew', 'bob')
  await until(() => groupOf(bob)?.state === 'joined', 'Bob has joined again')
  await bob.node.send('#crew', 'back')
  await until(async () => (await texts(ann)).includes('back'), 'he is heard')
})

test('whoever was removed is told so by joining', async (t) => {
  const [ann, bob] = (await crew(t, ['ann', 'bob'])) as [Person, Person]
  await ann.node.groups.remove('#crew', 'bob')
  await until(() => groupOf(bob)?.state === 'removed', 'Bob knows')
  const soon = AbortSignal.timeout(10_000)
  await assert.rejects(bob.node.groups.join('#crew', soon), { code: 'not_a_member' })
  const words = /you are not in the group #crew/
  await assert.rejects(bob.node.send(groupOf(bob)?.conversation ?? '', 'x'), words)
})

for (const kind of ['group_entry', 'group'] as const) {
  test(`damaged records (${kind}) of a group are made again from its logs`, async (t) => {
    const [ann, bob] = (await crew(t, ['ann', 'bob'])) as [Person, Person]
    await bob.stop()
    const store = await bob.openStore()
    const keys = (await store.all(kind)).map(([key]) => recordKey(kind, key))
    await store.close()
    assert.ok(keys.length > 0)
    await tamper(bob.database, async (level) => {
      for (const key of keys) await flip(level, key)
    })
    await bob.start()
    assert.equal(groupOf(bob)?.state, 'joined')
    assert.equal(bob.node.groups.members('#crew').length, 2)
    await until(() => bob.online(ann), 'they meet')
    await bob.node.send('#crew', 'still here')
    await until(async () => (await texts(ann)).includes('still here'), 'he is heard')
    await bob.stop()
    await bob.start()
    assert.deepEqual(bob.node.damage, [])
  })
}

test('a log that is cut back leaves nothing of a group behind', async (t) => {
  const [ann, bob] = (await crew(t, ['ann', 'bob'])) as [Person, Person]
  const id = groupOf(ann)?.conversation as ConversationId
  await ann.stop()
  const twin = await person(t, 'twin', { copyOf: ann.database })
  await ann.start()
  await ann.node.send('#crew', 'here')
  await ann.node.groups.change('#crew', { topic: 'here' })
  await twin.node.groups.change('#crew', { name: 'there' })
  await twin.node.send('#there', 'there')
  const all = [ann, bob, twin]
  const whole = async (who: Person): Promise<boolean> => {
    const words = (await said(who, id)).map(({ text }) => text)
    return words.includes('here') && words.includes('there')
  }
  for (const who of all) await until(() => whole(who), `${who.name} has both`)
  const state = (who: Person): unknown => {
    const { told, members, topic, name } = partsOf(who).groups.get(id)?.state ?? {}
    const standings = [...(members ?? [])].map(([account, { role, rank, since }]) => {
      return { account, role, rank, since }
    })
    return { told: [...(told ?? [])].toSorted(), standings, topic, name }
  }
  await until(() => isDeepStrictEqual(state(ann), state(bob)), 'Ann and Bob agree')
  await until(() => isDeepStrictEqual(state(twin), state(bob)), 'so does the twin')
})

test('a timer behind the end of whoever was removed does not hold', async (t) => {
  const [ann, bob, cid] = (await crew(t, ['ann', 'bob', 'cid'])) as [Person, Person, Person]
  await ann.stop()
  await bob.node.disappear('#crew', 5)
  await until(() => cid.node.disappear('#crew').then(({ seconds }) => seconds === 5), 'Cid has it')
  await bob.stop()
  await cid.stop()
  await ann.start()
  await ann.node.groups.remove('#crew', 'bob')
  await cid.start()
  await until(() => cid.node.groups.members('#crew').length === 2, 'Cid knows')
  for (const who of [ann, cid]) {
    const { seconds } = await who.node.disappear('#crew')
    assert.equal(seconds, 0, who.name)
  }
  await bob.start()
})

test('what a member wrote who is gone is found by its name', async (t) => {
  const [ann, bob] = (await crew(t, ['ann', 'bob'])) as [Person, Person]
  const stranger = await person(t, 'zoe', { accept: 'auto' })
  await bob.add(stranger)
  await until(() => bob.online(stranger), 'they are online')
  await ann.node.groups.promote('#crew', 'bob')
  await until(() => groupOf(bob)?.role === 'admin', 'Bob is an admin')
  await bob.node.groups.invite('#crew', 'zoe')
  await until(() => groupOf(stranger)?.state === 'joined', 'Zoe is in')
  await stranger.node.send('#crew', 'words of zoe')
  await until(async () => (await texts(ann)).includes('words of zoe'), 'Ann has it')
  await ann.node.groups.remove('#crew', 'zoe')
  const found = await ann.node.search({ query: 'words', in: '#crew', from: 'zoe', limit: 10 })
  const results: string[] = []
  for await (const { text } of found.results(AbortSignal.timeout(5000))) results.push(text)
  assert.deepEqual(results, ['words of zoe'])
})

test('somebody whom nobody made a member is not shown', async (t) => {
  const [ann, bob] = (await crew(t, ['ann', 'bob'])) as [Person, Person]
  const id = groupOf(ann)?.conversation as ConversationId
  const eve = makeKeys<AccountId>()
  const scribe = new Scribe(id)
  const devices = signDeviceList(eve.id, 1, [scribe.device], eve.sign)
  // Bob is no admin: this has no effect, but tells whose device it is.
  await partsOf(bob).appender.append(id, { kind: 'group_add', devices, displayName: 'eve' })
  partsOf(bob).ledger.write(scribe.brought(['I am in, am I?']))
  await bob.node.send('#crew', 'hello')
  await until(async () => (await texts(ann)).includes('hello'), 'Ann has it')
  const held = (): boolean =>
    ann.node.sync('#crew').some(({ devices: logs }) => logs.some((log) => log.have === 1))
  await until(held, 'Ann holds what Eve wrote')
  for (const who of [ann, bob]) assert.deepEqual(await texts(who), ['hello'])
  const [there] = await ann.node.conversations()
  assert.equal(there?.unread, 1, 'what is not shown is not unread')
})

test('somebody with more devices than a removal may name can be removed', () => {
  const account = 'a'.repeat(52) as AccountId
  const ids = Array.from({ length: 2 * DEVICES_MAX }, (_, i) => {
    return String(i).padStart(52, '0') as DeviceId
  })
  const state = { devices: new Map(ids.map((device) => [device, account])) }
  const logs = new Map(ids.map((device, i) => [device, { order: { shown: i + 1 } }]))
  const parts = { groups: { get: () => ({ state }) }, ledger: { conversation: () => logs } }
  const actions = new GroupActions(parts as unknown as NodeParts)
  const ends = actions['ends']('g'.repeat(52) as ConversationId, account)
  assert.deepEqual([ends.size, Math.min(...ends.values())], [DEVICES_MAX, DEVICES_MAX + 1])
})

for (const [what, before, after] of [
  ['joining', 'joining', 'joined'],
  ['leaving', 'joined', 'left'],
] as const) {
  test(`a stop in the midst of ${what} is made good at the next start`, async (t) => {
    const [ann, bob] = (await crew(t, ['ann', 'bob'])) as [Person, Person]
    if (after === 'left') {
      await ann.stop()
      await bob.node.groups.leave('#crew')
    }
    await bob.stop()
    const store = await bob.openStore()
    const [[id, record] = ['']] = await store.all('group')
    assert.equal(record?.state, after)
    // As it was before the last step.
    const { leave: _, ...rest } = record
    const batch = store.batch()
    batch.put('group', id, { ...rest, state: before })
    await store.commit(batch)
    await store.close()
    await bob.start()
    await until(() => groupOf(bob)?.state === after, `Bob has ${after}`)
    if (after === 'joined') return
    await ann.start()
    await until(() => ann.node.groups.members('#crew').length === 1, 'Ann knows')
  })
}

test('whoever is blocked is not heard in groups either, until that is lifted', async (t) => {
  const [ann, bob, cid] = (await crew(t, ['ann', 'bob', 'cid'])) as [Person, Person, Person]
  const first = await cid.node.send('#crew', 'first words')
  await until(async () => (await texts(ann)).length === 1, 'Ann has it')
  await ann.node.blockContact('cid')
  await cid.node.send('#crew', 'are you there, @ann')
  await until(async () => (await texts(bob)).length === 2, 'Bob has it')
  await cid.node.changes.react(first.id, '👍')
  await bob.node.send('#crew', 'an answer', { reply: first.id })
  await until(async () => (await texts(ann)).includes('an answer'), 'Ann has what Bob says')
  assert.deepEqual(await texts(ann), ['an answer'])
  assert.equal((await said(ann))[0]?.replyTo?.author, undefined)
  assert.deepEqual(ann.node.talk.unread().mentions, 0)
  const told = ann.events.flatMap((event) => (event.type === 'message' ? [event.message.text] : []))
  assert.ok(!told.includes('are you there, @ann'))
  assert.equal(ann.events.filter(({ type }) => type === 'changed').length, 0)
  const { results } = await ann.node.search({ query: 'words', limit: 10 })
  for await (const found of results(AbortSignal.timeout(5000))) assert.fail(found.text)
  const { items } = await ann.node.exportPage('#crew', {})
  const kept = items.flatMap((item) => (item.type === 'message' ? [item.message] : []))
  assert.ok(kept.every(({ authorName }) => authorName !== 'cid'))
  await ann.node.unblockContact('cid')
  assert.deepEqual(await texts(ann), ['first words', 'are you there, @ann', 'an answer'])
})

test('a member who is no contact is named by name, to be asked or blocked', async (t) => {
  const [ann, bob] = (await crew(t, ['ann', 'bob'])) as [Person, Person]
  const zoe = await person(t, 'zoe', { accept: 'auto' })
  await bob.add(zoe)
  await until(() => bob.online(zoe), 'they are online')
  await ann.node.groups.promote('#crew', 'bob')
  await until(() => groupOf(bob)?.role === 'admin', 'Bob is an admin')
  await bob.node.groups.invite('#crew', 'zoe')
  await until(() => groupOf(zoe)?.state === 'joined', 'Zoe is in')
  await zoe.node.send('#crew', 'hi')
  await until(async () => (await texts(ann)).length === 1, 'Ann has it')
  const seeksZoe = (): boolean => partsOf(ann).fellowship.keeps(partsOf(zoe).self.device)
  assert.ok(seeksZoe())
  await ann.node.blockContact('zoe')
  assert.deepEqual(await texts(ann), [])
  assert.ok(!seeksZoe(), 'sessions with who is blocked are not sought')
  await ann.node.unblockContact('zoe')
  assert.ok(seeksZoe())
  const asked = await ann.node.addContact('zoe', {}, AbortSignal.timeout(5000))
  assert.deepEqual([asked.account, asked.name, asked.state], [zoe.account, 'zoe', 'requested'])
})

test('what has disappeared for all does not come back for whoever joins later', async (t) => {
  const [ann, bob, cid] = (await circle(t, ['ann', 'bob', 'cid'])) as [Person, Person, Person]
  await ann.node.groups.create('crew', {})
  await ann.node.groups.invite('#crew', 'bob')
  await until(() => groupOf(bob)?.state === 'joined', 'Bob has joined')
  await ann.node.disappear('#crew', 1)
  await ann.node.send('#crew', 'gone in a second')
  await until(async () => (await texts(bob)).length === 1, 'Bob has it')
  await ann.node.disappear('#crew', 3600)
  await ann.node.send('#crew', 'gone in an hour')
  await until(async () => (await texts(bob)).join() === 'gone in an hour', 'the first is gone')
  await ann.node.groups.invite('#crew', 'cid')
  await until(() => groupOf(cid)?.state === 'joined', 'Cid has joined')
  await until(async () => (await texts(cid)).length > 0, 'Cid has what is left')
  assert.deepEqual(await texts(cid), ['gone in an hour'])
  const told = cid.events.flatMap((event) => (event.type === 'message' ? [event.message.text] : []))
  assert.ok(!told.includes('gone in a second'))
  await ann.node.send('#crew', 'hello cid')
  await until(async () => (await texts(cid)).length === 2, 'Cid has what is new')
})
