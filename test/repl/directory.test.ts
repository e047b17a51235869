import assert from 'node:assert/strict'
import { test } from 'node:test'

import { isTidingsError } from '../../src/core/errors.ts'
import type { AccountId, DeviceId } from '../../src/core/id.ts'
import { findAnybody } from '../../src/node/people/names.ts'
import { Directory } from '../../src/repl/directory.ts'
import { accountId, contact, nearbyNode } from './people.ts'

const bob = contact('Bob')
const bobLab = contact('Bob Lab', { account: accountId('bbbb') })
const bobby = contact('bobby')
const robin1 = contact('Robin', { account: accountId('qqqq') })
const robin2 = contact('robin', { account: accountId('rrrr') })
const wanted = contact('wanda', { state: 'incoming' })
const gone = contact('gone', { state: 'removed' })
const renamed = contact('xavier', { alias: 'Boss' })

function directory(): Directory {
  const people = new Directory()
  people.setContacts([bob, bobLab, bobby, robin1, robin2, wanted, gone, renamed])
  return people
}

test('a name means whom it names as a whole, before those whose names it begins', () => {
  const people = directory()
  assert.equal(people.find('Bob'), bob)
  assert.equal(people.find('bob'), bob)
  assert.equal(people.find('bob lab'), bobLab)
  assert.equal(people.find('wan'), wanted)
  assert.equal(people.find('qqqq'), robin1)
  assert.equal(people.find('boss'), renamed)
  assert.equal(people.find('Xavier'), renamed)
})

test('a name of several people is refused with their short ids', () => {
  const isAmbiguous = (error: unknown): boolean =>
    isTidingsError(error, 'ambiguous_name') && /robin \(rrrraaaa\)/i.test(error.message)
  assert.throws(() => directory().find('robin'), isAmbiguous)
  assert.throws(() => directory().find('ROB'), isAmbiguous)
})

test('an unknown name is refused, with the one that was probably meant', () => {
  const says = (words: string) => (error: unknown) =>
    isTidingsError(error, 'unknown_name') && error.message.includes(words)
  assert.throws(() => directory().find('bobyb'), says('Did you mean bobby?'))
  assert.throws(() => directory().find('nobody at all'), says('/contacts'))
  assert.throws(() => directory().find(''), says('/contacts'))
  assert.throws(() => directory().find('gone'), says('There is no contact'))
  assert.throws(() => directory().find('bob', 'request'), says('There is no request from'))
})

test('a label shows the short id only where somebody else has the name', () => {
  const people = directory()
  assert.equal(people.label(bob), 'Bob')
  assert.equal(people.label(robin1), 'Robin (qqqqaaaa)')
  assert.equal(people.handle(bobLab), '"Bob Lab"')
  assert.equal(people.handle(robin2), 'rrrraaaa')
  for (const person of people.contacts) {
    assert.equal(people.find(people.handle(person).replaceAll('"', '')), person)
  }
})

test('a name that would be read as something else is typed by its id', () => {
  // Typed as they are, the first two would speak to bob, and the third would be sent as text.
  for (const name of ['bob "', 'bob,', '@bob', '/quit', '--all', 'say "hi"']) {
    const stranger = contact(name, { account: accountId('zzzz') })
    const people = new Directory()
    people.setContacts([contact('bob'), stranger])
    const handle = people.handle(stranger)
    assert.equal(people.find(people.splitName(`${handle} hello`).name), stranger, name)
    const nearby = nearbyNode(name, { account: stranger.account })
    assert.equal(new Directory().nearbyHandle(nearby), handle, name)
  }
})

test("another device of one's own is nobody to add", () => {
  const directory = new Directory()
  const twin = nearbyNode('ann', { own: true })
  assert.equal(directory.updateNearby(twin, true), false)
  directory.setNearby([twin, nearbyNode('bob')])
  assert.deepEqual(
    directory.nearby.map(({ name }) => name),
    ['bob'],
  )
})

test('what is said to type for somebody nearby means them to the node', () => {
  const names = [
    'bob',
    'Bob',
    'e\u0301ve',
    '\u00c9VE',
    'Max',
    'zoe',
    'bob "',
    'qq55aaaa',
    '',
    'Al B',
  ]
  const known = [
    contact('zoe', { account: accountId('zz22'), state: 'removed' }),
    contact('xavier', { account: accountId('zz33'), alias: 'MAX' }),
  ]
  const nodes = names.map((name, i) => {
    const account = accountId(name === 'Al B' ? 'qq55' : `qq${'bcdefghijk'.charAt(i)}`)
    return nearbyNode(name, { account, peerId: String(i) })
  })
  const people = new Directory()
  people.setContacts(known)
  people.setNearby([...nodes, nearbyNode('Al B', { account: null, peerId: 'x' })])
  const found = { hints: [], addresses: [] }
  const records = known.map((each) => ({ ...found, ...each, account: each.account as AccountId }))
  const seen = nodes.map(({ name, account }) => {
    return { ...found, name, account: account as AccountId, device: 'd' as DeviceId }
  })
  for (const node of nodes) {
    const handle = people.nearbyHandle(node) ?? assert.fail(node.name)
    const who = findAnybody(handle.replaceAll('"', ''), records as never, seen as never)
    assert.equal(who.account, node.account, handle)
  }
  assert.equal(people.nearbyHandle(nearbyNode('Al B', { account: null })), undefined)

  // Somebody who was alone with a name is not any more.
  const ann = nearbyNode('ann', { account: accountId('annn') })
  people.updateNearby(ann, true)
  assert.equal(people.nearbyHandle(ann), 'ann')
  people.updateNearby(nearbyNode('ANN', { account: accountId('nnna') }), true)
  assert.equal(people.nearbyHandle(ann), 'annnaaaa')
})

test('the name at the beginning of a line may have spaces, quotes, or a colon behind it', () => {
  const people = directory()
  const split = (text: string): string[] => Object.values(people.splitName(text))
  assert.deepEqual(split('bob hello  there'), ['bob', 'hello  there'])
  assert.deepEqual(split('Bob Lab hello'), ['Bob Lab', 'hello'])
  assert.deepEqual(split('bob lab: hello'), ['bob lab', 'hello'])
  assert.deepEqual(split('"Bob Lab" hello'), ['Bob Lab', 'hello'])
  assert.deepEqual(split('"Bob Lab'), ['Bob Lab', ''])
  assert.deepEqual(split('Bob Laboratory'), ['Bob', 'Laboratory'])
  assert.deepEqual(split('bobbing along'), ['bobbing', 'along'])
  assert.deepEqual(split('nobody: hi\nline two'), ['nobody', 'hi\nline two'])
  assert.deepEqual(split('bob'), ['bob', ''])
})

test('names that act on a terminal are shown as escapes', () => {
  const people = new Directory()
  const evil = contact('x', { name: '\u001b[2Jevil\u202e' })
  people.setContacts([evil])
  assert.equal(people.label(evil), '\\x1b[2Jevil\\u{202e}')
})

test('what somebody says who is called "you" is not shown as one’s own', () => {
  const directory = new Directory()
  const you = contact('You', { account: accountId('zoe') })
  directory.setContacts([bob, you])
  assert.equal(directory.label(you), 'You (zoeaaaaa)')
  assert.equal(directory.called(you.account, 'You'), 'You (zoeaaaaa)')
  assert.equal(directory.called(accountId('stranger'), 'уou'), 'уou (stranger)')
  assert.equal(directory.called(accountId('stranger'), 'young'), 'young')
  assert.equal(directory.called(bob.account, 'anything'), 'Bob')
})
