// Whose an address is: proof goes before words, and of two that could be meant neither is taken.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { AccountId, DeviceId } from '../../src/core/id.ts'
import type { Session } from '../../src/net/net.ts'
import { newContact } from '../../src/node/people/contact-record.ts'
import { type AddressBook, whoseAddress } from '../../src/node/people/whose-address.ts'

const PLACE = '/ip4/10.0.0.7/tcp/4001'
const WHO = '10.0.0.7:4001'

/** What is known of somebody, and of the one device. */
interface Facts {
  /** Where the session leads that this node dialed. */
  readonly dialed?: string
  /** What the session's Hello says where this node was dialed. */
  readonly calls?: readonly string[]
  readonly found?: readonly string[]
  readonly said?: readonly string[]
  /** Lists the device of somebody else too. */
  readonly lists?: string
  readonly removed?: boolean
}

const account = (name: string): AccountId => name.charAt(0).repeat(52) as AccountId
const device = (name: string): DeviceId => `${name} device` as DeviceId

/** The book, the store and the network as far as they are asked. */
function bookOf(people: Readonly<Record<string, Facts>>, own = ''): AddressBook {
  const nameOf = (id: DeviceId): string => id.replace(' device', '')
  const records = Object.entries(people).map(([name, { said = [], lists, removed }]) => {
    const others = lists === undefined ? [] : [{ device: device(lists), addresses: [] }]
    const hints = [{ device: device(name), addresses: said }, ...others]
    return newContact(account(name), { state: 'friend', name, hints, declined: removed === true })
  })
  const session = (id: DeviceId): Partial<Session> | undefined => {
    const { dialed, calls } = people[nameOf(id)] ?? {}
    if (dialed === undefined && calls === undefined) return undefined
    const hello = { addresses: calls ?? [] } as unknown as Session['hello']
    const address = dialed ?? '/ip4/10.0.0.7/tcp/50000'
    return { account: account(nameOf(id)), initiator: dialed !== undefined, address, hello }
  }
  const peer = (id: DeviceId): object | undefined => {
    const { found } = people[nameOf(id)] ?? {}
    return found && { account: account(nameOf(id)), addresses: found }
  }
  return {
    book: { all: () => records.values() },
    net: { session, isOwn: (address: string) => address === own },
    store: { get: (_: 'peer', id: DeviceId) => peer(id) },
    peerIdOf: (id: DeviceId) => `Peer${id.charAt(0)}`,
  } as unknown as AddressBook
}

const isAmbiguous = { code: 'ambiguous_name', message: /could be / }

test('who is there now goes before who was there once, and words come last', () => {
  const claims = { said: [PLACE] }
  const was = { found: [PLACE], said: [PLACE] }
  assert.equal(whoseAddress(WHO, bookOf({ mallory: claims })), account('mallory'))
  assert.equal(whoseAddress(WHO, bookOf({ mallory: claims, bob: was })), account('bob'))
  const is = { dialed: PLACE }
  assert.equal(whoseAddress(WHO, bookOf({ mallory: claims, bob: was, ann: is })), account('ann'))
  assert.equal(whoseAddress(WHO, bookOf({ ann: { calls: [] } })), undefined)
})

test('an address that two were found at, or say, is not resolved silently', () => {
  for (const facts of [{ found: [PLACE] }, { said: [PLACE] }, { calls: [PLACE] }]) {
    assert.throws(() => whoseAddress(WHO, bookOf({ ann: facts, bob: facts })), isAmbiguous)
  }
  // An address goes from one machine to another.
  const people = { bob: { found: [PLACE] }, ann: { calls: [PLACE] } }
  assert.throws(() => whoseAddress(WHO, bookOf(people)), isAmbiguous)
})

test('a peer id is of whom it proved to be, whoever lists it', () => {
  const who = `${PLACE}/p2p/Peerb`
  const known = bookOf({ mallory: { said: [PLACE] }, bob: {} })
  assert.equal(whoseAddress(who, known), account('bob'))
  assert.equal(whoseAddress(`${PLACE}/p2p/Peerx`, known), undefined)
  const liar = { lists: 'bob', said: [PLACE] }
  for (const bob of [{ dialed: PLACE }, { calls: [] }, { found: [PLACE] }]) {
    assert.equal(whoseAddress(who, bookOf({ liar, bob })), account('bob'))
    if (!('calls' in bob)) assert.equal(whoseAddress(WHO, bookOf({ liar, bob })), account('bob'))
  }
  assert.throws(() => whoseAddress(who, bookOf({ liar, bob: {} })), isAmbiguous)
})

test('who was removed is meant only where nobody else is', () => {
  const old = { removed: true, found: [PLACE] }
  assert.equal(whoseAddress(WHO, bookOf({ old, bob: { said: [PLACE] } })), account('bob'))
  assert.equal(whoseAddress(WHO, bookOf({ old, bob: {} })), account('old'))
})

test('where this node itself listens is nobody else, nor is its machine by words', () => {
  const bob = { found: [PLACE], said: [PLACE, '/ip4/127.0.0.1/tcp/4002'] }
  assert.equal(whoseAddress(WHO, bookOf({ bob }, PLACE)), undefined)
  assert.equal(whoseAddress(WHO, bookOf({ bob }, '/ip4/10.0.0.7/tcp/4002')), account('bob'))
  assert.equal(whoseAddress('127.0.0.1:4002', bookOf({ bob })), undefined)
  const away = { calls: ['/ip4/127.0.0.1/tcp/4002'] }
  assert.equal(whoseAddress('127.0.0.1:4002', bookOf({ away })), undefined)
  const here = { found: ['/ip4/127.0.0.1/tcp/4002'] }
  assert.equal(whoseAddress('127.0.0.1:4002', bookOf({ bob, ann: here })), account('ann'))
})
