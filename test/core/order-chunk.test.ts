// Messages among changes: counted and found by a few reads, whatever lies between them.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import * as fc from 'fast-check'

import { ORDER_CHUNK_ENTRIES } from '../../src/core/limits.ts'
import {
  type ChunkAt,
  messageAtOrAfter,
  messageAtOrBefore,
  messagesUpTo,
  type OrderChunk,
} from '../../src/core/order-chunk.ts'

/** A log by which of its entries are changes; counts the reads of its chunks. */
function logOf(isChange: readonly boolean[]): { chunkAt: ChunkAt; reads: () => number } {
  let reads = 0
  const chunkAt = (chunk: number, least: number): OrderChunk => {
    reads += 1
    const start = chunk * ORDER_CHUNK_ENTRIES
    const part = isChange.slice(start, start + ORDER_CHUNK_ENTRIES)
    assert.ok(part.length >= least, 'more is asked for than there is')
    return {
      logicals: part.map((_, i) => start + i + 1),
      changesBefore: isChange.slice(0, start).filter(Boolean).length,
      changes: part.flatMap((change, i) => (change ? [i] : [])),
    }
  }
  return { chunkAt, reads: () => reads }
}

const logs = fc
  .array(fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 300 })), { minLength: 1, maxLength: 8 })
  .map((parts) => parts.flatMap(([change, length]) => Array<boolean>(length).fill(change)))

test('of any log messages are counted and found as by walking it', () => {
  fc.assert(
    fc.property(logs, fc.nat(), (isChange, at) => {
      const { chunkAt } = logOf(isChange)
      const seq = at % (isChange.length + 1)
      const before = isChange.slice(0, seq)
      assert.equal(messagesUpTo(seq, chunkAt), before.filter((change) => !change).length)
      assert.equal(messageAtOrBefore(seq, chunkAt), before.lastIndexOf(false) + 1)
      const { length } = isChange
      const after = isChange.indexOf(false, seq)
      const next = after < 0 ? length + 1 : after + 1
      assert.equal(messageAtOrAfter(seq + 1, length, chunkAt), next)
    }),
    { numRuns: 300 },
  )
})

test('a hundred thousand changes in a row cost some twenty reads', () => {
  const isChange = [false, false, false, ...Array<boolean>(100_000).fill(true)]
  const { chunkAt, reads } = logOf(isChange)
  assert.equal(messageAtOrBefore(isChange.length, chunkAt), 3)
  assert.ok(reads() <= 20, `${reads()} reads`)
  const mirrored = logOf(isChange.toReversed())
  assert.equal(messageAtOrAfter(1, isChange.length, mirrored.chunkAt), 100_001)
  assert.ok(mirrored.reads() <= 20, `${mirrored.reads()} reads`)
  const none = logOf(Array<boolean>(10_000).fill(true))
  assert.equal(messageAtOrBefore(10_000, none.chunkAt), 0)
})
