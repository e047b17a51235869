import type { ChangesBy, DeviceChanges } from '../core/changes.ts'
// The contract of storage: one profile's database, owned by one process. Logs are kept as the runs
// they came in (the truth), and beside them an order index (derived, can be made anew). Everything
// that a caller was told is committed is synced to disk. docs/STORAGE.md lists every key.
import type { CountChunk } from '../core/counting.ts'
import type { EntryRef, Place } from '../core/entry.ts'
import type { DeviceList, ResumeToken } from '../core/frames.ts'
import type { AccountId, ConversationId, DeviceId } from '../core/id.ts'
import type { ChunkMarks, OrderChunk } from '../core/order-chunk.ts'
import type { ContactState, EventRecord, HeadRecord } from '../core/records.ts'
import type { Run } from '../core/run.ts'
import type { ArchivedItem, ArchiveRecord } from './archive/archive-types.ts'

export type { ContactState, EventRecord, HeadRecord }

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

/** What a group is to this profile. Who is in it follows from its entries. */
export interface GroupRecord {
  readonly conversation: ConversationId
  /**
   * `joining`: what it consists of is asked for, until the user is seen in it. `left`: by the
   * user's own wish.
   */
  readonly state: 'invited' | 'joining' | 'joined' | 'left'
  /** As the one who invited told it; before its entries are here nothing else is known. */
  readonly name: string
  readonly invitedBy: AccountId | undefined
  /** Devices whose logs are asked for first: of who made the group, and of who invited. */
  readonly roots: readonly (readonly [DeviceId, AccountId])[]
  /** The entry by which its user left: it is exchanged until somebody else holds it. */
  readonly leave?: { readonly device: DeviceId; readonly seq: number }
}

/** What the user chose for a conversation. */
export interface ConversationRecord {
  /** Until then nothing of it is pointed out, null for always; `all`: mentions neither. */
  readonly muted?: { readonly untilMs: number | null; readonly all: boolean }
  /** Whether its people are told how far the user has read; without it what holds for all. */
  readonly tellRead?: boolean
  /** The same of what the user is typing. */
  readonly tellTyping?: boolean
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
  /** key: conversation; a group that this account was invited to, or is or was in */
  readonly group: GroupRecord
  /** key: `conversation/device/seq`; an entry that the group consists of, at its logical time */
  readonly group_entry: { readonly logical: number; readonly bytes: Uint8Array }
  /** key: `conversation/device`; the newest timer of that log, as far as it is shown */
  readonly timer: { readonly seq: number; readonly seconds: number }
  /** key: `conversation/device/level/number`; when messages disappear (core/deadlines.ts) */
  readonly deadline: { readonly at: readonly number[] }
  /** key: 16 hexadecimal digits; an archive, also one that is being imported or removed */
  readonly archive: ArchiveRecord
  /** key: `archive/number`, the number in 8 digits from 0; its lines in order */
  readonly archived: { readonly first: number; readonly items: readonly ArchivedItem[] }
  /** key: `conversation/device/chunk`; how many entries of a log are messages (core/counting) */
  readonly counts: CountChunk
  /** key: conversation; what the user chose for it */
  readonly conversation: ConversationRecord
  /** key: conversation; what was typed there and not sent */
  readonly draft: { readonly text: string }
  /** key: name */
  readonly setting: { readonly value: string | number | boolean }
}

export type RecordKind = keyof Records

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
