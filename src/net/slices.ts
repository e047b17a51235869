// How much of a frame leaves in one piece. Of a piece the other side hears nothing until it has all
// of it, which over a slow line takes longer than anybody is silent who lives; small pieces cost
// more to encrypt. So they are small until the line shows that it is quick.
import { performance } from 'node:perf_hooks'

import { SLICE_BYTES_MAX, SLICE_BYTES_MIN, SLICE_QUICK_MS, SLICE_SLOW_MS } from '../core/limits.ts'

export class Slices {
  private bytes = SLICE_BYTES_MIN
  private fullAt: number | undefined
  private readonly now: () => number

  /** @param now monotonic milliseconds */
  constructor(now: () => number = () => performance.now()) {
    this.now = now
  }

  /** The stream takes no more for the moment. */
  get isFull(): boolean {
    return this.fullAt !== undefined
  }

  /** Of one piece, at most. */
  get bytesMax(): number {
    return this.bytes
  }

  /** The stream holds as much as it takes, a whole window of the muxer. */
  filled(): void {
    this.fullAt ??= this.now()
  }

  /** What filled it left. */
  drained(): void {
    if (this.fullAt === undefined) return
    const tookMs = this.now() - this.fullAt
    this.fullAt = undefined
    if (tookMs <= SLICE_QUICK_MS) this.bytes = Math.min(SLICE_BYTES_MAX, 2 * this.bytes)
    else if (tookMs >= SLICE_SLOW_MS) this.bytes = SLICE_BYTES_MIN
  }
}
