// Writes protobuf in its shortest form: fields in the order of the calls, numbers and texts that
// are 0 or empty left out, as proto3 has it.
import { NUMBER_MAX } from '../core/limits.ts'

const WIRE_VARINT = 0
const WIRE_BYTES = 2
const NUMBER_VARINT_BYTES_MAX = 8

export class Writer {
  private buffer: Buffer
  private length = 0

  constructor(capacity = 128) {
    this.buffer = Buffer.allocUnsafe(capacity)
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
    this.length += this.buffer.write(value, this.length, 'utf8')
    return this
  }

  message(field: number, value: Writer): this {
    return this.bytes(field, value.finish())
  }

  /** A bare number, outside of fields. @throws RangeError when it is no integer from 0 up. */
  number(value: number): this {
    if (!Number.isSafeInteger(value) || value < 0 || value > NUMBER_MAX) {
      throw new RangeError(`${value} is not a number that the protocol can carry`)
    }
    this.reserve(NUMBER_VARINT_BYTES_MAX)
    let rest = value
    while (rest >= 0x80) {
      this.buffer[this.length++] = (rest % 128) | 0x80
      rest = Math.floor(rest / 128)
    }
    this.buffer[this.length++] = rest
    return this
  }

  /** Bare bytes, outside of fields. */
  raw(value: Uint8Array): this {
    this.reserve(value.byteLength)
    this.buffer.set(value, this.length)
    this.length += value.byteLength
    return this
  }

  get byteLength(): number {
    return this.length
  }

  finish(): Uint8Array {
    return this.buffer.subarray(0, this.length)
  }

  private reserve(lengthBytes: number): void {
    const needed = this.length + lengthBytes
    if (needed <= this.buffer.byteLength) return
    const larger = Buffer.allocUnsafe(Math.max(needed, this.buffer.byteLength * 2))
    larger.set(this.buffer.subarray(0, this.length))
    this.buffer = larger
  }
}
