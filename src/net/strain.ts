// Whether this process gets its turns in time. Where it does not, since the machine or this node
// has too much to do, handshakes that are begun beside each other are all done too late, and what
// was computed for them is lost: of those of a hundred nodes on one machine five of six.
import { STALL_GAP_MS, STRAIN_LATE_MS, STRAIN_LOOK_MS, STRAIN_LOOKS } from '../core/limits.ts'

export interface StrainInit {
  /** Monotonic milliseconds. */
  readonly now: () => number
  /** Turns come in time again. */
  readonly eased: () => void
}

export class Strain {
  private readonly init: StrainInit
  private timer: NodeJS.Timeout | undefined
  private lookedAt = 0
  private looksLeft = 0

  constructor(init: StrainInit) {
    this.init = init
  }

  /** A short while ago it waited long for a turn. */
  get isFelt(): boolean {
    return this.looksLeft > 0
  }

  start(): void {
    this.lookedAt = this.init.now()
    this.timer = setInterval(() => this.look(), STRAIN_LOOK_MS)
  }

  stop(): void {
    clearInterval(this.timer)
  }

  private look(): void {
    const now = this.init.now()
    const lateMs = now - this.lookedAt - STRAIN_LOOK_MS
    this.lookedAt = now
    // Whoever stood still, or slept, may have all the time that it wants now.
    if (lateMs > STRAIN_LATE_MS && lateMs <= STALL_GAP_MS) this.looksLeft = STRAIN_LOOKS
    else if (this.isFelt && --this.looksLeft === 0) this.init.eased()
  }
}
