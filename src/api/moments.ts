// Moments as people write them: a day, a day and a time, or how long ago. Without a zone they are
// meant in that of whoever reads them, so a front end reads them itself where it can.
import { TidingsError } from '../core/errors.ts'
import { spanSeconds } from '../core/time-span.ts'

const DAY = /^(\d{4})-(\d{2})-(\d{2})/
const MOMENT =
  /^(\d{4}-\d{2}-\d{2})(?:[Tt ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)([Zz]|[+-]\d{2}:\d{2})?)?$/

/**
 * The moment in milliseconds since 1970; a day begins with it.
 *
 * @throws TidingsError `bad_date`
 */
export function parseMoment(text: string, nowMs: number): number {
  const trimmed = text.trim()
  const seconds = spanSeconds(trimmed)
  if (seconds !== undefined) return nowMs - 1000 * seconds
  const [, day = '', time = '00:00', zone = ''] = MOMENT.exec(trimmed) ?? []
  // What no calendar has, such as 30 February, would otherwise be taken for a day after it.
  const timeMs = isDay(day) ? Date.parse(`${day}T${time}${zone.toUpperCase()}`) : NaN
  if (!Number.isNaN(timeMs)) return timeMs
  const words = 'is no date such as 2026-11-20 or 2026-11-20T14:30, and no span such as 7d or 12h'
  throw new TidingsError('bad_date', `"${text.slice(0, 80)}" ${words}`)
}

/** The same as text that means one moment in every zone. @throws TidingsError `bad_date` */
export function momentText(text: string, nowMs: number): string {
  // A span may reach back to before any calendar.
  return new Date(Math.max(parseMoment(text, nowMs), 0)).toISOString()
}

function isDay(text: string): boolean {
  const [year = 0, month = 0, day = 0] = (DAY.exec(text) ?? []).slice(1).map(Number)
  const monthDays = new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate()
  return month >= 1 && month <= 12 && day >= 1 && day <= monthDays
}
