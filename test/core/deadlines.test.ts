// Deadlines of a log: what is passed over is just what has disappeared, and in few steps.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import * as fc from 'fast-check'

import {
  DeadlineChanges,
  deadlineOf,
  firstKept,
  lastKept,
  type ReadDeadlines,
} from '../../src/core/deadlines.ts'
import { DEADLINES_PER_RECORD } from '../../src/core/limits.ts'

/** Records as a database would keep them. */
class Records {
  readonly kept = new Map<string, readonly number[]>()
  reads = 0

  readonly read: ReadDeadlines = (level, record) => {
    this.reads += 1
    return this.kept.get(`${level}/${record}`) ?? []
  }

  write(fill: (changes: DeadlineChanges) => void): void {
    const changes = new DeadlineChanges(this.read)
    fill(changes)
    for (const { level, record, deadlines } of changes.changed) {
      assert.ok(deadlines.length <= DEADLINES_PER_RECORD)
      this.kept.set(`${level}/${record}`, deadlines)
    }
  }
}

/** Small logs with gaps, long ones that are mostly gone, in writes of any size. */
const logs = fc.record({
  deadlines: fc.array(
    fc.oneof(
      { weight: 20, arbitrary: fc.integer({ min: 1, max: 100 }) },
      { weight: 1, arbitrary: fc.constant(0) },
    ),
    { minLength: 1, maxLength: 700 },
  ),
  fill: fc.nat(9000),
  atOnce: fc.integer({ min: 1, max: 5000 }),
  now: fc.integer({ min: 1, max: 120 }),
})

test('what is kept is found as a look at every entry finds it', () => {
  fc.assert(
    fc.property(logs, ({ deadlines: some, fill, atOnce, now }) => {
      const deadlines = [...some, ...Array.from({ length: fill }, () => 5), ...some]
      const records = new Records()
      for (let from = 0; from < deadlines.length; from += atOnce) {
        records.write((changes) => {
          for (const [i, at] of deadlines.slice(from, from + atOnce).entries()) {
            changes.set(from + i + 1, at, true)
          }
        })
      }
      const isKept = (at: number): boolean => at === 0 || at > now
      for (const seq of [deadlines.length, some.length, Math.ceil(deadlines.length / 2)]) {
        const wanted = deadlines.slice(0, seq).findLastIndex(isKept) + 1
        assert.equal(lastKept(records.read, seq, now), wanted)
        const end = deadlines.length
        const next = deadlines.findIndex((at, i) => i >= seq - 1 && isKept(at)) + 1
        assert.equal(firstKept(records.read, seq, end, now), next || end + 1)
        assert.equal(deadlineOf(records.read, seq), deadlines[seq - 1])
      }
    }),
    { numRuns: 60 },
  )
})

test('a million entries that are gone are passed over in some hundred reads', () => {
  const MANY = 1_000_000
  const records = new Records()
  for (let from = 1; from < MANY; from += 10_000) {
    records.write((changes) => {
      for (let i = 0; i < 10_000; i++) changes.set(from + 1 + i, 7, true)
    })
  }
  records.reads = 0
  assert.equal(lastKept(records.read, MANY, 8), 1)
  assert.ok(records.reads < 1000, `${records.reads} reads`)
  assert.equal(lastKept(records.read, MANY, 6), MANY)
  records.reads = 0
  assert.equal(firstKept(records.read, 2, MANY, 8), MANY + 1)
  assert.ok(records.reads < 1000, `${records.reads} reads`)
})

test('what is never shown for itself goes with what stands before it', () => {
  const MANY = 100_000
  const records = new Records()
  for (let from = 0; from < MANY; from += 10_000) {
    records.write((changes) => {
      for (let i = 1; i <= 10_000; i++) changes.set(from + i, i % 7 === 0 ? undefined : 7, true)
    })
  }
  records.reads = 0
  assert.equal(lastKept(records.read, MANY, 8), 0)
  assert.ok(records.reads < 300, `${records.reads} reads`)
  records.write((changes) => {
    changes.set(MANY + 1, 0, true)
    changes.set(MANY + 2, undefined, true)
  })
  assert.equal(lastKept(records.read, MANY + 2, 8), MANY + 2)
  const first = new Records()
  first.write((changes) => changes.set(1, undefined, true))
  assert.equal(lastKept(first.read, 1, 8), 1)
})

test('a deadline that is there stays for an entry that comes again, unless the log was cut', () => {
  const records = new Records()
  const fill = (at: number, keeps: boolean) => (changes: DeadlineChanges) => {
    for (let seq = 1; seq <= 64; seq++) changes.set(seq, at, keeps)
  }
  records.write(fill(10, true))
  records.write(fill(99, true))
  records.write(fill(0, true))
  assert.equal(lastKept(records.read, 64, 50), 0)
  records.write((changes) => changes.set(3, 0, false))
  assert.equal(lastKept(records.read, 64, 50), 3)
  records.write((changes) => changes.set(3, 60, false))
  assert.equal(lastKept(records.read, 64, 50), 3)
  assert.equal(lastKept(records.read, 64, 60), 0)
})
