// How many are dialed at once, and who does not wait for whom.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'

import { DIALS_FAR_MAX, DIALS_NEAR_MAX, DIALS_STRAINED } from '../../src/core/limits.ts'
import { DialQueue } from '../../src/net/dial-queue.ts'

class Bench {
  readonly near = new Set<string>()
  readonly under = new Map<string, () => void>()
  readonly dialed: string[] = []
  isStrained = false
  readonly queue = new DialQueue<string>({
    isNear: (one) => this.near.has(one),
    isStrained: () => this.isStrained,
    dial: (one) => {
      this.dialed.push(one)
      return new Promise((resolve) => {
        this.under.set(one, resolve)
      })
    },
  })

  add(prefix: string, count: number, isNear: boolean): void {
    for (let i = 0; i < count; i++) {
      if (isNear) this.near.add(`${prefix}${i}`)
      this.queue.add(`${prefix}${i}`)
    }
  }

  async end(one: string): Promise<void> {
    this.under.get(one)?.()
    this.under.delete(one)
    await turn()
  }
}

test('each lane has its bound, and the next begins when one ends', async () => {
  const bench = new Bench()
  bench.add('far', 30, false)
  assert.equal(bench.under.size, DIALS_FAR_MAX)
  bench.add('near', 30, true)
  assert.equal(bench.under.size, DIALS_FAR_MAX + DIALS_NEAR_MAX)
  await bench.end('near0')
  assert.equal(bench.dialed.at(-1), `near${DIALS_NEAR_MAX}`)
  await bench.end('far3')
  assert.equal(bench.dialed.at(-1), `far${DIALS_FAR_MAX}`)
  while (bench.under.size > 0) for (const one of bench.under.keys()) await bench.end(one)
  assert.equal(bench.dialed.length, 60)
})

test('whoever does not get its turns in time begins less', async () => {
  const bench = new Bench()
  bench.isStrained = true
  bench.add('far', 30, false)
  bench.add('near', 30, true)
  assert.equal(bench.under.size, DIALS_STRAINED.far + DIALS_STRAINED.near)
  await bench.end('near0')
  assert.equal(bench.under.size, DIALS_STRAINED.far + DIALS_STRAINED.near)
  bench.isStrained = false
  bench.queue.work()
  assert.equal(bench.under.size, DIALS_FAR_MAX + DIALS_NEAR_MAX)
  bench.isStrained = true
  await bench.end('near1')
  assert.equal(bench.under.size, DIALS_FAR_MAX + DIALS_NEAR_MAX - 1, 'what was begun goes on')
})

test('who comes near while it waits is dialed at the next occasion of those', async () => {
  const bench = new Bench()
  bench.add('far', 30, false)
  bench.near.add('far29')
  bench.queue.add('far29')
  assert.equal(bench.dialed.at(-1), 'far29')
  assert.equal(bench.dialed.length, DIALS_FAR_MAX + 1)
})

test('one that waits is dialed once, and none after all were dropped', async () => {
  const bench = new Bench()
  for (let round = 0; round < 3; round++) bench.add('far', 20, false)
  // Those that are under way may be asked for again.
  assert.equal(bench.dialed.length, DIALS_FAR_MAX)
  bench.queue.clear()
  await bench.end('far0')
  assert.equal(bench.dialed.length, DIALS_FAR_MAX)
})
