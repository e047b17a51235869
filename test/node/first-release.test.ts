// Nodes of different releases in one session: what a node of the first release said, word for word,
// and what this one says to it; and an entry of a later version that comes by way of this one.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test, type TestContext } from 'node:test'

import type { Frame } from '../../src/core/frames.ts'
import type { AccountId, DeviceId } from '../../src/core/id.ts'
import { silentLogger } from '../../src/core/logger.ts'
import { checkRun, closeRun, emptyHead, lastSeq, type Run } from '../../src/core/run.ts'
import { takeIdentity } from '../../src/node/people/identity.ts'
import { openStore } from '../../src/store/open.ts'
import { signDeviceList } from '../../src/wire/devices.ts'
import { frameBytes } from '../../src/wire/framing.ts'
import { Foe, type Victim } from '../fire/foe.ts'
import { makeKeys } from '../net/peers.ts'
import { entryOf } from '../sim/speech.ts'
import { FRAME_FIELD_MAX, firstDecode, session, vectors } from '../wire/first-release/index.ts'
import { DATABASE_KEY, type Person, person, until } from './nodes.ts'

function seedOf(name: string): Buffer<ArrayBuffer> {
  return Buffer.from(vectors[`${name}.seed`] ?? '', 'hex')
}

/** A node with the account and the device to which the recorded words were said. */
async function recordedAnn(t: TestContext): Promise<Person> {
  const home = await mkdtemp(path.join(tmpdir(), 'tidings-first-'))
  t.after(() => rm(home, { recursive: true, force: true }))
  const directory = path.join(home, 'db')
  const init = { directory, key: DATABASE_KEY, create: true, random: randomBytes }
  const store = await openStore({ ...init, log: silentLogger })
  const seeds = [seedOf('ann.account'), seedOf('ann.device')]
  await takeIdentity(store, 'ann', (bytes) => seeds.shift() ?? randomBytes(bytes))
  await store.close()
  return person(t, 'ann', { copyOf: directory, accept: 'auto' })
}

function victim(who: Person): Victim {
  return { address: who.address, account: who.account as AccountId }
}

function runsOf(frames: readonly Frame[]): Run[] {
  return frames.flatMap((frame) => (frame.type === 'run' ? [frame.run] : []))
}

test('a node of the first release is understood, and told nothing that it refuses', async (t) => {
  const ann = await recordedAnn(t)
  assert.equal(ann.account, vectors['ann.account.id'])
  const account = makeKeys<AccountId>(seedOf('bob.account'))
  const device = makeKeys<DeviceId>(seedOf('bob.device'))
  const bob = new Foe(victim(ann), { account, device })
  t.after(() => bob[Symbol.asyncDispose]())
  await bob.open()
  for (const { hex } of session) bob.sayBytes(frameBytes(Buffer.from(hex, 'hex')))

  const history = () => ann.node.history(bob.account.id, { limit: 20 })
  await until(() => ann.node.contacts().length === 1, 'Ann has accepted')
  await until(async () => (await history()).length === 3, 'Ann has what Bob said')
  const [one, , three] = await history()
  assert.ok(one && three)
  assert.deepEqual([one.authorName, one.text], ['Bob', 'Hi Ann, this is the first release.'])
  assert.deepEqual([three.action, three.mentionsYou, three.replyTo?.id], [true, true, one.id])
  const acknowledged = (): boolean =>
    bob.heard.some((frame) => frame.type === 'clocks' && clockOf(frame, bob.device.id) === 3)
  await until(acknowledged, 'they are acknowledged')

  const { node } = ann
  const first = await node.send('Bob', 'an answer to @Bob', { reply: one.id })
  await node.changes.edit(first.id, 'another answer')
  await node.changes.react(one.id, '👍')
  await node.changes.pin(one.id)
  await node.disappear('Bob', 3600)
  await node.send('Bob', 'gone in an hour')
  await node.changes.delete((await node.send('Bob', 'never mind')).id)
  const heard = (): number => Math.max(0, ...runsOf(bob.heard).map(lastSeq))
  await until(() => heard() === 8, 'Bob is told all of it')

  let head = emptyHead(bob.conversation, vectors['ann.device.id'] as DeviceId)
  const taken: (readonly [tag: number, text: string | undefined])[] = []
  for (const run of runsOf(bob.heard)) {
    const check = checkRun(run, head)
    assert.ok(check.outcome === 'extends')
    head = check.head
    for (const entry of run.entries) {
      const { tag, text } = firstDecode(entry)
      taken.push([tag, text?.text])
    }
  }
  assert.deepEqual(taken, [
    [16, 'an answer to @Bob'],
    [17, undefined],
    [19, undefined],
    [20, undefined],
    [40, undefined],
    [16, 'gone in an hour'],
    [16, 'never mind'],
    [18, undefined],
  ])
  assert.ok(bob.isOpen)
  // Everything else that was said is of kinds that the first release knew.
  for (const bytes of bob.heardBytes) assert.ok((bytes[0] ?? 0) >> 3 <= FRAME_FIELD_MAX)
})

function clockOf(frame: Extract<Frame, { type: 'clocks' }>, device: DeviceId): number | undefined {
  return frame.clocks.map(({ seqs }) => seqs.get(device)).find((seq) => seq !== undefined)
}

test('a frame of a later version is passed over, and the session goes on', async (t) => {
  const ann = await person(t, 'ann', { accept: 'auto' })
  const later = new Foe(victim(ann), { name: 'later' })
  t.after(() => later[Symbol.asyncDispose]())
  await later.befriend()
  // Field 90 with some bytes, field 99 with a number.
  later.sayBytes(frameBytes(Buffer.from('d20503616263', 'hex')))
  later.sayBytes(frameBytes(Buffer.from('98060a', 'hex')))
  later.say({ type: 'ping' })
  await later.hear('pong')
  assert.ok(later.isOpen)
})

test('what a later version wrote reaches its like by way of this one, byte for byte', async (t) => {
  const bob = await person(t, 'bob', { accept: 'auto' })
  const account = makeKeys<AccountId>()
  const [phone, laptop] = [makeKeys<DeviceId>(), makeKeys<DeviceId>()]
  const both = [phone.id, laptop.id].toSorted()
  const devices = signDeviceList(account.id, 1, both, account.sign)
  const one = new Foe(victim(bob), { account, device: phone, devices, name: 'later' })
  t.after(() => one[Symbol.asyncDispose]())
  await one.befriend()
  const strange = (tag: number) =>
    entryOf(1_700_000_000_000, [], { kind: 'strange', tag, bytes: randomBytes(50) })
  const known = entryOf(1_700_000_000_000, [], { kind: 'text', text: 'in between' })
  const entries = [strange(21), known, strange(1000)]
  const log = { conversation: one.conversation, device: phone.id }
  const { run } = closeRun(log, emptyHead(log.conversation, log.device), entries, phone.sign)
  one.say({ type: 'run', run })
  const shown = async (): Promise<unknown[]> =>
    (await bob.node.history(account.id, { limit: 10 })).map(({ kind, text }) => [kind, text])
  await until(async () => (await shown()).length === 3, 'it is shown')
  const expected = [
    ['unknown', ''],
    ['text', 'in between'],
    ['unknown', ''],
  ]
  assert.deepEqual(await shown(), expected)
  one.hangUp()

  // Also after Bob read it from the disk again.
  await bob.stop()
  await bob.start()
  assert.deepEqual(await shown(), expected)
  const two = new Foe(victim(bob), { account, device: laptop, devices, name: 'later' })
  t.after(() => two[Symbol.asyncDispose]())
  await two.befriend()
  const range = { first: 1, last: 3, credit: 1024 * 1024 }
  two.say({ type: 'want', ...log, ...range })
  const brought = await two.hear('run')
  const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
  assert.deepEqual(brought.run.entries.map(hexOf), entries.map(hexOf))
  assert.equal(checkRun(brought.run, emptyHead(log.conversation, log.device)).outcome, 'extends')
})
