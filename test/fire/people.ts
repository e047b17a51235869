// Lies about who somebody is: device lists that are old or name the devices of others, and requests
// that are repeated.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import type { AccountId, DeviceId } from '../../src/core/id.ts'
import { deviceOfPeerText } from '../../src/net/identity.ts'
import { signDeviceList } from '../../src/wire/devices.ts'
import { waitUntil } from '../e2e/harness.ts'
import { makeKeys } from '../net/peers.ts'
import { Foe, type FoeOptions, sourceOf } from './foe.ts'
import { Pen } from './pen.ts'
import { Scene, type Size } from './scene.ts'
import { tell } from './table.ts'

function foeFor(t: TestContext, scene: Scene, options: FoeOptions): Foe {
  const foe = new Foe(scene.victim, options)
  t.after(() => foe[Symbol.asyncDispose]())
  return foe
}

/** A device that was taken off the list comes with the list on which it still was. */
async function replayedList(t: TestContext): Promise<void> {
  const scene = await Scene.set(t)
  const account = makeKeys<AccountId>()
  const [lost, kept] = [makeKeys<DeviceId>(), makeKeys<DeviceId>()]
  const before = signDeviceList(account.id, 1, [lost.id, kept.id], account.sign)
  const after = signDeviceList(account.id, 2, [kept.id], account.sign)
  const name = 'Dora'
  const thief = foeFor(t, scene, { account, device: lost, devices: before, name })
  const owner = foeFor(t, scene, {
    account,
    device: kept,
    devices: after,
    name,
    source: sourceOf(1),
  })
  await thief.befriend()
  await owner.befriend()
  assert.ok(await thief.closed(3000), 'the session of the device that is off the list goes on')
  await scene.client.send({ to: account.id, text: 'a secret' })
  await assert.rejects(thief.befriend(2000), 'the old list opens a session again')
  assert.ok(!thief.heard.some(({ type }) => type === 'clocks' || type === 'run'))
  // The list that the other device still holds is old too, but names it.
  owner.hangUp()
  const late = foeFor(t, scene, { account, device: kept, devices: before, name })
  await late.befriend()
  await scene.assertInvariants()
  tell(t, { fault: 'a replayed device list', dose: '1', result: 'refused' })
}

/** A contact lists Bob's device as its own, and is then blocked. */
async function stolenDevice(t: TestContext): Promise<void> {
  const scene = await Scene.set(t)
  const bob = await scene.bobClient.whoami()
  const device = deviceOfPeerText(bob.peerId)
  assert.ok(device)
  const [account, own] = [makeKeys<AccountId>(), makeKeys<DeviceId>()]
  const devices = signDeviceList(account.id, 1, [own.id, device].toSorted(), account.sign)
  const thief = foeFor(t, scene, { account, device: own, devices, name: 'Thief' })
  await thief.befriend()
  await scene.assertInvariants()
  const history = await scene.client.history({ conversation: bob.account })
  for (const { own: isOwn, authorName } of history) if (!isOwn) assert.equal(authorName, 'bob')

  await scene.client.contact.block({ who: account.id })
  // Strangers have taken all the room that there is for them.
  const crowd = Array.from({ length: 40 }, (_, i) => foeFor(t, scene, { source: sourceOf(i) }))
  await Promise.allSettled(crowd.map((foe) => foe.greet(3000)))
  await scene.bob.json('stop')
  await scene.bob.start('--accept', 'auto')
  await scene.meetBobAgain(t)
  await scene.converse()
  tell(t, { fault: 'a contact that lists the device of another', dose: '1', result: 'no effect' })
}

/** What was turned down is not asked again by saying it again. */
async function replayedRequest(t: TestContext): Promise<void> {
  const scene = await Scene.set(t, 'ask')
  const foe = foeFor(t, scene, { name: 'Pest' })
  const request = { type: 'contact', request: 'the-same', text: 'please' } as const
  const asked = async (): Promise<number> =>
    (await scene.client.contacts()).filter(({ state }) => state === 'incoming').length
  await foe.greet()
  foe.say(request)
  await waitUntil(async () => (await asked()) === 1, 'the request is shown')
  await scene.client.contact.reject({ who: foe.account.id })
  for (let i = 0; i < 5; i++) {
    foe.hangUp()
    await sleep(50)
    await foe.greet()
    foe.say(request, request)
    await sleep(100)
    assert.equal(await asked(), 0, 'shown again')
  }
  await scene.assertInvariants()
  tell(t, { fault: 'a replayed contact request', dose: '10', result: 'not shown again' })
}

/** Nobody becomes a contact by sending messages. */
async function uninvited(t: TestContext): Promise<void> {
  const scene = await Scene.set(t, 'ask')
  const foe = foeFor(t, scene, { name: 'Pushy' })
  await foe.greet()
  const pen = new Pen(foe.conversation, foe.device)
  foe.say({ type: 'contact', request: 'one', text: 'hello' })
  for (let i = 0; i < 8; i++) foe.say({ type: 'run', run: pen.write(['INVALID']) })
  await sleep(300)
  await scene.client.contact.accept({ who: foe.account.id })
  await sleep(300)
  await scene.assertInvariants()
  assert.deepEqual(await scene.client.history({ conversation: foe.account.id }), [])
  tell(t, { fault: 'messages before a request is accepted', dose: '8', result: 'not kept' })
}

export function peopleTests(size: Size): void {
  test('a device that is off the list does not come back by an old list', replayedList)
  if (size === 'small') return
  test("a contact that lists another's device gains nothing by it", stolenDevice)
  test('a contact request that was turned down is not shown when it is repeated', replayedRequest)
  test('what somebody sends before they are a contact is not kept', uninvited)
}
