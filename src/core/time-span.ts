// Spans of time as people write and read them: `30s`, `5 min`, `12h`, `1 day`, `2w`. Whole seconds
// are enough for what people wait for.
import { TidingsError } from './errors.ts'

const UNITS = [
  { letter: 'w', word: 'week', seconds: 604_800 },
  { letter: 'd', word: 'day', seconds: 86_400 },
  { letter: 'h', word: 'hour', seconds: 3600 },
  { letter: 'm', word: 'minute', seconds: 60 },
  { letter: 's', word: 'second', seconds: 1 },
] as const
const SPAN = /^(\d{1,10})\s*([a-z]+)$/i
const MINUTES = ['min', 'mins']
const SHOWN_PARTS = 2

/** Whole seconds; undefined for what is no span of time. */
export function spanSeconds(text: string): number | undefined {
  const [, number, name = ''] = SPAN.exec(text.trim()) ?? []
  const given = name.toLowerCase()
  const unit = UNITS.find(({ letter, word }) => {
    const isMinute = letter === 'm' && MINUTES.includes(given)
    return isMinute || [letter, word, `${word}s`].includes(given)
  })
  const seconds = Number(number) * (unit?.seconds ?? 0)
  return unit && Number.isSafeInteger(seconds) ? seconds : undefined
}

/** Whole seconds, from 1 to a most. @throws TidingsError `bad_input` */
export function parseTimeSpan(text: string, mostSeconds = Number.MAX_SAFE_INTEGER): number {
  const seconds = spanSeconds(text) ?? 0
  if (seconds > 0 && seconds <= mostSeconds) return seconds
  const words =
    seconds > 0
      ? `is more than ${formatTimeSpan(mostSeconds)}`
      : 'is no span of time; write it like 30m, 8h or 7d'
  throw new TidingsError('bad_input', `${JSON.stringify(text.slice(0, 40))} ${words}`)
}

/** `1 day`, `1 hour 30 minutes`: the two greatest units that say anything. */
export function formatTimeSpan(seconds: number): string {
  let rest = seconds
  const parts: string[] = []
  for (const { word, seconds: size } of UNITS) {
    const count = Math.floor(rest / size)
    rest -= count * size
    if (count > 0) parts.push(`${count} ${word}${count === 1 ? '' : 's'}`)
  }
  return parts.slice(0, SHOWN_PARTS).join(' ') || '0 seconds'
}

/** What somebody did who set after how long messages disappear, told in the third person. */
export function timerWords(seconds: number): string {
  if (seconds === 0) return 'set messages to stay'
  return `set messages to disappear after ${formatTimeSpan(seconds)}`
}
