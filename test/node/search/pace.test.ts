// Work that is cut into turns: others get theirs, and of two who work none waits for the other.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { SEARCH_TURN_MS } from '../../../src/core/limits.ts'
import { Pace } from '../../../src/node/search/pace.ts'

/** Works without a pause of its own; how far it came is in `steps`. */
async function work(pace: Pace, steps: number[], until: () => boolean): Promise<void> {
  while (!until()) {
    const endsAt = performance.now() + 0.2
    while (performance.now() < endsAt);
    steps.push(performance.now())
    await pace.keep()
  }
}

test('two who work at once both come along, and the event loop goes on between', async () => {
  const pace = (): Pace => new Pace(() => 2)
  const [one, other, turns]: [number[], number[], number[]] = [[], [], []]
  const isOver = (): boolean => turns.length >= 20
  const timer = setInterval(() => turns.push(performance.now()), 1)
  await Promise.all([work(pace(), one, isOver), work(pace(), other, isOver)])
  clearInterval(timer)
  const ratio = one.length / other.length
  assert.ok(ratio > 0.5 && ratio < 2, `${one.length} steps and ${other.length}`)
  const gaps = turns.slice(1).map((at, i) => at - (turns[i] ?? 0))
  const median = gaps.toSorted((a, b) => a - b)[Math.floor(gaps.length / 2)] ?? Infinity
  assert.ok(median < 4 * SEARCH_TURN_MS, `${median} ms between two turns of the event loop`)
})
