// How often this node passes somebody's device list on to a group. Each time is an entry of its own
// log that every member keeps, and whoever makes lists may make as many as they like: a few are
// passed on at once, then one in a while. What is held up comes with a later meeting.
import type { AccountId, ConversationId } from '../../core/id.ts'
import { LISTS_PASSED_ON_AT_ONCE, LISTS_PASSED_ON_EVERY_MS } from '../../core/limits.ts'

/** A time before which none more is passed on lies no further ahead than this. */
const AHEAD_MS = (LISTS_PASSED_ON_AT_ONCE - 1) * LISTS_PASSED_ON_EVERY_MS

export class ListPace {
  /** Never goes back. */
  private readonly uptimeMs: () => number
  /** When all that was passed on is made up for. */
  private readonly evenAtMs = new Map<`${ConversationId}/${AccountId}`, number>()

  constructor(uptimeMs: () => number) {
    this.uptimeMs = uptimeMs
  }

  /** Whether one more may be passed on; if so it counts. */
  take(conversation: ConversationId, account: AccountId): boolean {
    const key = `${conversation}/${account}` as const
    const now = this.uptimeMs()
    const evenAtMs = Math.max(now, this.evenAtMs.get(key) ?? now)
    if (evenAtMs > now + AHEAD_MS) return false
    this.evenAtMs.set(key, evenAtMs + LISTS_PASSED_ON_EVERY_MS)
    return true
  }
}
