// Hours of the day at which nothing rings, as people write them: `22:00-07:00, 12:30-13:30`. They
// go by the clock on the wall, whatever day it is.
import { TidingsError } from './errors.ts'
import { QUIET_RANGES_MAX } from './limits.ts'

const DAY_MINUTES = 24 * 60
const RANGE = /^(\d{1,2}):(\d\d)\s*-\s*(\d{1,2}):(\d\d)$/
const SHOWN_CHARS_MAX = 40

/** Minutes after midnight, `to` not in it; where `to` is less than `from` it passes midnight. */
export interface QuietRange {
  readonly from: number
  readonly to: number
}

export type QuietHours = readonly QuietRange[]

/** Nothing, or `none`, is none at all. @throws TidingsError `bad_input` */
export function parseQuietHours(text: string): QuietHours {
  if (['', 'none'].includes(text.trim().toLowerCase())) return []
  const parts = text.split(',')
  if (parts.length > QUIET_RANGES_MAX) {
    throw new TidingsError('bad_input', `there are more than ${QUIET_RANGES_MAX} quiet hours`)
  }
  return parts.map((part) => parseRange(part.trim()))
}

/** Whether something looks like quiet hours, rightly written or not. */
export function looksLikeHours(text: string): boolean {
  return /^\d/.test(text.trim())
}

/** @param minute after midnight, local time */
export function isQuietAt(hours: QuietHours, minute: number): boolean {
  return hours.some(({ from, to }) =>
    from < to ? from <= minute && minute < to : minute >= from || minute < to,
  )
}

/** `22:00-07:00, 12:30-13:30`; empty for none. */
export function formatQuietHours(hours: QuietHours): string {
  return hours.map(({ from, to }) => `${clock(from)}-${clock(to)}`).join(', ')
}

function parseRange(text: string): QuietRange {
  const [, fromHour, fromMinute, toHour, toMinute] = RANGE.exec(text) ?? []
  const from = minuteOf(fromHour, fromMinute)
  const to = minuteOf(toHour, toMinute)
  const shown = JSON.stringify(text.slice(0, SHOWN_CHARS_MAX))
  if (from === undefined || to === undefined || from === DAY_MINUTES) {
    throw new TidingsError('bad_input', `${shown} are no hours; write them like 22:00-07:00`)
  }
  if (from === to) throw new TidingsError('bad_input', `${shown} end when they begin`)
  return { from, to }
}

/** Of a time from 00:00 to 24:00. */
function minuteOf(hour: string | undefined, minute: string | undefined): number | undefined {
  const minutes = 60 * Number(hour) + Number(minute)
  return Number(minute) < 60 && minutes <= DAY_MINUTES ? minutes : undefined
}

function clock(minutes: number): string {
  const two = (number: number): string => String(number).padStart(2, '0')
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`
}
