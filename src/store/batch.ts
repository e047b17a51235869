// Writes that take effect together. Values are sealed as they are put in; what the caches must
// learn waits until the batch is on disk.
import type { DeviceChanges } from '../core/changes.ts'
import type { EntryRef, Place } from '../core/entry.ts'
import type { ConversationId, DeviceId } from '../core/id.ts'
import { GROUP_PAGE_CHARS } from '../core/limits.ts'
import { type ChunkMarks, NO_MARKS, type OrderChunk } from '../core/order-chunk.ts'
import { lastSeq, type Run } from '../core/run.ts'
import { type LogKey, logKey } from '../core/sync/state.ts'
import type { Codec, LogRef } from './codec.ts'
import type { LogCut } from './cut.ts'
import {
  changesKey,
  eventKey,
  filterKey,
  headKey,
  logIdOf,
  nameKey,
  orderKey,
  pinKey,
  recordKey,
  runKey,
} from './keys.ts'
import type { Operation } from './level.ts'
import type { Batch, EventRecord, FilterRecord, HeadRecord, RecordKind, Records } from './store.ts'

/** Kinds of records that pages of groups are made of. */
const IN_PAGES: ReadonlySet<RecordKind> = new Set<RecordKind>(['group', 'group_entry'])

/** What a batch tells once it is on disk. */
export interface BatchWatcher {
  runStored(log: string, run: Run): void
  /** What lies after the place is gone. */
  logCut(log: LogRef, last: number): void
  chunkStored(log: string, chunk: number, now: OrderChunk): void
  recordStored(kind: RecordKind, key: string, value: Records[RecordKind] | undefined): void
  /** Told while the batch is made, since whoever reads then must look, and once more. */
  changing(conversation: ConversationId, target: EntryRef): void
  /** Whether the name of the log is in the database. */
  isNamed(log: string): boolean
  named(log: string): void
}

export class LevelBatch implements Batch {
  readonly operations: Operation[] = []
  readonly runs: Run[] = []
  /** Logs that end earlier before these runs are put: log to last entry. */
  readonly cuts = new Map<LogKey, number>()
  /** Greatest position named in it. */
  position = 0
  hasFilters = false
  /** The 16 bytes that name each log whose head is put. */
  readonly heads: Buffer[] = []
  /** When it began, by the count of `Cuts.now`. */
  readonly begunAt: number
  private size = 0
  private readonly stale = new Set<string>()
  private readonly tellings: (() => void)[] = []
  private readonly codec: Codec
  private readonly watcher: BatchWatcher

  constructor(codec: Codec, watcher: BatchWatcher, begunAt: number) {
    this.codec = codec
    this.watcher = watcher
    this.begunAt = begunAt
  }

  /** @throws TypeError when it is none: a mistake in this program. */
  static of(batch: Batch): LevelBatch {
    if (batch instanceof LevelBatch) return batch
    throw new TypeError('a batch of another store')
  }

  get bytes(): number {
    return this.size
  }

  putRun(run: Run): void {
    const key = runKey(logIdOf(run), lastSeq(run))
    this.add(key, this.codec.sealRun(key, run))
    this.runs.push(run)
    const log = logKey(run.conversation, run.device)
    this.tellings.push(() => this.watcher.runStored(log, run))
  }

  cutLog(log: LogRef, { operations, end }: LogCut): void {
    const name = logKey(log.conversation, log.device)
    for (const { key, value } of operations) this.add(key, value)
    this.cuts.set(name, end)
    this.tellings.push(() => this.watcher.logCut(log, end))
  }

  putHead(record: HeadRecord): void {
    const id = logIdOf(record)
    const log = logKey(record.conversation, record.device)
    if (!this.watcher.isNamed(log)) {
      const key = nameKey(id)
      this.add(key, this.codec.sealName(key, record))
      this.tellings.push(() => this.watcher.named(log))
    }
    const key = headKey(id)
    this.add(key, this.codec.sealHead(key, record))
    this.heads.push(id)
    this.position = Math.max(this.position, record.changedAt)
  }

  putLogicals(
    conversation: ConversationId,
    device: DeviceId,
    chunk: number,
    logicals: readonly number[],
    marks: ChunkMarks = NO_MARKS,
  ): void {
    const key = orderKey(logIdOf({ conversation, device }), chunk)
    const kept = { logicals: logicals.slice(), ...marks }
    this.add(key, this.codec.sealChunk(key, kept))
    const log = logKey(conversation, device)
    this.tellings.push(() => this.watcher.chunkStored(log, chunk, kept))
  }

  putChanges(
    conversation: ConversationId,
    target: EntryRef,
    by: DeviceId,
    changes: DeviceChanges | undefined,
  ): void {
    this.watcher.changing(conversation, target)
    this.tellings.push(() => this.watcher.changing(conversation, target))
    const log = logIdOf({ conversation, device: target.device })
    const key = changesKey(log, target.seq, logIdOf({ conversation, device: by }))
    this.add(key, changes && this.codec.sealChanges(key, { ...changes, device: by }))
  }

  putPin(conversation: ConversationId, place: Place, target: EntryRef | undefined): void {
    const key = pinKey(conversation, place)
    this.add(key, target && this.codec.sealPin(key, target))
  }

  putFilter(conversation: ConversationId, device: DeviceId, record: FilterRecord): void {
    const key = filterKey(logIdOf({ conversation, device }), record.chunk)
    this.add(key, this.codec.sealFilter(key, record))
    this.hasFilters = true
  }

  putEvent(position: number, index: number, event: EventRecord | undefined): void {
    const key = eventKey(position, index)
    this.add(key, event && this.codec.sealEvent(key, event))
    this.position = Math.max(this.position, position)
  }

  put<K extends RecordKind>(kind: K, key: string, value: Records[K]): void {
    const name = recordKey(kind, key)
    this.add(name, this.codec.sealJson(name, value))
    if (IN_PAGES.has(kind)) this.markStale(key)
    this.tellings.push(() => this.watcher.recordStored(kind, key, value))
  }

  delete(kind: RecordKind, key: string): void {
    this.add(recordKey(kind, key))
    if (IN_PAGES.has(kind)) this.markStale(key)
    this.tellings.push(() => this.watcher.recordStored(kind, key, undefined))
  }

  /** It is on disk. */
  committed(): void {
    for (const tell of this.tellings) tell()
  }

  /** Whoever writes what a page was made of cannot forget to say so. */
  private markStale(key: string): void {
    const page = key.slice(0, GROUP_PAGE_CHARS)
    if (this.stale.has(page)) return
    this.stale.add(page)
    this.put('group_stale', page, {})
  }

  private add(key: Buffer, value?: Buffer): void {
    this.operations.push(value ? { key, value } : { key })
    this.size += key.byteLength + (value?.byteLength ?? 0)
  }
}
