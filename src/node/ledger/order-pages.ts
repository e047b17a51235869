// The entries that the order looks at while a group is written: what the group brings, and stored
// pages where older entries were waiting. What among them is no text is noted on the way.
import type { Change } from '../../core/changes.ts'
import type { Dep } from '../../core/entry.ts'
import type { ConversationId, DeviceId } from '../../core/id.ts'
import type { OrderedEntries } from '../../core/order.ts'
import { lastSeq, type Run } from '../../core/run.ts'
import type { Store } from '../../store/store.ts'
import { orderedPart } from '../../wire/entry.ts'
import { arePlain } from '../../wire/plain-text.ts'
import { ifReadable } from '../if-readable.ts'

/** A timer, and where in its log it stands. */
export interface TimerAt {
  readonly seq: number
  /** 0: off. */
  readonly seconds: number
}

/** The runs at hand, one or a few for each log. */
export class OrderPages {
  /** Entries that a group consists of, of those that were looked at. */
  readonly others = new Map<DeviceId, Map<number, Uint8Array>>()
  private readonly store: Store
  private readonly id: ConversationId
  private readonly runs = new Map<DeviceId, Run[]>()
  private lastRun: Run | undefined
  /**
   * Of the entries that were looked at and are not ordered yet those that are no messages: changes,
   * and what this profile has no key for.
   */
  private readonly found = new Map<DeviceId, Map<number, Change | undefined>>()
  /** The last two of each log: the last entry looked at may have to wait. */
  private readonly seen = new Map<DeviceId, readonly TimerAt[]>()

  constructor(store: Store, id: ConversationId) {
    this.store = store
    this.id = id
  }

  add(run: Run): void {
    const runs = this.runs.get(run.device)
    if (runs) runs.push(run)
    else this.runs.set(run.device, [run])
  }

  /** Of a page of plain texts all that is left of it: nothing in it has to be noted. */
  loose(device: DeviceId, seq: number): number {
    const run = this.runWith(device, seq)
    return run && arePlain(run.entries) ? lastSeq(run) + 1 - seq : 0
  }

  deps(device: DeviceId, seq: number): readonly Dep[] | undefined {
    const run = this.runWith(device, seq)
    const entry = run?.entries[seq - run.first]
    if (!run || !entry) return undefined
    const opened = this.store.keyring.open(run, entry)
    const { deps, change, other } = orderedPart(opened)
    if (change || other?.kind === 'closed') this.foundOf(device).set(seq, change)
    else if (other?.kind === 'timer') this.saw(device, { seq, seconds: other.seconds })
    else if (other) {
      const known = this.others.get(device) ?? new Map<number, Uint8Array>()
      this.others.set(device, known.set(seq, entry))
    }
    return deps
  }

  /** What is no message among entries that were ordered just now, by number. */
  takeFound({ device, first, logicals }: OrderedEntries): Map<number, Change | undefined> {
    const found = this.foundOf(device)
    const taken = new Map<number, Change | undefined>()
    for (const [seq, change] of found) {
      if (seq < first || seq >= first + logicals.length) continue
      taken.set(seq, change)
      found.delete(seq)
    }
    return taken
  }

  /** The newest timer of each log, of those that were looked at and are shown. */
  timers(shown: (device: DeviceId) => number): Map<DeviceId, TimerAt> {
    const newest = new Map<DeviceId, TimerAt>()
    for (const [device, timers] of this.seen) {
      const last = timers.findLast(({ seq }) => seq <= shown(device))
      if (last) newest.set(device, last)
    }
    return newest
  }

  /**
   * Loads the pages with these entries; the devices for which that worked. A page that the disk no
   * longer has leaves its log waiting: the next opening repairs it, and peers bring it back.
   */
  async load(needed: readonly { device: DeviceId; seq: number }[]): Promise<DeviceId[]> {
    const loaded: DeviceId[] = []
    for (const { device, seq } of needed) {
      const run = await this.readRun(device, seq)
      if (!run) continue
      // Older pages of this log were passed already: one at a time bounds the memory.
      const later = (this.runs.get(device) ?? []).filter((each) => each.first > seq)
      this.runs.set(device, [run, ...later])
      loaded.push(device)
    }
    return loaded
  }

  /** The run at hand that holds an entry: mostly the one that held the entry asked for before. */
  private runWith(device: DeviceId, seq: number): Run | undefined {
    const last = this.lastRun
    if (last?.device === device && last.first <= seq && seq <= lastSeq(last)) return last
    const runs = this.runs.get(device)
    return (this.lastRun = runs?.find((each) => each.first <= seq && seq <= lastSeq(each)))
  }

  private saw(device: DeviceId, timer: TimerAt): void {
    const before = (this.seen.get(device) ?? []).filter(({ seq }) => seq < timer.seq)
    this.seen.set(device, [...before.slice(-1), timer])
  }

  private foundOf(device: DeviceId): Map<number, Change | undefined> {
    const found = this.found.get(device) ?? new Map<number, Change | undefined>()
    this.found.set(device, found)
    return found
  }

  private readRun(device: DeviceId, seq: number): Promise<Run | undefined> {
    return ifReadable(() => this.store.readRun(this.id, device, seq))
  }
}
