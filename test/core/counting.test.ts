// Counting what is unread: whatever order and pieces entries are counted in, two chunks tell how
// much lies between any two places, as walking the log would.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import * as fc from 'fast-check'

import {
  chunkOf,
  type CountChunk,
  type Counts,
  countsAt,
  lastCounted,
  withKinds,
} from '../../src/core/counting.ts'
import { COUNT_CHUNK_ENTRIES } from '../../src/core/limits.ts'

const CHUNK = COUNT_CHUNK_ENTRIES

/** The chunks of one log, as a store keeps them. */
class Kept {
  readonly chunks = new Map<number, CountChunk>()

  count(first: number, kinds: string): void {
    const kept = (index: number): CountChunk | undefined => this.chunks.get(index)
    for (const [index, chunk] of withKinds(first, kinds, kept)) this.chunks.set(index, chunk)
  }

  at(seq: number): Counts | undefined {
    if (seq === 0) return { messages: 0, mentions: 0 }
    const chunk = this.chunks.get(chunkOf(seq))
    return chunk && countsAt(chunk, chunkOf(seq), seq)
  }
}

function walked(kinds: string): Counts {
  const messages = [...kinds].filter((kind) => kind !== '.').length
  return { messages, mentions: [...kinds].filter((kind) => kind === '@').length }
}

const kinds = (maxLength: number): fc.Arbitrary<string> =>
  fc.array(fc.constantFrom('m', '@', '.'), { minLength: 1, maxLength }).map((all) => all.join(''))

test('counts are those of a walk, whatever pieces the entries came in', () => {
  fc.assert(
    fc.property(fc.array(kinds(2 * CHUNK), { maxLength: 8 }), fc.nat(), (pieces, pick) => {
      const kept = new Kept()
      const all = pieces.join('')
      let first = 1
      for (const piece of pieces) {
        kept.count(first, piece)
        first += piece.length
      }
      for (const seq of [0, all.length, pick % (all.length + 1), Math.min(CHUNK, all.length)]) {
        assert.deepEqual(kept.at(seq), walked(all.slice(0, seq)))
      }
    }),
  )
})

test('what is shown again after damage is counted again, in place of what was', () => {
  fc.assert(
    fc.property(kinds(3 * CHUNK), kinds(3 * CHUNK), fc.nat(), (before, after, pick) => {
      const kept = new Kept()
      kept.count(1, before)
      const from = (pick % before.length) + 1
      kept.count(from, after)
      const all = before.slice(0, from - 1) + after
      assert.deepEqual(kept.at(all.length), walked(all))
    }),
  )
})

test('counting may begin anywhere; what came before it is not claimed to be known', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 3 * CHUNK }), kinds(2 * CHUNK), (first, some) => {
      const kept = new Kept()
      kept.count(first, some)
      const last = first + some.length - 1
      const end = kept.chunks.get(chunkOf(last))
      assert.equal(end?.since, first)
      assert.equal(lastCounted(end, chunkOf(last)), last)
      assert.deepEqual(kept.at(last), walked(some))
      if (first > 2) assert.equal(kept.at(first - 2), undefined)
    }),
  )
})

test('behind a hole counting begins anew', () => {
  const kept = new Kept()
  kept.count(1, 'mm')
  kept.count(5, '@m')
  assert.deepEqual(kept.chunks.get(0), { since: 5, messages: 0, mentions: 0, kinds: '@m' })
})
