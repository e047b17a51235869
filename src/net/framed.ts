// A libp2p stream as a sequence of frames, with back-pressure both ways and bounds on what waits.
//
// Sending: frames queue here; a microtask joins them and hands over slices until the stream says
// that it is full, then waits for its `drain` event (its onDrain() works only once). Receiving: the
// stream's events are read and dispatched at once, so that `pause` acts on the very next frame, and
// from there back to the other side's window.
import type { Stream } from '@libp2p/interface'

import { toTidingsError, TidingsError } from '../core/errors.ts'
import type { Frame } from '../core/frames.ts'
import {
  CLOSE_FLUSH_MS,
  FRAME_BYTES_MAX,
  OUTBOX_BYTES_MAX,
  PUSH_QUEUE_BYTES_MAX,
} from '../core/limits.ts'
import type { Logger } from '../core/logger.ts'
import { decodeFrame, encodeFrame } from '../wire/frames.ts'
import { frameBytes, FrameSplitter } from '../wire/framing.ts'
import { guarded } from './guarded.ts'

/** Handed to the stream at once: about what its window takes. */
const SLICE_BYTES = FRAME_BYTES_MAX

export interface FramedHandler {
  frame(frame: Frame): void
  /** The other side showed life: bytes, or room for ours. */
  heard(): void
  congested(congested: boolean): void
  /** Nothing more will come; with an error when what came, or our own outbox, broke a rule. */
  ended(error: TidingsError | undefined): void
}

export class FramedStream {
  /** Resolves when the other side will send nothing more. */
  readonly remoteEnd: Promise<void>
  private readonly stream: Stream
  private handler: FramedHandler
  private readonly splitter = new FrameSplitter()
  private outbox: Uint8Array[] = []
  private outboxBytes = 0
  private flushing = false
  private full = false
  private isCongested = false
  private inbox: Uint8Array[] = []
  private delivering = false
  private isPaused = false
  private noMore = false
  private over = false

  constructor(stream: Stream, handler: FramedHandler, log: Logger) {
    this.stream = stream
    this.handler = handler
    stream.addEventListener(
      'message',
      guarded(log, 'message', ({ data }) => this.receive(data.subarray())),
    )
    stream.addEventListener(
      'drain',
      guarded(log, 'drain', () => this.drained()),
    )
    const { promise, resolve } = Promise.withResolvers<void>()
    this.remoteEnd = promise
    stream.addEventListener(
      'end',
      guarded(log, 'end', () => {
        resolve()
        this.ending()
      }),
    )
    stream.addEventListener(
      'close',
      guarded(log, 'close', () => {
        resolve()
        this.end(undefined)
      }),
    )
  }

  /** Who is told from the next event on. */
  attach(handler: FramedHandler): void {
    this.handler = handler
  }

  get congested(): boolean {
    return this.isCongested
  }

  get paused(): boolean {
    return this.isPaused
  }

  /** Queues a frame, `first` before all that waits (frames keep no order with pings). */
  send(frame: Frame, first = false): void {
    if (this.over) return
    const bytes = frameBytes(encodeFrame(frame))
    if (this.outboxBytes + bytes.byteLength > OUTBOX_BYTES_MAX) {
      this.end(new TidingsError('too_busy', 'the other side takes too long to read'))
      return
    }
    if (first) this.outbox.unshift(bytes)
    else this.outbox.push(bytes)
    this.outboxBytes += bytes.byteLength
    this.tellCongestion()
    if (this.flushing || this.full) return
    this.flushing = true
    queueMicrotask(() => {
      this.flushing = false
      this.flush()
    })
  }

  pause(): void {
    if (this.over || this.isPaused) return
    this.isPaused = true
    if (this.stream.readStatus === 'readable') this.stream.pause()
  }

  resume(): void {
    if (this.over || !this.isPaused) return
    this.isPaused = false
    this.deliver()
  }

  /** Sends what waits, a last frame after it, and closes. Rejects when that takes too long. */
  async finish(last: Frame | undefined): Promise<void> {
    this.over = true
    // What still comes is read and dropped, so that the end of the stream is seen.
    if (this.stream.readStatus === 'paused') this.stream.resume()
    if (this.stream.writeStatus !== 'writable') return
    // A long outbox will not be read in time; what is in it comes again at the next meeting.
    const rest = this.outboxBytes > PUSH_QUEUE_BYTES_MAX ? [] : this.outbox
    if (last) rest.push(frameBytes(encodeFrame(last)))
    if (rest.length > 0) this.stream.send(Buffer.concat(rest))
    this.outbox = []
    await this.stream.close({ signal: AbortSignal.timeout(CLOSE_FLUSH_MS) })
  }

  private flush(): void {
    try {
      while (!this.over && !this.full && this.outbox.length > 0) {
        if (!this.stream.send(this.takeSlice())) this.full = true
      }
    } catch (error) {
      // The stream closed under us; its `close` event may still be on its way.
      this.end(toTidingsError(error))
      return
    }
    this.tellCongestion()
  }

  private takeSlice(): Uint8Array {
    let bytes = 0
    let count = 0
    for (const frame of this.outbox) {
      if (count > 0 && bytes + frame.byteLength > SLICE_BYTES) break
      bytes += frame.byteLength
      count += 1
    }
    const slice = this.outbox.splice(0, count)
    this.outboxBytes -= bytes
    return slice.length === 1 && slice[0] ? slice[0] : Buffer.concat(slice, bytes)
  }

  private drained(): void {
    this.full = false
    this.handler.heard()
    this.flush()
  }

  private tellCongestion(): void {
    const limit = this.isCongested ? PUSH_QUEUE_BYTES_MAX / 2 : PUSH_QUEUE_BYTES_MAX
    const congested = this.outboxBytes > limit
    if (congested === this.isCongested) return
    this.isCongested = congested
    this.handler.congested(congested)
  }

  private receive(chunk: Uint8Array): void {
    if (this.over) return
    this.handler.heard()
    try {
      this.inbox.push(...this.splitter.push(chunk))
    } catch (error) {
      this.end(toTidingsError(error))
      return
    }
    this.deliver()
  }

  private deliver(): void {
    // A handler may pause, resume (which makes the stream dispatch) or close in the middle of this.
    if (this.delivering) return
    this.delivering = true
    try {
      let at = 0
      for (; at < this.inbox.length && !this.isPaused && !this.over; at++) {
        this.handler.frame(decodeFrame(this.inbox[at] as Uint8Array))
      }
      this.inbox.splice(0, at)
    } catch (error) {
      this.end(toTidingsError(error))
    } finally {
      this.delivering = false
    }
    if (this.over || this.isPaused) return
    if (this.stream.readStatus === 'paused') this.stream.resume()
    if (this.noMore && this.inbox.length === 0) this.end(undefined)
  }

  private ending(): void {
    this.noMore = true
    if (!this.isPaused && this.inbox.length === 0 && !this.delivering) this.end(undefined)
  }

  private end(error: TidingsError | undefined): void {
    if (this.over) return
    this.over = true
    this.inbox = []
    this.handler.ended(error)
  }
}
