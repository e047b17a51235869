// The filters of search as they are read, and what keeps one from being written that is about
// entries which are not there any more.
import { TidingsError } from '../core/errors.ts'
import { SEARCH_CHUNK_ENTRIES } from '../core/limits.ts'
import type { FilterRecord } from '../core/records.ts'
import type { LevelBatch } from './batch.ts'
import type { Codec, LogRef } from './codec.ts'
import type { Cuts } from './cuts.ts'
import { filterKey, logIdOf, logRange, numberOfKey } from './keys.ts'
import type { Database, Operation } from './level.ts'
import type { Damage } from './repair/damage.ts'

export interface FiltersComponents {
  readonly database: Database
  readonly codec: Codec
  readonly damage: Damage
  readonly cuts: Cuts
}

export class Filters {
  private readonly components: FiltersComponents

  constructor(components: FiltersComponents) {
    this.components = components
  }

  /** Those of the chunks before one, newest first, as far as they are there and readable. */
  async read(log: LogRef, before: number, limit: number): Promise<FilterRecord[]> {
    if (before <= 0) return []
    const { database, codec, damage } = this.components
    const { gte } = logRange('filter', logIdOf(log))
    const lt = filterKey(logIdOf(log), before)
    const range = { gte, lt, reverse: true, limit }
    const found = await database.read((level) => level.iterator(range).all())
    return found.flatMap(([key, value]) => {
      const chunk = numberOfKey(key)
      const read = (): FilterRecord | 'other' => codec.openFilter(key, value, chunk) ?? 'other'
      const record = damage.readable(key, 'a filter of search', read)
      return record === undefined || record === 'other' ? [] : [record]
    })
  }

  /**
   * Before a batch is written. A filter that was begun before a log was cut, or while it was, may
   * tell of what was cut off.
   *
   * @throws TidingsError `too_busy`
   */
  assertFresh({ hasFilters, begunAt }: LevelBatch): void {
    if (!hasFilters || this.components.cuts.isFresh(begunAt)) return
    throw new TidingsError('too_busy', 'a log was cut back meanwhile')
  }
}

/** Takes away every filter that knows of an entry after one. All keys are named, none is read. */
export function filtersCut(id: Uint8Array, last: number, end: number): Operation[] {
  const operations: Operation[] = []
  for (let chunk = chunkOf(last + 1); chunk <= chunkOf(Math.max(last + 1, end)); chunk++) {
    operations.push({ key: filterKey(id, chunk) })
  }
  return operations
}

function chunkOf(seq: number): number {
  return Math.floor((seq - 1) / SEARCH_CHUNK_ENTRIES)
}
