// Whose an address is: proof goes before words, and of two that could be meant neither is taken.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { AccountId, DeviceId } from '../../src/core/id.ts'
import type { Session } from '../../src/net/net.ts'
import { newContact } from '../../src/node/people/contact-record.ts'
import {
  type AddressBook,
  placesToLook,
  toldAddresses,
  whoseAddress,
} from '../../src/node/people/whose-address.ts'
import type { ContactRecord } from '../../src/store/store.ts'

const PLACE = '/ip4/10.0.0.7/tcp/4001'
const WHO = '10.0.0.7:4001'

interface Facts {
  /** Where the session leads that this node dialed. */
  readonly dialed?: string
  readonly called?: string
  readonly reached?: readonly string[]
  readonly said?: readonly string[]
}

const account = (name: string): AccountId => name.charAt(0).repeat(52) as AccountId
const device = (name: string): DeviceId => `${name} device` as DeviceId

/** The book, the store and the network as far as they are asked. */
function bookOf(people: Readonly<Record<string, Facts>>, own: readonly string[] = []): AddressBook {
  const of = (id: DeviceId): Facts | undefined => people[id.replace(' device', '')]
  const records = Object.entries(people).map(([name, { said = [] }]) =>
    newContact(account(name), {
      state: 'friend',
      name,
      hints: [{ device: device(name), addresses: said }],
    }),
  )
  const session = (id: DeviceId): Partial<Session> | undefined => {
    const { dialed, called } = of(id) ?? {}
    if (dialed !== undefined) return { initiator: true, address: dialed }
    return called === undefined ? undefined : { initiator: false, address: called }
  }
  return {
    book: { all: (): ContactRecord[] => records },
    net: { session, addresses: () => own },
    store: { get: (_: 'peer', id: DeviceId) => ({ addresses: of(id)?.reached ?? [] }) },
    peerIdOf: (id: DeviceId) => `Peer${id.charAt(0)}`,
  } as unknown as AddressBook
}

test('who is there now goes before who was there once, and words come last', () => {
  const claims = { said: [PLACE] }
  const was = { reached: [PLACE], said: [PLACE] }
  assert.equal(whoseAddress(WHO, bookOf({ mallory: claims })), account('mallory'))
  assert.equal(whoseAddress(WHO, bookOf({ mallory: claims, bob: was })), account('bob'))
  const is = { dialed: PLACE }
  assert.equal(whoseAddress(WHO, bookOf({ mallory: claims, bob: was, ann: is })), account('ann'))
  assert.equal(whoseAddress(WHO, bookOf({ ann: { called: PLACE } })), undefined)
})

test('an address that two were found at, or say, is not resolved silently', () => {
  for (const facts of [{ reached: [PLACE] }, { said: [PLACE] }]) {
    assert.throws(() => whoseAddress(WHO, bookOf({ ann: facts, bob: facts })), {
      code: 'ambiguous_name',
      message: /ann .*bob/,
    })
  }
})

test('a peer id says whose it is, whatever is told of the address', () => {
  const known = bookOf({ mallory: { said: [PLACE] }, bob: {} })
  assert.equal(whoseAddress(`${PLACE}/p2p/Peerb`, known), account('bob'))
  assert.equal(whoseAddress(`${PLACE}/p2p/Peerx`, known), undefined)
})

test('where this node itself listens is nobody else', () => {
  const known = { bob: { reached: [PLACE], said: [PLACE] } }
  assert.equal(whoseAddress(WHO, bookOf(known, [`${PLACE}/p2p/Peera`])), undefined)
  assert.equal(whoseAddress(WHO, bookOf(known, ['/ip4/10.0.0.7/tcp/4002'])), account('bob'))
})

test('a machine that was at many places is looked for where it says that it is, too', () => {
  const moved = Array.from({ length: 16 }, (_, i) => `/ip4/10.1.0.${i}/tcp/4001`)
  const known = bookOf({ bob: { reached: moved } })
  const places = placesToLook(device('bob'), [PLACE, moved[9] ?? ''], known)
  assert.deepEqual(places.slice(0, 5), [moved[0], moved[1], PLACE, moved[9], moved[2]])
  assert.deepEqual(new Set(places), new Set([PLACE, ...moved]))
  assert.equal(places.length, 17)
})

test('what leads to a machine from itself alone is heard on that machine alone', () => {
  const addresses = [PLACE, '/ip4/127.0.0.1/tcp/4001', '/ip6/::1/tcp/4001', '/ip6/::10/tcp/4001']
  const told = (address: string): readonly string[] =>
    toldAddresses({ address, hello: { addresses } } as unknown as Session)
  assert.deepEqual(told('/ip4/10.0.0.7/tcp/50000'), [PLACE, '/ip6/::10/tcp/4001'])
  assert.deepEqual(told('/ip4/127.0.0.1/tcp/50000'), addresses)
  assert.deepEqual(told('/ip6/::1/tcp/50000'), addresses)
})
