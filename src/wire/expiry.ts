// Whether an entry disappears one day, and when: asked for every entry that is written.
import { WALL_TIME_MS_MAX } from '../core/limits.ts'
import { expiresOf } from './bodies.ts'
import { CHANGE_TAGS } from './change-bodies.ts'
import { CLOSED_TAG } from './closed-body.ts'
import { BODY_TEXT, WALL_TIME } from './entry.ts'
import { arePlain, plainTextAt } from './plain-text.ts'
import { Reader } from './reader.ts'

const CHANGES: ReadonlySet<number> = new Set(Object.values(CHANGE_TAGS))

/** How long a text is shown. */
export interface Expiry {
  readonly wallTimeMs: number
  readonly seconds: number
}

/**
 * When an entry disappears: 0 for never; undefined for a change, which is never shown for itself.
 * For entries that were checked: it passes over texts without looking at them, since it is asked
 * for every entry that is written.
 *
 * @param deadlineOf of what is shown for so long, ms since 1970
 */
export function goneAtOf(
  bytes: Uint8Array,
  deadlineOf: (expiry: Expiry) => number,
): number | undefined {
  if (plainTextAt(bytes) > 0) return 0
  const reader = new Reader(bytes, 'entry')
  let wallTimeMs = 0
  let seconds = 0
  while (reader.next()) {
    if (reader.field === WALL_TIME) wallTimeMs = reader.uint(0, WALL_TIME_MS_MAX)
    else if (reader.field === BODY_TEXT) seconds = expiresOf(reader.message('text'))
    else if (CHANGES.has(reader.field)) return undefined
    else reader.skip()
  }
  return seconds > 0 ? deadlineOf({ wallTimeMs, seconds }) : 0
}

/** How many entries of a run, which were checked, may disappear one day, whatever a box holds. */
export function expiringAmong(entries: readonly Uint8Array[]): number {
  return arePlain(entries) ? 0 : entries.filter(mayExpire).length
}

/** Whether an entry that was checked may disappear one day, whatever a box holds. */
export function mayExpire(bytes: Uint8Array): boolean {
  if (plainTextAt(bytes) > 0) return false
  const reader = new Reader(bytes, 'entry')
  while (reader.next()) {
    if (reader.field === CLOSED_TAG) return true
    if (reader.field === BODY_TEXT) return expiresOf(reader.message('text')) > 0
    reader.skip()
  }
  return false
}
