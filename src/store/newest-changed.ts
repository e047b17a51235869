// The newest message of each log that anything was done to, or may be soon: most messages that are
// read just came, and nothing need be looked up for those.
export class NewestChanged {
  private readonly logs = new Map<string, { seq: number; isKnown: boolean }>()

  /** A change of a message is about to be written. */
  note(log: string, seq: number): void {
    const newest = this.of(log)
    newest.seq = Math.max(newest.seq, seq)
  }

  /** What was found on disk; 0 for nothing. */
  learn(log: string, seq: number): void {
    this.note(log, seq)
    this.of(log).isKnown = true
  }

  isKnown(log: string): boolean {
    return this.logs.get(log)?.isKnown === true
  }

  /** Whether nothing was done to any message of a log from one on. */
  isBefore(log: string, first: number): boolean {
    const newest = this.logs.get(log)
    return newest?.isKnown === true && newest.seq < first
  }

  private of(log: string): { seq: number; isKnown: boolean } {
    const newest = this.logs.get(log) ?? { seq: 0, isKnown: false }
    this.logs.set(log, newest)
    return newest
  }
}
