// One timer for all sessions: each that woke the process by itself would keep an idle node busy.
import { SESSION_TICK_MS } from '../core/limits.ts'

export class Beat {
  private readonly listeners = new Set<() => void>()
  private timer: NodeJS.Timeout | undefined

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
