// What ends what: the same by bisection as by looking at every removal and admission, and in a time
// that does not grow with their square.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import * as fc from 'fast-check'

import type { Place } from '../../../src/core/entry.ts'
import type { Bar, Grant } from '../../../src/core/group/rules.ts'
import { Bars, Grants, isBarred } from '../../../src/core/group/standing.ts'
import type { AccountId, DeviceId } from '../../../src/core/id.ts'
import { comparePlaces } from '../../../src/core/order.ts'
import { person, Script } from './script.ts'

const account = 'a' as AccountId
const devices = ['x', 'y'] as DeviceId[]
const device = fc.constantFrom(...devices)
const place = fc.record({ device, seq: fc.integer({ min: 1, max: 6 }), logical: fc.nat(20) })
const ends = fc.array(fc.tuple(device, fc.nat(6))).map((list) => new Map(list))
const bar = fc.record({
  account: fc.constant(account),
  by: place,
  ends,
  isRemoval: fc.boolean(),
  isOwn: fc.boolean(),
})
const grant = fc.record({ account: fc.constant(account), place, isAdmin: fc.boolean() })

/** By the words of the protocol. */
function barred(bars: Bar[], grants: Grant[], at: Place, asAdmin: boolean): boolean {
  return bars.some(({ by, ends: named, isRemoval }) => {
    if (!isRemoval && !asAdmin) return false
    const end = by.device === at.device ? by.seq : (named.get(at.device) ?? 0)
    const isOver = grants.some(
      (each) =>
        each.isAdmin !== isRemoval &&
        comparePlaces(by, each.place) <= 0 &&
        comparePlaces(each.place, at) < 0,
    )
    return at.seq > end && !isOver
  })
}

test('an entry is ended as the protocol says', () => {
  const many = fc.record({ bars: fc.array(bar), grants: fc.array(grant), at: place })
  fc.assert(
    fc.property(many, fc.boolean(), ({ bars, grants, at }, asAdmin) => {
      const ordered = bars.toSorted((a, b) => comparePlaces(a.by, b.by))
      const known = new Grants()
      for (const each of grants.toSorted((a, b) => comparePlaces(a.place, b.place))) {
        known.add(each)
      }
      const standing = { bars: new Bars(ordered), grants: known }
      assert.equal(isBarred(standing, account, at, asAdmin), barred(bars, grants, at, asAdmin))
    }),
    { numRuns: 2000 },
  )
})

test('somebody who leaves and comes back a thousand times costs everybody little', () => {
  const [ann, bob] = [person('ann'), person('bob')]
  const script = new Script()
  // What somebody just before said is all that matters here.
  const last = () => script.changes.slice(-1)
  script.create(ann)
  for (let i = 0; i < 1000; i++) {
    script.add(ann, bob, last())
    script.here(bob, last())
    script.remove(bob, bob, script.upTo(bob), last())
  }
  script.add(ann, bob, last())
  const start = performance.now()
  assert.deepEqual(script.members, ['ann*', 'bob'])
  // By looking at all of them for each entry it took seconds.
  assert.ok(performance.now() - start < 1500)
})
