// Where a frame begins and ends in a stream of bytes: its length as a varint, then the frame. A
// length over the limit is refused when its own bytes are read, before any room is made for it.
import { TidingsError } from '../core/errors.ts'
import { FRAME_BYTES_MAX } from '../core/limits.ts'
import { Writer } from './writer.ts'

/** FRAME_BYTES_MAX has 19 bits. */
const LENGTH_VARINT_BYTES_MAX = 3

/** A frame as it goes onto the stream; one that is still in its writer is not copied. */
export function frameBytes(payload: Uint8Array | Writer): Uint8Array {
  const length = payload.byteLength
  if (length === 0 || length > FRAME_BYTES_MAX) {
    throw new RangeError(`a frame has 1 to ${FRAME_BYTES_MAX} bytes, not ${length}`)
  }
  const writer = payload instanceof Writer ? payload : new Writer(length).raw(payload)
  return writer.inFront(length).finish()
}

/**
 * Finds the frames in a stream that arrives in pieces of any size. Holds at most one incomplete
 * frame. Frames that lie within a piece are views into it; only one that spans pieces is copied,
 * each of its bytes once.
 */
export class FrameSplitter {
  /** The length as far as it was read, and by how many bytes. */
  private length = 0
  private lengthBytes = 0
  /** A frame that spans pieces, and how much of it is there. */
  private partial: Uint8Array | undefined
  private filled = 0
  private broken: TidingsError | undefined

  /**
   * Takes the next piece of the stream; returns the frames that are complete now.
   *
   * @throws TidingsError `protocol_error`, now and from then on: nothing after it can be read
   */
  push(chunk: Uint8Array): Uint8Array[] {
    if (this.broken) throw this.broken
    const frames: Uint8Array[] = []
    let at = 0
    while (at < chunk.byteLength) {
      if (!this.partial) {
        at = this.readLength(chunk, at)
        if (at < 0) return frames
        const end = at + this.length
        if (end <= chunk.byteLength) {
          frames.push(chunk.subarray(at, end))
          this.begin()
          at = end
          continue
        }
        this.partial = Buffer.allocUnsafe(this.length)
      }
      at = this.fill(this.partial, chunk, at, frames)
    }
    return frames
  }

  /** Whether the stream stands between two frames, so that it may end here. */
  get idle(): boolean {
    return this.lengthBytes === 0
  }

  private begin(): void {
    this.length = 0
    this.lengthBytes = 0
    this.partial = undefined
    this.filled = 0
  }

  /** Where the frame begins; -1 when the length goes on in the next piece. */
  private readLength(chunk: Uint8Array, from: number): number {
    for (let at = from; at < chunk.byteLength; at++) {
      const byte = chunk[at] as number
      this.length += (byte & 0x7f) * 128 ** this.lengthBytes
      this.lengthBytes += 1
      if (this.length > FRAME_BYTES_MAX) this.refuse(`is longer than ${FRAME_BYTES_MAX} bytes`)
      if (byte < 0x80) {
        if (this.length === 0) this.refuse('is empty')
        if (byte === 0) this.refuse('has a length with needless bytes')
        return at + 1
      }
      if (this.lengthBytes === LENGTH_VARINT_BYTES_MAX) this.refuse('has a length without end')
    }
    return -1
  }

  private fill(partial: Uint8Array, chunk: Uint8Array, at: number, frames: Uint8Array[]): number {
    const taken = Math.min(partial.byteLength - this.filled, chunk.byteLength - at)
    partial.set(chunk.subarray(at, at + taken), this.filled)
    this.filled += taken
    if (this.filled === partial.byteLength) {
      frames.push(partial)
      this.begin()
    }
    return at + taken
  }

  private refuse(problem: string): never {
    this.broken = new TidingsError('protocol_error', `a frame ${problem}`)
    throw this.broken
  }
}
