import assert from 'node:assert/strict'
import { test } from 'node:test'

import * as fc from 'fast-check'

import { counts, groupState } from '../../../src/core/group/state.ts'
import type { DeviceId } from '../../../src/core/id.ts'
import { GROUP_MEMBERS_MAX } from '../../../src/core/limits.ts'
import { GROUP, listOf, person, Script } from './script.ts'

const [ann, bob, cid, dan] = [person('ann'), person('bob'), person('cid'), person('dan')]
const NOWHERE = new Map<DeviceId, number>()

/** A group of Ann and those whom she added, in this order. */
function groupOf(...others: readonly (typeof ann)[]): Script {
  const script = new Script()
  script.create(ann)
  for (const other of others) {
    script.add(ann, other)
    script.here(other)
  }
  return script
}

test('whoever makes a group is its admin, and adds', () => {
  const script = groupOf(bob)
  assert.deepEqual(script.members, ['ann*', 'bob'])
  assert.equal(script.state.name, 'crew')
  assert.deepEqual(
    [...script.state.members.values()].map(({ isHere }) => isHere),
    [true, true],
  )
  script.add(ann, cid)
  assert.equal(script.state.members.get(cid.account)?.isHere, false, 'only added')
})

test('a group that is full takes in nobody until somebody goes', () => {
  const others = Array.from({ length: GROUP_MEMBERS_MAX }, (_, i) => person(`member ${i}.`))
  const script = new Script()
  script.create(ann)
  for (const other of others) script.add(ann, other, [])
  const last = others.at(-1)
  assert.ok(last)
  assert.equal(script.state.members.size, GROUP_MEMBERS_MAX)
  assert.ok(!script.state.members.has(last.account))
  script.remove(ann, others[0] ?? bob, NOWHERE)
  script.add(ann, last)
  assert.ok(script.state.members.has(last.account))
})

test('what a member says who is no admin has no effect', () => {
  const script = groupOf(bob, cid)
  const before = script.members
  script.add(bob, dan)
  script.remove(bob, cid, NOWHERE)
  script.promote(bob, bob)
  script.demote(bob, ann, NOWHERE)
  script.rename(bob, 'mine')
  assert.deepEqual(script.members, before)
  assert.equal(script.state.name, 'crew')
})

test('who is no member has no say, even with a list that names a device of a member', () => {
  const script = groupOf(bob)
  const thief = { ...dan, list: listOf(dan.account, [dan.device, bob.device]) }
  script.add(dan, dan)
  script.here(thief)
  assert.deepEqual(script.members, ['ann*', 'bob'])
  assert.equal(script.state.devices.get(bob.device), bob.account)
})

test('a member who lists the device of another gets nothing by it', () => {
  const script = new Script()
  script.create(ann)
  const thief = { ...cid, list: listOf(cid.account, [cid.device, bob.device].toSorted()) }
  // Even if it is first: what the device itself says counts.
  script.add(ann, thief)
  script.add(ann, bob)
  assert.equal(script.state.devices.get(bob.device), cid.account, 'nothing speaks for Bob yet')
  script.here(bob)
  assert.equal(script.state.devices.get(bob.device), bob.account)
  assert.equal(script.state.devices.get(cid.device), cid.account)
})

test('in an open group every member adds, and nobody is promoted by that', () => {
  const script = new Script()
  script.create(ann, true)
  script.add(ann, bob)
  script.add(bob, cid)
  assert.deepEqual(script.members, ['ann*', 'bob', 'cid'])
  script.say(ann.device, { kind: 'group_info', open: false })
  script.add(bob, dan)
  assert.deepEqual(script.members, ['ann*', 'bob', 'cid'])
})

test('of what was written at the same time the order decides about name and topic', () => {
  const script = groupOf(bob)
  script.promote(ann, bob)
  const seen = [...script.changes]
  script.rename(bob, 'by bob', seen)
  script.rename(ann, 'by ann', seen)
  script.say(ann.device, { kind: 'group_info', topic: 'tides' })
  // Equal logical times: the device that sorts last.
  assert.equal(script.state.name, 'by bob')
  assert.equal(script.state.topic, 'tides')
})

test('of two admins who remove each other the one of higher rank stays', () => {
  for (const backwards of [false, true]) {
    const script = groupOf(bob, cid)
    script.promote(ann, bob)
    script.promote(ann, cid)
    const seen = [...script.changes]
    const ends = script.upTo(ann, bob, cid)
    const removals = [
      () => script.remove(bob, cid, ends, seen),
      () => script.remove(cid, bob, ends, seen),
    ]
    for (const remove of backwards ? removals.toReversed() : removals) remove()
    assert.deepEqual(script.members, ['ann*', 'bob*'], `backwards: ${backwards}`)
  }
})

test('nobody removes or demotes an admin of higher rank, in an open group neither', () => {
  const script = groupOf(bob, cid)
  script.promote(ann, bob)
  script.promote(bob, cid)
  script.remove(cid, bob, NOWHERE)
  script.demote(cid, ann, NOWHERE)
  assert.deepEqual(script.members, ['ann*', 'bob*', 'cid*'])
  script.demote(bob, cid, script.upTo(cid))
  assert.deepEqual(script.members, ['ann*', 'bob*', 'cid'])
})

test('what is dated back behind a removal undoes nothing', () => {
  const script = groupOf(bob, cid)
  script.promote(ann, bob)
  const early = [...script.changes]
  const ends = script.upTo(bob)
  script.rename(ann, 'later')
  script.remove(ann, bob, ends)
  // Bob claims to have done this before he heard of it, and in the order it stands before it.
  const back = script.remove(bob, cid, NOWHERE, early)
  const removal = script.changes.at(-2)
  assert.ok(removal && back.place.logical < removal.place.logical)
  script.add(bob, dan, early)
  script.rename(bob, 'bobs', early)
  assert.deepEqual(script.members, ['ann*', 'cid'])
  assert.equal(script.state.name, 'later')
  assert.ok(!counts(script.state, back.place))
  assert.ok(counts(script.state, { ...back.place, seq: ends.get(bob.device) ?? 0 }))
})

test('what was done before a removal or demotion, and seen by it, stays done', () => {
  const script = groupOf(bob)
  script.promote(ann, bob)
  script.add(bob, cid)
  script.demote(ann, bob, script.upTo(bob))
  script.add(bob, dan)
  assert.deepEqual(script.members, ['ann*', 'bob', 'cid'])
  script.remove(ann, bob, script.upTo(bob))
  assert.deepEqual(script.members, ['ann*', 'cid'])
})

test('whoever is taken in again writes and counts again; what lies between does not', () => {
  const script = groupOf(bob)
  script.remove(ann, bob, script.upTo(bob))
  const between = script.rename(bob, 'x')
  script.add(ann, bob)
  const after = script.here(bob)
  assert.deepEqual(script.members, ['ann*', 'bob'])
  assert.ok(!counts(script.state, between.place))
  assert.ok(counts(script.state, after.place))
})

test('the last admin leaves: the longest-standing member is admin', () => {
  const script = groupOf(bob, cid)
  script.remove(ann, ann, script.upTo(ann))
  assert.deepEqual(script.members, ['bob*', 'cid'])
  script.add(bob, dan)
  assert.deepEqual(script.members, ['bob*', 'cid', 'dan'])
  script.remove(bob, bob, script.upTo(bob))
  script.remove(cid, cid, script.upTo(cid))
  script.remove(dan, dan, script.upTo(dan))
  assert.deepEqual(script.members, [])
})

test('leaving while being promoted is leaving, whichever stands first', () => {
  for (const name of ['bob', 'zoe']) {
    const other = person(name)
    const script = groupOf(cid, other)
    const seen = [...script.changes]
    script.promote(ann, other, seen)
    script.remove(other, other, script.upTo(other), seen)
    assert.deepEqual(script.members, ['ann*', 'cid'], name)
  }
})

test('an admin may step down; the last one who does is followed by who is there longest', () => {
  const script = groupOf(bob, cid)
  script.promote(ann, cid)
  script.demote(cid, cid, script.upTo(cid))
  assert.deepEqual(script.members, ['ann*', 'bob', 'cid'])
  script.demote(ann, ann, script.upTo(ann))
  assert.deepEqual(script.members, ['ann*', 'bob', 'cid'], 'that is Ann again')
})

test('one who is added twice is one member, of the first rank', () => {
  const script = groupOf(bob)
  script.promote(ann, bob)
  const seen = [...script.changes]
  script.add(ann, cid, seen)
  script.add(bob, cid, seen)
  script.add(bob, ann)
  assert.deepEqual(script.members, ['ann*', 'bob*', 'cid'])
})

test('the newest list of a member counts, whoever passes it on', () => {
  const script = groupOf(bob, cid)
  const other = person('bob', 'q').device
  const devices = listOf(bob.account, [bob.device, other], 2)
  script.say(cid.device, { kind: 'group_devices', devices, displayName: 'nobody' })
  assert.equal(script.state.devices.get(other), bob.account)
  assert.equal(script.state.lists.get(bob.account)?.version, 2)
  assert.equal(script.state.members.get(bob.account)?.name, 'bob', 'a name is one’s own to tell')
  script.say(other, { kind: 'group_devices', devices, displayName: 'Robert' })
  assert.equal(script.state.members.get(bob.account)?.name, 'Robert')
})

test('an older list does not take the place of a newer one, whoever passes it on later', () => {
  const script = groupOf(bob)
  const newer = listOf(bob.account, [bob.device, dan.device].toSorted(), 3)
  script.here({ ...bob, list: newer })
  script.here({ ...bob, list: listOf(bob.account, [bob.device], 2) })
  assert.equal(script.state.lists.get(bob.account)?.version, 3)
})

test('nothing counts of who never was a member, listed or not', () => {
  const script = groupOf(bob)
  script.add(bob, dan)
  const { state } = script
  assert.equal(state.devices.get(dan.device), dan.account)
  const place = { device: dan.device, seq: 1, logical: 1 }
  assert.ok(!counts(state, place))
  assert.ok(!counts(state, { ...place, device: cid.device }))
  assert.ok(counts(state, { ...place, device: bob.device }))
})

test('the order in which entries arrive does not matter', () => {
  const people = ['ann', 'bob', 'cid', 'dan', 'eve'].map((name) => person(name))
  const step = fc.record({
    by: fc.nat(4),
    who: fc.nat(4),
    kind: fc.constantFrom('add', 'here', 'promote', 'demote', 'remove', 'rename'),
    /** How much of what others said was seen. */
    seen: fc.double({ min: 0, max: 1, noNaN: true }),
    ends: fc.nat(3),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), fc.infiniteStream(fc.nat()), (steps, picks) => {
      const script = new Script()
      script.create(ann)
      for (const { by, who, kind, seen, ends } of steps) {
        const [author = ann, other = ann] = [people[by], people[who]]
        const known = script.changes.slice(0, 1 + Math.floor(seen * script.changes.length))
        const clock = new Map([[other.device, ends]])
        if (kind === 'add') script.add(author, other, known)
        else if (kind === 'here') script.here(author, known)
        else if (kind === 'promote') script.promote(author, other, known)
        else if (kind === 'demote') script.demote(author, other, clock, known)
        else if (kind === 'remove') script.remove(author, other, clock, known)
        else script.rename(author, kind, known)
      }
      const rest = [...script.changes]
      const shuffled = []
      for (const pick of picks) {
        if (rest.length === 0) break
        shuffled.push(...rest.splice(pick % rest.length, 1))
      }
      const state = script.state
      assert.deepEqual(groupState(GROUP, shuffled), state)
      if (state.members.size > 0) {
        assert.ok([...state.members.values()].some(({ role }) => role === 'admin'))
      }
      // Nobody ranks above whoever made the group.
      const hasLeft = state.bars.some(({ by, isRemoval }) => isRemoval && by.device === ann.device)
      assert.ok(state.members.has(ann.account) || hasLeft)
    }),
    { numRuns: 500 },
  )
})
