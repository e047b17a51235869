// How many contact requests strangers may make: so many waiting for the user, so many in an hour.
// Identities are free, so the bound is on all of them together.
import { REQUESTS_PENDING_MAX, REQUESTS_PER_HOUR_MAX } from '../core/limits.ts'
import type { ContactRecord } from '../store/store.ts'

const HOUR_MS = 3_600_000

export class RequestQuota {
  private readonly now: () => number
  private taken: number[] = []

  constructor(now: () => number) {
    this.now = now
  }

  /** Whether one more request may be shown; if so it counts. */
  take(contacts: Iterable<ContactRecord>): boolean {
    const now = this.now()
    // A time ahead of now is from before the clock was set back.
    this.taken = this.taken.filter((at) => now - at < HOUR_MS && at <= now)
    let pending = 0
    for (const { state, declined } of contacts) {
      if (state === 'incoming' && !declined) pending += 1
    }
    if (pending >= REQUESTS_PENDING_MAX || this.taken.length >= REQUESTS_PER_HOUR_MAX) return false
    this.taken.push(now)
    return true
  }
}
