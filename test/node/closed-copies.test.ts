// Groups with keys, where databases are copied, put back, or made from a backup, and members lie.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { chainOf, keyCheck } from '../../src/core/group/keys.ts'
import type { ConversationId } from '../../src/core/id.ts'
import { GROUP_EPOCH_MAX } from '../../src/core/limits.ts'
import { openedEntry } from '../../src/wire/closed-entry.ts'
import { decodeEntry } from '../../src/wire/entry.ts'
import { circle, crewWithKeys, groupOf, has, join, said, texts } from './crew.ts'
import { partsOf, type Person, person, until } from './nodes.ts'
import { restored } from './restore.ts'

const idOf = (who: Person): ConversationId => groupOf(who)?.conversation as ConversationId

test('what a copy wrote is closed again under its new key, and read by all', async (t) => {
  const [ann, bob, cid] = (await crewWithKeys(t, ['ann', 'bob', 'cid'])) as [Person, Person, Person]
  await ann.node.send('#crew', 'before')
  await has(bob, 'before')
  await ann.stop()
  const twin = await person(t, 'twin', { copyOf: ann.database })
  await ann.start()
  await ann.node.send('#crew', 'here')
  await join(ann, cid)
  const { id } = await twin.node.send('#crew', 'thre')
  await twin.node.send('#crew', 'an answer', { reply: id })
  await twin.node.changes.edit(id, 'there')
  const words = ['before', 'here', 'there', 'an answer']
  for (const who of [ann, bob, twin]) {
    for (const text of words) await has(who, text)
    const answer = (await said(who)).find(({ text }) => text === 'an answer')
    assert.equal(answer?.replyTo?.text, 'there', who.name)
    const kinds = (await who.node.history('#crew', { limit: 1000 })).map(({ kind }) => kind)
    assert.ok(!kinds.includes('unknown'))
  }
  await ann.node.send('#crew', 'for all of us')
  await has(cid, 'for all of us')
  assert.ok(!(await texts(cid)).includes('before'))
})

test('a profile from a backup reads what the other one could read', async (t) => {
  // Bob knows where Ann is: it was he who asked her to become a contact.
  const [bob, ann] = (await circle(t, ['bob', 'ann'])) as [Person, Person]
  await ann.node.groups.create('crew', { history: 'joining' })
  await ann.node.send('#crew', 'before')
  await join(ann, bob)
  await ann.node.send('#crew', 'kept')
  await ann.node.disappear('#crew', 3600)
  await ann.node.send('#crew', 'gone in an hour')
  await has(bob, 'gone in an hour')
  await bob.stop()
  const again = await person(t, 'bob again', { copyOf: await restored(t, bob) })
  assert.deepEqual(await texts(again), ['kept', 'gone in an hour'])
  const { store } = partsOf(again).init
  const noted = await store.all('deadline', `${idOf(again)}/`)
  assert.ok(
    noted.some(([, { at }]) => at.some((ms) => ms > 0)),
    'the import knew what disappears',
  )
  assert.equal(again.account, bob.account)
  await again.node.send('#crew', 'from a backup')
  await has(ann, 'from a backup')
})

test('what is written is in a box, but for what all members need', async (t) => {
  const [ann, bob] = (await crewWithKeys(t, ['ann', 'bob'])) as [Person, Person]
  await ann.node.send('#crew', 'midnight')
  await ann.node.disappear('#crew', 3600)
  await has(bob, 'midnight')
  const { self, init } = partsOf(ann)
  const log = { conversation: idOf(ann), device: self.device }
  const kinds: string[] = []
  for (let seq = 1; ;) {
    const run = await init.store.readPage(log.conversation, log.device, seq, 1000)
    if (!run) break
    for (const entry of run.entries) {
      const { body } = decodeEntry(entry)
      kinds.push(body.kind === 'closed' ? `closed ${body.epoch}` : body.kind)
      assert.ok(!Buffer.from(entry).includes('midnight'))
    }
    seq += run.entries.length
  }
  assert.deepEqual(kinds, ['group_create', 'group_add', 'closed 1', 'timer'])
})

test('a member who claims the last epoch stops nobody from writing and reading', async (t) => {
  const [ann, bob, cid] = (await crewWithKeys(t, ['ann', 'bob', 'cid'])) as [Person, Person, Person]
  await ann.node.groups.promote('#crew', 'bob')
  await until(() => groupOf(bob)?.role === 'admin', 'Bob is an admin')
  const { groupKeys } = partsOf(bob)
  const [chain] = partsOf(bob).init.store.keyring.chains(idOf(bob))
  const last = chain?.key(GROUP_EPOCH_MAX)
  assert.ok(last)
  const encode = groupKeys.encode.bind(groupKeys)
  groupKeys.encode = (log, entry) => {
    const { body } = entry
    if (body.kind !== 'group_add') return encode(log, entry)
    const key = { epoch: GROUP_EPOCH_MAX, check: keyCheck(last) }
    const plain = { ...entry, body: { ...body, key } }
    // As a program would that follows no rules.
    return encode({ ...log, conversation: log.device as unknown as ConversationId }, plain)
  }
  await join(bob, cid)
  await ann.node.send('#crew', 'at the end')
  await has(cid, 'at the end')
  await cid.node.send('#crew', 'of the keys')
  await has(ann, 'of the keys')
  await ann.node.groups.remove('#crew', 'cid')
  await until(() => groupOf(cid)?.state === 'removed', 'Cid knows')
  await ann.node.groups.invite('#crew', 'cid')
  await until(() => groupOf(cid)?.state === 'joined', 'Cid is back, in the same epoch')
  await ann.node.send('#crew', 'still')
  await has(cid, 'still')
})

test('what a member put into a box that nobody can open is shown as unknown', async (t) => {
  const [ann, bob] = (await crewWithKeys(t, ['ann', 'bob'])) as [Person, Person]
  const { groupKeys } = partsOf(ann)
  const encode = groupKeys.encode.bind(groupKeys)
  groupKeys.encode = (log, entry) => {
    const bytes = Uint8Array.from(encode(log, entry))
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1
    return bytes
  }
  await ann.node.send('#crew', 'broken')
  groupKeys.encode = encode
  await ann.node.send('#crew', 'whole')
  await has(bob, 'whole')
  const lines = (await bob.node.history('#crew', { limit: 10 })).slice(-2)
  assert.deepEqual(
    lines.map(({ kind, text }) => [kind, text]),
    [
      ['unknown', ''],
      ['text', 'whole'],
    ],
  )
})

test('the keys of a member open nothing that is older', async (t) => {
  const [ann, bob, cid] = (await crewWithKeys(t, ['ann', 'bob', 'cid'])) as [Person, Person, Person]
  await ann.node.send('#crew', 'between us')
  await has(bob, 'between us')
  await join(ann, cid)
  const [[, record] = ['', undefined]] = await partsOf(cid).init.store.all('group_key')
  const chains = (record?.keys ?? []).map(chainOf)
  assert.deepEqual(
    chains.map(({ first }) => first.epoch),
    [2],
  )
  const { device } = partsOf(ann).self
  await until(() => cid.node.sync('#crew')[0]?.complete === true, 'Cid holds everything')
  const run = await partsOf(cid).init.store.readPage(idOf(cid), device, 1, 10)
  assert.ok(run)
  const closed = run.entries.filter((entry) => decodeEntry(entry).body.kind === 'closed')
  assert.equal(closed.length, 1)
  for (const entry of closed) assert.equal(openedEntry(entry, run, chains), entry)
})

test('somebody whom two add at once reads from where the word that counts has it', async (t) => {
  const people = await crewWithKeys(t, ['ann', 'bob', 'cid', 'dan'])
  const [ann, bob, cid, dan] = people as [Person, Person, Person, Person]
  await ann.node.send('#crew', 'among two')
  await ann.node.groups.promote('#crew', 'bob')
  await until(() => groupOf(bob)?.role === 'admin', 'Bob is an admin')
  for (const who of [bob, cid, dan]) await who.stop()
  await ann.node.groups.invite('#crew', 'cid')
  await ann.node.send('#crew', 'from ann')
  await ann.stop()
  for (const who of [bob, cid, dan]) await who.start()
  await until(() => bob.online(cid) && bob.online(dan), 'they meet')
  await join(bob, dan)
  await join(bob, cid)
  await bob.node.send('#crew', 'from bob')
  await has(cid, 'from bob')
  const epochs = async (): Promise<readonly number[]> => {
    const [[, record] = ['', undefined]] = await partsOf(cid).init.store.all('group_key')
    return record?.keys.map(({ epoch }) => epoch) ?? []
  }
  assert.deepEqual(await epochs(), [3])
  // Ann's word comes first in the order, once it is here.
  await ann.start()
  await has(cid, 'from ann')
  assert.deepEqual(await epochs(), [2])
  await cid.node.send('#crew', 'from cid')
  for (const who of [ann, bob, dan]) await has(who, 'from cid')
  assert.deepEqual((await texts(cid)).toSorted(), ['from ann', 'from bob', 'from cid'])
  assert.ok(!(await texts(dan)).includes('among two'))
})
