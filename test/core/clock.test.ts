// Vector clocks: what covers, what is missing, what a merge holds.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import * as fc from 'fast-check'

import {
  beyond,
  type Clock,
  covers,
  differing,
  EMPTY_CLOCK,
  mergeClocks,
  missing,
  withSeq,
} from '../../src/core/clock.ts'
import type { DeviceId } from '../../src/core/id.ts'

const device = (name: string): DeviceId => name as DeviceId
const devices = fc.constantFrom('a', 'b', 'c', 'd').map(device)
const clocks: fc.Arbitrary<Clock> = fc
  .array(fc.tuple(devices, fc.integer({ min: 1, max: 9 })))
  .map((pairs) => new Map(pairs))

test('what is missing, once added, makes a clock cover the other', () => {
  fc.assert(
    fc.property(clocks, clocks, (mine, theirs) => {
      let clock = mine
      for (const { device, first, last } of missing(mine, theirs)) {
        assert.equal(first, (clock.get(device) ?? 0) + 1)
        assert.ok(first <= last)
        clock = withSeq(clock, device, last)
      }
      assert.ok(covers(clock, theirs))
      assert.deepEqual(clock, mergeClocks(mine, theirs))
    }),
  )
})

test('nothing is missing exactly where one clock covers the other', () => {
  fc.assert(
    fc.property(clocks, clocks, (mine, theirs) => {
      assert.equal(missing(mine, theirs).length === 0, covers(mine, theirs))
    }),
  )
})

test('clocks differ in the devices of which only one tells, or both something else', () => {
  fc.assert(
    fc.property(clocks, clocks, (a, b) => {
      const all = new Set([...a.keys(), ...b.keys()])
      const expected = [...all].filter((each) => a.get(each) !== b.get(each))
      assert.deepEqual(differing(a, b).toSorted(), expected.toSorted())
    }),
  )
})

test('what one says beyond another, and nothing less, makes up for it', () => {
  fc.assert(
    fc.property(clocks, clocks, (a, b) => {
      const more = beyond(a, b)
      assert.deepEqual(mergeClocks(b, more), mergeClocks(b, a))
      for (const [device, seq] of more) assert.ok(seq > (b.get(device) ?? 0))
    }),
  )
})

test('a merged clock covers both and nothing more', () => {
  fc.assert(
    fc.property(clocks, clocks, clocks, (a, b, other) => {
      const merged = mergeClocks(a, b)
      assert.ok(covers(merged, a) && covers(merged, b))
      if (covers(other, a) && covers(other, b)) assert.ok(covers(other, merged))
      assert.deepEqual(merged, mergeClocks(b, a))
    }),
  )
})

test('clocks are never changed in place', () => {
  const clock: Clock = new Map([[device('a'), 1]])
  withSeq(clock, device('a'), 2)
  mergeClocks(clock, new Map([[device('b'), 1]]))
  assert.deepEqual(clock, new Map([['a', 1]]))
  assert.equal(EMPTY_CLOCK.size, 0)
})
