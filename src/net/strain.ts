// Whether this process gets its turns in time. Where it does not, since the machine has too much to
// do or this node itself, handshakes that are begun beside each other are all done too late, and
// what was computed for them is lost: a hundred nodes on one machine came to a sixth of theirs.
import { STRAIN_LATE_MS, STRAIN_LOOK_MS, STRAIN_LOOKS } from '../core/limits.ts'

export class Strain {
  private readonly now: () => number
  private timer: NodeJS.Timeout | undefined
  private lookedAt = 0
  private looksLeft = 0

  /** @param now monotonic milliseconds */
  constructor(now: () => number) {
    this.now = now
  }

  /** A short while ago it waited long for a turn. */
  get isFelt(): boolean {
    return this.looksLeft > 0
  }

  start(): void {
    this.lookedAt = this.now()
    this.timer = setInterval(() => this.look(), STRAIN_LOOK_MS)
  }

  stop(): void {
    clearInterval(this.timer)
  }

  private look(): void {
    const now = this.now()
    const isLate = now - this.lookedAt - STRAIN_LOOK_MS > STRAIN_LATE_MS
    this.lookedAt = now
    this.looksLeft = isLate ? STRAIN_LOOKS : Math.max(0, this.looksLeft - 1)
  }
}
