import assert from 'node:assert/strict'
import { test } from 'node:test'

import {
  SLICE_BYTES_MAX,
  SLICE_BYTES_MIN,
  SLICE_QUICK_MS,
  SLICE_SLOW_MS,
} from '../../src/core/limits.ts'
import { Slices } from '../../src/net/slices.ts'

function line(): { readonly slices: Slices; readonly takes: (ms: number) => number } {
  let now = 0
  const slices = new Slices(() => now)
  const takes = (ms: number): number => {
    slices.filled()
    assert.ok(slices.isFull)
    now += ms
    slices.drained()
    assert.ok(!slices.isFull)
    return slices.bytesMax
  }
  return { slices, takes }
}

test('pieces are small until the line shows that it is quick', () => {
  const { slices, takes } = line()
  assert.equal(slices.bytesMax, SLICE_BYTES_MIN)
  slices.drained()
  assert.equal(slices.bytesMax, SLICE_BYTES_MIN, 'it was not full')
  assert.equal(takes(SLICE_QUICK_MS), 2 * SLICE_BYTES_MIN)
  for (let i = 0; i < 10; i++) takes(0)
  assert.equal(slices.bytesMax, SLICE_BYTES_MAX)
})

test('over a line that turns slow they are small again', () => {
  const { takes } = line()
  takes(0)
  assert.equal(takes(SLICE_QUICK_MS + 1), 2 * SLICE_BYTES_MIN, 'neither quick nor slow')
  assert.equal(takes(SLICE_SLOW_MS), SLICE_BYTES_MIN)
})
