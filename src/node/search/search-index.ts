// Makes the filters of search, behind everything else: some time after entries were written, a few
// milliseconds at a time, and hardly at all while the process is busy. What it did not come to is
// found by reading, so nothing depends on when it runs; after a kill it goes on where filters end.
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'

import { isTidingsError, TidingsError } from '../../core/errors.ts'
import type { ConversationId, DeviceId } from '../../core/id.ts'
import {
  SEARCH_CHUNK_ENTRIES,
  SEARCH_INDEX_BUSY_PAUSE_MS,
  SEARCH_INDEX_BUSY_PERCENT,
  SEARCH_INDEX_CHUNKS_MAX,
  SEARCH_INDEX_DELAY_MS,
  SEARCH_INDEX_ENTRIES_MIN,
  SEARCH_INDEX_PAUSE_MS,
  SEARCH_INDEX_RETRY_MS,
  SEARCH_INDEX_TURN_MS,
} from '../../core/limits.ts'
import type { Logger } from '../../core/logger.ts'
import type { FilterRecord } from '../../core/records.ts'
import { lastSeq, type LogName } from '../../core/run.ts'
import { FilterMaker } from '../../core/search/filter.ts'
import { logKey, type LogKey } from '../../core/sync/state.ts'
import type { Store } from '../../store/store.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { findable } from './findable.ts'

export interface SearchIndexInit {
  readonly store: Pick<Store, 'batch' | 'commit' | 'readRuns' | 'filters' | 'keyring'>
  readonly ledger: Pick<Ledger, 'conversation' | 'conversationIds'>
  /** False while the disk is nearly full: what can be derived takes nobody's last room. */
  readonly hasRoom: () => boolean
  readonly log: Logger
}

/** How far the filters of a log go. */
interface Covered {
  readonly last: number
  /** Newest wall time of that, and of what lies before the chunk of `last`. */
  readonly newestMs: number
  readonly beforeMs: number
}

interface Wanted {
  readonly log: LogName
  /** From this chunk on all filters are made anew. */
  readonly from: number
}

const NOTHING: Covered = { last: 0, newestMs: 0, beforeMs: 0 }

export class SearchIndex {
  private readonly init: SearchIndexInit
  private readonly maker = new FilterMaker()
  private readonly covered = new Map<LogKey, Covered>()
  private wanted = new Map<LogKey, Wanted>()
  /** Logs that cannot be read. The next opening repairs them. */
  private readonly broken = new Set<LogKey>()
  private readonly ending = new AbortController()
  private working: Promise<void> | undefined
  /** Everything else left no room in the last pause. */
  private isBusy = false
  private turnEndsAt = 0

  constructor(init: SearchIndexInit) {
    this.init = init
  }

  /** Looks at every log: some may have none yet, from an older version or a backup. */
  start(): void {
    const { ledger } = this.init
    for (const conversation of ledger.conversationIds()) {
      for (const [device, { order }] of ledger.conversation(conversation)) {
        if (order.shown >= SEARCH_INDEX_ENTRIES_MIN) this.want({ conversation, device })
      }
    }
  }

  /** These logs have more entries than before. */
  noticed(logs: Iterable<LogName>): void {
    // Where people talk to each other their logs take turns, thousands of times.
    const seen = new Map<DeviceId, ConversationId>()
    for (const { conversation, device } of logs) {
      if (seen.get(device) === conversation) continue
      seen.set(device, conversation)
      this.want({ conversation, device })
    }
  }

  /** A filter is not there, or not readable. */
  redo(log: LogName, chunk: number): void {
    this.want(log, chunk)
  }

  /** What is under way is left; the next start goes on with it. */
  async end(): Promise<void> {
    this.ending.abort()
    await this.working
  }

  private want(log: LogName, from = Infinity): void {
    const key = logKey(log.conversation, log.device)
    const { signal } = this.ending
    if (signal.aborted || this.broken.has(key)) return
    const before = this.wanted.get(key)?.from ?? Infinity
    this.wanted.set(key, { log, from: Math.min(before, from) })
    this.working ??= this.work(signal)
  }

  /** Never rejects. */
  private async work(signal: AbortSignal): Promise<void> {
    let delayMs = SEARCH_INDEX_DELAY_MS
    while (this.wanted.size > 0) {
      await sleep(delayMs, undefined, { signal, ref: false }).catch(() => {})
      if (signal.aborted) return
      delayMs = SEARCH_INDEX_DELAY_MS
      const { wanted } = this
      this.wanted = new Map()
      try {
        for (const [key, want] of wanted) {
          await this.makeAll(key, want, signal)
          wanted.delete(key)
        }
      } catch (error) {
        if (signal.aborted) return
        this.init.log.warn({ err: error }, 'filters of search could not be made')
        for (const { log, from } of wanted.values()) this.want(log, from)
        delayMs = SEARCH_INDEX_RETRY_MS
      }
    }
    this.working = undefined
  }

  private async makeAll(key: LogKey, { log, from }: Wanted, signal: AbortSignal): Promise<void> {
    if (from < Infinity) this.covered.delete(key)
    try {
      while (await this.makeSome(key, log, from, signal));
    } catch (error) {
      if (isTidingsError(error, 'database_damaged')) this.broken.add(key)
      throw error
    }
  }

  /** The next few filters of a log, in one commit; whether there may be more to make. */
  private async makeSome(
    key: LogKey,
    log: LogName,
    from: number,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { store, ledger, hasRoom } = this.init
    const { conversation, device } = log
    // Before anything is read: see `Batch.putFilter`.
    const batch = store.batch()
    let covered = this.covered.get(key) ?? (await this.onDisk(log, from))
    const shown = ledger.conversation(conversation).get(device)?.order.shown ?? 0
    let made = 0
    while (made < SEARCH_INDEX_CHUNKS_MAX && shown - covered.last >= SEARCH_INDEX_ENTRIES_MIN) {
      if (!hasRoom()) throw new TidingsError('disk_full', 'the disk is nearly full')
      const record = await this.make(log, covered, shown, signal)
      if (!record) break
      batch.putFilter(conversation, device, record)
      covered = coveredBy(record)
      made += 1
    }
    if (made > 0) await store.commit(batch)
    this.covered.set(key, covered)
    return made === SEARCH_INDEX_CHUNKS_MAX
  }

  /** How far the filters go that lie before a chunk. */
  private async onDisk(log: LogName, before: number): Promise<Covered> {
    const most = Math.min(before, Number.MAX_SAFE_INTEGER)
    const [newest] = await this.init.store.filters.read(log, most, 1)
    return newest ? coveredBy(newest) : NOTHING
  }

  /** The filter of the chunk that goes on after what is covered; undefined if its end is gone. */
  private async make(
    log: LogName,
    covered: Covered,
    shown: number,
    signal: AbortSignal,
  ): Promise<FilterRecord | undefined> {
    const chunk = Math.floor(covered.last / SEARCH_CHUNK_ENTRIES)
    const start = chunk * SEARCH_CHUNK_ENTRIES
    const last = Math.min(shown, start + SEARCH_CHUNK_ENTRIES)
    const beforeMs = covered.last === start ? covered.newestMs : covered.beforeMs
    let oldestMs = Infinity
    let newestMs = 0
    this.maker.begin()
    for (let next = start + 1; next <= last;) {
      const { conversation, device } = log
      const runs = await this.init.store.readRuns(conversation, device, next, last)
      for (const run of runs) {
        for (const entry of run.entries.slice(next - run.first, last + 1 - run.first)) {
          const { entry: read, text } = findable(this.init.store.keyring.open(log, entry))
          const { wallTimeMs } = read
          this.maker.add(text)
          oldestMs = Math.min(oldestMs, wallTimeMs)
          newestMs = Math.max(newestMs, wallTimeMs)
          await this.pause(signal)
        }
        next = lastSeq(run) + 1
      }
      if (runs.length === 0) return undefined
    }
    return { chunk, last, oldestMs, newestMs, beforeMs, filter: this.maker.finish() }
  }

  /** After a few milliseconds the turn is others', for longer if they had much to do before. */
  private async pause(signal: AbortSignal): Promise<void> {
    if (performance.now() < this.turnEndsAt) return
    const pauseMs = this.isBusy ? SEARCH_INDEX_BUSY_PAUSE_MS : SEARCH_INDEX_PAUSE_MS
    const before = performance.eventLoopUtilization()
    await sleep(pauseMs, undefined, { signal, ref: false })
    const { utilization } = performance.eventLoopUtilization(before)
    this.isBusy = 100 * utilization > SEARCH_INDEX_BUSY_PERCENT
    this.turnEndsAt = performance.now() + SEARCH_INDEX_TURN_MS
  }
}

function coveredBy({ last, newestMs, beforeMs }: FilterRecord): Covered {
  return { last, newestMs: Math.max(beforeMs, newestMs), beforeMs }
}
