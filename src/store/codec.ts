// Sealed values to and from what they mean. Every value is verified when it is read: its seal binds
// it to its key, and what a key says (which log, which place) must be what the value says.
import type { ChangesBy } from '../core/changes.ts'
import type { EntryRef } from '../core/entry.ts'
import { TidingsError } from '../core/errors.ts'
import { type ConversationId, type DeviceId, ID_BYTES, idFromBytes, idToBytes } from '../core/id.ts'
import { LOG_NAMES_MAX, RUN_BYTES_MAX } from '../core/limits.ts'
import { Lru } from '../core/lru.ts'
import type { OrderChunk } from '../core/order-chunk.ts'
import { lastSeq, type Run } from '../core/run.ts'
import { decodeChanges, decodePin, encodeChanges, encodePin } from '../wire/change-records.ts'
import { decodeFilter, encodeFilter } from '../wire/filter-record.ts'
import {
  decodeChunk,
  decodeEvent,
  decodeHead,
  decodeRun,
  encodeChunk,
  encodeEvent,
  encodeHead,
  encodeRun,
  type LogRef,
} from '../wire/records.ts'
import { Writer } from '../wire/writer.ts'
import { authorOfChangesKey, LOG_ID_BYTES, logIdOf, logOfKey, numberOfKey } from './keys.ts'
import { recordFromJson, recordToJson } from './record-json.ts'
import type { Sealer } from './seal.ts'
import type { EventRecord, FilterRecord, HeadRecord } from './store.ts'

export type { LogRef }

/** Before each head in a page. */
const LENGTH_BYTES = 2

export class Codec {
  private readonly ids = new DeviceIds()
  private readonly read = new WeakMap<LogRef, Buffer>()
  private readonly sealer: Sealer
  /** Where runs are written before they are sealed: a page is large, and there are many. */
  private readonly page = new Writer(RUN_BYTES_MAX)

  constructor(sealer: Sealer) {
    this.sealer = sealer
  }

  sealRun(key: Buffer, run: Run): Buffer {
    return this.sealer.seal(key, encodeRun(run, this.page.again()))
  }

  openRun(key: Buffer, sealed: Buffer, log: LogRef): Run {
    const run = decodeRun(this.sealer.open(key, sealed), log)
    const belongs = logOfKey(key).equals(logIdOf(log))
    if (!belongs || lastSeq(run) !== numberOfKey(key)) throw misplaced('run')
    return run
  }

  /** A run under another key. */
  reseal(key: Buffer, sealed: Buffer, to: Buffer): Buffer {
    return this.sealer.seal(to, this.sealer.open(key, sealed))
  }

  sealHead(key: Buffer, record: HeadRecord): Buffer {
    return this.sealer.seal(key, Buffer.concat([logRefBytes(record), encodeHead(record)]))
  }

  openHead(key: Buffer, sealed: Buffer): HeadRecord {
    return this.headIn(Buffer.from(logOfKey(key)), this.sealer.open(key, sealed))
  }

  /** @param heads as they lie under their own keys: `(log ‖ length ‖ head)*` */
  sealHeads(key: Buffer, heads: readonly (readonly [key: Buffer, sealed: Buffer])[]): Buffer {
    const parts = heads.flatMap(([headKey, sealed]) => {
      const head = this.sealer.open(headKey, sealed)
      const length = Buffer.alloc(LENGTH_BYTES)
      length.writeUInt16BE(head.byteLength)
      return [logOfKey(headKey), length, head]
    })
    return this.sealer.seal(key, Buffer.concat(parts))
  }

  openHeads(key: Buffer, sealed: Buffer): HeadRecord[] {
    const bytes = this.sealer.open(key, sealed)
    const records: HeadRecord[] = []
    for (let at = 0; at < bytes.byteLength;) {
      const log = bytes.subarray(at, at + LOG_ID_BYTES)
      const begin = at + LOG_ID_BYTES + LENGTH_BYTES
      at = begin + bytes.readUInt16BE(begin - LENGTH_BYTES)
      records.push(this.headIn(log, bytes.subarray(begin, at)))
    }
    return records
  }

  /** That it lies where it belongs its seal says: all of them are read at each start. */
  private headIn(name: Buffer, bytes: Buffer): HeadRecord {
    const log = logRefOf(bytes.subarray(0, 2 * ID_BYTES), this.ids)
    const record = decodeHead(bytes.subarray(2 * ID_BYTES), log)
    this.read.set(record, name)
    return record
  }

  /** The 16 bytes that name a log in keys, without hashing where they were just read. */
  nameOf(log: LogRef): Buffer {
    return this.read.get(log) ?? logIdOf(log)
  }

  sealName(key: Buffer, log: LogRef): Buffer {
    return this.sealer.seal(key, logRefBytes(log))
  }

  openName(key: Buffer, sealed: Buffer): LogRef {
    return this.logRef(key, this.sealer.open(key, sealed))
  }

  sealChunk(key: Buffer, chunk: OrderChunk): Buffer {
    return this.sealer.seal(key, encodeChunk(chunk))
  }

  openChunk(key: Buffer, sealed: Buffer): OrderChunk {
    return decodeChunk(this.sealer.open(key, sealed))
  }

  sealChanges(key: Buffer, changes: ChangesBy): Buffer {
    return this.sealer.seal(key, encodeChanges(changes))
  }

  openChanges(key: Buffer, sealed: Buffer, conversation: ConversationId): ChangesBy {
    const changes = decodeChanges(this.sealer.open(key, sealed))
    const by = logIdOf({ conversation, device: changes.device })
    if (!authorOfChangesKey(key).equals(by)) throw misplaced('change')
    return changes
  }

  sealPin(key: Buffer, target: EntryRef): Buffer {
    return this.sealer.seal(key, encodePin(target))
  }

  openPin(key: Buffer, sealed: Buffer): EntryRef {
    return decodePin(this.sealer.open(key, sealed))
  }

  sealFilter(key: Buffer, record: FilterRecord): Buffer {
    return this.sealer.seal(key, encodeFilter(record))
  }

  /** Undefined for one that a version with other filters has made. */
  openFilter(key: Buffer, sealed: Buffer, chunk: number): FilterRecord | undefined {
    return decodeFilter(this.sealer.open(key, sealed), chunk)
  }

  sealEvent(key: Buffer, event: EventRecord): Buffer {
    return this.sealer.seal(key, encodeEvent(event))
  }

  openEvent(key: Buffer, sealed: Buffer): EventRecord {
    return decodeEvent(this.sealer.open(key, sealed))
  }

  sealJson(key: Buffer, value: unknown): Buffer {
    return this.sealer.seal(key, recordToJson(value))
  }

  openJson(key: Buffer, sealed: Buffer): unknown {
    try {
      return recordFromJson(this.sealer.open(key, sealed))
    } catch (cause) {
      if (cause instanceof TidingsError) throw cause
      throw new TidingsError('database_damaged', 'a stored record is not JSON', { cause })
    }
  }

  private logRef(key: Buffer, bytes: Buffer): LogRef {
    const { conversation, device } = logRefOf(bytes, this.ids)
    if (!logOfKey(key).equals(logIdOf({ conversation, device }))) throw misplaced('log name')
    return { conversation, device }
  }
}

function logRefOf(bytes: Buffer, ids: DeviceIds): LogRef {
  if (bytes.byteLength !== 2 * ID_BYTES) throw misplaced('log name')
  const conversation = idFromBytes<ConversationId>(bytes.subarray(0, ID_BYTES))
  return { conversation, device: ids.of(bytes.subarray(ID_BYTES)) }
}

/** Few devices write many logs: each is one string. */
class DeviceIds {
  private readonly known = new Lru<DeviceId>(LOG_NAMES_MAX)

  of(bytes: Buffer): DeviceId {
    const name = bytes.toString('latin1')
    const device = this.known.get(name) ?? idFromBytes<DeviceId>(bytes)
    this.known.set(name, device)
    return device
  }
}

function logRefBytes({ conversation, device }: LogRef): Buffer {
  return Buffer.concat([idToBytes(conversation), idToBytes(device)])
}

function misplaced(what: string): TidingsError {
  return new TidingsError('database_damaged', `a stored ${what} does not belong under its key`)
}
