// A libp2p stream as a sequence of frames, with back-pressure both ways and bounds on what waits.
//
// Sending: frames queue here and leave in slices later in the turn, until the stream is full, then
// after its `drain` event (its onDrain() works only once). Receiving: events of the stream are read
// and dispatched at once, so that `pause` acts on the very next frame, and so on the sender.
import type { Stream } from '@libp2p/interface'

import { toTidingsError, TidingsError } from '../core/errors.ts'
import type { Frame } from '../core/frames.ts'
import { CLOSE_FLUSH_MS, OUTBOX_BYTES_MAX, PUSH_QUEUE_BYTES_MAX } from '../core/limits.ts'
import type { Logger } from '../core/logger.ts'
import { decodeFrame, streamBytes } from '../wire/frames.ts'
import { FrameSplitter } from '../wire/framing.ts'
import { guarded } from './guarded.ts'
import { Outbox } from './outbox.ts'
import { Slices } from './slices.ts'
import type { TrafficCount } from './traffic.ts'
import type { Turns } from './turns.ts'

export interface FramedHandler {
  frame(frame: Frame): void
  /** The other side showed life: bytes, in the midst of a frame perhaps, or room for ours. */
  heard(bytes: number, isInside: boolean): void
  congested(congested: boolean): void
  /** Nothing more will come; with an error when what came, or our own outbox, broke a rule. */
  ended(error: TidingsError | undefined): void
}

export interface FramedInit {
  readonly turns: Turns
  /** Counts what this stream carries. */
  readonly traffic: TrafficCount
  readonly log: Logger
}

export class FramedStream {
  /** Resolves when the other side will send nothing more. */
  readonly remoteEnd: Promise<void>
  private readonly stream: Stream
  private readonly init: FramedInit
  private handler: FramedHandler
  private readonly splitter = new FrameSplitter()
  private readonly outbox: Outbox
  private flushing = false
  private readonly slices = new Slices()
  private isCongested = false
  private inbox: Uint8Array[] = []
  private delivering = false
  private pauses = 0
  private noMore = false
  private over = false

  constructor(stream: Stream, handler: FramedHandler, init: FramedInit) {
    const { log, traffic } = init
    this.stream = stream
    this.init = init
    this.outbox = new Outbox(traffic)
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
    return this.pauses > 0
  }

  /** Queues a frame, `first` before all that waits (frames keep no order with pings). */
  send(frame: Frame, first = false): void {
    if (this.over || (first && this.outbox.isWaiting(frame.type))) return
    const bytes = streamBytes(frame)
    if (this.outbox.byteLength + bytes.byteLength > OUTBOX_BYTES_MAX) {
      this.end(new TidingsError('too_busy', 'the other side takes too long to read'))
      return
    }
    if (first) this.outbox.pushUrgent(frame.type, bytes)
    else this.outbox.push(bytes)
    this.tellCongestion()
    if (this.flushing || this.slices.isFull) return
    this.flushing = true
    const flush = (): void => {
      this.flushing = false
      this.flush()
    }
    // The other side may begin with it at once, on the same processor. An acknowledgement can wait
    // until the user here has heard of what it acknowledges: for no disk, only for this turn.
    if (frame.type === 'clocks') process.nextTick(flush)
    else queueMicrotask(flush)
  }

  /** Pauses add up: reading goes on after as many calls of `resume`. */
  pause(): void {
    if (this.over) return
    this.pauses += 1
    if (this.stream.readStatus === 'readable') this.stream.pause()
  }

  resume(): void {
    if (this.over || this.pauses === 0) return
    this.pauses -= 1
    if (this.pauses === 0) this.deliver()
  }

  /** Sends what waits, a last frame after it, and closes. Rejects when that takes too long. */
  async finish(last: Frame | undefined): Promise<void> {
    this.over = true
    // What still comes is read and dropped, so that the end of the stream is seen.
    if (this.stream.readStatus === 'paused') this.stream.resume()
    if (this.stream.writeStatus !== 'writable') return
    // A long outbox will not be read in time; what is in it comes again at the next meeting.
    if (this.outbox.byteLength > PUSH_QUEUE_BYTES_MAX) this.outbox.clear()
    if (last) this.outbox.push(streamBytes(last))
    while (!this.outbox.isEmpty) this.stream.send(this.outbox.take(this.slices.bytesMax))
    await this.stream.close({ signal: AbortSignal.timeout(CLOSE_FLUSH_MS) })
  }

  /** Neither sends nor tells anything more. */
  drop(): void {
    this.over = true
    this.outbox.clear()
    this.inbox = []
  }

  private flush(): void {
    try {
      while (!this.over && !this.slices.isFull && !this.outbox.isEmpty) {
        if (!this.stream.send(this.outbox.take(this.slices.bytesMax))) this.slices.filled()
      }
    } catch (error) {
      // The stream closed under us; its `close` event may still be on its way.
      this.end(toTidingsError(error))
      return
    }
    this.tellCongestion()
  }

  private drained(): void {
    this.slices.drained()
    this.handler.heard(0, false)
    this.flush()
  }

  private tellCongestion(): void {
    const share = this.isCongested ? 0.5 : 1
    const congested = this.outbox.byteLength > share * PUSH_QUEUE_BYTES_MAX
    if (congested === this.isCongested) return
    this.isCongested = congested
    this.handler.congested(congested)
  }

  private receive(chunk: Uint8Array): void {
    if (this.over) return
    this.init.traffic.receivedBytes += chunk.byteLength
    this.handler.heard(chunk.byteLength, !this.splitter.idle)
    try {
      // One by one: a chunk may hold more frames than a call may have arguments.
      for (const frame of this.splitter.push(chunk)) this.inbox.push(frame)
    } catch (error) {
      this.end(toTidingsError(error))
      return
    }
    this.deliver()
  }

  private deliver(): void {
    // A handler may pause, resume or close in the middle of this.
    if (this.delivering) return
    this.delivering = true
    try {
      do this.handle()
      while (this.resumeStream())
    } catch (error) {
      this.end(toTidingsError(error))
    } finally {
      this.delivering = false
    }
    if (this.noMore && !this.paused && this.inbox.length === 0) this.end(undefined)
  }

  private handle(): void {
    let at = 0
    try {
      while (at < this.inbox.length && !this.paused && !this.over) {
        if (this.init.turns.isOver) this.rest()
        else this.handler.frame(decodeFrame(this.inbox[at++] as Uint8Array))
      }
    } finally {
      this.inbox.splice(0, at)
    }
  }

  /**
   * Whether there may be more to handle now. The stream dispatches what it holds before it opens
   * its window, and opens it even if it was paused meanwhile: so nothing is handled, and nothing
   * paused, before that is done.
   */
  private resumeStream(): boolean {
    if (this.over || this.paused || this.stream.readStatus !== 'paused') return false
    this.stream.resume()
    return true
  }

  /** Until the next turn of the event loop. */
  private rest(): void {
    this.pause()
    this.init.turns.next(() => this.resume())
  }

  private ending(): void {
    this.noMore = true
    if (!this.paused && this.inbox.length === 0 && !this.delivering) this.end(undefined)
  }

  private end(error: TidingsError | undefined): void {
    if (this.over) return
    this.over = true
    this.inbox = []
    this.handler.ended(error)
  }
}
