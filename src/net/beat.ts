// One timer for all sessions: each that woke the process by itself would keep an idle node busy.
import {
  PING_AFTER_MAX_MS,
  PING_AFTER_MS,
  PING_SPACING_MS,
  SESSION_TICK_MS,
} from '../core/limits.ts'

export class Beat {
  private readonly listeners = new Set<() => void>()
  private timer: NodeJS.Timeout | undefined

  /**
   * How long a session may be silent of which nothing is waited for. What all of them cost together
   * does not grow with their number; the system's own probes go on (KEEPALIVE_AFTER_MS).
   */
  get quietMs(): number {
    const spacedMs = this.listeners.size * PING_SPACING_MS
    return Math.min(Math.max(PING_AFTER_MS, spacedMs), PING_AFTER_MAX_MS)
  }

  /** Calls the listener, which must not throw, every SESSION_TICK_MS; returns what ends that. */
  follow(listener: () => void): () => void {
    this.listeners.add(listener)
    this.timer ??= setInterval(() => {
      for (const each of this.listeners) each()
    }, SESSION_TICK_MS)
    return () => {
      this.listeners.delete(listener)
      if (this.listeners.size > 0) return
      clearInterval(this.timer)
      this.timer = undefined
    }
  }
}
