import assert from 'node:assert/strict'
import { test } from 'node:test'

import { type DeviceId, idFromBytes } from '../../../src/core/id.ts'
import { ADDRESSES_PER_PEER_MAX, NEARBY_EXPIRY_MS, NEARBY_MAX } from '../../../src/core/limits.ts'
import { type Heard, Nearby } from '../../../src/net/discovery/nearby.ts'

interface Bench {
  readonly nearby: Nearby
  readonly told: string[]
  readonly contacts: Set<DeviceId>
  now: number
}

function bench(): Bench {
  const told: string[] = []
  const contacts = new Set<DeviceId>()
  const state = { told, contacts, now: 0 }
  const nearby = new Nearby({
    isContact: (device) => contacts.has(device),
    changed: ({ addresses }, present) => told.push(`${present ? '+' : '-'}${addresses.join()}`),
    now: () => state.now,
  })
  return Object.assign(state, { nearby })
}

function device(number: number): DeviceId {
  const bytes = Buffer.alloc(32)
  bytes.writeUInt32BE(number)
  return idFromBytes<DeviceId>(bytes)
}

function heard(addresses: readonly string[], place = 'eth0 a', who = device(1)): Heard {
  return { device: who, account: undefined, name: 'Ada', addresses, place }
}

test('a node is told of once, again when it changed, and when it is gone', () => {
  const { nearby, told } = bench()
  nearby.heard(heard(['x']))
  nearby.heard(heard(['x']))
  nearby.heard(heard(['x', 'y']))
  nearby.heard(heard(['y', 'x']))
  nearby.goodbye(device(1), 'eth0 a')
  assert.deepEqual(told, ['+x', '+x,y', '-y,x'])
  assert.deepEqual(nearby.list(), [])
})

test('a node that is heard no more is dropped after a while', () => {
  const state = bench()
  state.nearby.heard(heard(['x']))
  state.now = NEARBY_EXPIRY_MS
  state.nearby.expire()
  assert.equal(state.nearby.list().length, 1)
  state.now += 1
  state.nearby.expire()
  assert.deepEqual(state.told, ['+x', '-x'])
})

test('a goodbye from somewhere else changes nothing', () => {
  const { nearby } = bench()
  nearby.heard(heard(['x']))
  nearby.goodbye(device(1), 'eth0 forger')
  assert.deepEqual(nearby.get(device(1))?.addresses, ['x'])
})

test('on two interfaces a node stays while one of them hears it', () => {
  const { nearby, told } = bench()
  nearby.heard(heard(['x'], 'eth0 a'))
  nearby.heard(heard(['y'], 'eth1 a'))
  nearby.interfaceGone((place) => place.startsWith('eth0 '))
  assert.deepEqual(nearby.get(device(1))?.addresses, ['y'])
  nearby.interfaceGone((place) => place.startsWith('eth1 '))
  assert.deepEqual(told, ['+x', '+y,x', '+y', '-y'])
})

test('forged addresses never push out those that the node tells itself', () => {
  const { nearby } = bench()
  const forged = Array.from({ length: 30 }, (_, i) => `forged ${i}`)
  nearby.heard(heard(['real'], 'eth0 ada'))
  for (let i = 0; i < 5; i++) nearby.heard(heard(forged, `eth0 forger ${i}`))
  const addresses = nearby.get(device(1))?.addresses ?? []
  assert.ok(addresses.includes('real'))
  assert.equal(addresses.length, ADDRESSES_PER_PEER_MAX)
})

test('the table is bounded, and has room for contacts even so', () => {
  const { nearby, contacts } = bench()
  for (let i = 0; i < NEARBY_MAX + 10; i++) nearby.heard(heard(['x'], 'eth0 a', device(i)))
  assert.equal(nearby.list().length, NEARBY_MAX)
  contacts.add(device(999_999))
  nearby.heard(heard(['x'], 'eth0 a', device(999_999)))
  assert.ok(nearby.get(device(999_999)))
})
