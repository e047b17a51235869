// Turns of the event loop: what peers send is handled for a bounded time, then everything else goes
// first, the user's commands, timers and the disk. Without this a contact that sends more than can
// be handled would keep the process from answering anybody.
import { performance } from 'node:perf_hooks'

import { TURN_MAX_MS } from '../core/limits.ts'

export class Turns {
  private endsAt = 0
  private begun = false
  private waiting: (() => void)[] = []

  /** Whether the time of this turn is used up. The first look begins a turn. */
  get isOver(): boolean {
    if (!this.begun) {
      this.begun = true
      this.endsAt = performance.now() + TURN_MAX_MS
      setImmediate(() => this.end())
      return false
    }
    return performance.now() >= this.endsAt
  }

  /**
   * Calls back in a later turn that has time left. Whoever was not served in one comes before those
   * who were and ask again: a sender that fills every turn waits for all others each time.
   */
  next(go: () => void): void {
    this.waiting.push(go)
  }

  private end(): void {
    this.begun = false
    const waiting = this.waiting.splice(0)
    let served = 0
    // Looking whether it is over begins the turn, and with it the next end.
    while (served < waiting.length && !this.isOver) waiting[served++]?.()
    this.waiting.unshift(...waiting.slice(served))
  }
}
