// Device lists: only the account's own signature over exactly this list counts.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { DeviceList } from '../../src/core/frames.ts'
import { type AccountId, type DeviceId, idFromBytes } from '../../src/core/id.ts'
import { DEVICES_MAX } from '../../src/core/limits.ts'
import { publicKeyFromSeed, signerFromSeed } from '../../src/core/run.ts'
import { signDeviceList, verifyDeviceList } from '../../src/wire/devices.ts'

const seed = new Uint8Array(32).fill(7)
const account = idFromBytes<AccountId>(publicKeyFromSeed(seed))
const signer = signerFromSeed(seed)
const device = (i: number): DeviceId => idFromBytes<DeviceId>(new Uint8Array(32).fill(i))
const list = signDeviceList(account, 3, [device(2), device(1)], signer)

test('a signed list verifies, its devices in ascending order', () => {
  assert.ok(verifyDeviceList(list))
  assert.deepEqual(list.devices, [device(1), device(2)])
})

test('a list changed in any part does not verify', () => {
  const other = idFromBytes<AccountId>(publicKeyFromSeed(new Uint8Array(32).fill(8)))
  const flipped = Uint8Array.from(list.signature)
  flipped[0] = (flipped[0] ?? 0) ^ 1
  const changes: Partial<DeviceList>[] = [
    { account: other },
    { version: 4 },
    { version: 0 },
    { devices: [device(1)] },
    { devices: [device(1), device(2), device(3)] },
    { devices: [device(2), device(1)] },
    { devices: [] },
    { signature: flipped },
    { signature: list.signature.subarray(1) },
  ]
  for (const change of changes) {
    assert.ok(!verifyDeviceList({ ...list, ...change }), JSON.stringify(change))
  }
})

test('a list of no device, of one twice, or of too many is not signed', () => {
  const many = Array.from({ length: DEVICES_MAX + 1 }, (_, i) => device(i))
  assert.ok(verifyDeviceList(signDeviceList(account, 1, many.slice(1), signer)))
  assert.throws(() => signDeviceList(account, 1, many, signer), TypeError)
  assert.throws(() => signDeviceList(account, 1, [], signer), TypeError)
  assert.throws(() => signDeviceList(account, 1, [device(1), device(1)], signer), TypeError)
  assert.throws(() => signDeviceList(account, 0, [device(1)], signer), TypeError)
})
