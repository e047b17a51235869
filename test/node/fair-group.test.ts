// Which of the runs that wait are written next.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { COMMIT_RUNS_MAX, GROUP_BYTES_MAX } from '../../src/core/limits.ts'
import type { StoredRun } from '../../src/core/sync/state.ts'
import { takeFairGroup } from '../../src/node/ledger/fair-group.ts'
import { author, conversationId, Log } from '../core/authors.ts'

const WRITER = author('writer')

/** Runs of one entry each, as they wait for the disk. */
function waiting(where: string, count: number, bytes = 10): StoredRun[] {
  const { device } = WRITER
  const conversation = conversationId(where)
  const { head } = new Log(conversation, WRITER)
  const [hash, signature] = [new Uint8Array(32), new Uint8Array(64)]
  return Array.from({ length: count }, (_, i) => {
    const entries = [new Uint8Array(bytes)]
    const run = { conversation, device, first: i + 1, prevHash: hash, entries, signature }
    return { run, head, from: device }
  })
}

test('whatever fits is written at once, as it came', () => {
  const queue = [...waiting('one', 3), ...waiting('two', 2)]
  assert.deepEqual(takeFairGroup(queue), { group: queue, rest: [] })
  assert.deepEqual(takeFairGroup([]), { group: [], rest: [] })
})

test('a flood in one conversation does not hold up what came later in another', () => {
  const flood = waiting('flood', 5 * COMMIT_RUNS_MAX)
  const late = waiting('talk', 2)
  const { group, rest } = takeFairGroup([...flood, ...late])
  assert.equal(group.length, COMMIT_RUNS_MAX)
  assert.deepEqual(group.slice(-2), late)
  assert.deepEqual([...group.slice(0, -2), ...rest], flood, 'the order of each stays')
})

test('large runs of one leave room for others in the same group', () => {
  const large = waiting('large', 20, GROUP_BYTES_MAX / 4)
  const { group, rest } = takeFairGroup([...large, ...waiting('talk', 1)])
  assert.deepEqual([group.length, rest.length], [4, 17])
  assert.equal(group.at(-1)?.run.conversation, conversationId('talk'))
})

test('a run that is larger than a group goes by itself', () => {
  const huge = waiting('huge', 2, 2 * GROUP_BYTES_MAX)
  assert.deepEqual(takeFairGroup(huge).group, huge.slice(0, 1))
})
