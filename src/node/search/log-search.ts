// One log being searched, from its newest entry back. Filters tell what need not be read. What no
// filter knows is read: the newest entries, and older ones where a filter is missing.
import { SEARCH_CHUNK_ENTRIES, SEARCH_FILTERS_READ_MAX } from '../../core/limits.ts'
import type { LogName } from '../../core/run.ts'
import type { FilterProbe } from '../../core/search/filter.ts'
import type { FilterReader } from '../../store/store.ts'

export interface LogSearchInit {
  readonly log: LogName
  /** The last entry that is shown. */
  readonly shown: number
  readonly filters: FilterReader
  readonly probe: FilterProbe
  /** Only entries of these wall times are looked for. */
  readonly fromMs: number
  readonly toMs: number
  /** A filter of this chunk should be there. */
  readonly missing: (chunk: number) => void
}

/** Entries that must be read. */
export interface Span {
  readonly first: number
  readonly last: number
}

/** A filter after it was asked; its bits are not kept. */
interface Asked {
  readonly chunk: number
  readonly last: number
  readonly newestMs: number
  readonly beforeMs: number
  readonly mayHold: boolean
}

export class LogSearch {
  readonly log: LogName
  private readonly init: LogSearchInit
  /** Everything up to this entry is still to be looked at. */
  private last: number
  /** Newest wall time of that, as far as it is known. */
  private restMs = Infinity
  /** Chosen by a filter, and put off until nothing newer is to be read elsewhere. */
  private chosen: (Span & { readonly newestMs: number }) | undefined
  /** Oldest first. */
  private asked: Asked[] = []
  private before: number
  private readNext = 1
  /** A newer filter is there: those of all older chunks should be too. */
  private hasFilters = false

  constructor(init: LogSearchInit) {
    this.init = init
    this.log = init.log
    this.last = init.shown
    this.before = chunkOf(Math.max(1, init.shown)) + 1
  }

  /** Nothing that was not given by `step` yet is newer than this. */
  get newestMs(): number {
    return this.chosen ? Math.max(this.chosen.newestMs, this.restMs) : this.restMs
  }

  get isDone(): boolean {
    return this.chosen === undefined && (this.last === 0 || this.restMs < this.init.fromMs)
  }

  /** Goes one chunk further back. @returns what is to be read now, if anything */
  async step(): Promise<Span | undefined> {
    const { chosen } = this
    if (chosen) {
      this.chosen = undefined
      return chosen
    }
    const asked = await this.nextAsked()
    const known = asked?.last ?? 0
    if (this.last > known) return this.unknown(known)
    if (!asked) return undefined
    this.asked.pop()
    this.hasFilters = true
    const first = asked.chunk * SEARCH_CHUNK_ENTRIES + 1
    // What it knows may not be shown any more, after the order was made anew.
    if (first > this.last) return undefined
    const { newestMs } = asked
    if (asked.mayHold) this.chosen = { first, last: this.last, newestMs }
    this.last = first - 1
    this.restMs = asked.beforeMs
    return undefined
  }

  /** Entries after those that the next filter knows, as many as a chunk. */
  private unknown(known: number): Span {
    const { last } = this
    const first = Math.max(known + 1, last - SEARCH_CHUNK_ENTRIES + 1)
    if (this.hasFilters) this.init.missing(chunkOf(known + 1))
    this.last = first - 1
    return { first, last }
  }

  private async nextAsked(): Promise<Asked | undefined> {
    if (this.asked.length > 0 || this.before <= 0) return this.asked.at(-1)
    const { filters, log, probe, fromMs, toMs } = this.init
    const limit = this.readNext
    // A search that is over soon reads few, one that goes far many at a time.
    this.readNext = Math.min(2 * limit, SEARCH_FILTERS_READ_MAX)
    const records = await filters.read(log, this.before, limit)
    this.before = records.at(-1)?.chunk ?? 0
    for (const { filter, oldestMs, ...known } of records.toReversed()) {
      const inTime = known.newestMs >= fromMs && oldestMs <= toMs
      this.asked.push({ ...known, mayHold: inTime && probe.mayHold(filter) })
    }
    return this.asked.at(-1)
  }
}

function chunkOf(seq: number): number {
  return Math.floor((seq - 1) / SEARCH_CHUNK_ENTRIES)
}
