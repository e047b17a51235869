// The order of a conversation. Each entry's logical time is one more than the greatest logical time
// of the entry before it in its log and of its deps; every replica computes it for itself, so that
// no wall clock and no peer controls it. A conversation is ordered by (logical time, device, seq).
//
// An entry can be ordered when its deps are ordered; until then its log waits. `advance` carries
// every log as far as it goes. It is pure: it asks for what it needs to see and is called again.
import type { Dep, Place } from './entry.ts'
import type { DeviceId } from './id.ts'

/** How far one log is ordered; `waiting` names what the next entry waits for. */
export interface OrderLog {
  readonly shown: number
  /** Logical time of entry `shown`; 0 for none. */
  readonly logical: number
  readonly waiting?: Dep
}

/** Entries `first` onward of one log, with their logical times. */
export interface OrderedEntries {
  readonly device: DeviceId
  readonly first: number
  readonly logicals: readonly number[]
}

export interface OrderView {
  /** Deps of a stored entry; undefined when its page is not at hand. */
  deps(device: DeviceId, seq: number): readonly Dep[] | undefined
  /** How many stored entries from one on are known to have no deps, which need not be looked at. */
  loose?(device: DeviceId, seq: number): number
  /** Logical time of an entry ordered before this call. */
  logical(device: DeviceId, seq: number): number
  /**
   * Whether nothing more of a log is accepted here, because it is forked. Others may have seen more
   * of it: what depends on that waits only for what is here.
   */
  isEnded?(device: DeviceId): boolean
}

export interface Advance {
  readonly logs: ReadonlyMap<DeviceId, OrderLog>
  readonly ordered: readonly OrderedEntries[]
  /** Entries whose deps must be at hand before more can be ordered. */
  readonly needed: readonly { readonly device: DeviceId; readonly seq: number }[]
}

export const NOTHING_ORDERED: OrderLog = { shown: 0, logical: 0 }

/** One log while it is being carried forward. */
interface Cursor {
  readonly device: DeviceId
  readonly first: number
  readonly logicals: number[]
  log: OrderLog
}

class Advancing {
  private readonly cursors = new Map<DeviceId, Cursor>()
  private readonly needed: { device: DeviceId; seq: number }[] = []
  private readonly logs: ReadonlyMap<DeviceId, OrderLog>
  private readonly stored: ReadonlyMap<DeviceId, number>
  private readonly view: OrderView

  constructor(
    logs: ReadonlyMap<DeviceId, OrderLog>,
    stored: ReadonlyMap<DeviceId, number>,
    view: OrderView,
  ) {
    this.logs = logs
    this.stored = stored
    this.view = view
  }

  run(changed: Iterable<DeviceId>): Advance {
    const queue = new Set(changed)
    for (const device of queue) {
      queue.delete(device)
      if (!this.carry(device)) continue
      for (const other of this.waitingOn(device)) queue.add(other)
    }
    const logs = new Map(this.logs)
    const ordered: OrderedEntries[] = []
    for (const { device, first, logicals, log } of this.cursors.values()) {
      logs.set(device, log)
      if (logicals.length > 0) ordered.push({ device, first, logicals })
    }
    return { logs, ordered, needed: this.needed }
  }

  private cursor(device: DeviceId): Cursor {
    let cursor = this.cursors.get(device)
    if (!cursor) {
      const log = this.logs.get(device) ?? NOTHING_ORDERED
      cursor = { device, first: log.shown + 1, logicals: [], log }
      this.cursors.set(device, cursor)
    }
    return cursor
  }

  private current(device: DeviceId): OrderLog {
    return this.cursors.get(device)?.log ?? this.logs.get(device) ?? NOTHING_ORDERED
  }

  /** Orders entries of one log until one waits; whether any was ordered. */
  private carry(device: DeviceId): boolean {
    const cursor = this.cursor(device)
    const stored = this.stored.get(device) ?? 0
    const before = cursor.log.shown
    let { shown, logical } = cursor.log
    let waiting: Dep | undefined
    while (shown < stored) {
      const loose = Math.min(this.view.loose?.(device, shown + 1) ?? 0, stored - shown)
      for (let i = 0; i < loose; i++) cursor.logicals.push((logical += 1))
      if (loose > 0) {
        shown += loose
        continue
      }
      const named = this.view.deps(device, shown + 1)
      if (!named) {
        this.needed.push({ device, seq: shown + 1 })
        break
      }
      if (named.length > 0) {
        const deps = named.map((dep) => this.attainable(dep))
        waiting = this.firstMissing(deps)
        if (waiting) break
        for (const dep of deps) logical = Math.max(logical, this.logicalOf(dep, logical))
      }
      logical += 1
      shown += 1
      cursor.logicals.push(logical)
    }
    cursor.log = waiting ? { shown, logical, waiting } : { shown, logical }
    return shown > before
  }

  private firstMissing(deps: readonly Dep[]): Dep | undefined {
    return deps.find((dep) => this.current(dep.device).shown < dep.seq)
  }

  /** Of a log that takes no more the last entry is the most that there can be. */
  private attainable(dep: Dep): Dep {
    if (this.view.isEnded?.(dep.device) !== true) return dep
    return { device: dep.device, seq: Math.min(dep.seq, this.stored.get(dep.device) ?? 0) }
  }

  /** The logical time of an ordered dep, or any lower number when it cannot exceed `atLeast`. */
  private logicalOf(dep: Dep, atLeast: number): number {
    const log = this.current(dep.device)
    // Within a log logical times rise by at least one an entry, which bounds the older ones.
    const most = log.logical - (log.shown - dep.seq)
    if (dep.seq === log.shown || most <= atLeast) return most
    const cursor = this.cursors.get(dep.device)
    if (cursor && dep.seq >= cursor.first) return cursor.logicals[dep.seq - cursor.first] ?? most
    return this.view.logical(dep.device, dep.seq)
  }

  private *waitingOn(device: DeviceId): Iterable<DeviceId> {
    const { shown } = this.current(device)
    for (const other of new Set([...this.logs.keys(), ...this.cursors.keys()])) {
      const { waiting } = this.current(other)
      if (waiting?.device === device && waiting.seq <= shown) yield other
    }
  }
}

/**
 * Orders what can be ordered.
 *
 * @param logs how far each log is ordered
 * @param stored highest stored sequence number of each log
 * @param changed logs that may go further
 */
export function advance(
  logs: ReadonlyMap<DeviceId, OrderLog>,
  stored: ReadonlyMap<DeviceId, number>,
  changed: Iterable<DeviceId>,
  view: OrderView,
): Advance {
  return new Advancing(logs, stored, view).run(changed)
}

export function comparePlaces(a: Place, b: Place): number {
  if (a.logical !== b.logical) return a.logical - b.logical
  if (a.device !== b.device) return a.device < b.device ? -1 : 1
  return a.seq - b.seq
}
