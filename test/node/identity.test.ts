// Who a node is: its devices, and those of other databases of the same person.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'

import type { DeviceList } from '../../src/core/frames.ts'
import { type DeviceId, idFromBytes } from '../../src/core/id.ts'
import { DEVICES_MAX } from '../../src/core/limits.ts'
import { signerFromSeed } from '../../src/core/run.ts'
import { isNewList, makeIdentity, withList } from '../../src/node/people/identity.ts'
import { signDeviceList } from '../../src/wire/devices.ts'
import { friends, until } from './nodes.ts'

const seed = randomBytes(32)
const ann = makeIdentity('Ann', seed, randomBytes(32))
const { account } = ann.devices
const [own] = ann.devices.devices as [DeviceId]
const others = Array.from({ length: DEVICES_MAX }, () => idFromBytes<DeviceId>(randomBytes(32)))

function list(version: number, devices: readonly DeviceId[], by = seed): DeviceList {
  return signDeviceList(account, version, devices, signerFromSeed(by))
}

test('a newer list that names what is known is taken as it is, any other is joined', () => {
  const [other = own] = others
  const newer = list(7, [own, other])
  assert.equal(withList(ann, newer)?.devices, newer)
  const joined = withList({ ...ann, devices: list(7, [own]) }, list(3, [other]))?.devices
  assert.deepEqual(joined, list(8, [own, other]))
})

test('a list that says nothing new, or that the account did not sign, changes nothing', () => {
  const [other = own] = others
  const record = { ...ann, devices: list(7, [own, other]) }
  const old = [list(7, [own, other]), list(6, [own]), list(8, others.slice(0, 3), randomBytes(32))]
  for (const shown of old) {
    assert.equal(isNewList(record, shown), false)
    assert.equal(withList(record, shown), undefined)
  }
})

test('a device that there is no room for is told, and its session goes on', async (t) => {
  const [bob, ann] = await friends(t)
  await ann.stop()
  const store = await ann.openStore()
  const identity = store.get('identity', 'self')
  assert.ok(identity)
  const { account, devices } = identity.devices
  const sign = signerFromSeed(Buffer.from(identity.accountSeed, 'hex'))
  const [other, ...more] = others as [DeviceId, ...DeviceId[]]
  const here = signDeviceList(account, 2, [...devices, other], sign)
  const elsewhere = signDeviceList(account, 3, [...devices, ...more], sign)
  assert.throws(() => withList({ ...identity, devices: here }, elsewhere), {
    code: 'too_many_devices',
  })
  const batch = store.batch()
  batch.put('identity', 'self', { ...identity, devices: here })
  await store.commit(batch)
  await store.close()
  await bob.stop()
  const contacts = await bob.openStore()
  const record = contacts.get('contact', account)
  assert.ok(record)
  const change = contacts.batch()
  change.put('contact', account, { ...record, devices: elsewhere })
  await contacts.commit(change)
  await contacts.close()
  await bob.start()
  await ann.start()
  const isTold = (): boolean =>
    ann.events.some((event) => event.type === 'trouble' && event.where === 'devices')
  await until(isTold, 'ann is told')
  await bob.node.send(account, 'hello')
  await until(async () => (await ann.texts(bob)).includes('hello'), 'messages go on')
  const ends = ann.events.filter((event) => event.type === 'presence' && !event.online)
  assert.deepEqual(ends, [])
})
