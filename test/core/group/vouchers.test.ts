// By what members show those who do not know them that they are members, and who is believed.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Belonging } from '../../../src/core/group/exchange.ts'
import type { Voucher } from '../../../src/core/group/rules.ts'
import {
  isDeaf,
  isHeard as hears,
  vouchersFor,
  withKept,
} from '../../../src/core/group/vouchers.ts'
import { GROUP_VOUCHERS_MAX } from '../../../src/core/limits.ts'
import { listOf, type Person, person, Script } from './script.ts'

const [ann, bob, cid, dan] = [person('ann'), person('bob'), person('cid'), person('dan')]
const eve = person('eve')
const JOINED: Belonging = { state: 'joined', roots: [[ann.device, ann.account]] }
const NOWHERE = new Map()

/** A group of Ann and Bob, where Bob adds too. */
function crew(): Script {
  const script = new Script()
  script.create(ann)
  script.add(ann, bob)
  script.here(bob)
  script.promote(ann, bob)
  return script
}

/** What somebody knows who holds what was said up to now and nothing later. */
function now(script: Script): Script {
  const copy = new Script()
  copy.changes.push(...script.changes)
  return copy
}

const shownBy = (who: Person, { state }: Script): Voucher[] => vouchersFor(who.account, state)

function isHeard(
  who: Person,
  vouchers: readonly Voucher[],
  { state }: Script,
  belonging = JOINED,
): boolean {
  return hears(who.account, vouchers, ann.account, belonging, state)
}

test('whoever was added shows that, and how those were added who did it, up to the first', () => {
  const script = crew()
  script.add(bob, cid)
  script.here(cid)
  script.promote(bob, cid)
  const { place } = script.add(cid, dan)
  const vouchers = shownBy(dan, script)
  assert.deepEqual(
    vouchers.map(({ account, by }) => [account, by]),
    [
      [dan.account, cid.account],
      [cid.account, bob.account],
      [bob.account, ann.account],
    ],
  )
  assert.deepEqual(vouchers[0]?.entry, { device: cid.device, seq: place.seq })
  assert.deepEqual(shownBy(ann, script), [], 'whoever made it was added by nobody')
  assert.deepEqual(shownBy(eve, script), [])
})

test('a new member is heard by who knows whoever added it, or whoever added that one', () => {
  const script = crew()
  const before = now(script)
  script.add(bob, cid)
  script.promote(bob, cid)
  script.add(cid, dan)
  const vouchers = shownBy(dan, script)
  assert.equal(isHeard(dan, [], before), false)
  assert.equal(isHeard(dan, vouchers, before), true)
  assert.equal(isHeard(dan, vouchers.toReversed(), before), true, 'in any order')
  assert.equal(isHeard(dan, vouchers.slice(0, 1), before), false, 'Cid is not known')
  assert.equal(isHeard(eve, vouchers, before), false, 'it is shown by somebody else')
})

test('links nearest to the first are left out, and who knows some in the middle hears', () => {
  const script = new Script()
  script.create(ann, true)
  const people = Array.from({ length: GROUP_VOUCHERS_MAX + 4 }, (_, i) =>
    person(`p${String.fromCharCode(97 + i)}`),
  )
  const states: Script[] = []
  for (const [i, who] of people.entries()) {
    script.add(i === 0 ? ann : (people[i - 1] as Person), who)
    script.here(who)
    states.push(now(script))
  }
  const last = people.at(-1) as Person
  const vouchers = shownBy(last, script)
  assert.equal(vouchers.length, GROUP_VOUCHERS_MAX)
  assert.equal(isHeard(last, vouchers, states[2] as Script), false)
  assert.equal(isHeard(last, vouchers, states[3] as Script), true)
})

test('who was removed shows nothing new', () => {
  const script = crew()
  script.add(ann, cid)
  const vouchers = shownBy(cid, script)
  assert.equal(isHeard(cid, [], script), true, 'a member')
  const before = now(script)
  script.remove(ann, cid, NOWHERE)
  assert.equal(isHeard(cid, vouchers, script), false)
  assert.equal(isHeard(cid, vouchers, before), true, 'where the removal is not known')
})

test('who left is heard by those who had been added by then, without showing anything', () => {
  const script = crew()
  for (const who of [cid, dan]) {
    script.add(ann, who)
    script.here(who)
  }
  script.remove(cid, cid, NOWHERE)
  script.add(ann, eve)
  assert.equal(isHeard(cid, [], script), true)
  const heardBy = ({ account }: Person): boolean =>
    hears(cid.account, shownBy(cid, script), account, JOINED, script.state)
  assert.equal(heardBy(dan), true)
  assert.equal(heardBy(eve), false, 'Cid does not find out that Eve came')
  script.remove(dan, dan, NOWHERE)
  assert.equal(heardBy(dan), true, 'nor that Dan left too')
  script.add(ann, cid)
  script.remove(cid, cid, NOWHERE)
  assert.equal(heardBy(eve), true, 'whom Cid knows by now')
})

test('who left is not heard where somebody removed them too', () => {
  const script = crew()
  script.add(ann, cid)
  script.here(cid)
  const apart = now(script)
  script.remove(cid, cid, NOWHERE)
  script.remove(ann, cid, NOWHERE)
  assert.equal(isHeard(cid, shownBy(cid, script), script), false, 'after they left')
  // Cid claims to have left before the removal, of which Cid knows.
  const removal = apart.remove(ann, cid, NOWHERE)
  const seen = apart.changes.filter((change) => change !== removal)
  const leave = apart.remove(cid, cid, NOWHERE, seen)
  assert.ok(leave.place.logical <= removal.place.logical)
  assert.equal(isHeard(cid, [], apart), false, 'dated back')
  apart.add(ann, cid)
  apart.remove(cid, cid, NOWHERE)
  assert.equal(isHeard(cid, [], apart), true, 'of an earlier time in the group')
})

test('who left still vouches for whom they added before, until somebody removes them', () => {
  // A copy of Bob's profile added Cid, and he left on this one, which nobody tells of that.
  const script = crew()
  const [other, laptop] = [person('copy'), person('laptop')]
  const devices = listOf(bob.account, [bob.device, other.device], 2)
  script.say(other.device, { kind: 'group_devices', devices, displayName: 'bob' })
  const copy = now(script)
  copy.add({ ...bob, device: other.device }, cid)
  const vouchers = shownBy(cid, copy)
  script.remove(bob, bob, NOWHERE)
  assert.equal(isHeard(cid, vouchers, script), true)
  const cameLater = { ...JOINED, roots: [] }
  const { state } = script
  assert.equal(hears(cid.account, vouchers, laptop.account, cameLater, state), false)
  script.remove(ann, bob, NOWHERE)
  assert.equal(isHeard(cid, vouchers, script), false)
})

test('who joins hears members by whoever made the group, also if they left it, or invited', () => {
  const joining: Belonging = { ...JOINED, state: 'joining' }
  // That she left is here, and whom another of her devices added is not.
  const script = new Script()
  script.create(ann)
  script.remove(ann, ann, NOWHERE)
  const vouchers = shownBy(bob, crew())
  assert.equal(hears(bob.account, vouchers, dan.account, joining, script.state), true)
  const removed = crew()
  const byBob = { ...joining, roots: [[bob.device, bob.account] as const] }
  removed.remove(bob, bob, NOWHERE)
  assert.equal(hears(bob.account, [], dan.account, byBob, removed.state), true)
  removed.remove(ann, bob, NOWHERE)
  assert.equal(hears(bob.account, [], dan.account, byBob, removed.state), false)
})

test('who was removed and added again is heard by that', () => {
  const script = crew()
  script.add(ann, cid)
  const old = shownBy(cid, script)
  script.remove(ann, cid, NOWHERE)
  const before = now(script)
  script.add(bob, cid)
  const vouchers = shownBy(cid, script)
  assert.equal(isHeard(cid, old, before), false)
  assert.equal(isHeard(cid, vouchers, before), true)
})

test('of two who added somebody the one is shown whose word may count elsewhere', () => {
  // Cid has not heard of the removal between the two.
  const script = crew()
  const first = script.add(ann, cid)
  const apart = now(script)
  script.remove(ann, cid, NOWHERE)
  const removed = now(script)
  const again = script.add(bob, cid, script.changes.slice(0, -2))
  apart.changes.push(again)
  const vouchers = shownBy(cid, apart)
  const places = vouchers.filter(({ account }) => account === cid.account)
  assert.deepEqual(new Set(places.map(({ by }) => by)), new Set([ann.account, bob.account]))
  assert.ok(first.place.logical <= again.place.logical)
  assert.equal(isHeard(cid, vouchers, removed), true)
})

test('who was removed cannot vouch for others, nor these for who was removed', () => {
  const script = crew()
  script.add(ann, eve)
  script.promote(ann, eve)
  const { account, device } = eve
  const seen = shownBy(eve, script)
  script.remove(ann, eve, NOWHERE)
  const other: Voucher = { account: dan.account, by: account, entry: { device, seq: 9 } }
  const back: Voucher = { account, by: dan.account, entry: { device: dan.device, seq: 1 } }
  const vouchers = [...seen, other, back]
  assert.equal(isHeard(dan, vouchers, script), false)
  assert.equal(isHeard(eve, vouchers, script), false)
})

test('who was added by somebody who may not is not heard once that is known', () => {
  const script = new Script()
  script.create(ann)
  script.add(ann, bob)
  script.here(bob)
  const before = now(script)
  script.add(bob, cid)
  const [entry] = script.state.adds.get(cid.account) ?? []
  assert.ok(entry)
  assert.equal(isHeard(cid, [entry], before), true)
  assert.equal(isHeard(cid, [entry], script), false)
})

test('where nothing is known yet, whoever made the group or invited is the one that counts', () => {
  const script = crew()
  script.add(bob, cid)
  const vouchers = shownBy(cid, script)
  const nothing = new Script()
  const joining = { ...JOINED, state: 'joining' } as const
  assert.equal(isHeard(cid, vouchers, nothing, joining), true)
  assert.equal(isHeard(cid, vouchers, nothing), true, 'the database lost it')
  assert.equal(isHeard(cid, vouchers.slice(0, 1), nothing, joining), false)
  const byBob: Belonging = { ...joining, roots: [...JOINED.roots, [bob.device, bob.account]] }
  assert.equal(isHeard(cid, vouchers.slice(0, 1), nothing, byBob), true)
  assert.equal(isHeard(ann, [], nothing, { ...joining, roots: JOINED.roots }), true)
})

test('who invited counts for nothing once the group is known without them', () => {
  const script = crew()
  const invited: Belonging = { ...JOINED, roots: [...JOINED.roots, [eve.device, eve.account]] }
  assert.equal(isHeard(eve, [], script, invited), false)
})

test('what this user signed and lost counts', () => {
  const voucher: Voucher = {
    account: cid.account,
    by: ann.account,
    entry: { device: ann.device, seq: 7 },
  }
  const nothing = new Script()
  assert.equal(isHeard(cid, [voucher], nothing, { state: 'joined', roots: [] }), true)
  assert.equal(isHeard(ann, [], nothing, { state: 'joined', roots: [] }), false)
})

test('without what made the group, what was added is no reason not to hear of it', () => {
  const script = crew()
  script.here(ann)
  const vouchers = shownBy(bob, script)
  const lost = new Script()
  lost.changes.push(...script.changes.slice(1))
  assert.ok(lost.state.adds.has(bob.account))
  assert.equal(isHeard(bob, vouchers, lost, { state: 'joined', roots: [] }), true)
  assert.equal(isHeard(bob, [], lost, { state: 'joined', roots: [] }), false)
})

test('a device is shown by the list that names it, also where a newer one leaves it out', () => {
  const script = crew()
  const devices = listOf(bob.account, [dan.device], 2)
  script.say(dan.device, { kind: 'group_devices', devices, displayName: 'bob' })
  const { lists, listings } = script.state
  assert.equal(lists.get(bob.account)?.version, 2)
  assert.equal(listings.get(bob.device)?.version, 1)
  assert.equal(listings.get(dan.device)?.version, 2)
})

test('who tells of a group listens, and who is known to know this member', () => {
  const script = crew()
  const { state } = script
  const held = new Map([[ann.device, 2]])
  const isBobDeaf = (told: boolean, knows: number | undefined, holds = held): boolean =>
    isDeaf(bob.account, state, { told, knows, held: holds })
  assert.equal(isBobDeaf(true, undefined, new Map()), false)
  assert.equal(isBobDeaf(false, 1), false)
  assert.equal(isBobDeaf(false, undefined), true, 'its database may have forgotten it')
  assert.equal(isBobDeaf(false, 1, new Map([[ann.device, 1]])), true)
  assert.equal(isDeaf(eve.account, state, { told: false, knows: 1, held }), true)
})

test('what somebody was shown is shown on, and nothing twice', () => {
  const [ann, bob] = [person('ann'), person('bob')]
  const script = new Script()
  script.create(ann)
  script.add(ann, bob)
  const own = vouchersFor(bob.account, script.state)
  const [first] = own
  assert.ok(first)
  const waiting = { ...first, entry: { ...first.entry, seq: 9 } }
  assert.deepEqual(withKept(own, [first, waiting]), [first, waiting])
  assert.deepEqual(withKept([], [waiting]), [waiting])
})
