// The bytes of what the store keeps in binary form. Not the network's format: the ids of a run or
// head are in its key and not repeated, and the first byte is the version of the layout. Whatever
// does not read back exactly is damage (docs/STORAGE.md).
import {
  type AccountId,
  type ConversationId,
  type DeviceId,
  ID_BYTES,
  idFromBytes,
  idToBytes,
} from '../core/id.ts'
import {
  ENTRY_BYTES_MAX,
  NUMBER_MAX,
  ORDER_CHUNK_ENTRIES,
  RUN_ENTRIES_MAX,
} from '../core/limits.ts'
import { NO_MARKS, type OrderChunk } from '../core/order-chunk.ts'
import type { ContactState, EventRecord, HeadRecord } from '../core/records.ts'
import { HASH_BYTES, type Run, runBytes, SIGNATURE_BYTES } from '../core/run.ts'
import { DIGEST_BYTES, digestBytes, digestFrom, logDigest } from '../core/sync/log-digest.ts'
import { Reader } from './reader.ts'
import { Writer } from './writer.ts'

const VERSION = 1
/** Of a chunk of the order index that says which entries are changes. */
const VERSION_MARKED = 2
/** Of a head that says what it adds to digests: to make that anew is what meeting would cost. */
const VERSION_DIGEST = 2
/** More than the varints and fixed fields around a run's entries need. */
const RUN_OVERHEAD_BYTES = 16 + HASH_BYTES + SIGNATURE_BYTES

/** What a record's key says of it. */
export interface LogRef {
  readonly conversation: ConversationId
  readonly device: DeviceId
}

// The place in these lists is what is stored: append only.
const CONTACT_STATES: readonly ContactState[] = [
  'friend',
  'requested',
  'incoming',
  'blocked',
  'removed',
]
const EVENT_SHOWN = 1
const EVENT_CONTACT = 2
const EVENT_UNDONE = 3

/** @param writer an empty one; who writes many runs gives the same one again and again */
export function encodeRun(run: Run, writer = writerFor(run)): Uint8Array {
  writer
    .number(VERSION)
    .number(run.first)
    .raw(run.prevHash)
    .raw(run.signature)
    .number(run.entries.length)
  for (const entry of run.entries) writer.number(entry.byteLength).raw(entry)
  return writer.finish()
}

function writerFor(run: Run): Writer {
  return new Writer(RUN_OVERHEAD_BYTES + 3 * run.entries.length + runBytes(run))
}

/**
 * The entries are views into `bytes`.
 *
 * @throws TidingsError `database_damaged`
 */
export function decodeRun(bytes: Uint8Array, log: LogRef): Run {
  const reader = open(bytes, 'stored run')
  const first = reader.number('first', 1)
  const prevHash = reader.raw('prev_hash', HASH_BYTES)
  const signature = reader.raw('signature', SIGNATURE_BYTES)
  const count = reader.number('count', 1, RUN_ENTRIES_MAX)
  const entries: Uint8Array[] = []
  for (let i = 0; i < count; i++) {
    entries.push(reader.raw('entry', reader.number('entry length', 1, ENTRY_BYTES_MAX)))
  }
  reader.finish()
  return { conversation: log.conversation, device: log.device, first, prevHash, entries, signature }
}

/**
 * Logical times of consecutive entries; they rise, so each is kept as its step from the last. The
 * marks follow where there are any, under a version of their own.
 */
export function encodeChunk({ logicals, changesBefore, changes }: OrderChunk): Uint8Array {
  const isMarked = changesBefore > 0 || changes.length > 0
  const writer = new Writer().number(isMarked ? VERSION_MARKED : VERSION).number(logicals.length)
  let previous = 0
  for (const logical of logicals) {
    writer.number(logical - previous)
    previous = logical
  }
  if (!isMarked) return writer.finish()
  writer.number(changesBefore).number(changes.length)
  for (const place of changes) writer.number(place)
  return writer.finish()
}

/** @throws TidingsError `database_damaged` */
export function decodeChunk(bytes: Uint8Array): OrderChunk {
  const reader = new Reader(bytes, 'stored logical times', 'database_damaged')
  const version = reader.number('layout version', VERSION, VERSION_MARKED)
  const count = reader.number('count', 0, ORDER_CHUNK_ENTRIES)
  const logicals: number[] = []
  let previous = 0
  for (let i = 0; i < count; i++) {
    previous += reader.number('step', 1, NUMBER_MAX - previous)
    logicals.push(previous)
  }
  const marks = version === VERSION_MARKED ? readMarks(reader, count) : NO_MARKS
  reader.finish()
  return { ...marks, logicals }
}

function readMarks(reader: Reader, count: number): Omit<OrderChunk, 'logicals'> {
  const changesBefore = reader.number('changes before')
  const changes: number[] = []
  const marked = reader.number('changes', 0, count)
  for (let i = 0; i < marked; i++) {
    changes.push(reader.number('change', (changes.at(-1) ?? -1) + 1, count - 1))
  }
  return { changesBefore, changes }
}

export function encodeHead(record: HeadRecord): Uint8Array {
  const { conversation, device, head } = record
  return new Writer()
    .number(VERSION_DIGEST)
    .number(record.head.seq)
    .raw(record.head.hash)
    .number(record.forked ? 1 : 0)
    .number(record.shown)
    .number(record.logical)
    .number(record.changedAt)
    .raw(digestBytes(logDigest(conversation, device, head.seq)))
    .finish()
}

/** @throws TidingsError `database_damaged` */
export function decodeHead(bytes: Uint8Array, log: LogRef): HeadRecord {
  const reader = new Reader(bytes, 'stored head', 'database_damaged')
  const version = reader.number('layout version', VERSION, VERSION_DIGEST)
  const seq = reader.number('seq')
  const hash = reader.raw('hash', HASH_BYTES)
  const forked = reader.number('forked', 0, 1) === 1
  const shown = reader.number('shown', 0, seq)
  const logical = reader.number('logical')
  const changedAt = reader.number('changed_at')
  const digest = version === VERSION_DIGEST ? reader.raw('digest', DIGEST_BYTES) : undefined
  reader.finish()
  const { conversation, device } = log
  const read = { conversation, device, head: { seq, hash }, forked, shown, logical, changedAt }
  return digest ? { ...read, digest: digestFrom(digest) } : read
}

export function encodeEvent(event: EventRecord): Uint8Array {
  const writer = new Writer().number(VERSION)
  if (event.type === 'shown') {
    writer.number(EVENT_SHOWN).raw(idToBytes(event.conversation)).raw(idToBytes(event.device))
    return writer.number(event.first).number(event.last).finish()
  }
  if (event.type === 'undone') {
    writer.number(EVENT_UNDONE).raw(idToBytes(event.conversation)).raw(idToBytes(event.device))
    return writer.number(event.seq).finish()
  }
  writer.number(EVENT_CONTACT).raw(idToBytes(event.account))
  return writer.number(CONTACT_STATES.indexOf(event.state)).finish()
}

/** @throws TidingsError `database_damaged` */
export function decodeEvent(bytes: Uint8Array): EventRecord {
  const reader = open(bytes, 'stored event')
  const kind = reader.number('kind', EVENT_SHOWN, EVENT_UNDONE)
  if (kind !== EVENT_CONTACT) {
    const conversation = idFromBytes<ConversationId>(reader.raw('conversation', ID_BYTES))
    const device = idFromBytes<DeviceId>(reader.raw('device', ID_BYTES))
    const first = reader.number(kind === EVENT_SHOWN ? 'first' : 'seq', 1)
    if (kind === EVENT_UNDONE) {
      reader.finish()
      return { type: 'undone', conversation, device, seq: first }
    }
    const last = reader.number('last', first)
    reader.finish()
    return { type: 'shown', conversation, device, first, last }
  }
  const account = idFromBytes<AccountId>(reader.raw('account', ID_BYTES))
  const state = CONTACT_STATES[reader.number('state')] ?? reader.fail('is none that is known')
  reader.finish()
  return { type: 'contact', account, state }
}

function open(bytes: Uint8Array, what: string): Reader {
  const reader = new Reader(bytes, what, 'database_damaged')
  reader.number('layout version', VERSION, VERSION)
  return reader
}
