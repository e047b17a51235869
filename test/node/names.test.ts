// Who is meant: names are not identities, so what is ambiguous is asked about.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { isTidingsError } from '../../src/core/errors.ts'
import type { AccountId, DeviceId } from '../../src/core/id.ts'
import type { NearbyNode } from '../../src/net/net.ts'
import { newContact } from '../../src/node/people/contact-record.ts'
import { findAnybody, findContact, parseAddress } from '../../src/node/people/names.ts'

const account = (letter: string): AccountId => letter.repeat(51).padEnd(52, '0') as AccountId
const ann = newContact(account('a'), { state: 'friend', name: 'Ann' })
const bob = newContact(account('b'), { state: 'friend', name: 'Bob', alias: 'Bobby' })
const otherAnn = newContact(account('c'), { state: 'friend', name: 'ann' })

function nearby(name: string, of: AccountId): NearbyNode {
  return { device: of as string as DeviceId, peerId: 'p', account: of, name, addresses: [] }
}

function code(error: unknown): string | undefined {
  return isTidingsError(error) ? error.code : undefined
}

test('a contact is found by name, alias, id and unique prefix, in any case', () => {
  for (const who of ['ann', 'ANN', '@Ann', ann.account, ann.account.slice(0, 6)]) {
    assert.equal(findContact(who, [ann, bob]), ann)
  }
  assert.equal(findContact('bobby', [ann, bob]), bob)
  assert.equal(findContact('bob', [ann, bob]), bob)
})

test('a name that two accounts carry is never resolved silently', () => {
  assert.throws(
    () => findContact('ann', [ann, otherAnn]),
    (error: unknown) =>
      code(error) === 'ambiguous_name' &&
      (error as Error).message.includes(ann.account.slice(0, 8)) &&
      (error as Error).message.includes(otherAnn.account.slice(0, 8)),
  )
})

test('somebody nearby with the name of a contact does not stand in the way of the contact', () => {
  assert.equal(findContact('ann', [ann]), ann)
  assert.throws(
    () => findAnybody('ann', [ann], [nearby('Ann', otherAnn.account)]),
    (error: unknown) => code(error) === 'ambiguous_name',
  )
})

test('a node nearby is found by name, with where to dial', () => {
  const node = { ...nearby('Cleo', otherAnn.account), addresses: ['/ip4/10.0.0.1/tcp/1'] }
  const found = findAnybody('cleo', [ann, bob], [node])
  assert.equal(found.account, otherAnn.account)
  assert.deepEqual(found.hints, [{ device: node.device, addresses: ['/ip4/10.0.0.1/tcp/1'] }])
})

test('nobody by that name, nothing at all, and a declined request are unknown', () => {
  assert.throws(
    () => findContact('zoe', [ann]),
    (error: unknown) => code(error) === 'unknown_name',
  )
  assert.throws(
    () => findContact('  ', [ann]),
    (error: unknown) => code(error) === 'bad_input',
  )
  const declined = { ...ann, state: 'incoming' as const, declined: true }
  assert.throws(
    () => findContact('ann', [declined]),
    (error: unknown) => code(error) === 'unknown_name',
  )
})

test('of an address without its port it is said that the port is missing', () => {
  for (const who of ['10.77.0.2', 'fd00:77::2']) {
    assert.equal(parseAddress(who), undefined)
    assert.throws(() => findAnybody(who, [], []), /an address needs its port/)
  }
})

test('addresses are told from names', () => {
  assert.deepEqual(parseAddress('10.0.0.7:4001'), { addresses: ['/ip4/10.0.0.7/tcp/4001'] })
  assert.deepEqual(parseAddress('[fe80::1]:4001'), { addresses: ['/ip6/fe80::1/tcp/4001'] })
  assert.deepEqual(parseAddress('ship.local:4001'), { addresses: ['/dns/ship.local/tcp/4001'] })
  assert.deepEqual(parseAddress('/ip4/10.0.0.7/tcp/1'), { addresses: ['/ip4/10.0.0.7/tcp/1'] })
  assert.equal(parseAddress('bob'), undefined)
  assert.throws(
    () => parseAddress('bob:0'),
    (error: unknown) => code(error) === 'bad_input',
  )
  assert.throws(
    () => parseAddress('bob:99999'),
    (error: unknown) => code(error) === 'bad_input',
  )
})
