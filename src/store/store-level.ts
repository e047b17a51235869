// The store on LevelDB: everything of store.ts, joined from its parts. Reads that must answer at
// once (records, the order index) come from memory or one synchronous read; everything else is
// asynchronous. Writes go through one group commit.
import { TidingsError } from '../core/errors.ts'
import type { ResumeToken } from '../core/frames.ts'
import type { ConversationId, DeviceId } from '../core/id.ts'
import { GROUP_BYTES_MAX, ORDER_CACHE_CHUNKS, RECORD_CACHE_RECORDS } from '../core/limits.ts'
import type { Logger } from '../core/logger.ts'
import { lastSeq, type Run } from '../core/run.ts'
import { logKey } from '../core/sync/state.ts'
import { type BatchWatcher, LevelBatch } from './batch.ts'
import type { Codec } from './codec.ts'
import type { Damage } from './damage.ts'
import type { Epochs } from './epochs.ts'
import { GroupCommit } from './group.ts'
import {
  eventsFrom,
  keyOfRecordKey,
  orderKey,
  placeOfEventKey,
  recordKey,
  recordRange,
  tagRange,
} from './keys.ts'
import type { Database } from './level.ts'
import { Logs } from './logs.ts'
import { Lru } from './lru.ts'
import type { RunCache } from './run-cache.ts'
import type { Batch, HeadRecord, RecordKind, Records, Store, StoredEvent } from './store.ts'
import { Suspects } from './suspects.ts'

/** Kinds of records that come again, from peers mostly: without one a node goes on as if new. */
const TOLD_AGAIN: ReadonlySet<RecordKind> = new Set<RecordKind>(['peer', 'holds', 'read'])

/** A store that also tells what was found damaged. */
export interface LevelStore extends Store {
  /** In plain words; grows when a read meets damage. Empty when all is well. */
  readonly damage: readonly string[]
}

export interface StoreParts {
  readonly database: Database
  readonly codec: Codec
  readonly epochs: Epochs
  readonly runs: RunCache
  readonly position: number
  readonly damage: Damage
  /** The last entry of each log, and the logs whose name is stored. */
  readonly lasts: Map<string, number>
  readonly named: Set<string>
  readonly log: Logger
}

export class LevelDbStore implements LevelStore {
  readonly position: number
  private readonly parts: StoreParts
  private readonly logs: Logs
  private readonly group: GroupCommit
  private readonly records = new Lru<Records[RecordKind]>(RECORD_CACHE_RECORDS)
  private readonly chunks = new Lru<readonly number[]>(ORDER_CACHE_CHUNKS)
  private readonly watcher: BatchWatcher
  /** Where each log will end once what is waiting is written: a run must join there. */
  private readonly tips = new Map<string, number>()
  private readonly suspects: Suspects
  private committed: number
  private closing: Promise<void> | undefined

  constructor(parts: StoreParts) {
    this.parts = parts
    this.position = parts.position
    this.committed = parts.position
    const { database, codec, runs, lasts } = parts
    const lastOf = (conversation: ConversationId, device: DeviceId): number =>
      lasts.get(logKey(conversation, device)) ?? 0
    this.logs = new Logs({ database, codec, cache: runs, lastOf })
    const write: Database['write'] = (operations) => database.write(operations)
    const failed = (): void => this.tips.clear()
    this.group = new GroupCommit({ write, failed }, GROUP_BYTES_MAX)
    this.watcher = this.makeWatcher()
    this.suspects = new Suspects(parts, ({ key, value }) =>
      this.group.commit([{ key, value }], value.byteLength),
    )
  }

  get epoch(): string {
    return this.parts.epochs.epoch
  }

  get damage(): readonly string[] {
    return this.parts.damage.words
  }

  knowsToken(token: ResumeToken): boolean {
    return this.parts.epochs.knows(token, this.committed)
  }

  async *heads(): AsyncIterable<HeadRecord> {
    const { database, codec } = this.parts
    for (const [key, value] of await database.entries(tagRange('head'))) {
      yield codec.openHead(key, value)
    }
  }

  readRun(conversation: ConversationId, device: DeviceId, seq: number): Promise<Run | undefined> {
    const log = { conversation, device }
    return this.suspects.noticing(log, this.logs.readRun(log, seq))
  }

  readPage(
    conversation: ConversationId,
    device: DeviceId,
    first: number,
    last: number,
  ): Promise<Run | undefined> {
    const log = { conversation, device }
    return this.suspects.noticing(log, this.logs.readPage(log, first, last))
  }

  logicals(
    conversation: ConversationId,
    device: DeviceId,
    chunk: number,
    least = 0,
  ): readonly number[] {
    const name = `${logKey(conversation, device)}/${chunk}`
    const known = this.chunks.get(name)
    if (known && known.length >= least) return known
    const { database, codec } = this.parts
    const key = orderKey(codec.names.of(conversation, device), chunk)
    const value = database.get(key)
    try {
      const logicals = value ? codec.openLogicals(key, value) : []
      if (logicals.length < least) throw holeInOrder(device, conversation)
      if (value) this.chunks.set(name, logicals)
      return logicals
    } catch (error) {
      this.suspects.note({ conversation, device }, error)
      throw error
    }
  }

  async events(from: { position: number; index: number }, limit: number): Promise<StoredEvent[]> {
    const { database, codec } = this.parts
    return database.read(async (level) => {
      const events: StoredEvent[] = []
      for await (const [key, value] of level.iterator(eventsFrom(from.position, from.index))) {
        const event = this.parts.damage.readable(key, 'an event', () => codec.openEvent(key, value))
        if (event) events.push({ ...placeOfEventKey(key), event })
        if (events.length >= limit) break
      }
      return events
    })
  }

  get<K extends RecordKind>(kind: K, key: string): Records[K] | undefined {
    const name = `${kind}/${key}`
    const known = this.records.get(name)
    if (known) return known as Records[K]
    const sealed = recordKey(kind, key)
    const { database, codec, damage } = this.parts
    const value = database.get(sealed)
    if (!value) return undefined
    const read = (): Records[K] => codec.openJson(sealed, value) as Records[K]
    const record = TOLD_AGAIN.has(kind)
      ? damage.readable(sealed, `a record (${kind})`, read)
      : read()
    if (record) this.records.set(name, record)
    return record
  }

  async all<K extends RecordKind>(kind: K, prefix = ''): Promise<[string, Records[K]][]> {
    const { database, codec, damage } = this.parts
    const found: [string, Records[K]][] = []
    for (const [key, value] of await database.entries(recordRange(kind, prefix))) {
      const json = damage.readable(key, `a record (${kind})`, () => codec.openJson(key, value))
      if (json !== undefined) found.push([keyOfRecordKey(key), json as Records[K]])
    }
    return found
  }

  batch(): Batch {
    return new LevelBatch(this.parts.codec, this.watcher)
  }

  async commit(batch: Batch): Promise<void> {
    if (!(batch instanceof LevelBatch)) throw new TypeError('a batch of another store')
    if (this.closing) throw new TidingsError('shutting_down', 'the database is closed')
    this.join(batch)
    await this.group.commit(batch.operations, batch.bytes)
    this.committed = Math.max(this.committed, batch.position)
    batch.committed()
  }

  close(): Promise<void> {
    this.closing ??= this.group.idle().then(() => this.parts.database.close())
    return this.closing
  }

  /** A log has no gap, whatever fails on the way: what does not join is refused. */
  private join(batch: LevelBatch): void {
    const joined = new Map<string, number>()
    for (const run of batch.runs) {
      const log = logKey(run.conversation, run.device)
      const tip = joined.get(log) ?? this.tips.get(log) ?? this.parts.lasts.get(log) ?? 0
      if (run.first !== tip + 1) {
        throw new TidingsError('internal', `a run from ${run.first} on does not join entry ${tip}`)
      }
      joined.set(log, lastSeq(run))
    }
    // Only now: of a batch that is refused nothing will be written.
    for (const [log, last] of joined) this.tips.set(log, last)
  }

  private makeWatcher(): BatchWatcher {
    const { lasts, named, runs } = this.parts
    return {
      runStored: (log, run) => {
        lasts.set(log, lastSeq(run))
        runs.add(log, run)
      },
      logicalsStored: (log, chunk, logicals) => this.chunks.set(`${log}/${chunk}`, logicals),
      recordStored: (kind, key, value) => {
        if (value) this.records.set(`${kind}/${key}`, value)
        else this.records.delete(`${kind}/${key}`)
      },
      isNamed: (log) => named.has(log),
      named: (log) => named.add(log),
    }
  }
}

function holeInOrder(device: DeviceId, conversation: ConversationId): TidingsError {
  const what = `the order index of the log of ${device} in ${conversation}`
  return new TidingsError('database_damaged', `${what} has a hole`)
}
