// Where each log will end once what waits for the disk is written. A log has no gap, whatever fails
// on the way: a run that does not join there is refused.
import { TidingsError } from '../core/errors.ts'
import { lastSeq } from '../core/run.ts'
import { logKey } from '../core/sync/state.ts'
import type { LevelBatch } from './batch.ts'

export class Tips {
  private readonly lasts: ReadonlyMap<string, number>
  private readonly tips = new Map<string, number>()

  /** @param lasts the last entry of each log that is on disk */
  constructor(lasts: ReadonlyMap<string, number>) {
    this.lasts = lasts
  }

  /** @throws TidingsError `internal`; then nothing of the batch may be written */
  join(batch: LevelBatch): void {
    const joined = new Map(batch.cuts)
    for (const run of batch.runs) {
      const log = logKey(run.conversation, run.device)
      const tip = joined.get(log) ?? this.tips.get(log) ?? this.lasts.get(log) ?? 0
      if (run.first !== tip + 1) {
        throw new TidingsError('internal', `a run from ${run.first} on does not join entry ${tip}`)
      }
      joined.set(log, lastSeq(run))
    }
    // Only now: of a batch that is refused nothing will be written.
    for (const [log, last] of joined) this.tips.set(log, last)
  }

  /** What waited has failed. */
  clear(): void {
    this.tips.clear()
  }
}
