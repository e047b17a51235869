// Runs in memory, against a plain list of all that were put there.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'

import * as fc from 'fast-check'

import { lastSeq, type Run, runMemoryBytes } from '../../src/core/run.ts'
import { RunCache } from '../../src/store/run-cache.ts'
import { plainRun, SampleLog } from './samples.ts'

const LOGS = ['a', 'b']
const SEQ_MAX = 40
const log = fc.constantFrom(...LOGS)
const seq = fc.integer({ min: 1, max: SEQ_MAX })
const steps = fc.array(
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        type: fc.constant('add' as const),
        log,
        first: seq,
        count: fc.integer({ min: 1, max: 5 }),
      }),
    },
    { weight: 5, arbitrary: fc.record({ type: fc.constant('find' as const), log, seq }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('cut' as const), log, seq }) },
  ),
  { maxLength: 100, size: 'max' },
)

const sample = new SampleLog().next(['a sample'])
/** @param version of what a log says: after a cut it says something else */
const runOf = (first: number, count: number, version = 0): Run => {
  const text = (seq: number): Buffer => Buffer.from(`entry ${seq}, version ${version}`)
  return { ...sample, first, entries: Array.from({ length: count }, (_, i) => text(first + i)) }
}
/** Runs of five entries, with numbers of three digits, that there is room for. */
const COUNT = 8
const BYTES_MAX = COUNT * runMemoryBytes(runOf(100, 5))

test('a run that is found holds the entry and was put there; the newest one is found', () => {
  let found = 0
  let forgotten = 0
  fc.assert(
    fc.property(steps, (all) => {
      const cache = new RunCache(BYTES_MAX)
      const put = new Map<string, Run[]>(LOGS.map((name) => [name, []]))
      const runsOf = (name: string): Run[] => put.get(name) ?? assert.fail('no such log')
      let version = 0
      let newest: { log: string; seq: number } | undefined
      const check = (name: string, at: number): boolean => {
        const those = runsOf(name).filter((run) => run.first <= at && at <= lastSeq(run))
        const run = cache.find(name, at)
        if (run) {
          found += 1
          const isOne = those.some((each) => isDeepStrictEqual(plainRun(each), plainRun(run)))
          assert.ok(isOne, 'it was put there, and holds the entry')
        } else if (those.length > 0) forgotten += 1
        return run !== undefined
      }
      for (const step of all) {
        if (step.type === 'add') {
          const run = runOf(step.first, step.count, version)
          cache.add(step.log, run)
          runsOf(step.log).push(run)
          newest = { log: step.log, seq: lastSeq(run) }
        } else if (step.type === 'cut') {
          cache.cut(step.log, step.seq)
          version += 1
          const left = runsOf(step.log).filter((run) => lastSeq(run) <= step.seq)
          put.set(step.log, left)
          if (newest?.log === step.log && newest.seq > step.seq) newest = undefined
        } else check(step.log, step.seq)
        if (newest) assert.ok(check(newest.log, newest.seq), 'the newest is found')
      }
    }),
  )
  assert.ok(found > 0 && forgotten > 0, 'some were found and some were forgotten')
})

test('half of what it may hold is kept, and what is asked for again and again', () => {
  const cache = new RunCache(BYTES_MAX)
  for (let first = 1; first <= 500; first += 5) {
    cache.add('a', runOf(first, 5))
    assert.ok(cache.find('a', 1), 'it was asked for after each')
  }
  const isThere = [486, 491, 496].map((seq) => cache.find('a', seq)?.first)
  assert.deepEqual(isThere, [486, 491, 496])
  assert.equal(cache.find('a', 400), undefined)
})

/** Which of these are found, each looked for by itself: whoever asks keeps what is found. */
function foundOf(firsts: readonly number[], fill: (cache: RunCache) => void): number[] {
  return firsts.filter((first) => {
    const cache = new RunCache(BYTES_MAX)
    fill(cache)
    return cache.find('a', first) !== undefined
  })
}

test('no more is held than may be', () => {
  const firsts = Array.from({ length: 100 }, (_, i) => 100 + 5 * i)
  const found = foundOf(firsts, (cache) => {
    for (const first of firsts) cache.add('a', runOf(first, 5))
  })
  assert.deepEqual(found, firsts.slice(-COUNT))
})

test('what is replaced or cut off takes no room', () => {
  const firsts = [100, 105, 110, 115]
  const replacing = foundOf(firsts, (cache) => {
    for (const first of firsts) {
      cache.add('a', runOf(first, 5))
      for (let i = 0; i < COUNT; i++) cache.add('a', runOf(100, 5))
    }
  })
  assert.deepEqual(replacing, firsts)
  const cutting = foundOf(firsts, (cache) => {
    for (const first of firsts) {
      for (let i = 0; i < COUNT; i++) {
        cache.add('b', runOf(100, 5))
        cache.cut('b', 1)
      }
      cache.add('a', runOf(first, 5))
    }
  })
  assert.deepEqual(cutting, firsts)
})
