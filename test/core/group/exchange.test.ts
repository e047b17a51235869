// What follows for one replica from a group: whom it tells, whose logs it takes, what the group is
// to its user, and who has to be invited.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Clock } from '../../../src/core/clock.ts'
import {
  added,
  type Belonging,
  endsOf,
  followed,
  founder,
  groupSharers,
  groupWriters,
  hasSaidHere,
  type Holdings,
  isOffList,
  mayNotKnow,
  takesGroup,
} from '../../../src/core/group/exchange.ts'
import type { AccountId, DeviceId } from '../../../src/core/id.ts'
import { DEVICES_MAX } from '../../../src/core/limits.ts'
import { listOf, type Person, person, Script } from './script.ts'

const [ann, bob, cid, dan] = [person('ann'), person('bob'), person('cid'), person('dan')]
const JOINED: Belonging = { state: 'joined', roots: [[ann.device, ann.account]] }

/** A group of Ann, Bob and Cid. */
function crew(): Script {
  const script = new Script()
  script.create(ann)
  for (const other of [bob, cid]) {
    script.add(ann, other)
    script.here(other)
  }
  return script
}

/** @param told what each told that they hold */
function holdings(held: Clock, told: readonly (readonly [Person, Clock])[] = []): Holdings {
  return {
    held: () => held,
    heldBy: (account) => told.flatMap(([who, clock]) => (who.account === account ? [clock] : [])),
    wasPassedOn: false,
  }
}

function sharers(
  script: Script,
  me: Person,
  belonging: Belonging,
  held: Holdings = holdings(new Map()),
): string[] {
  const accounts = groupSharers(me.account, belonging, script.state, held)
  return [...accounts].map((account) => account.slice(0, 3)).toSorted()
}

test('members tell each other, and nobody who was removed', () => {
  const script = crew()
  assert.deepEqual(sharers(script, ann, JOINED), ['bob', 'cid'])
  script.remove(ann, cid, script.upTo(cid))
  assert.deepEqual(sharers(script, ann, JOINED), ['bob'])
  assert.deepEqual(sharers(script, bob, JOINED), ['ann'])
})

test('who joins tells who invited, until that one is removed', () => {
  const script = crew()
  const roots = [ann, bob].map(({ device, account }) => [device, account] as const)
  const joining: Belonging = { state: 'joining', roots }
  assert.deepEqual(sharers(new Script(), dan, joining), ['ann', 'bob'])
  script.remove(ann, bob, script.upTo(bob))
  assert.deepEqual(sharers(script, dan, joining), ['ann', 'cid'])
  assert.deepEqual(sharers(script, dan, { ...joining, state: 'invited' }), [])
})

test('who left tells members until one of them has all that was there, and none after that', () => {
  const script = crew()
  script.remove(bob, bob, script.upTo(bob))
  const held = script.upTo(ann, bob, cid)
  const left: Belonging = { ...JOINED, state: 'left', leave: { device: bob.device, seq: 2 } }
  assert.deepEqual(sharers(script, bob, left, holdings(held)), ['ann', 'cid'])
  const all = holdings(held, [[ann, held]])
  assert.deepEqual(sharers(script, bob, left, all), [])
  assert.deepEqual(followed(bob.account, left, script.state, all), {
    state: 'left',
    leave: left.leave,
    isPassedOn: true,
  })
  // What is kept counts: nobody goes on telling it.
  assert.deepEqual(sharers(script, bob, { ...left, isPassedOn: true }, holdings(held)), [])
})

test('who is out goes on with who told of the group and lacks something', () => {
  const script = crew()
  const before = script.upTo(ann, bob, cid)
  script.remove(ann, bob, script.upTo(bob))
  const held = script.upTo(ann, bob, cid)
  const told = holdings(held, [
    [ann, held],
    [cid, before],
  ])
  assert.deepEqual(sharers(script, bob, JOINED, told), ['cid'])
  assert.deepEqual(sharers(script, bob, JOINED, holdings(held)), [], 'silent ones are not told')
  // The removal is there, and waits for what only Bob has.
  const waiting = new Map(held).set(bob.device, 0)
  assert.deepEqual(sharers(script, bob, JOINED, holdings(held, [[cid, waiting]])), ['cid'])
})

test('of the groups that one was in or asks for all is taken', () => {
  const taken = (belonging: Belonging): boolean => takesGroup(belonging)
  assert.ok(taken(JOINED))
  assert.ok(taken({ ...JOINED, state: 'joining' }))
  assert.ok(taken({ ...JOINED, state: 'left', leave: { device: bob.device, seq: 2 } }))
  assert.ok(!taken({ ...JOINED, state: 'invited' }))
  assert.ok(!taken({ ...JOINED, state: 'left' }), 'an invitation that was turned down')
})

test('what a group is to its user follows from its entries', () => {
  const script = crew()
  const of = (belonging: Belonging) =>
    followed(bob.account, belonging, script.state, holdings(new Map([[ann.device, 9]])))
  assert.deepEqual(of({ ...JOINED, state: 'joining' }), { state: 'joined' })
  assert.equal(of(JOINED), undefined)
  script.remove(bob, bob, script.upTo(bob))
  const leave = { device: bob.device, seq: 2 }
  assert.deepEqual(of(JOINED), { state: 'left', leave })
  script.add(ann, bob)
  assert.deepEqual(of({ ...JOINED, state: 'left', leave }), { state: 'invited' })
  assert.equal(of({ ...JOINED, state: 'left' }), undefined, 'who turned it down is not asked')
  assert.equal(added(bob.account, script.state)?.device, ann.device)
  assert.equal(founder(script.state), ann.device)
})

test('who is removed by somebody else has not left', () => {
  const script = crew()
  script.remove(ann, bob, script.upTo(bob))
  assert.equal(followed(bob.account, JOINED, script.state, holdings(new Map())), undefined)
})

test('logs are taken of devices that are listed, met or waited for', () => {
  const script = crew()
  const [laptop, unknown] = [person('laptop').device, person('unknown').device]
  const met = listOf(bob.account, [bob.device, laptop], 2)
  const stranger = listOf(dan.account, [dan.device])
  const writers = groupWriters(JOINED, script.state, {
    lists: [met, stranger],
    awaited: [[unknown, cid.account]],
  })
  assert.equal(writers.get(laptop), bob.account)
  assert.equal(writers.get(unknown), cid.account)
  assert.equal(writers.get(dan.device), undefined)
  // What the group says of a device counts more than what somebody claims elsewhere.
  const thief = listOf(bob.account, [ann.device], 3)
  const claimed = groupWriters(JOINED, script.state, { lists: [thief], awaited: [] })
  assert.equal(claimed.get(ann.device), ann.account)
})

test('a device that was taken off the list of its account is no sharer', () => {
  const script = crew()
  const newer = listOf(bob.account, [person('laptop').device], 2)
  script.here({ ...bob, list: newer })
  assert.ok(isOffList(script.state, bob.device, bob.list))
  assert.ok(!isOffList(script.state, bob.device, listOf(bob.account, [bob.device], 3)))
  assert.ok(!isOffList(script.state, dan.device, dan.list))
})

test('a member who never said that it is here is invited, or forgot what it knew', () => {
  const script = crew()
  script.add(ann, dan)
  const { state } = script
  assert.ok(mayNotKnow(state, dan.account, 10, undefined))
  assert.ok(!mayNotKnow(state, bob.account, 10, 7))
  assert.ok(mayNotKnow(state, bob.account, 6, 7), 'its database is older than what it said')
  assert.ok(mayNotKnow(state, bob.account, undefined, 7), 'it knows nothing of this database')
  assert.ok(mayNotKnow(state, bob.account, 10, undefined), 'a device that said nothing yet')
  assert.ok(!mayNotKnow(state, person('eve').account, undefined, undefined), 'no member')
})

test('one says once that one is here, and again with another list or name', () => {
  const { state } = crew()
  assert.ok(hasSaidHere(state, bob.device, bob.list, 'bob'))
  assert.ok(!hasSaidHere(state, bob.device, bob.list, 'bobby'))
  assert.ok(!hasSaidHere(state, bob.device, { ...bob.list, version: 2 }, 'bob'))
  assert.ok(!hasSaidHere(state, person('laptop').device, bob.list, 'bob'))
})

test('a removal names how far everything of somebody is shown, of as many logs as it may', () => {
  const { state } = crew()
  const shown = new Map([
    [bob.device, 3],
    [cid.device, 8],
  ])
  const ends = endsOf(state, bob.account, (device) => shown.get(device) ?? 0)
  assert.deepEqual([...ends], [[bob.device, 3]])
  const many = Array.from({ length: DEVICES_MAX + 5 }, (_, i) => `${i}` as DeviceId)
  const devices = new Map<DeviceId, AccountId>(many.map((each) => [each, bob.account]))
  assert.equal(endsOf({ devices }, bob.account, () => 1).size, DEVICES_MAX)
})
