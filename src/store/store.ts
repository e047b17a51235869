// The contract of storage: one profile's database, owned by one process. Logs are kept as the runs
// they came in (the truth), and beside them an order index (derived, can be made anew). Everything
// that a caller was told is committed is synced to disk. docs/STORAGE.md lists every key.
import type { ChangesBy, DeviceChanges } from '../core/changes.ts'
import type { EntryRef, Place } from '../core/entry.ts'
import type { ResumeToken } from '../core/frames.ts'
import type { ConversationId, DeviceId } from '../core/id.ts'
import type { ChunkMarks, OrderChunk } from '../core/order-chunk.ts'
import type { ContactState, EventRecord, FilterRecord, HeadRecord } from '../core/records.ts'
import type { LogName, Run } from '../core/run.ts'
import type { Keyring } from '../wire/keyring.ts'
import type { RecordKind, Records } from './record-types.ts'

export type { ContactState, EventRecord, FilterRecord, HeadRecord }
export type * from './record-types.ts'

/** Collects writes that take effect together or not at all. */
export interface Batch {
  putRun(run: Run): void
  putHead(head: HeadRecord): void
  /**
   * Logical times of the entries `chunk * 64 + 1` onward, as many as are ordered.
   *
   * @param marks which of them are changes; none when they are not given
   */
  putLogicals(
    conversation: ConversationId,
    device: DeviceId,
    chunk: number,
    logicals: readonly number[],
    marks?: ChunkMarks,
  ): void
  /** What one device did to a message in all; undefined takes it away. */
  putChanges(
    conversation: ConversationId,
    target: EntryRef,
    by: DeviceId,
    changes: DeviceChanges | undefined,
  ): void
  /** The entry at the place holds the message pinned; without a message, it does not any more. */
  putPin(conversation: ConversationId, place: Place, target: EntryRef | undefined): void
  /**
   * A filter of search. The batch must have begun before what the filter tells of was read: its
   * commit is refused with `too_busy` when a log was cut back since.
   */
  putFilter(conversation: ConversationId, device: DeviceId, record: FilterRecord): void
  /** Without an event, nothing happened there. */
  putEvent(position: number, index: number, event: EventRecord | undefined): void
  put<K extends RecordKind>(kind: K, key: string, value: Records[K]): void
  delete(kind: RecordKind, key: string): void
  /** Approximate size, for grouping. */
  readonly bytes: number
}

export interface StoredEvent {
  readonly position: number
  readonly index: number
  readonly event: EventRecord
}

export interface StoredChanges extends ChangesBy {
  /** The number of the message. */
  readonly seq: number
}

export interface StoredPin {
  /** Of the entry that pins. */
  readonly place: Place
  readonly target: EntryRef
}

/** The index of changes to messages (core/changes): derived, as the order index is. */
export interface ChangeStore {
  /** Whether it says all that the ordered entries say; if not it has to be made anew. */
  readonly isWhole: boolean
  /**
   * What was done to messages `first` to `last` of a log, by number.
   *
   * @throws `database_damaged`; the index is made anew at the next opening
   */
  inRange(
    conversation: ConversationId,
    device: DeviceId,
    first: number,
    last: number,
  ): Promise<StoredChanges[]>
  /**
   * What one device did to each of some messages; `damaged` where that cannot be read, which is
   * reported and made anew at the next opening.
   */
  by(
    conversation: ConversationId,
    device: DeviceId,
    targets: readonly EntryRef[],
  ): Promise<(DeviceChanges | 'damaged' | undefined)[]>
  /** The newest pins, newest first. */
  pins(conversation: ConversationId, limit: number): Promise<StoredPin[]>
  /** Takes all of it away: from here on it is not whole. */
  clear(): Promise<void>
  /** It is made anew. */
  finish(): Promise<void>
}

export interface FilterReader {
  /**
   * Filters of search of a log, of the chunks before one, newest first. Some may be missing: they
   * are derived, and made later than the entries.
   */
  read(log: LogName, before: number, limit: number): Promise<FilterRecord[]>
}

export interface Store {
  /** This opening: 16 hexadecimal characters, random. */
  readonly epoch: string
  /** Whether a peer's token about this database can be relied on: it names a position that this
   * very database passed through. */
  knowsToken(token: ResumeToken): boolean
  /** Greatest position that anything was committed at, or failed to be. */
  readonly position: number

  heads(): Promise<readonly HeadRecord[]>
  /** The stored run that holds the entry. @throws `database_damaged` when it is not readable. */
  readRun(conversation: ConversationId, device: DeviceId, seq: number): Promise<Run | undefined>
  /**
   * Entries from `first` on as one run of at most a page (RUN_BYTES_MAX, RUN_ENTRIES_MAX), ending
   * where a signature is held and, when that lies within, not after the run that holds `last`.
   * Joins small stored runs, so that a thousand typed messages travel as one page.
   */
  readPage(
    conversation: ConversationId,
    device: DeviceId,
    first: number,
    last: number,
  ): Promise<Run | undefined>
  /**
   * Runs as they are stored, from the one that holds `first` to the one that holds `last` or until
   * they are a page; none for what is not there. What comes from disk is not kept in memory.
   */
  readRuns(
    conversation: ConversationId,
    device: DeviceId,
    first: number,
    last: number,
  ): Promise<Run[]>
  readonly filters: FilterReader
  /** What opens entries of groups that have keys: whatever `group_key` records there are. */
  readonly keyring: Keyring
  /**
   * One chunk of the order index, from memory or disk. Empty when nothing there is ordered.
   *
   * @param least as many must be there: with fewer the index has a hole
   * @throws `database_damaged`; the log's index is made anew at the next opening
   */
  logicals(
    conversation: ConversationId,
    device: DeviceId,
    chunk: number,
    least?: number,
  ): readonly number[]
  /** The same with which of the entries are changes. */
  chunk(conversation: ConversationId, device: DeviceId, chunk: number, least?: number): OrderChunk
  readonly changes: ChangeStore
  /** Events from a place on (with it), oldest first. */
  events(from: { position: number; index: number }, limit: number): Promise<StoredEvent[]>

  /**
   * @throws `database_damaged`, but for what peers tell again (`peer`, `holds`, `read`) or is made
   * again (`counts`): of these one that is not readable is reported and taken as not there
   */
  get<K extends RecordKind>(kind: K, key: string): Records[K] | undefined
  /** Whether there is such a record, readable or not. */
  has(kind: RecordKind, key: string): boolean
  all<K extends RecordKind>(kind: K, prefix?: string): Promise<[key: string, value: Records[K]][]>
  /** The keys of all records of a kind. */
  keys(kind: RecordKind): Promise<string[]>
  /** Gives the room of removed records back to the disk. @throws `disk_full` and others */
  readonly tidy: (kind: RecordKind, prefix: string) => Promise<void>

  batch(): Batch
  /**
   * Takes what lies after `last` off a log, in the batch. A run that only begins before it goes
   * whole: the caller puts its beginning back, signed anew, and the head. Nothing may be written to
   * the log between this and the commit.
   *
   * @throws `database_damaged` when what goes cannot be read; the batch is not to be used then
   */
  cutLog(batch: Batch, conversation: ConversationId, device: DeviceId, last: number): Promise<void>
  /**
   * Resolves once everything in the batch is synced to disk. Concurrent commits share one fsync and
   * keep their order; when one fails, all that waited with or behind it fail too.
   *
   * @throws `disk_full`; the database is reopened so that writing works once there is room
   */
  commit(batch: Batch): Promise<void>
  close(): Promise<void>
}
