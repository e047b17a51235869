// What others may make a node keep: each contact its quota, all of them what the disk can spare.
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { proveFork } from '../../src/core/fork.ts'
import type { AccountId, DeviceId } from '../../src/core/id.ts'
import type { SyncView } from '../../src/node/sync-view.ts'
import type { DiskRoom } from '../../src/store/disk-room.ts'
import { signDeviceList } from '../../src/wire/devices.ts'
import { makeKeys } from '../net/peers.ts'
import { crew, has, texts } from './crew.ts'
import { liar } from './liar.ts'
import { friends, person, type Person, until } from './nodes.ts'
import { Scribe } from './scribe.ts'

const QUOTA_BYTES = 20_000
const WORDS = 'w'.repeat(1000)
const MESSAGES = 40
const GIB = 1024 ** 3

async function flood(from: Person, to: Person, count = MESSAGES): Promise<void> {
  for (let i = 0; i < count; i++) await from.node.send(to.account, `${i} ${WORDS}`)
}

/** The part of somebody's log in one's own report. */
function logOf(who: Person, author: Person): SyncView['devices'][number] | undefined {
  const [report] = who.node.sync(author.account)
  return report?.devices.find(({ account }) => account === author.account)
}

/** What the user was told last of a trouble. */
function told(who: Person, where: string): string | undefined {
  const words = who.events.flatMap((event) => (event.type === 'trouble' ? [event] : []))
  return words.filter((event) => event.where === where).at(-1)?.message
}

async function flooded(t: TestContext): Promise<[Person, Person]> {
  const ann = await person(t, 'ann', { quotaBytes: QUOTA_BYTES, accept: 'auto' })
  const bob = await person(t, 'bob')
  await bob.add(ann)
  await until(() => ann.online(bob) && bob.online(ann), 'they are online')
  await flood(bob, ann)
  await until(() => logOf(ann, bob)?.known === MESSAGES, 'Ann knows of everything')
  return [ann, bob]
}

test('of a contact no more is kept than its quota, and the user is told once', async (t) => {
  const [ann, bob] = await flooded(t)
  const log = logOf(ann, bob)
  assert.equal(log?.heldBack, true)
  assert.ok(log.have < MESSAGES && log.have > 0)
  assert.equal((await ann.texts(bob)).length, log.have)
  const { receivedBytes, quotaBytes } = await ann.node.contactQuota('bob')
  assert.equal(quotaBytes, QUOTA_BYTES)
  assert.ok(receivedBytes >= QUOTA_BYTES && receivedBytes < QUOTA_BYTES + 2000, `${receivedBytes}`)
  const troubles = ann.events.filter(({ type }) => type === 'trouble')
  assert.equal(troubles.length, 1)
  assert.match(told(ann, 'quota') ?? '', /bob \(19\.5 KiB\).*contact quota NAME SIZE/)
  assert.equal(ann.online(bob), true)
})

test('whoever used up a quota still gets what is written to them, with receipts', async (t) => {
  const [ann, bob] = await flooded(t)
  const { id } = await ann.node.send(bob.account, 'enough')
  await ann.node.waitFor(id, 'delivered', AbortSignal.timeout(10_000))
  assert.ok((await bob.texts(ann)).includes('enough'))
  const states = (await bob.node.history(ann.account, { limit: 100 })).filter(({ own }) => own)
  assert.equal(states.filter(({ state }) => state === 'queued').length > 0, true)
})

test('with more room the rest comes, without a restart', async (t) => {
  const [ann, bob] = await flooded(t)
  await ann.node.contactQuota('bob', null)
  await until(async () => (await ann.texts(bob)).length === MESSAGES, 'Ann has everything')
  assert.equal(logOf(ann, bob)?.heldBack, false)
  assert.equal(told(ann, 'quota'), '')
  await flood(bob, ann, 2)
  await until(async () => (await ann.texts(bob)).length === MESSAGES + 2, 'and goes on to take')
  const { quotaBytes } = await ann.node.contactQuota('bob', 'default')
  assert.equal(quotaBytes, QUOTA_BYTES)
  assert.equal(logOf(ann, bob)?.heldBack, true)
})

test('a node that starts knows who used up a quota, and says it again', async (t) => {
  const [ann, bob] = await flooded(t)
  const before = await ann.node.contactQuota('bob')
  await ann.stop()
  ann.events.length = 0
  await ann.start()
  assert.deepEqual((await ann.node.contactQuota('bob')).receivedBytes, before.receivedBytes)
  await until(() => ann.online(bob), 'they meet again')
  await until(() => logOf(ann, bob)?.known === MESSAGES, 'Ann knows of everything')
  assert.equal(logOf(ann, bob)?.heldBack, true)
  assert.equal((await ann.texts(bob)).length, logOf(ann, bob)?.have)
  assert.match(told(ann, 'quota') ?? '', /bob/)
  await ann.node.contactQuota('bob', GIB)
  await until(async () => (await ann.texts(bob)).length === MESSAGES, 'Ann has everything')
})

test('proofs of forks count as well, and none is kept beyond the quota', async (t) => {
  const quotaBytes = 200_000
  const ann = await person(t, 'ann', { quotaBytes, accept: 'auto' })
  const keys = Array.from({ length: 20 }, () => makeKeys<DeviceId>())
  const account = makeKeys<AccountId>()
  const [first] = keys
  assert.ok(first)
  const ids = keys.map(({ id }) => id)
  const devices = signDeviceList(account.id, 1, ids, account.sign)
  const foe = await liar(t, ann, { account, device: first, devices })
  const logs = keys.map((each) => new Scribe(foe.conversation, each))
  for (const log of logs) foe.say({ type: 'run', run: log.next(['hello']) })
  await until(async () => (await ann.node.history(account.id, { limit: 100 })).length === 20, 'all')
  for (const { keys: each } of logs) {
    const words = 'w'.repeat(30_000)
    const one = new Scribe(foe.conversation, each).next(['one'])
    const other = new Scribe(foe.conversation, each).next(['other', words, words, words])
    const proof = proveFork(one, other)
    assert.ok(proof)
    foe.say({ type: 'fork', proof, held: 1 })
  }
  const isMarked = (): boolean =>
    ann.node.sync(account.id)[0]?.devices.filter(({ forked }) => forked).length === 20
  await until(isMarked, 'all of them are marked')
  const { receivedBytes } = await ann.node.contactQuota(account.id)
  assert.ok(receivedBytes > quotaBytes && receivedBytes < 2 * quotaBytes, `${receivedBytes}`)
  assert.match(told(ann, 'quota') ?? '', /used up/)
})

test('what others say in a group who saw more than is taken waits for more room', async (t) => {
  const [ann, bob, cid] = (await crew(t, ['ann', 'bob', 'cid'])) as [Person, Person, Person]
  await ann.node.contactQuota(cid.account, QUOTA_BYTES)
  for (let i = 0; i < MESSAGES; i++) await cid.node.send('#crew', `${i} ${WORDS}`)
  await until(async () => (await texts(bob)).length === MESSAGES, 'Bob has everything')
  await bob.node.send('#crew', 'what a flood')
  const bobs = () => ann.node.sync('#crew')[0]?.devices.find(({ name }) => name === 'bob')
  await until(() => bobs()?.waitingFor !== undefined, 'it came, and waits')
  assert.ok(!(await texts(ann)).includes('what a flood'))
  assert.match(told(ann, 'quota') ?? '', /cid/)
  await ann.node.contactQuota(cid.account, null)
  await has(ann, 'what a flood')
})

test("one contact's flood takes nothing from another's room", async (t) => {
  const [ann] = await flooded(t)
  const carol = await person(t, 'carol')
  await carol.add(ann)
  await until(() => ann.online(carol) && carol.online(ann), 'they are online')
  await carol.node.send(ann.account, 'hello')
  await until(async () => (await ann.texts(carol)).includes('hello'), 'it came')
  const { receivedBytes } = await ann.node.contactQuota('carol')
  assert.ok(receivedBytes > 0 && receivedBytes < 1000, `${receivedBytes}`)
})

test('on a disk that is nearly full others wait, and the user does not', async (t) => {
  let freeBytes = 10 * GIB
  const disk = async (): Promise<DiskRoom> => ({ freeBytes, sizeBytes: 100 * GIB })
  const [ann, bob] = await friends(t, { disk })
  await bob.node.send(ann.account, 'before')
  await until(async () => (await ann.texts(bob)).length === 1, 'it came')
  freeBytes = 60 * 1024 ** 2
  await until(() => told(ann, 'disk space') !== undefined, 'Ann is told')
  assert.match(told(ann, 'disk space') ?? '', /less than 64 MiB/)
  await bob.node.send(ann.account, 'meanwhile')
  await until(() => logOf(ann, bob)?.known === 2, 'Ann knows of it')
  const { id } = await ann.node.send(bob.account, 'mine')
  assert.deepEqual(await ann.texts(bob), ['before', 'mine'])
  // A little more is not enough, so that it does not go to and fro.
  freeBytes = 70 * 1024 ** 2
  await sleep(1500)
  assert.ok(!(await ann.texts(bob)).includes('meanwhile'))
  freeBytes = GIB
  await until(async () => (await ann.texts(bob)).includes('meanwhile'), 'the rest came')
  assert.equal(told(ann, 'disk space'), '')
  await ann.node.waitFor(id, 'delivered', AbortSignal.timeout(10_000))
})
