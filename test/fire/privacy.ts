// What others can find out by asking: a stranger, somebody who was a contact, and somebody who is
// blocked say the same things, and are told the same things.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import type { Frame } from '../../src/core/frames.ts'
import { type AccountId, type DeviceId, directConversation } from '../../src/core/id.ts'
import { NUMBER_MAX } from '../../src/core/limits.ts'
import { comparable } from '../wire/arbitraries.ts'
import { Foe, sourceOf } from './foe.ts'
import { Pen } from './pen.ts'
import { Scene, type Size } from './scene.ts'
import { tell } from './table.ts'

/** What of an answer may depend on the moment: nothing of it depends on who asks. */
const QUIET_MS = 400

/** Everything that somebody might try, and what came of it. */
async function probe(foe: Foe, others: AccountId): Promise<unknown> {
  const heard: unknown[] = []
  for (const request of ['first', 'second']) {
    try {
      await foe.greet()
    } catch (error) {
      heard.push(`no Hello: ${(error as Error).message}`)
    }
    const own = foe.conversation
    const elsewhere = directConversation(foe.victim.account, others)
    const device = foe.device.id
    const pen = new Pen(own, foe.device)
    const probes: Frame[] = [own, elsewhere].flatMap((conversation): Frame[] => [
      { type: 'clocks', reset: true, clocks: [{ conversation, seqs: new Map([[device, 5]]) }] },
      { type: 'want', conversation, device, first: 1, last: NUMBER_MAX, credit: NUMBER_MAX },
      { type: 'read', clock: { conversation, seqs: new Map([[device, 1]]) } },
    ])
    foe.say(...probes, { type: 'clocks_wanted' }, { type: 'run', run: pen.write(['INVALID']) })
    await sleep(QUIET_MS)
    foe.say({ type: 'contact', request: `${request}-${device.slice(0, 8)}`, text: 'please' })
    await sleep(QUIET_MS)
    heard.push(...foe.heard.map(withoutRequest), foe.isOpen ? 'open' : 'closed')
    foe.hangUp()
    await sleep(100)
  }
  return comparable(heard)
}

/** A decline names the request that it answers. */
function withoutRequest(frame: Frame): Frame {
  return frame.type === 'decline' ? { ...frame, request: 'r' } : frame
}

async function sameForAll(t: TestContext, accept: 'ask' | 'never'): Promise<void> {
  const scene = await Scene.set(t, 'auto')
  const foe = (name: string, number: number): Foe => {
    const made = new Foe(scene.victim, { name, source: sourceOf(number) })
    t.after(() => made[Symbol.asyncDispose]())
    return made
  }
  const [stranger, removed, blocked] = [foe('Sam', 0), foe('Rex', 1), foe('Bad', 2)]
  for (const one of [removed, blocked]) {
    await one.befriend()
    // What a contact tells of its database comes back in a Hello, but only to a contact.
    const token = { epoch: 'feedfeedfeedfeed', position: 1 }
    one.say({ type: 'clocks', reset: true, clocks: [], token, digest: new Uint8Array(16) })
    await scene.client.send({ to: one.account.id, text: 'a secret of ours' })
    one.hangUp()
  }
  await scene.client.contact.remove({ who: removed.account.id })
  await scene.client.contact.block({ who: blocked.account.id })
  await scene.restart(t, accept)

  const bob = (await scene.bobClient.whoami()).account as AccountId
  const told = await probe(stranger, bob)
  assert.deepEqual(await probe(removed, bob), told, 'somebody removed is told something else')
  assert.deepEqual(await probe(blocked, bob), told, 'somebody blocked is told something else')
  const kinds = new Set((told as { type?: string }[]).map((frame) => frame.type ?? ''))
  for (const kind of ['clocks', 'run', 'read', 'contact']) assert.ok(!kinds.has(kind), kind)
  await scene.assertInvariants()
  tell(t, {
    fault: `asking a node that accepts by "${accept}"`,
    dose: '3 kinds of foe',
    result: 'same answers',
  })
}

/** A contact asks for what Ann and Bob say to each other. */
async function othersConversation(t: TestContext): Promise<void> {
  const scene = await Scene.set(t)
  await scene.converse()
  await using foe = new Foe(scene.victim, { name: 'Nosy', source: sourceOf(0) })
  await foe.befriend()
  const bob = (await scene.bobClient.whoami()).account as AccountId
  const conversation = directConversation(foe.victim.account, bob)
  const [annsDevice] = (await foe.hear('hello')).devices.devices
  const device = annsDevice as DeviceId
  foe.say(
    { type: 'clocks', reset: false, clocks: [{ conversation, seqs: new Map() }] },
    { type: 'want', conversation, device, first: 1, last: NUMBER_MAX, credit: NUMBER_MAX },
    { type: 'clocks_wanted' },
  )
  await sleep(QUIET_MS)
  const named = foe.heard.flatMap((frame) => (frame.type === 'clocks' ? frame.clocks : []))
  assert.ok(!named.some((clock) => clock.conversation === conversation), 'it is named')
  assert.ok(!foe.heard.some(({ type }) => type === 'run'), 'entries of it were sent')
  assert.ok(foe.isOpen)
  tell(t, { fault: 'a contact asks for a conversation of others', dose: '1', result: 'no answer' })
}

export function privacyTests(size: Size): void {
  test('a stranger, a removed and a blocked peer are told the same, by "ask"', (t) =>
    sameForAll(t, 'ask'))
  if (size === 'small') return
  test('a stranger, a removed and a blocked peer are told the same, by "never"', (t) =>
    sameForAll(t, 'never'))
  test('a contact learns nothing of what others say', othersConversation)
}
