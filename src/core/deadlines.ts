// When the messages of one log disappear, as a tree: a leaf holds the deadlines of 64 consecutive
// entries, a node above the latest deadline of each of 64 whole blocks below it. Whoever looks for
// what is left passes over any number of entries that are gone in a few steps, and nothing has to
// be done at the moment at which one goes.
import { DEADLINES_PER_RECORD } from './limits.ts'

/** 64^4 entries: what lies further down is passed over in blocks of 262,144. */
const LEVELS = 4

/**
 * The deadlines in one record, ms since 1970; 0, or too short a list, for what stays.
 *
 * @param level 0 for entries, above that for whole records of the level below
 */
export type ReadDeadlines = (level: number, record: number) => readonly number[]

export interface DeadlineRecord {
  readonly level: number
  readonly record: number
  readonly deadlines: readonly number[]
}

/** When entry `seq` disappears, ms since 1970; 0 for never. */
export function deadlineOf(read: ReadDeadlines, seq: number): number {
  return valueAt(read, 0, seq - 1)
}

/** The newest entry up to and with `seq` that has not disappeared; 0 for none. */
export function lastKept(read: ReadDeadlines, seq: number, nowMs: number): number {
  let left = seq
  while (left > 0) {
    const gone = goneBeside(read, left, 1, nowMs)
    if (gone === 0) break
    left -= gone
  }
  return left
}

/** The oldest entry from `seq` to `last` that has not disappeared; past `last` for none. */
export function firstKept(read: ReadDeadlines, seq: number, last: number, nowMs: number): number {
  let first = seq
  while (first <= last) {
    const gone = goneBeside(read, first - 1, 0, nowMs)
    if (gone === 0) break
    first += gone
  }
  return first
}

/**
 * How many entries before or after a seam, which lies behind so many entries, are known to be gone
 * at one look.
 *
 * @param side 1 for those before it, 0 for those after it
 */
function goneBeside(read: ReadDeadlines, seam: number, side: 0 | 1, nowMs: number): number {
  let gone = 0
  let size = 1
  for (let level = 0; level < LEVELS && seam % size === 0; level++) {
    const deadline = valueAt(read, level, seam / size - side)
    if (deadline === 0 || deadline > nowMs) break
    gone = size
    size *= DEADLINES_PER_RECORD
  }
  return gone
}

function valueAt(read: ReadDeadlines, level: number, index: number): number {
  const within = index % DEADLINES_PER_RECORD
  return read(level, (index - within) / DEADLINES_PER_RECORD)[within] ?? 0
}

/** Changes of one log's deadlines, gathered for one write. */
export class DeadlineChanges {
  private readonly read: ReadDeadlines
  private readonly known = new Map<string, readonly number[]>()
  private readonly touched = new Map<string, DeadlineRecord>()

  constructor(read: ReadDeadlines) {
    this.read = read
  }

  /**
   * @param deadlineMs 0 for never; undefined for an entry that is never shown for itself: it goes
   *   with the one before it, since one that stays would hold up whoever looks for what is left
   * @param keeps whether one that is there already stays: an entry that was lost and came again
   */
  set(seq: number, deadlineMs: number | undefined, keeps: boolean): void {
    const goneAtMs = deadlineMs ?? (seq > 1 ? valueAt(this.look, 0, seq - 2) : 0)
    if (keeps && (goneAtMs === 0 || valueAt(this.look, 0, seq - 1) > 0)) return
    this.put(0, seq - 1, goneAtMs)
  }

  get changed(): Iterable<DeadlineRecord> {
    return this.touched.values()
  }

  private readonly look: ReadDeadlines = (level, record) => {
    const name = `${level}/${record}`
    let deadlines = this.known.get(name)
    if (!deadlines) {
      deadlines = this.read(level, record)
      this.known.set(name, deadlines)
    }
    return deadlines
  }

  private put(level: number, index: number, value: number): void {
    if (level === LEVELS || valueAt(this.look, level, index) === value) return
    const within = index % DEADLINES_PER_RECORD
    const record = (index - within) / DEADLINES_PER_RECORD
    const deadlines = [...this.look(level, record)]
    while (deadlines.length < within) deadlines.push(0)
    deadlines[within] = value
    const name = `${level}/${record}`
    this.known.set(name, deadlines)
    this.touched.set(name, { level, record, deadlines })
    const isWhole = deadlines.length === DEADLINES_PER_RECORD && !deadlines.includes(0)
    this.put(level + 1, record, isWhole ? Math.max(...deadlines) : 0)
  }
}
