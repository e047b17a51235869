// What waits for the disk, one thing at a time: runs in fair groups, and between two groups
// whatever is written by itself, so that neither waits for ever.
import { TidingsError } from '../../core/errors.ts'
import type { StoredRun } from '../../core/sync/state.ts'
import { takeFairGroup } from './fair-group.ts'

export interface WriteQueueHooks {
  /** Must not reject. */
  write(group: readonly StoredRun[]): Promise<void>
  /** Something was written by itself: what waits may not be wanted any more. */
  changed(): void
}

export class WriteQueue {
  private readonly hooks: WriteQueueHooks
  private runs: StoredRun[] = []
  private readonly works: (() => Promise<void>)[] = []
  private running: Promise<void> | undefined
  private closed = false

  constructor(hooks: WriteQueueHooks) {
    this.hooks = hooks
  }

  /** @throws TidingsError `shutting_down` */
  push(stored: StoredRun): void {
    this.assertOpen()
    this.runs.push(stored)
    this.running ??= this.drain()
  }

  /** Runs the work while nothing else is being written. @throws TidingsError `shutting_down` */
  async inTurn<T>(work: () => Promise<T>): Promise<T> {
    this.assertOpen()
    return new Promise((resolve, reject) => {
      this.works.push(() => work().then(resolve, reject))
      this.running ??= this.drain()
    })
  }

  /** Takes runs out before they are written. */
  remove(isMeant: (stored: StoredRun) => boolean): readonly StoredRun[] {
    const removed = this.runs.filter(isMeant)
    if (removed.length > 0) this.runs = this.runs.filter((stored) => !isMeant(stored))
    return removed
  }

  /** Resolves when nothing waits. */
  async idle(): Promise<void> {
    while (this.running) await this.running
  }

  /** What waits is written; nothing more is taken. */
  async close(): Promise<void> {
    this.closed = true
    await this.idle()
  }

  private assertOpen(): void {
    if (this.closed) throw new TidingsError('shutting_down', 'nothing more is written here')
  }

  private async drain(): Promise<void> {
    // What arrives in the same turn belongs to the same group.
    await Promise.resolve()
    while (this.runs.length > 0 || this.works.length > 0) {
      const work = this.works.shift()
      if (work) {
        await work()
        this.hooks.changed()
      }
      if (this.runs.length === 0) continue
      const { group, rest } = takeFairGroup(this.runs)
      this.runs = rest
      await this.hooks.write(group)
    }
    this.running = undefined
  }
}
