// The contract of storage: one profile's database, owned by one process. Logs are kept as the runs
// they came in (the truth), and beside them an order index (derived, can be made anew). Everything
// that a caller was told is committed is synced to disk. docs/STORAGE.md lists every key.
import type { DeviceList, ResumeToken } from '../core/frames.ts'
import type { AccountId, ConversationId, DeviceId } from '../core/id.ts'
import type { ContactState, EventRecord, FilterRecord, HeadRecord } from '../core/records.ts'
import type { LogName, Run } from '../core/run.ts'

export type { ContactState, EventRecord, FilterRecord, HeadRecord }

/** This profile's own keys. Seeds are 32 bytes in hexadecimal. */
export interface IdentityRecord {
  readonly accountSeed: string
  /** Of the device that this database writes as. */
  readonly deviceSeed: string
  /** Of devices that it wrote as before, and gave up after a fork. */
  readonly formerSeeds?: readonly string[]
  readonly name: string
  /** Every device of the account, also those of other databases. */
  readonly devices: DeviceList
}

export interface ContactRecord {
  readonly account: AccountId
  /** As the contact calls itself. */
  readonly name: string
  /** As the user calls it; empty for none. */
  readonly alias: string
  readonly state: Exclude<ContactState, 'removed'>
  /** Of the newest request in either direction. */
  readonly request: string
  readonly requestText: string
  readonly requestedAtMs: number
  /** The user turned this request down; it is kept so that repetitions stay silent. */
  readonly declined: boolean
  readonly verified: boolean
  readonly devices: DeviceList | undefined
  /** Where to look for devices that are not known yet: from an invite link, say. */
  readonly hints: readonly { readonly device: DeviceId; readonly addresses: readonly string[] }[]
  readonly lastSeenMs: number
  /** What their entries may take on disk, null for no bound; without it the default holds. */
  readonly quotaBytes?: number | null
}

export interface PeerRecord {
  readonly device: DeviceId
  readonly account: AccountId
  /** Addresses that led to this device, newest first. */
  readonly addresses: readonly string[]
  readonly token: ResumeToken | undefined
}

/** Small records kept as JSON, by kind and key. */
export interface Records {
  /** key: `self` */
  readonly identity: IdentityRecord
  /** key: account */
  readonly contact: ContactRecord
  /** key: device */
  readonly peer: PeerRecord
  /** key: `device/conversation`; what that device holds, as it told */
  readonly holds: { readonly clock: readonly (readonly [DeviceId, number])[] }
  /** key: `account/conversation`; how far that account's user has read (our own too) */
  readonly read: { readonly clock: readonly (readonly [DeviceId, number])[] }
  /** key: `conversation/device`; the proof of a fork, base64 of a Fork frame */
  readonly fork: { readonly proof: string; readonly foundAtMs: number }
  /** key: account; what its entries take on disk, with all that is kept beside them */
  readonly received: { readonly bytes: number }
  /** key: name */
  readonly setting: { readonly value: string | number | boolean }
}

export type RecordKind = keyof Records

/** Collects writes that take effect together or not at all. */
export interface Batch {
  putRun(run: Run): void
  putHead(head: HeadRecord): void
  /** Logical times of the entries `chunk * 64 + 1` onward, as many as are ordered. */
  putLogicals(
    conversation: ConversationId,
    device: DeviceId,
    chunk: number,
    logicals: readonly number[],
  ): void
  /**
   * A filter of search. The batch must have begun before what the filter tells of was read: its
   * commit is refused with `too_busy` when a log was cut back since.
   */
  putFilter(conversation: ConversationId, device: DeviceId, record: FilterRecord): void
  putEvent(position: number, index: number, event: EventRecord): void
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

  heads(): AsyncIterable<HeadRecord>
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
  /** Events from a place on (with it), oldest first. */
  events(from: { position: number; index: number }, limit: number): Promise<StoredEvent[]>

  /**
   * @throws `database_damaged`, but for what peers tell again (`peer`, `holds`, `read`): of these
   * one that is not readable is reported and taken as not there
   */
  get<K extends RecordKind>(kind: K, key: string): Records[K] | undefined
  all<K extends RecordKind>(kind: K, prefix?: string): Promise<[key: string, value: Records[K]][]>

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
