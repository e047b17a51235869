// A disk that keeps only what was synced. Writes go to the end of a journal; a sync makes what was
// written before it durable; a crash keeps a prefix that holds at least everything synced.
import type { ResumeToken } from '../../src/core/frames.ts'
import type { StoredRun } from '../../src/core/sync/state.ts'
import type { DiskFaults } from './plan.ts'
import type { Random } from './random.ts'
import { Shelf, type Write } from './shelf.ts'
import type { Timeline } from './timeline.ts'

export interface DiskHooks {
  stored(runs: readonly StoredRun[], position: number): void
  failed(runs: readonly StoredRun[]): void
}

const GROUP_RUNS_MAX = 8

export class Disk {
  faults: DiskFaults
  /** Everything synced. */
  shelf = new Shelf()
  private readonly timeline: Timeline
  private readonly random: Random
  private readonly hooks: DiskHooks
  private journal: Write[] = []
  private synced = 0
  private queue: StoredRun[] = []
  private busy = false
  /** Counts crashes: what was under way at the time comes to nothing. */
  private life = 0

  constructor(timeline: Timeline, random: Random, faults: DiskFaults, hooks: DiskHooks) {
    this.timeline = timeline
    this.random = random
    this.faults = faults
    this.hooks = hooks
  }

  get isIdle(): boolean {
    return !this.busy
  }

  /** A new opening of the database. */
  open(): string {
    const epoch = Buffer.from(this.random.bytes(8)).toString('hex')
    this.journal.push({ type: 'open', epoch })
    this.sync(this.journal.length)
    return epoch
  }

  knowsToken(token: ResumeToken): boolean {
    return this.shelf.knowsToken(token)
  }

  /** A record that becomes durable with the next sync. */
  record(write: Write): void {
    if (!this.random.chance(this.faults.lose)) this.journal.push(write)
  }

  store(run: StoredRun): void {
    this.queue.push(run)
    if (!this.busy) this.later(() => this.commit(), 0)
    this.busy = true
  }

  /** Reading takes time too. */
  later(happen: () => void, delayMs = this.random.int(1, this.faults.latencyMaxMs)): void {
    const { life } = this
    this.timeline.after(delayMs, () => {
      if (life === this.life) happen()
    })
  }

  /** The process is gone. Of what was not synced the disk keeps what it happened to write first. */
  crash(): void {
    this.life += 1
    this.queue = []
    this.busy = false
    const kept = this.random.chance(0.5)
      ? this.synced
      : this.random.int(this.synced, this.journal.length)
    this.journal.length = kept
    this.synced = 0
    this.shelf = new Shelf()
    this.sync(kept)
  }

  private commit(): void {
    const group = this.queue.splice(0, this.random.int(1, GROUP_RUNS_MAX))
    if (this.random.chance(this.faults.fail)) {
      this.later(() => {
        const lost = [...group, ...this.queue.splice(0)]
        this.busy = false
        this.hooks.failed(lost)
      })
      return
    }
    const position = this.shelf.position + 1
    this.journal.push({ type: 'commit', position, runs: group })
    const end = this.journal.length
    this.later(() => {
      this.sync(end)
      this.busy = this.queue.length > 0
      if (this.busy) this.commit()
      this.hooks.stored(group, position)
    })
  }

  private sync(end: number): void {
    for (const write of this.journal.slice(this.synced, end)) this.shelf.apply(write)
    this.synced = end
  }
}
