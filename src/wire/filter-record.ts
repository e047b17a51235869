// The bytes of a filter of search as the store keeps it. It is derived from the entries: one that
// this version cannot use is one that is not there.
import { NUMBER_MAX, SEARCH_CHUNK_ENTRIES, SEARCH_FILTER_BYTES_MAX } from '../core/limits.ts'
import type { FilterRecord } from '../core/records.ts'
import { FILTER_KIND, isFilterSize } from '../core/search/filter.ts'
import { Reader } from './reader.ts'
import { Writer } from './writer.ts'

/** More than its numbers need. */
const NUMBERS_BYTES = 64

export function encodeFilter(record: FilterRecord): Uint8Array {
  const { last, oldestMs, newestMs, beforeMs, filter } = record
  return new Writer(NUMBERS_BYTES + filter.byteLength)
    .number(FILTER_KIND)
    .number(last)
    .number(oldestMs)
    .number(newestMs)
    .number(beforeMs)
    .number(filter.byteLength)
    .raw(filter)
    .finish()
}

/**
 * Undefined for a filter of another kind. The filter is a view into `bytes`.
 *
 * @throws TidingsError `database_damaged`
 */
export function decodeFilter(bytes: Uint8Array, chunk: number): FilterRecord | undefined {
  const reader = new Reader(bytes, 'stored filter', 'database_damaged')
  if (reader.number('kind') !== FILTER_KIND) return undefined
  const before = chunk * SEARCH_CHUNK_ENTRIES
  const last = reader.number('last', before + 1, before + SEARCH_CHUNK_ENTRIES)
  const oldestMs = reader.number('oldest')
  const newestMs = reader.number('newest', oldestMs, NUMBER_MAX)
  const beforeMs = reader.number('newest before')
  const lengthBytes = reader.number('length', 1, SEARCH_FILTER_BYTES_MAX)
  if (!isFilterSize(lengthBytes)) reader.fail('is no size of a filter')
  const filter = reader.raw('filter', lengthBytes)
  reader.finish()
  return { chunk, last, oldestMs, newestMs, beforeMs, filter }
}
