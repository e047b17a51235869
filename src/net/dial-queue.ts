// Who is dialed next, and how many at once. Those that are heard, and will answer, neither wait for
// those that may be anywhere nor keep them waiting: whoever forges what is heard gains nothing.
import { DIALS_FAR_MAX, DIALS_NEAR_MAX, DIALS_STRAINED } from '../core/limits.ts'

export interface DialQueueInit<T> {
  /** It is there now, as far as one can tell. */
  readonly isNear: (one: T) => boolean
  /** This process gets its turns late. */
  readonly isStrained: () => boolean
  /** Never rejects. */
  readonly dial: (one: T) => Promise<void>
}

/** Dials that are under way at once. */
interface Lane {
  readonly max: number
  readonly strainedMax: number
  dialing: number
}

export class DialQueue<T> {
  private readonly init: DialQueueInit<T>
  private readonly near: Lane = {
    max: DIALS_NEAR_MAX,
    strainedMax: DIALS_STRAINED.near,
    dialing: 0,
  }
  private readonly far: Lane = { max: DIALS_FAR_MAX, strainedMax: DIALS_STRAINED.far, dialing: 0 }
  private waiting: T[] = []

  constructor(init: DialQueueInit<T>) {
    this.init = init
  }

  /** Dialed when it is its turn; one that waits already keeps its place. */
  add(one: T): void {
    if (!this.waiting.includes(one)) this.waiting.push(one)
    this.work()
  }

  clear(): void {
    this.waiting = []
  }

  /** Also when this process gets its turns in time again. */
  work(): void {
    const isStrained = this.init.isStrained()
    for (;;) {
      const next = this.waiting.findIndex((one) => {
        const { dialing, max, strainedMax } = this.laneOf(one)
        return dialing < (isStrained ? strainedMax : max)
      })
      if (next < 0) return
      for (const one of this.waiting.splice(next, 1)) void this.dial(one, this.laneOf(one))
    }
  }

  private async dial(one: T, lane: Lane): Promise<void> {
    lane.dialing += 1
    await this.init.dial(one)
    lane.dialing -= 1
    this.work()
  }

  private laneOf(one: T): Lane {
    return this.init.isNear(one) ? this.near : this.far
  }
}
