// How far was read: whom it is told, switched on and off while the node runs, and how the devices
// of one account learn it from each other by way of a contact.
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'

import type { AccountId, DeviceId } from '../../src/core/id.ts'
import { CLOCK_DEVICES_MAX, READ_WHOLE_INTERVAL_MS } from '../../src/core/limits.ts'
import { makeKeys } from '../net/peers.ts'
import { crew, groupOf, texts } from './crew.ts'
import { liar } from './liar.ts'
import { fillDisk, friends, partsOf, type Person, person, until } from './nodes.ts'
import { restored } from './restore.ts'

async function has(who: Person, other: Person, count: number): Promise<void> {
  await until(async () => (await who.texts(other)).length === count, `${count} messages are there`)
}

async function states(who: Person, other: Person): Promise<string[]> {
  const messages = await who.node.history(other.account, { limit: 100 })
  return messages.filter(({ own }) => own).map(({ state }) => state)
}

async function sentTo(who: Person, other: Person, text: string): Promise<string> {
  const { id } = await who.node.send(other.account, text)
  await who.node.waitFor(id, 'delivered', AbortSignal.timeout(5000))
  return id
}

/** Everything that was said before this was heard: a message goes the same way as read marks. */
async function heardAll(from: Person, by: Person): Promise<void> {
  const { id } = await from.node.send(by.account, 'over')
  await from.node.waitFor(id, 'delivered', AbortSignal.timeout(5000))
}

test('read marks are switched off and on while the node runs, for all', async (t) => {
  const [ann, bob] = await friends(t)
  await sentTo(bob, ann, 'one')
  const off = await ann.node.talk.setTelling('read', false)
  assert.deepEqual(off, { read: false, typing: true, conversations: [] })
  await ann.node.markRead('bob')
  await heardAll(ann, bob)
  assert.deepEqual(await states(bob, ann), ['delivered'])
  // It is kept, and holds at the next meeting too.
  await ann.stop()
  await ann.start()
  await until(() => ann.online(bob) && bob.online(ann), 'they meet again')
  await heardAll(ann, bob)
  assert.deepEqual(await states(bob, ann), ['delivered'])
  assert.equal(ann.node.talk.tellings().read, false)
  // What was read meanwhile is told then.
  await ann.node.talk.setTelling('read', undefined)
  await until(async () => (await states(bob, ann))[0] === 'read', 'bob knows')
})

test('on a full disk nothing counts as read, and what is read later is told', async (t) => {
  const [ann, bob] = await friends(t)
  await sentTo(bob, ann, 'one')
  const empty = fillDisk(ann)
  for (let i = 0; i < 2; i++) await assert.rejects(ann.node.markRead('bob'), { code: 'disk_full' })
  assert.equal(ann.node.talk.unread().messages, 1)
  empty()
  await ann.node.markRead('bob')
  assert.equal(ann.node.talk.unread().messages, 0)
  await until(async () => (await states(bob, ann))[0] === 'read', 'bob knows')
})

test('what others read while the disk is full is told, and kept once there is room', async (t) => {
  const [ann, bob] = await friends(t)
  const id = await sentTo(bob, ann, 'one')
  const read = bob.node.waitFor(id, 'read', AbortSignal.timeout(5000))
  const empty = fillDisk(bob)
  await ann.node.markRead('bob')
  assert.equal((await read).state, 'read')
  empty()
  const { init, book } = partsOf(bob)
  const key = `${ann.account}/${book.conversationWith(ann.account as AccountId)}`
  await until(() => init.store.get('read', key) !== undefined, 'it is on disk')
})

test('what is chosen for a conversation counts more than what holds for all', async (t) => {
  const [ann, bob] = await friends(t, { tellRead: false })
  await sentTo(bob, ann, 'one')
  const on = await ann.node.talk.setTelling('read', true, 'bob')
  assert.equal(on.read, false)
  assert.deepEqual(
    on.conversations.map(({ name, read, typing }) => [name, read, typing]),
    [['bob', true, undefined]],
  )
  await ann.node.markRead('bob')
  await until(async () => (await states(bob, ann))[0] === 'read', 'bob knows')
  await ann.node.talk.setTelling('read', false, 'bob')
  await sentTo(bob, ann, 'two')
  await ann.node.markRead('bob')
  await heardAll(ann, bob)
  assert.deepEqual(await states(bob, ann), ['read', 'delivered'])
  const none = await ann.node.talk.setTelling('read', undefined, 'bob')
  assert.deepEqual(none.conversations, [])
})

test('read positions are kept on both sides across restarts', async (t) => {
  const [ann, bob] = await friends(t)
  await sentTo(bob, ann, 'one')
  await ann.node.markRead('bob')
  await until(async () => (await states(bob, ann))[0] === 'read', 'bob knows')
  await Promise.all([ann.stop(), bob.stop()])
  await bob.start()
  assert.deepEqual(await states(bob, ann), ['read'])
  await ann.start()
  assert.equal(ann.node.talk.unread().messages, 0)
})

/** The conversations of which somebody is told how far others have read. */
function toldTo(who: Person): string[] {
  const { reading } = partsOf(who).talk
  const heard = reading.heard.bind(reading)
  const told: string[] = []
  reading.heard = (session, frame) => {
    told.push(frame.clock.conversation)
    return heard(session, frame)
  }
  return told
}

async function meetAgain(one: Person, other: Person): Promise<void> {
  const session = [...partsOf(one).sharing.all()].find((each) => each.account === other.account)
  session?.close('done', 'for now')
  await until(() => !one.online(other), 'they part')
  await until(() => one.online(other) && other.online(one), 'they meet again')
}

test('of a group it is not told at each meeting what one knows was read', async (t) => {
  const [ann, bob] = (await crew(t, ['ann', 'bob'])) as [Person, Person]
  const told = toldTo(bob)
  await bob.node.send('#crew', 'one')
  await until(async () => (await texts(ann)).includes('one'), 'ann has it')
  await ann.node.markRead('#crew')
  const id = groupOf(ann)?.conversation ?? ''
  await until(() => told.includes(id), 'bob knows')
  // The first meeting brings a token of the time of what was read, the second one beyond it.
  for (const text of ['two', 'three']) {
    await bob.node.send('#crew', text)
    await until(async () => (await texts(ann)).includes(text), 'ann has it')
    await meetAgain(ann, bob)
    const { replicator, self } = partsOf(ann)
    const knows = (): number | undefined => partsOf(bob).receipts.token(self.device)?.position
    await until(() => knows() === replicator.current.position, 'the token came')
  }
  told.length = 0
  await meetAgain(ann, bob)
  await ann.node.send('#crew', 'over')
  await until(async () => (await texts(bob)).includes('over'), 'bob has it')
  assert.ok(!told.includes(id))
  await ann.node.markRead('#crew')
  await until(() => told.includes(id), 'what is new is told')
})

test('what was read since is told and not all of it, but all of it once a minute', async (t) => {
  const [ann, bob, cid] = (await crew(t, ['ann', 'bob', 'cid'])) as [Person, Person, Person]
  const [ofBob, ofCid] = [partsOf(bob).self.device, partsOf(cid).self.device]
  const told: DeviceId[][] = []
  const { reading } = partsOf(bob).talk
  const heard = reading.heard.bind(reading)
  reading.heard = (session, frame) => {
    if (session.account === ann.account) told.push([...frame.clock.seqs.keys()])
    return heard(session, frame)
  }
  const isReadByAnn = async (by: Person, text: string): Promise<void> => {
    await by.node.send('#crew', text)
    await until(async () => (await texts(ann)).includes(text), 'ann has it')
    const before = told.length
    await ann.node.markRead('#crew')
    await until(() => told.length > before, 'bob hears of it')
  }
  await isReadByAnn(bob, 'one')
  await isReadByAnn(cid, 'two')
  assert.ok(told[0]?.includes(ofBob))
  assert.deepEqual(told.slice(1), [[ofCid]])
  const { init } = partsOf(ann)
  const laterMs = init.uptimeMs() + READ_WHOLE_INTERVAL_MS
  Object.assign(init, { uptimeMs: () => laterMs })
  await isReadByAnn(cid, 'three')
  assert.ok(told.at(-1)?.includes(ofBob) && told.at(-1)?.includes(ofCid))
})

test('of a direct conversation it is told at each meeting, whatever one knows', async (t) => {
  const [ann, bob] = await friends(t)
  await sentTo(bob, ann, 'one')
  await ann.node.markRead('bob')
  await until(async () => (await states(bob, ann))[0] === 'read', 'bob knows')
  await heardAll(ann, bob)
  await meetAgain(ann, bob)
  const told = toldTo(bob)
  await meetAgain(ann, bob)
  await until(() => told.length === 1, 'they may not have been contacts all the time')
})

test('a session that ends while much is told leaves nothing behind', async (t) => {
  const [ann, bob] = await friends(t)
  await sentTo(bob, ann, 'one')
  await ann.node.markRead('bob')
  await bob.stop()
  const { replicator, sharing, talk } = partsOf(ann)
  let ended = 0
  // As where more waits than an outbox takes.
  talk.reading.meet = (session) => {
    ended += 1
    session.close('too_busy', 'more than it takes')
  }
  await bob.start()
  await until(() => ended > 0, 'they met')
  assert.equal([...sharing.all()].length, 0)
  assert.equal(replicator.current.peers.size, 0)
})

test('what was said and not heard is told again, or when it is asked for', async (t) => {
  const [ann, bob] = await friends(t)
  await sentTo(bob, ann, 'one')
  const { reading } = partsOf(ann).talk
  Object.assign(reading, { say: () => {} })
  await ann.node.markRead('bob')
  await heardAll(ann, bob)
  assert.deepEqual(await states(bob, ann), ['delivered'])
  Reflect.deleteProperty(reading, 'say')
  const [session] = partsOf(bob).sharing.all()
  session?.send({ type: 'clocks_wanted' })
  await until(async () => (await states(bob, ann))[0] === 'read', 'it was asked for')
  await sentTo(bob, ann, 'two')
  Object.assign(reading, { say: () => {} })
  await ann.node.markRead('bob')
  await bob.stop()
  Reflect.deleteProperty(reading, 'say')
  await bob.start()
  await until(async () => (await states(bob, ann)).every((state) => state === 'read'), 'bob knows')
})

/** Ann, Bob, and another device of Ann's; Ann's two never meet. */
async function twoDevices(t: TestContext): Promise<[ann: Person, bob: Person, second: Person]> {
  const [ann, bob] = await friends(t)
  await sentTo(bob, ann, 'one')
  await ann.stop()
  const second = await person(t, 'second', { copyOf: await restored(t, ann) })
  await until(() => second.online(bob), 'the second device meets bob')
  await ann.start()
  await until(() => ann.online(bob), 'ann is back')
  return [ann, bob, second]
}

test('what was read on one device is read on the others', async (t) => {
  const [ann, bob, second] = await twoDevices(t)
  const { id } = await bob.node.send(ann.account, 'two @ann')
  await bob.node.send(ann.account, 'three')
  await has(ann, bob, 3)
  await has(second, bob, 3)
  assert.deepEqual(second.node.talk.unread(), { messages: 3, mentions: 1 })
  await ann.node.markRead('bob', id)
  await until(() => second.node.talk.unread().messages === 1, 'the second knows')
  const told = (): boolean =>
    second.events.some(
      (event) => event.type === 'conversation' && event.unread === 1 && event.mentions === 0,
    )
  await until(told, 'its front ends know')
  const { reads } = partsOf(second).receipts
  const isTold = (): boolean => reads.untold(ann.node.identity().account, 1e9).length === 0
  await until(isTold, 'whoever it meets next need not be told')
  await second.node.markRead('bob')
  await until(() => ann.node.talk.unread().messages === 0, 'ann knows')
  assert.equal(ann.node.talk.unread().messages, 0)
})

test('a device that was away learns at its return what was read meanwhile', async (t) => {
  const [ann, bob, second] = await twoDevices(t)
  await second.stop()
  await sentTo(bob, ann, 'two')
  await has(ann, bob, 2)
  await ann.node.markRead('bob')
  await until(async () => (await states(bob, ann)).every((state) => state === 'read'), 'bob knows')
  await second.start()
  await has(second, bob, 2)
  await until(() => second.node.talk.unread().messages === 0, 'the second knows')
})

test('where contacts are not told, other devices are not either', async (t) => {
  const [ann, bob, second] = await twoDevices(t)
  await has(second, bob, 1)
  await ann.node.talk.setTelling('read', false)
  await ann.node.markRead('bob')
  await heardAll(ann, bob)
  await has(second, bob, 2)
  assert.equal(second.node.talk.unread().messages, 1)
})

test('a contact can say that its messages were read, but of none before it is here', async (t) => {
  const ann = await person(t, 'ann', { accept: 'auto' })
  const mallory = await liar(t, ann)
  const { conversation, scribe } = mallory
  const most = Number.MAX_SAFE_INTEGER
  const nobody = '0'.repeat(52) as DeviceId
  const claim = (): void =>
    mallory.say({
      type: 'read',
      clock: { conversation, seqs: new Map() },
      yours: new Map([
        [scribe.device, most],
        [nobody, most],
      ]),
    })
  claim()
  mallory.say({ type: 'run', run: scribe.next(['one', 'two']) })
  const page = (): Promise<unknown[]> => ann.node.history(mallory.account, { limit: 9 })
  await until(async () => (await page()).length === 2, 'both came')
  await until(() => ann.node.talk.unread().messages === 0, 'the claim counts as far as it goes')
  mallory.session.close('done', 'enough')
  await until(() => ann.node.contacts().every(({ online }) => !online), 'it is gone')
  await ann.stop()
  const store = await ann.openStore()
  const reads = await store.all('read')
  await store.close()
  assert.deepEqual(
    reads.map(([, { clock }]) => clock),
    [[[scribe.device, 2]]],
  )
})

test('how far was read of a group with more devices than one frame names is told', async (t) => {
  const [ann, bob] = (await crew(t, ['ann', 'bob'])) as [Person, Person]
  const { conversation } = groupOf(bob) ?? {}
  assert.ok(conversation)
  const { meetings, receipts, self, talk } = partsOf(ann)
  const [session] = meetings.mutualSessions(bob.account as AccountId)
  const others = Array.from(
    { length: CLOCK_DEVICES_MAX },
    () => [makeKeys<DeviceId>().id, 1] as const,
  )
  await receipts.reads.rise(self.account, conversation, new Map(others))
  const { id } = await bob.node.send('#crew', 'hello')
  await until(async () => (await texts(ann)).includes('hello'), 'it came')
  await ann.node.markRead('#crew')
  await bob.node.waitFor(id, 'read', AbortSignal.timeout(5000))
  assert.ok(session && meetings.isMutual(session), 'in the very session')
  talk.reading.meet(session, conversation)
  await heardAll(ann, bob)
  assert.ok(meetings.isMutual(session))
})
