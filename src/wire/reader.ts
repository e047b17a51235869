// Reads protobuf, strictly: every length is checked before a byte is touched or memory is taken,
// numbers are exact integers in their one shortest form, and a field that may occur once occurs
// once. Two readers of the same signed bytes must never see different things in them.
import { isUtf8 } from 'node:buffer'

import { type ErrorCode, TidingsError } from '../core/errors.ts'
import { NUMBER_MAX } from '../core/limits.ts'

const WIRE_VARINT = 0
const WIRE_64BIT = 1
const WIRE_BYTES = 2
const WIRE_32BIT = 5
/** NUMBER_MAX has 53 bits. */
const NUMBER_VARINT_BYTES_MAX = 8
/** What a number of a field that is not known may have: 64 bits. */
const VARINT_BYTES_MAX = 10
const FIELD_MAX = 2 ** 29 - 1

/**
 * A message being read, field by field:
 *
 *     while (reader.next()) {
 *       if (reader.field === 1) first = reader.once('first').uint(1, NUMBER_MAX)
 *       else if (reader.field === 2) entries.push(reader.each('entries').bytes(1, ENTRY_BYTES_MAX))
 *       else reader.skip()
 *     }
 */
export class Reader {
  /** Number of the field that `next` moved to. */
  field = 0
  private wire = 0
  private name = ''
  /** One bit for each of the fields 1 to 31 that was read by `once`. */
  private seen = 0
  private at: number
  private readonly source: Uint8Array
  private readonly what: string
  private readonly end: number
  private readonly code: ErrorCode

  /** Reads `source` from `at` to `end`; `what` names the message in errors. */
  constructor(
    source: Uint8Array,
    what: string,
    code: ErrorCode = 'protocol_error',
    at = 0,
    end: number = source.byteLength,
  ) {
    this.source = source
    this.what = what
    this.code = code
    this.at = at
    this.end = end
  }

  /** Where in the source the next field begins, or the message ends. */
  get offset(): number {
    return this.at
  }

  /** Moves to the next field; false at the end of the message. */
  next(): boolean {
    if (this.at === this.end) return false
    this.name = 'field key'
    const key = this.varint()
    this.wire = key % 8
    this.field = (key - this.wire) / 8
    if (this.field === 0 || this.field > FIELD_MAX) this.fail(`there is no field ${this.field}`)
    return true
  }

  /** Names the field for errors, and refuses its second occurrence. Fields 1 to 31. */
  once(name: string): this {
    this.name = name
    const bit = 1 << this.field
    if ((this.seen & bit) !== 0) this.fail('occurs twice')
    this.seen |= bit
    return this
  }

  /** Names a field that may be repeated. */
  each(name: string): this {
    this.name = name
    return this
  }

  uint(min: number, max: number): number {
    if (this.wire !== WIRE_VARINT) this.fail('is not a number')
    const value = this.varint()
    if (value < min) this.fail(`is ${value}, less than ${min}`)
    if (value > max) this.fail(`is ${value}, more than ${max}`)
    return value
  }

  bool(): boolean {
    return this.uint(0, 1) === 1
  }

  /** A view, not a copy. */
  bytes(min: number, max: number): Uint8Array {
    const length = this.lengthOf(min, max)
    return this.take(length)
  }

  /** The bytes of a text, checked, as a view. */
  utf8(min: number, max: number): Uint8Array {
    const bytes = this.bytes(min, max)
    if (!isUtf8(bytes)) this.fail('is not valid UTF-8')
    return bytes
  }

  text(min: number, max: number): string {
    return utf8Text(this.utf8(min, max))
  }

  /** A message within the message; costs no copy. */
  message(what: string): Reader {
    const length = this.lengthOf(0, this.end)
    const at = this.at
    this.at += length
    return new Reader(this.source, what, this.code, at, this.at)
  }

  /** Passes over a field that this version does not know. */
  skip(): void {
    this.name = `field ${this.field}`
    if (this.wire === WIRE_VARINT) this.skipVarint()
    else if (this.wire === WIRE_64BIT) this.advance(8)
    else if (this.wire === WIRE_BYTES) this.advance(this.lengthOf(0, this.end))
    else if (this.wire === WIRE_32BIT) this.advance(4)
    else this.fail(`has the wire type ${this.wire}`)
  }

  /** The value of a field that must be there. */
  required<T>(value: T | undefined, name: string): T {
    if (value !== undefined) return value
    this.name = name
    return this.fail('is missing')
  }

  /** A bare number, outside of fields. */
  number(name: string, min = 0, max: number = NUMBER_MAX): number {
    this.name = name
    this.wire = WIRE_VARINT
    return this.uint(min, max)
  }

  /** That many bare bytes, as a view. */
  raw(name: string, length: number): Uint8Array {
    this.name = name
    return this.take(length)
  }

  /** The whole message was read, or it is not what it claims to be. */
  finish(): void {
    this.name = 'end'
    if (this.at !== this.end) this.fail(`comes ${this.end - this.at} bytes too late`)
  }

  /** Refuses the message because of the field that was named last. */
  fail(problem: string): never {
    throw new TidingsError(this.code, `${this.what}: ${this.name} ${problem}`)
  }

  private varint(): number {
    const first = this.at < this.end ? (this.source[this.at] as number) : 0x80
    if (first < 0x80) {
      this.at += 1
      return first
    }
    let value = 0
    let scale = 1
    for (let i = 0; i < NUMBER_VARINT_BYTES_MAX; i++) {
      if (this.at >= this.end) this.fail('is cut short')
      const byte = this.source[this.at++] as number
      value += (byte & 0x7f) * scale
      if (byte < 0x80) {
        if (byte === 0 && i > 0) this.fail('is longer than it needs to be')
        if (value > NUMBER_MAX) break
        return value
      }
      scale *= 128
    }
    return this.fail('is more than 2^53 - 1')
  }

  private skipVarint(): void {
    for (let i = 0; i < VARINT_BYTES_MAX; i++) {
      if (this.at >= this.end) this.fail('is cut short')
      if ((this.source[this.at++] as number) < 0x80) return
    }
    this.fail('is longer than 64 bits')
  }

  private lengthOf(min: number, max: number): number {
    if (this.wire !== WIRE_BYTES) this.fail('is not a field of bytes')
    const length = this.varint()
    if (length < min) this.fail(`has ${length} bytes, less than ${min}`)
    if (length > max) this.fail(`has ${length} bytes, more than ${max}`)
    if (length > this.end - this.at) this.fail('is cut short')
    return length
  }

  private advance(count: number): void {
    if (count > this.end - this.at) this.fail('is cut short')
    this.at += count
  }

  private take(count: number): Uint8Array {
    const { at } = this
    this.advance(count)
    return this.source.subarray(at, this.at)
  }
}

/** The text of bytes that `utf8` checked. */
export function utf8Text(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
}
