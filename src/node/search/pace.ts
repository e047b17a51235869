// Keeps a search from holding up the event loop: it works for a bounded time, then everything else
// goes first. Searches at the same time share that time between them.
import { performance } from 'node:perf_hooks'
import { setImmediate } from 'node:timers/promises'

import { SEARCH_TURN_MS } from '../../core/limits.ts'

export class Pace {
  private readonly sharers: () => number
  private endsAt = 0

  /** @param sharers how many searches are under way */
  constructor(sharers: () => number) {
    this.sharers = sharers
  }

  get isOver(): boolean {
    return performance.now() >= this.endsAt
  }

  /** Waits for the next turn when this one is over. */
  async keep(): Promise<void> {
    if (!this.isOver) return
    await setImmediate()
    this.endsAt = performance.now() + SEARCH_TURN_MS / Math.max(1, this.sharers())
  }
}
