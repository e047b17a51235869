// Reading logs: the run that holds an entry, and pages of many small runs joined into one.
import { TidingsError } from '../core/errors.ts'
import type { ConversationId, DeviceId } from '../core/id.ts'
import { RUN_BYTES_MAX, RUN_ENTRIES_MAX } from '../core/limits.ts'
import { cutRun, lastSeq, type Run, runBytes } from '../core/run.ts'
import { logKey } from '../core/sync/state.ts'
import type { Codec, LogRef } from './codec.ts'
import type { Cuts } from './cuts.ts'
import { logIdOf, logRange } from './keys.ts'
import type { Database, LevelHandle } from './level.ts'
import type { RunCache } from './run-cache.ts'
import { walk } from './walk.ts'

/** A page this full is not worth reading another run for. */
const PAGE_BYTES_ENOUGH = (RUN_BYTES_MAX * 3) / 4
/** What the database reads ahead of a page. */
const PAGE_AHEAD_BYTES = RUN_BYTES_MAX
/** The same for all else: what came at once is opened at once, some hundred small runs. */
const SCAN_AHEAD_BYTES = RUN_BYTES_MAX / 4

export interface LogsComponents {
  readonly database: Pick<Database, 'read'>
  readonly codec: Codec
  readonly cache: RunCache
  readonly cuts: Pick<Cuts, 'now' | 'isFresh'>
  /** The last entry that is durable; 0 for none. */
  readonly lastOf: (conversation: ConversationId, device: DeviceId) => number
}

export class Logs {
  private readonly components: LogsComponents

  constructor(components: LogsComponents) {
    this.components = components
  }

  readRun(log: LogRef, seq: number): Promise<Run | undefined> {
    if (!this.holds(log, seq)) return Promise.resolve(undefined)
    const { cache, cuts, database } = this.components
    const name = logKey(log.conversation, log.device)
    const known = cache.find(name, seq)
    if (known) return Promise.resolve(known)
    const moment = cuts.now()
    return database.read(async (level) => {
      for await (const run of this.runsFrom(level, log, seq, SCAN_AHEAD_BYTES)) {
        // What was cut off meanwhile must not stay in memory.
        if (cuts.isFresh(moment)) cache.add(name, run)
        return run
      }
      throw missing(log, seq)
    })
  }

  readPage(log: LogRef, first: number, last: number): Promise<Run | undefined> {
    if (!this.holds(log, first)) return Promise.resolve(undefined)
    return this.components.database.read(async (level) => {
      const page = new Page(first)
      try {
        for await (const run of this.runsFrom(level, log, first, PAGE_AHEAD_BYTES)) {
          if (!page.add(run) || page.bytes >= PAGE_BYTES_ENOUGH || lastSeq(run) >= last) break
        }
      } catch (error) {
        // What came before the damage is good; the next page meets it again.
        if (page.isEmpty) throw error
      }
      return page.run()
    })
  }

  async readRuns(log: LogRef, first: number, last: number): Promise<Run[]> {
    if (!this.holds(log, first)) return []
    return this.components.database.read(async (level) => {
      const runs: Run[] = []
      let bytes = 0
      for await (const run of this.runsFrom(level, log, first, SCAN_AHEAD_BYTES)) {
        runs.push(run)
        bytes += runBytes(run)
        if (bytes >= PAGE_BYTES_ENOUGH || lastSeq(run) >= last) break
      }
      return runs
    })
  }

  private holds(log: LogRef, seq: number): boolean {
    return seq >= 1 && seq <= this.components.lastOf(log.conversation, log.device)
  }

  /** Stored runs without a gap from the one that holds `seq`, from memory as far as possible. */
  private async *runsFrom(
    level: LevelHandle,
    log: LogRef,
    seq: number,
    highWaterMarkBytes: number,
  ): AsyncIterable<Run> {
    const { cache, codec } = this.components
    const name = logKey(log.conversation, log.device)
    let at = seq
    for (let run = cache.find(name, at); run; run = cache.find(name, at)) {
      yield run
      at = lastSeq(run) + 1
    }
    // What is written from here on is not looked for.
    const end = this.components.lastOf(log.conversation, log.device)
    if (at > end) return
    const range = logRange('run', logIdOf(log), at)
    for await (const [key, value] of walk(level, { ...range, highWaterMarkBytes })) {
      const run = codec.openRun(key, value, log)
      if (run.first > at || (run.first < at && at > seq)) throw missing(log, at)
      yield run
      at = lastSeq(run) + 1
      if (at > end) return
    }
    throw missing(log, at)
  }
}

/** Runs being joined into one. */
class Page {
  bytes = 0
  private readonly first: number
  private readonly entries: Uint8Array[] = []
  private start: Run | undefined
  private signature: Uint8Array | undefined

  constructor(first: number) {
    this.first = first
  }

  get isEmpty(): boolean {
    return this.start === undefined
  }

  /** Adds the next run; false when there is no room for it. */
  add(run: Run): boolean {
    const part = this.start ? run : cutRun(run, this.first)
    const bytes = runBytes(part)
    if (this.start) {
      if (this.bytes + bytes > RUN_BYTES_MAX) return false
      if (this.entries.length + part.entries.length > RUN_ENTRIES_MAX) return false
    }
    this.start ??= part
    this.bytes += bytes
    for (const entry of part.entries) this.entries.push(entry)
    this.signature = part.signature
    return true
  }

  run(): Run | undefined {
    if (!this.start || !this.signature) return undefined
    return { ...this.start, entries: this.entries, signature: this.signature }
  }
}

function missing(log: LogRef, seq: number): TidingsError {
  const what = `entry ${seq} of the log of ${log.device} in ${log.conversation}`
  return new TidingsError('database_damaged', `${what} is missing from the database`)
}
