// Writes protobuf in its shortest form: fields in the order of the calls, numbers and texts that
// are 0 or empty left out, as proto3 has it.
import { NUMBER_MAX } from '../core/limits.ts'

const WIRE_VARINT = 0
const WIRE_BYTES = 2
const NUMBER_VARINT_BYTES_MAX = 8
/** Room in front, so that a page is put into its frame, and that into its stream, uncopied. */
const FRONT_BYTES = 16

export class Writer {
  private buffer: Buffer
  private start = FRONT_BYTES
  private end = FRONT_BYTES

  constructor(capacity = 128) {
    this.buffer = Buffer.allocUnsafe(FRONT_BYTES + capacity)
  }

  /** Begins anew in the same room: what `finish` gave before is overwritten. */
  again(): this {
    this.start = this.end = FRONT_BYTES
    return this
  }

  uint(field: number, value: number): this {
    if (value === 0) return this
    return this.number(field * 8 + WIRE_VARINT).number(value)
  }

  bool(field: number, value: boolean): this {
    return this.uint(field, value ? 1 : 0)
  }

  bytes(field: number, value: Uint8Array): this {
    return this.number(field * 8 + WIRE_BYTES)
      .number(value.byteLength)
      .raw(value)
  }

  string(field: number, value: string): this {
    if (value === '') return this
    const lengthBytes = Buffer.byteLength(value)
    this.number(field * 8 + WIRE_BYTES).number(lengthBytes)
    this.reserve(lengthBytes)
    this.end += this.buffer.write(value, this.end, 'utf8')
    return this
  }

  message(field: number, value: Writer): this {
    return this.bytes(field, value.finish())
  }

  /** A bare number, outside of fields. @throws RangeError when it is no integer from 0 up. */
  number(value: number): this {
    assertNumber(value)
    this.reserve(NUMBER_VARINT_BYTES_MAX)
    this.end = this.put(value, this.end)
    return this
  }

  /**
   * A bare number in front of all that was written. @throws RangeError as `number`, and where
   * there is no room for so many.
   */
  inFront(value: number): this {
    assertNumber(value)
    let bytes = 1
    for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 128)) bytes += 1
    if (bytes > this.start) throw new RangeError('there is no room in front')
    this.start -= bytes
    this.put(value, this.start)
    return this
  }

  /** Makes all that was written a field that holds it. */
  asField(field: number): this {
    return this.inFront(this.byteLength).inFront(field * 8 + WIRE_BYTES)
  }

  /** Bare bytes, outside of fields. */
  raw(value: Uint8Array): this {
    this.reserve(value.byteLength)
    this.buffer.set(value, this.end)
    this.end += value.byteLength
    return this
  }

  get byteLength(): number {
    return this.end - this.start
  }

  finish(): Uint8Array {
    return this.buffer.subarray(this.start, this.end)
  }

  /** Where what follows begins. */
  private put(value: number, from: number): number {
    let at = from
    let rest = value
    while (rest >= 0x80) {
      this.buffer[at++] = (rest % 128) | 0x80
      rest = Math.floor(rest / 128)
    }
    this.buffer[at++] = rest
    return at
  }

  private reserve(lengthBytes: number): void {
    const needed = this.end + lengthBytes
    if (needed <= this.buffer.byteLength) return
    const larger = Buffer.allocUnsafe(Math.max(needed, this.buffer.byteLength * 2))
    larger.set(this.buffer.subarray(0, this.end))
    this.buffer = larger
  }
}

function assertNumber(value: number): void {
  if (Number.isSafeInteger(value) && value >= 0 && value <= NUMBER_MAX) return
  throw new RangeError(`${value} is not a number that the protocol can carry`)
}
