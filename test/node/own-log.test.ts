// One's own log after the database has lost a part of it: what peers hold comes back before more is
// written, whoever is away meanwhile, and a peer that only claims to hold something stops nobody.
import assert from 'node:assert/strict'
import { cp, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { isTidingsError } from '../../src/core/errors.ts'
import { type ConversationId, type DeviceId, domainHash, idToBytes } from '../../src/core/id.ts'
import { FETCH_STALL_MS, OWN_LOG_WAIT_MS } from '../../src/core/limits.ts'
import { DIGEST_BYTES } from '../../src/core/sync/digest.ts'
import { tamper } from '../store/repair/tamper.ts'
import { deviceOf, Liar, liar } from './liar.ts'
import { friends, type Person, person, until } from './nodes.ts'

/** A clock that can be put forward. */
class Uptime {
  private aheadMs = 0
  readonly now = (): number => performance.now() + this.aheadMs

  forward(ms: number): void {
    this.aheadMs += ms
  }
}

const isRefused = (error: unknown): boolean => isTidingsError(error, 'database_damaged')

const sameHistory = async (ann: Person, bob: Person, count: number): Promise<void> => {
  const ids = async (one: Person, other: Person): Promise<string[]> =>
    (await one.node.history(other.account, { limit: 100 })).map(({ id, text }) => `${id} ${text}`)
  await until(async () => (await ids(bob, ann)).length === count, `bob has ${count}`)
  await until(async () => (await ids(ann, bob)).length === count, `ann has ${count}`)
  assert.deepEqual(await ids(ann, bob), await ids(bob, ann))
}

/** Two friends; the disk of the first then loses the end of her own log, which the other holds. */
async function afterLoss(t: TestContext, uptimeMs: () => number): Promise<[Person, Person]> {
  const [ann, bob] = await friends(t, { uptimeMs })
  for (let i = 1; i <= 8; i++) await ann.node.send('bob', `a${i}`)
  const { id } = await ann.node.send('bob', 'a9')
  await ann.node.waitFor(id, 'delivered', AbortSignal.timeout(5000))
  await ann.stop()
  await bob.stop()
  await tamper(ann.database, async (level) => {
    const runs = await level.keys({ gte: Buffer.from('r'), lt: Buffer.from('s') }).all()
    assert.equal(runs.length, 9, 'one run for each message')
    for (const key of runs.slice(5)) await level.del(key)
  })
  return [ann, bob]
}

test('own entries that only a peer still holds come back before more are written', async (t) => {
  const uptime = new Uptime()
  const [ann, bob] = await afterLoss(t, uptime.now)
  await ann.start()
  assert.equal(ann.node.damage.length > 0, true)
  const early = ann.node.send('bob', 'a10')
  await sleep(200)
  await bob.start()
  assert.equal((await early).seq, 10)
  await sameHistory(ann, bob, 10)
  assert.deepEqual(
    [ann, bob].flatMap(({ events }) => events.filter(({ type }) => type === 'fork')),
    [],
  )
})

test('while the peer that holds them is away a message is refused, not kept', async (t) => {
  const uptime = new Uptime()
  const [ann, bob] = await afterLoss(t, uptime.now)
  await ann.start()
  const refused = assert.rejects(ann.node.send('bob', 'too early'), isRefused)
  uptime.forward(OWN_LOG_WAIT_MS)
  await refused
  // However long that takes.
  uptime.forward(100 * OWN_LOG_WAIT_MS)
  const again = assert.rejects(ann.node.send('bob', 'still too early'), isRefused)
  await sleep(50)
  uptime.forward(OWN_LOG_WAIT_MS)
  await again
  await bob.start()
  await until(async () => (await ann.texts(bob)).length === 9, 'her entries came back')
  await ann.node.send('bob', 'a10')
  await sameHistory(ann, bob, 10)
})

test('alone in a group one goes on writing after a loss, since nobody holds more', async (t) => {
  const ann = await person(t, 'ann')
  const { conversation } = await ann.node.groups.create('notes', {})
  for (const text of ['one', 'two', 'three']) await ann.node.send('#notes', text)
  await ann.stop()
  await tamper(ann.database, async (level) => {
    const runs = await level.keys({ gte: Buffer.from('r'), lt: Buffer.from('s') }).all()
    for (const key of runs.slice(-2)) await level.del(key)
  })
  await ann.start()
  assert.match(ann.node.damage.join('\n'), /had 4 entries, of which 2 are left/)
  assert.equal((await ann.node.send('#notes', 'four')).seq, 3)
  const said = async (): Promise<string[]> =>
    (await ann.node.history(conversation, { limit: 10 })).slice(1).map(({ text }) => text)
  assert.deepEqual(await said(), ['one', 'four'])
})

test('who was alone in a group before a loss, and is not, forks and loses nothing', async (t) => {
  const [ann, bob] = await friends(t)
  await ann.node.groups.create('crew', {})
  await ann.node.send('#crew', 'before')
  await ann.stop()
  const old = `${ann.database}.old`
  await cp(ann.database, old, { recursive: true })
  await ann.start()
  await until(() => ann.online(bob), 'they are online')
  await ann.node.groups.invite('#crew', 'bob')
  await until(() => bob.node.groups.list().length > 0, 'Bob is invited')
  await bob.node.groups.join('#crew', AbortSignal.timeout(5000))
  const texts = async (who: Person): Promise<string[]> => {
    const said = await who.node.history('#crew', { limit: 100 })
    return said.filter(({ kind }) => kind === 'text').map(({ text }) => text)
  }
  await until(async () => (await texts(bob)).includes('before'), 'Bob is in it')
  await ann.node.send('#crew', 'lost')
  await until(async () => (await texts(bob)).includes('lost'), 'Bob has it')
  await bob.stop()
  await ann.stop()
  // All that is left of what was written since is how much it was.
  await cp(path.join(ann.database, 'tally'), path.join(old, 'tally'))
  await rm(ann.database, { recursive: true })
  await rename(old, ann.database)
  await ann.start()
  assert.match(ann.node.damage.join('\n'), /entries, of which 2 are left/)
  await ann.node.send('#crew', 'hasty')
  await bob.start()
  for (const who of [ann, bob]) {
    await until(async () => (await texts(who)).length === 3, `${who.name} has all three`)
  }
  assert.deepEqual(await texts(ann), await texts(bob))
  assert.deepEqual((await texts(ann)).toSorted(), ['before', 'hasty', 'lost'])
})

test('a peer that claims own entries and does not send them stops nobody for long', async (t) => {
  const uptime = new Uptime()
  const ann = await person(t, 'ann', { accept: 'auto', uptimeMs: uptime.now })
  const mallory = await liar(t, ann)
  const me = deviceOf(ann, mallory)
  await ann.node.send(mallory.account, 'one')
  mallory.claim(new Map([[me, Number.MAX_SAFE_INTEGER]]))
  await until(() => mallory.heard('want').some(({ device }) => device === me), 'ann asked for them')
  const waiting = ann.node.send(mallory.account, 'two')
  await sleep(50)
  uptime.forward(FETCH_STALL_MS)
  assert.equal((await waiting).seq, 2)
  // Nor again, by saying it anew.
  mallory.claim(new Map([[me, Number.MAX_SAFE_INTEGER - 1]]))
  await sleep(100)
  assert.equal((await ann.node.send(mallory.account, 'three')).seq, 3)
})

test('after a loss, what a peer claims of itself and never brings stops nobody', async (t) => {
  const uptime = new Uptime()
  const ann = await person(t, 'ann', { accept: 'auto', uptimeMs: uptime.now })
  const mallory = await liar(t, ann)
  const me = deviceOf(ann, mallory)
  for (const text of ['one', 'two', 'three']) await ann.node.send(mallory.account, text)
  await ann.stop()
  await until(() => mallory.peer.closed.length > 0, 'the session is over')
  await tamper(ann.database, async (level) => {
    const runs = await level.keys({ gte: Buffer.from('r'), lt: Buffer.from('s') }).all()
    const last = runs.at(-1)
    assert.ok(last)
    await level.del(last)
  })
  await ann.start()
  assert.match(ann.node.damage.join('\n'), /had 3 entries, of which 2 are left/)
  const target = { addresses: [ann.address] }
  const session = await mallory.peer.net.reach(target, AbortSignal.timeout(5000))
  const again = new Liar(mallory.peer, session, ann)
  again.say({ type: 'contact', request: 'please', text: '' })
  await until(() => again.heard('clocks').length > 1, 'they meet again')
  const waiting = ann.node.send(mallory.account, 'four')
  const isAnswered = await Promise.race([waiting.then(() => true), sleep(300, false)])
  assert.ok(!isAnswered, 'nobody told what they hold of it')
  const { conversation } = again
  const seqs = new Map([
    [me, 2],
    [mallory.peer.device.id, 1_000_000],
  ])
  const digest = digestOf(conversation, seqs)
  const token = { epoch: 'ab'.repeat(8), position: 7 }
  again.say({ type: 'clocks', reset: true, clocks: [{ conversation, seqs }], token, digest })
  assert.equal((await waiting).seq, 3)
})

/** As docs/PROTOCOL.md, "Clocks", says. */
function digestOf(conversation: ConversationId, seqs: ReadonlyMap<DeviceId, number>): Uint8Array {
  const total = new Uint8Array(DIGEST_BYTES)
  for (const [device, seq] of seqs) {
    const number = Buffer.alloc(8)
    number.writeBigUInt64BE(BigInt(seq))
    const parts = [idToBytes(conversation), idToBytes(device), number]
    const one = domainHash('tidings/digest/1', ...parts)
    for (let i = 0; i < DIGEST_BYTES; i++) total[i] = (total[i] ?? 0) ^ (one[i] ?? 0)
  }
  return total
}

test('a claim that nobody can prove is forgotten with the node that heard it', async (t) => {
  const ann = await person(t, 'ann', { accept: 'auto' })
  const mallory = await liar(t, ann)
  const me = deviceOf(ann, mallory)
  await ann.node.send(mallory.account, 'one')
  mallory.claim(new Map([[me, 1000]]))
  await until(() => mallory.heard('want').some(({ device }) => device === me), 'ann heard it')
  await mallory.peer.net.stop()
  await ann.stop()
  const store = await ann.openStore()
  const holds = await store.all('holds')
  await store.close()
  const told = holds.map(([, { clock }]) => new Map(clock).get(me))
  assert.deepEqual(told, [1], 'what was here is kept, what was only claimed is not')
  await ann.start()
  assert.equal((await ann.node.send(mallory.account, 'two')).seq, 2)
})

test('nothing is shown as delivered or read that was not written', async (t) => {
  const ann = await person(t, 'ann', { accept: 'auto' })
  const mallory = await liar(t, ann)
  const me = deviceOf(ann, mallory)
  await ann.node.send(mallory.account, 'one')
  const { conversation } = mallory
  const seqs = new Map([[me, Number.MAX_SAFE_INTEGER]])
  mallory.say({ type: 'read', clock: { conversation, seqs } })
  mallory.claim(seqs)
  const states = (): { seq: number; count: number }[] =>
    ann.events.flatMap((event) => (event.type === 'state' ? [event] : []))
  await until(() => states().length > 0, 'the message is read')
  await sleep(100)
  for (const { seq, count } of states()) assert.deepEqual([seq, count], [1, 1])
})

test('an older copy that is put back fetches what peers hold before it writes', async (t) => {
  const [ann, bob] = await friends(t)
  await ann.node.send('bob', 'a1')
  await ann.stop()
  const copy = `${ann.database}.copy`
  await cp(ann.database, copy, { recursive: true })
  await ann.start()
  const { id } = await ann.node.send('bob', 'a2')
  await ann.node.waitFor(id, 'delivered', AbortSignal.timeout(5000))
  await ann.stop()
  await rm(ann.database, { recursive: true })
  await cp(copy, ann.database, { recursive: true })
  await ann.start()
  await until(async () => (await ann.texts(bob)).length === 2, 'her own entry came back')
  assert.equal((await ann.node.send('bob', 'a3')).seq, 3)
  await sameHistory(ann, bob, 3)
})
