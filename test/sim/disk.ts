// A disk that keeps only what was synced. Writes go to the end of a journal; a sync makes what was
// written before it durable; a crash keeps a prefix that holds at least everything synced.
import type { LogKey, StoredRun } from '../../src/core/sync/state.ts'
import type { DiskFaults } from './plan.ts'
import type { Random } from './random.ts'
import { Shelf, type Write } from './shelf.ts'
import type { Timeline } from './timeline.ts'

export interface DiskHooks {
  stored(runs: readonly StoredRun[], position: number): void
  failed(runs: readonly StoredRun[]): void
}

export interface UndoHooks {
  done(position: number): void
  failed(): void
}

const GROUP_RUNS_MAX = 8

export class Disk {
  faults: DiskFaults
  /** Everything synced. */
  shelf: Shelf
  private readonly timeline: Timeline
  private readonly random: Random
  private readonly hooks: DiskHooks
  private readonly seed: Uint8Array
  private journal: Write[] = []
  private synced = 0
  private queue: StoredRun[] = []
  private busy = false
  /** Counts crashes: what was under way at the time comes to nothing. */
  private life = 0

  /** @param seed of the device that a new database writes as */
  constructor(
    timeline: Timeline,
    random: Random,
    faults: DiskFaults,
    hooks: DiskHooks,
    seed: Uint8Array,
  ) {
    this.timeline = timeline
    this.random = random
    this.faults = faults
    this.hooks = hooks
    this.seed = seed
    this.shelf = new Shelf(seed)
  }

  get isIdle(): boolean {
    return !this.busy
  }

  /** A new opening of the database. */
  open(): string {
    const epoch = Buffer.from(this.random.bytes(8)).toString('hex')
    this.write([{ type: 'open', epoch }])
    return epoch
  }

  /** Records that are durable together, at once. */
  write(writes: readonly Write[]): void {
    this.journal.push(...writes)
    this.sync(this.journal.length)
  }

  /** A record that becomes durable with the next sync. @returns whether it will be there */
  record(write: Write): boolean {
    if (this.random.chance(this.faults.lose)) return false
    this.journal.push(write)
    return true
  }

  /** The same for one that goes with others in one write, and is not lost by itself. */
  note(write: Write): void {
    this.journal.push(write)
  }

  store(run: StoredRun): void {
    this.queue.push(run)
    if (!this.busy) this.later(() => this.commit(), 0)
    this.busy = true
  }

  /** Takes an own entry back once nothing else is being written. */
  undo(write: Omit<Extract<Write, { type: 'undo' }>, 'position'>, hooks: UndoHooks): void {
    if (this.busy) return this.later(() => this.undo(write, hooks), 1)
    this.busy = true
    const goOn = (): void => {
      this.busy = this.queue.length > 0
      if (this.busy) this.commit()
    }
    if (this.random.chance(this.faults.fail)) {
      return this.later(() => {
        goOn()
        hooks.failed()
      })
    }
    const position = this.shelf.position + 1
    this.journal.push({ ...write, position })
    const end = this.journal.length
    this.later(() => {
      this.sync(end)
      hooks.done(position)
      goOn()
    })
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
    const { synced, journal, random } = this
    this.keep(random.chance(0.5) ? synced : random.int(synced, journal.length))
  }

  /** An older copy of everything is put back. */
  rollBack(): void {
    this.keep(this.random.int(0, this.synced))
  }

  /** Begins as a copy of what another disk held at some time. */
  copy(other: Disk): void {
    this.journal = [...other.journal]
    this.keep(this.random.int(0, other.synced))
  }

  /** Some logs lose their end: damage that the store found when it was opened. */
  tear(): LogKey[] {
    const torn: LogKey[] = []
    for (const [key, { signatures }] of this.shelf.logs) {
      if (signatures.size === 0 || this.random.chance(0.5)) continue
      const seq = this.random.pick([0, ...signatures.keys()])
      this.write([{ type: 'cut', key, seq }])
      torn.push(key)
    }
    return torn
  }

  private keep(length: number): void {
    this.life += 1
    this.queue = []
    this.busy = false
    this.journal.length = length
    this.synced = 0
    this.shelf = new Shelf(this.seed)
    this.sync(length)
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
    if (end <= this.synced) return
    for (const write of this.journal.slice(this.synced, end)) this.shelf.apply(write)
    this.synced = end
  }
}
