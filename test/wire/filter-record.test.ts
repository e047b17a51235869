// A stored filter comes back as it was; one of another kind is none; damage never passes for one.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { isTidingsError } from '../../src/core/errors.ts'
import { SEARCH_CHUNK_ENTRIES } from '../../src/core/limits.ts'
import { decodeFilter, encodeFilter } from '../../src/wire/filter-record.ts'

const record = {
  chunk: 3,
  last: 3 * SEARCH_CHUNK_ENTRIES + 17,
  oldestMs: 1_700_000_000_000,
  newestMs: 1_700_000_100_000,
  beforeMs: 1_699_999_999_999,
  filter: new Uint8Array(60).fill(0xa5),
}

test('a filter comes back as it was', () => {
  const { filter, ...rest } = decodeFilter(encodeFilter(record), 3) ?? assert.fail('none')
  assert.deepEqual({ ...rest, filter: new Uint8Array(filter) }, record)
})

test('a filter of another kind is none', () => {
  const bytes = Buffer.from(encodeFilter(record))
  bytes[0] = 99
  assert.equal(decodeFilter(bytes, 3), undefined)
})

test('what does not fit its key, is cut short, too long or of no such size is damage', () => {
  const bytes = encodeFilter(record)
  const odd = encodeFilter({ ...record, filter: new Uint8Array(61) })
  for (const [damaged, chunk] of [
    [bytes, 2],
    [bytes, 4],
    [bytes.subarray(0, -1), 3],
    [Buffer.concat([bytes, Buffer.of(0)]), 3],
    [odd, 3],
    [new Uint8Array(0), 3],
  ] as const) {
    assert.throws(
      () => decodeFilter(damaged, chunk),
      (e) => isTidingsError(e, 'database_damaged'),
    )
  }
})
