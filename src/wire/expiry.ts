// Whether an entry disappears one day, and when: asked for every entry that is written.
import { WALL_TIME_MS_MAX } from '../core/limits.ts'
import { expiresOf } from './bodies.ts'
import { CLOSED_TAG } from './closed-body.ts'
import { BODY_TEXT, WALL_TIME } from './entry.ts'
import { arePlain, plainTextAt } from './plain-text.ts'
import { Reader } from './reader.ts'

/** How long a text is shown. */
export interface Expiry {
  readonly wallTimeMs: number
  readonly seconds: number
}

/**
 * How long an entry is shown, if not for ever. For entries that were checked: it passes over texts
 * without looking at them, since it is asked for every entry that is written.
 */
export function expiryOf(bytes: Uint8Array): Expiry | undefined {
  if (plainTextAt(bytes) > 0) return undefined
  const reader = new Reader(bytes, 'entry')
  let wallTimeMs = 0
  let seconds = 0
  while (reader.next()) {
    if (reader.field === WALL_TIME) wallTimeMs = reader.uint(0, WALL_TIME_MS_MAX)
    else if (reader.field === BODY_TEXT) seconds = expiresOf(reader.message('text'))
    else reader.skip()
  }
  return seconds > 0 ? { wallTimeMs, seconds } : undefined
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
