// A contact that breaks every rule it can: other contacts notice nothing of it.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Frame } from '../../src/core/frames.ts'
import type { DeviceId } from '../../src/core/id.ts'
import { REQUESTS_ADDRESS_PARTS, REQUESTS_PER_HOUR_MAX } from '../../src/core/limits.ts'
import { signDeviceList } from '../../src/wire/devices.ts'
import { makeKeys, Peer } from '../net/peers.ts'
import { deviceOf, type Liar, liar } from './liar.ts'
import { type Person, person, until } from './nodes.ts'
import { newConversation, Scribe } from './scribe.ts'

const MOST = Number.MAX_SAFE_INTEGER

/** Ann, her friend Bob, and a contact of hers that lies. */
async function scene(t: Parameters<typeof person>[0]): Promise<[Person, Person, Liar]> {
  const ann = await person(t, 'ann', { accept: 'auto' })
  const bob = await person(t, 'bob', { accept: 'auto' })
  await ann.add(bob)
  await until(() => ann.online(bob) && bob.online(ann), 'they are online')
  return [ann, bob, await liar(t, ann)]
}

async function stillTalk(ann: Person, bob: Person): Promise<void> {
  const { id } = await ann.node.send('bob', 'still there?')
  await ann.node.waitFor(id, 'delivered', AbortSignal.timeout(5000))
  await bob.node.send('ann', 'yes')
  await until(async () => (await ann.texts(bob)).at(-1) === 'yes', 'the answer')
}

test('numbers as large as they come, about everything, are only numbers', async (t) => {
  const [ann, bob, mallory] = await scene(t)
  const me = deviceOf(ann, mallory)
  const { conversation, peer } = mallory
  await ann.node.send(mallory.account, 'one')
  const log = { conversation, device: me }
  const token = { epoch: 'ffffffffffffffff', position: MOST }
  mallory.claim(
    new Map([
      [me, MOST],
      [peer.id, MOST],
      [makeKeys<DeviceId>().id, MOST],
    ]),
  )
  mallory.say({ type: 'clocks', reset: true, clocks: [], token, digest: new Uint8Array(16) })
  mallory.say({ type: 'want', ...log, first: 1, last: MOST, credit: MOST })
  for (let i = 0; i < 100; i++) mallory.say({ type: 'credit', ...log, credit: MOST })
  mallory.say({ type: 'want', ...log, first: MOST, last: MOST, credit: MOST })
  mallory.say({ type: 'want', conversation, device: peer.id, first: 1, last: MOST, credit: 1 })
  const [run] = [mallory.scribe.next(['too far'])]
  mallory.say({ type: 'run', run: { ...run, first: MOST } })
  await until(() => mallory.heard('run').some(({ run: got }) => got.device === me), 'the entry')
  await stillTalk(ann, bob)
  assert.deepEqual(await ann.texts({ account: mallory.account } as unknown as Person), ['one'])
})

test('runs for logs of others, other conversations, and forged are not stored', async (t) => {
  const [ann, bob, mallory] = await scene(t)
  const me = deviceOf(ann, mallory)
  await ann.node.send('bob', 'one')
  const { conversation, peer } = mallory
  const [bobs] = ann.node
    .sync(bob.account)
    .flatMap(({ devices }) => devices.filter(({ account }) => account === bob.account))
  assert.ok(bobs)
  const withBob = ann.node.sync(bob.account)[0]?.conversation
  assert.ok(withBob)
  // Signed by the liar: into Bob's conversation, under Bob's name, of a stranger, of nowhere.
  const frames: Frame[] = [
    { type: 'run', run: new Scribe(withBob, peer.device).next(['as myself to Bob']) },
    { type: 'run', run: { ...new Scribe(withBob, peer.device).next(['x']), device: bobs.device } },
    { type: 'run', run: new Scribe(conversation).next(['of a stranger']) },
    { type: 'run', run: new Scribe(newConversation(), peer.device).next(['of nowhere']) },
  ]
  mallory.say(...frames)
  mallory.say({ type: 'run', run: mallory.scribe.next(['an honest one']) })
  const liarsTexts = async (): Promise<string[]> =>
    (await ann.node.history(mallory.account, { limit: 10 })).map(({ text }) => text)
  await until(async () => (await liarsTexts()).length === 1, 'the honest one')
  assert.deepEqual(await liarsTexts(), ['an honest one'])
  assert.deepEqual(await ann.texts(bob), ['one'])
  // Under Ann's own name: she can tell.
  const forged = { ...new Scribe(conversation, peer.device).next(['x', 'y']), device: me }
  mallory.say({ type: 'run', run: forged })
  await until(() => peer.closed.length > 0, 'the liar is sent away')
  assert.equal(peer.closed[0]?.code, 'bad_signature')
  assert.deepEqual(await liarsTexts(), ['an honest one'])
  await stillTalk(ann, bob)
})

test('two signed histories stop the log of their signer, with proof, nothing else', async (t) => {
  const [ann, bob, mallory] = await scene(t)
  const { conversation, peer, scribe } = mallory
  const other = new Scribe(conversation, peer.device)
  mallory.say({ type: 'run', run: scribe.next(['first']) })
  const texts = async (): Promise<string[]> =>
    (await ann.node.history(mallory.account, { limit: 10 })).map(({ text }) => text)
  await until(async () => (await texts()).length === 1, 'the first history')
  mallory.say({ type: 'run', run: other.next(['another first', 'and more']) })
  await until(() => ann.events.some(({ type }) => type === 'fork'), 'ann is told')
  mallory.say({ type: 'run', run: scribe.next(['second']) })
  await stillTalk(ann, bob)
  assert.deepEqual(await texts(), ['first'])
  await ann.stop()
  const store = await ann.openStore()
  const forks = await store.all('fork')
  await store.close()
  assert.equal(forks.length, 1)
  await ann.start()
  assert.equal(
    ann.node.sync(mallory.account)[0]?.devices.some(({ forked }) => forked),
    true,
  )
})

test('a dep on what does not exist holds up its own log only', async (t) => {
  const [ann, bob, mallory] = await scene(t)
  const me = deviceOf(ann, mallory)
  mallory.say({ type: 'run', run: mallory.scribe.next(['never'], [{ device: me, seq: MOST }]) })
  await until(
    () => ann.node.sync(mallory.account)[0]?.devices.some(({ waitingFor }) => waitingFor) ?? false,
    'it waits',
  )
  await ann.node.send(mallory.account, 'one')
  const history = await ann.node.history(mallory.account, { limit: 10 })
  assert.deepEqual(
    history.map(({ text }) => text),
    ['one'],
  )
  await stillTalk(ann, bob)
})

test('who lists the device of somebody else is not the author of their messages', async (t) => {
  const ann = await person(t, 'ann', { accept: 'auto' })
  const bob = await person(t, 'bob', { accept: 'auto' })
  await ann.add(bob)
  await until(() => ann.online(bob) && bob.online(ann), 'they are online')
  await bob.node.send('ann', 'from bob')
  await until(async () => (await ann.texts(bob)).length === 1, 'it came')
  const [bobs] = ann.node.showContact('bob').devices
  assert.ok(bobs)
  const keys = new Peer()
  const list = [keys.id, bobs.device].toSorted()
  const devices = signDeviceList(keys.account.id, 1, list, keys.account.sign)
  const peer = await Peer.start({ device: keys.device, devices, name: 'Liar' })
  t.after(() => peer.net.stop())
  const target = { addresses: [ann.address] }
  const session = await peer.net.reach(target, AbortSignal.timeout(5000))
  session.send({ type: 'contact', request: 'please', text: '' })
  await until(() => peer.frames.some(({ type }) => type === 'clocks'), 'the liar is a contact')
  const [message] = await ann.node.history('bob', { limit: 1 })
  assert.deepEqual([message?.author, message?.authorName], [bob.account, 'bob'])
  await bob.stop()
  await bob.start()
  await stillTalk(ann, bob)
})

test('who takes everybody takes only so many strangers of one address in an hour', async (t) => {
  const ann = await person(t, 'ann', { accept: 'auto' })
  let accepted = 0
  for (let i = 0; i < 20; i++) {
    await using peer = await Peer.start({ name: `Nobody ${i}` })
    const target = { addresses: [ann.address] }
    const session = await peer.net.reach(target, AbortSignal.timeout(5000))
    session.send({ type: 'contact', request: 'please', text: '' })
    const answered = (): boolean => peer.frames.length > 0 || peer.closed.length > 0
    await until(answered, 'an answer')
    if (peer.frames.some(({ type }) => type === 'contact')) accepted += 1
    else assert.equal(peer.closed[0]?.code, 'too_busy')
  }
  const most = REQUESTS_PER_HOUR_MAX / REQUESTS_ADDRESS_PARTS
  assert.equal(accepted, most)
  assert.equal(ann.node.contacts().length, most)
})
