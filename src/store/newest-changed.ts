// The newest message of a log that anything was done to, or may be soon: most messages that are
// read just came, and nothing need be looked up for those. Only of logs that were asked for.
import { LOG_NAMES_MAX } from '../core/limits.ts'
import { Lru } from '../core/lru.ts'

/** What is noted of a log. */
interface Newest {
  seq: number
  isKnown: boolean
}

export class NewestChanged {
  private readonly logs = new Lru<Newest>(LOG_NAMES_MAX)

  /** The disk is about to be asked. What is noted meanwhile counts. */
  track(log: string): Newest {
    const tracked = this.logs.get(log) ?? { seq: 0, isKnown: false }
    this.logs.set(log, tracked)
    return tracked
  }

  /**
   * What was found on disk; 0 for nothing. If the log was forgotten meanwhile, nothing is known of
   * it: what was noted in between may be missing.
   *
   * @param tracked what `track` gave
   */
  learn(tracked: Newest, seq: number): void {
    tracked.seq = Math.max(tracked.seq, seq)
    tracked.isKnown = true
  }

  /** A change of a message is about to be written, or was. */
  note(log: string, seq: number): void {
    const newest = this.logs.get(log)
    if (newest) newest.seq = Math.max(newest.seq, seq)
  }

  isKnown(log: string): boolean {
    return this.logs.get(log)?.isKnown === true
  }

  /** Whether nothing was done to any message of a log from one on. */
  isBefore(log: string, first: number): boolean {
    const newest = this.logs.get(log)
    return newest?.isKnown === true && newest.seq < first
  }
}
