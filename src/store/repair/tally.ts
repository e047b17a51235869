// What was on disk, noted beside the database: how many writes it took, and how far each log went.
//
// LevelDB opens a write-ahead log that lost its end, or a database from which a key is gone,
// without a word: what is missing looks as if it had never been written. For most things that is
// only a loss. For this device's own log it is worse, since the next message would take a number
// that a peer has seen already. The tally makes it known: it lies in a file of its own, written
// right after each commit was told, and never holds more than the database was sure of by then. It
// is not synced: a crash may take it back by a few writes, which only makes it tell less.
// Only what it says less from then on, where a log is cut, is synced (store/cuts.ts).
import { closeSync, constants, fdatasync, openSync, readFileSync, writeSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { crc32 } from 'node:zlib'

import { base32Encode } from '../../core/id.ts'
import type { Logger } from '../../core/logger.ts'
import type { Codec, LogRef } from '../codec.ts'
import { copyIfThere, isMissing } from '../durable-files.ts'
import { storageError } from '../faults.ts'
import { LOG_ID_BYTES, metaKey } from '../keys.ts'
import type { Database, Operation } from '../level.ts'
import { readable } from './lost.ts'

// A slot: what it counts (a log, or zeros for writes), the number, a check, and room to 32 bytes,
// so that no slot lies on two pages of the disk.
const SLOT_BYTES = 32
const CHECKED_BYTES = LOG_ID_BYTES + 8
const FILE = 'tally'
const FILE_MODE = 0o600
const WRITES = '0'.repeat(2 * LOG_ID_BYTES)

export class Tally {
  private readonly name: string
  private file: number | undefined
  private readonly codec: Codec
  private readonly log: Logger
  private readonly counts = new Map<string, number>()
  private readonly slots = new Map<string, number>()
  /** Slots that no power loss left readable. */
  private readonly spoiled: number[] = []
  private slotCount = 0
  private readonly unwritten = new Set<string>()
  private isClosed = false
  private isWarned = false

  /** @param bytes what the file holds; undefined when there is none */
  constructor(name: string, bytes: Buffer | undefined, codec: Codec, log: Logger) {
    this.name = name
    this.codec = codec
    this.log = log
    if (bytes) this.load(bytes)
  }

  /** How many entries of a log have been on disk at some time. */
  everHeld(log: LogRef): number {
    return this.counts.get(this.nameOf(log)) ?? 0
  }

  /** What the database lost without leaving a trace of it, in plain words. */
  missing(database: Database, heads: Iterable<LogRef & { head: { seq: number } }>): string[] {
    const words: string[] = []
    const lost = this.writes - writesIn(database, this.codec)
    if (lost > 0) words.push(`of what was written last, ${lost} writes are missing`)
    const held = new Map<string, number>()
    for (const log of heads) held.set(this.nameOf(log), log.head.seq)
    for (const [name, count] of this.counts) {
      const seq = held.get(name) ?? 0
      if (name === WRITES || seq >= count) continue
      const tag = base32Encode(Buffer.from(name, 'hex'))
      words.push(`the log ${tag} had ${count} entries, of which ${seq} are left`)
    }
    return words
  }

  /** Puts the number of the next write into that write. */
  withCount(operations: readonly Operation[]): Operation[] {
    return [...operations, this.numbered('writes', this.nextWrite)]
  }

  /** For a write by which all that is derived is as the logs say, until anything is written. */
  settling(): Operation {
    return this.numbered('settled', this.nextWrite)
  }

  get nextWrite(): number {
    return this.writes + 1
  }

  /** Whether the newest write was such a one. */
  isSettled(database: Database): boolean {
    const writes = numberIn(database, this.codec, 'writes')
    return writes > 0 && writes === numberIn(database, this.codec, 'settled')
  }

  /** That write is on disk. */
  written(): void {
    this.set(WRITES, this.writes + 1)
  }

  /** So far a log is on disk. It stays noted, even if less of it is found later. */
  reached(log: LogRef, seq: number): void {
    const name = this.nameOf(log)
    if (seq > (this.counts.get(name) ?? 0)) this.set(name, seq)
  }

  /** The end of a log is about to be taken off on purpose. */
  cut(log: LogRef, seq: number): void {
    this.set(this.nameOf(log), seq)
  }

  /** What was noted so far survives a crash of the machine. Never rejects. */
  async sync(): Promise<void> {
    this.flush()
    if (this.file === undefined) return
    await promisify(fdatasync)(this.file).catch((error: unknown) => this.warn(error))
  }

  /** After an opening: what the database holds, and no less, is what was written. */
  start(database: Database, heads: Iterable<LogRef & { head: { seq: number } }>): void {
    const writes = writesIn(database, this.codec)
    if (writes > this.writes || this.slotCount === 0) this.set(WRITES, writes)
    for (const log of heads) this.reached(log, log.head.seq)
  }

  close(): void {
    this.flush()
    this.isClosed = true
    if (this.file !== undefined) closeSync(this.file)
    this.file = undefined
  }

  private numbered(name: 'writes' | 'settled', count: number): Operation {
    const key = metaKey(name)
    return { key, value: this.codec.sealJson(key, count) }
  }

  private warn(error: unknown): void {
    if (!this.isWarned) this.log.warn({ error: String(error) }, 'the tally could not be kept')
    this.isWarned = true
  }

  private get writes(): number {
    return this.counts.get(WRITES) ?? 0
  }

  private nameOf(log: LogRef): string {
    return this.codec.nameOf(log).toString('hex')
  }

  private load(bytes: Buffer): void {
    this.slotCount = Math.ceil(bytes.byteLength / SLOT_BYTES)
    for (let slot = 0; slot < this.slotCount; slot++) {
      const at = slot * SLOT_BYTES
      const checkAt = at + CHECKED_BYTES
      const isWhole =
        at + SLOT_BYTES <= bytes.byteLength &&
        bytes.readUInt32BE(checkAt) === crc32(bytes.subarray(at, checkAt))
      const name = bytes.toString('hex', at, at + LOG_ID_BYTES)
      const count = isWhole ? Number(bytes.readBigUInt64BE(at + LOG_ID_BYTES)) : NaN
      if (!Number.isSafeInteger(count) || this.slots.has(name)) {
        this.spoiled.push(slot)
        continue
      }
      this.slots.set(name, slot)
      this.counts.set(name, count)
    }
  }

  /** Into the file soon: whoever waits for a commit waits for no more than the commit. */
  private set(name: string, count: number): void {
    this.counts.set(name, count)
    if (this.isClosed) return
    if (this.unwritten.size === 0) setImmediate(() => this.flush())
    this.unwritten.add(name)
  }

  private flush(): void {
    const names = [...this.unwritten]
    this.unwritten.clear()
    try {
      for (const name of names) this.write(name)
    } catch (error) {
      // What was committed stays so; only its loss would not be noticed.
      this.warn(error)
    }
  }

  private write(name: string): void {
    let slot = this.slots.get(name)
    if (slot === undefined) {
      slot = this.spoiled.pop() ?? this.slotCount++
      this.slots.set(name, slot)
    }
    const bytes = Buffer.alloc(SLOT_BYTES)
    bytes.write(name, 'hex')
    bytes.writeBigUInt64BE(BigInt(this.counts.get(name) ?? 0), LOG_ID_BYTES)
    bytes.writeUInt32BE(crc32(bytes.subarray(0, CHECKED_BYTES)), CHECKED_BYTES)
    this.file ??= openSync(this.name, constants.O_RDWR | constants.O_CREAT, FILE_MODE)
    writeSync(this.file, bytes, 0, SLOT_BYTES, slot * SLOT_BYTES)
  }
}

/** @throws TidingsError `home_unusable` */
export function readTally(directory: string, codec: Codec, log: Logger): Tally {
  const name = path.join(directory, FILE)
  try {
    return new Tally(name, readFileSync(name), codec, log)
  } catch (error) {
    if (isMissing(error)) return new Tally(name, undefined, codec, log)
    throw storageError(error, name)
  }
}

/** For a copy of the database. */
export function copyTally(from: string, to: string): Promise<void> {
  return copyIfThere(path.join(from, FILE), path.join(to, FILE))
}

/** How many writes the database says it took. What cannot be read is none: it is damaged. */
function writesIn(database: Database, codec: Codec): number {
  return numberIn(database, codec, 'writes')
}

function numberIn(database: Database, codec: Codec, name: 'writes' | 'settled'): number {
  const key = metaKey(name)
  const value = database.get(key)
  const writes = value && readable(() => codec.openJson(key, value))
  return typeof writes === 'number' ? writes : 0
}
