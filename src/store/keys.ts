// Every key of the database, in one file (docs/STORAGE.md lists them with what they are for).
//
// A key is one letter and fixed-width fields, numbers in big endian, so that byte order is the
// order that is asked for. A log is named by the first 16 bytes of its name's hash: keys stay
// short, and hold ids and numbers but no text of the user's.
import type { Place } from '../core/entry.ts'
import {
  type ConversationId,
  type DeviceId,
  ID_BYTES,
  idFromBytes,
  idToBytes,
  logName,
} from '../core/id.ts'
import type { LogName } from '../core/run.ts'
import type { RecordKind } from './store.ts'

export const LOG_ID_BYTES = 16

const NUMBER_BYTES = 8
const INDEX_BYTES = 4
const PIN_KEY_BYTES = 1 + 2 * ID_BYTES + 2 * NUMBER_BYTES
const HIGH = 2 ** 32

const TAG = {
  meta: 'm',
  headPage: 'a',
  name: 'n',
  head: 'h',
  run: 'r',
  order: 'o',
  event: 'e',
  record: 'k',
  lost: 'l',
  changes: 'c',
  pin: 'p',
  filter: 'f',
} as const

type LogTag = 'name' | 'head' | 'run' | 'order' | 'lost' | 'filter'

// What is stored is the number: append only.
const RECORD_KINDS = {
  identity: 1,
  contact: 2,
  peer: 3,
  holds: 4,
  read: 5,
  fork: 6,
  setting: 7,
  received: 8,
  group: 9,
  group_entry: 10,
  timer: 11,
  deadline: 12,
  archive: 13,
  archived: 14,
  counts: 15,
  conversation: 16,
  draft: 17,
  group_key: 18,
  group_page: 19,
  group_stale: 20,
} as const satisfies Record<RecordKind, number>

/** Both ends are included. */
export interface KeyRange {
  readonly gte: Buffer
  readonly lte: Buffer
}

/** `meta` records: what they say about the database itself. */
export type MetaName =
  | 'format'
  | 'check'
  | 'epochs'
  | 'suspects'
  | 'writes'
  | 'settled'
  | 'changes'
  | 'heads'

export function metaKey(name: MetaName): Buffer {
  return Buffer.from(TAG.meta + name)
}

export function nameKey(log: Uint8Array): Buffer {
  return logKey('name', log)
}

export function headKey(log: Uint8Array): Buffer {
  return logKey('head', log)
}

export function headPageKey(page: number): Buffer {
  return Buffer.of(TAG.headPage.charCodeAt(0), page)
}

/** Those of logs whose names begin with this byte. */
export function headsInPage(page: number): KeyRange {
  const name = (rest: number): Buffer => Buffer.alloc(LOG_ID_BYTES, rest).fill(page, 0, 1)
  return { gte: headKey(name(0)), lte: headKey(name(0xff)) }
}

/** `last` is the sequence number of the run's last entry: seeking an entry finds its run. */
export function runKey(log: Uint8Array, last: number): Buffer {
  return logKey('run', log, last)
}

export function orderKey(log: Uint8Array, chunk: number): Buffer {
  return logKey('order', log, chunk)
}

export function filterKey(log: Uint8Array, chunk: number): Buffer {
  return logKey('filter', log, chunk)
}

/** A run that does not join its log any more (docs/STORAGE.md, "Damage"). */
export function lostKey(log: Uint8Array, last: number): Buffer {
  return logKey('lost', log, last)
}

export function eventKey(position: number, index: number): Buffer {
  const key = Buffer.alloc(1 + NUMBER_BYTES + INDEX_BYTES, TAG.event)
  writeNumber(key, 1, position)
  key.writeUInt32BE(index, 1 + NUMBER_BYTES)
  return key
}

/** `by` names the log of the device that changed the message, in the same conversation. */
export function changesKey(log: Uint8Array, seq: number, by: Uint8Array): Buffer {
  return Buffer.concat([keyOf(TAG.changes, log, seq), by])
}

/** What was done to some messages of a log, by anybody. */
export function changesRange(log: Uint8Array, first: number, last: number): KeyRange {
  const lte = changesKey(log, last, Buffer.alloc(LOG_ID_BYTES, 0xff))
  return { gte: keyOf(TAG.changes, log, first), lte }
}

export function authorOfChangesKey(key: Buffer): Buffer {
  return key.subarray(1 + LOG_ID_BYTES + NUMBER_BYTES)
}

/** By the place of the entry that pins, so that the newest pins of a conversation are the last. */
export function pinKey(conversation: ConversationId, { device, seq, logical }: Place): Buffer {
  const key = Buffer.alloc(PIN_KEY_BYTES, TAG.pin)
  key.set(idToBytes(conversation), 1)
  writeNumber(key, 1 + ID_BYTES, logical)
  key.set(idToBytes(device), 1 + ID_BYTES + NUMBER_BYTES)
  writeNumber(key, PIN_KEY_BYTES - NUMBER_BYTES, seq)
  return key
}

export function pinsRange(conversation: ConversationId): KeyRange {
  const gte = Buffer.concat([Buffer.from(TAG.pin), idToBytes(conversation)])
  return { gte, lte: Buffer.concat([gte, Buffer.alloc(PIN_KEY_BYTES - gte.byteLength, 0xff)]) }
}

export function placeOfPinKey(key: Buffer): Place {
  const at = 1 + ID_BYTES + NUMBER_BYTES
  return {
    device: idFromBytes<DeviceId>(key.subarray(at, at + ID_BYTES)),
    seq: readNumber(key, PIN_KEY_BYTES - NUMBER_BYTES),
    logical: readNumber(key, 1 + ID_BYTES),
  }
}

export function recordKey(kind: RecordKind, key: string): Buffer {
  return Buffer.concat([recordPrefix(kind), Buffer.from(key)])
}

/** Everything of one log, or from one number on. */
export function logRange(tag: LogTag, log: Uint8Array, from = 0): KeyRange {
  const lte = logKey(tag, log, Number.MAX_SAFE_INTEGER)
  return { gte: logKey(tag, log, from), lte }
}

/** All keys of one tag. */
export function tagRange(tag: keyof typeof TAG): KeyRange {
  const gte = Buffer.from(TAG[tag])
  return { gte, lte: Buffer.concat([gte, Buffer.alloc(PIN_KEY_BYTES, 0xff)]) }
}

/** Records whose key starts with the prefix. No UTF-8 text holds the byte 0xff. */
export function recordRange(kind: RecordKind, prefix: string): KeyRange {
  const gte = recordKey(kind, prefix)
  return { gte, lte: Buffer.concat([gte, Buffer.of(0xff)]) }
}

export function eventsFrom(position: number, index: number): { gte: Buffer; lte: Buffer } {
  return { gte: eventKey(position, index), lte: tagRange('event').lte }
}

export function logOfKey(key: Buffer): Buffer {
  return key.subarray(1, 1 + LOG_ID_BYTES)
}

/** The number behind the log in a key: a run's end, a chunk of an index or filter, a message. */
export function numberOfKey(key: Buffer): number {
  return readNumber(key, 1 + LOG_ID_BYTES)
}

export function placeOfEventKey(key: Buffer): { position: number; index: number } {
  return { position: readNumber(key, 1), index: key.readUInt32BE(1 + NUMBER_BYTES) }
}

export function keyOfRecordKey(key: Buffer): string {
  return key.toString('utf8', 2)
}

/** The 16 bytes that name a log in keys; not to be changed. */
export function logIdOf({ conversation, device }: LogName): Buffer {
  const { buffer, byteOffset } = logName(conversation, device)
  return Buffer.from(buffer, byteOffset, LOG_ID_BYTES)
}

function logKey(tag: LogTag, log: Uint8Array, number?: number): Buffer {
  return keyOf(TAG[tag], log, number)
}

function keyOf(tag: string, log: Uint8Array, number?: number): Buffer {
  const key = Buffer.alloc(1 + LOG_ID_BYTES + (number === undefined ? 0 : NUMBER_BYTES), tag)
  key.set(log, 1)
  if (number !== undefined) writeNumber(key, 1 + LOG_ID_BYTES, number)
  return key
}

function recordPrefix(kind: RecordKind): Buffer {
  return Buffer.of(TAG.record.charCodeAt(0), RECORD_KINDS[kind])
}

function writeNumber(key: Buffer, at: number, value: number): void {
  key.writeUInt32BE(Math.floor(value / HIGH), at)
  key.writeUInt32BE(value % HIGH, at + 4)
}

function readNumber(key: Buffer, at: number): number {
  return key.readUInt32BE(at) * HIGH + key.readUInt32BE(at + 4)
}
