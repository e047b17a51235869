// Lengths of time as people write them: `30m`, `8h`, `7d`, `2w`.
import { TidingsError } from './errors.ts'

const UNITS_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const
const SPAN = /^(\d{1,9})\s*([smhdw])$/i

/** Milliseconds, more than 0 and at most `mostMs`. @throws TidingsError `bad_input` */
export function parseSpan(text: string, mostMs: number): number {
  const [, number, letter = ''] = SPAN.exec(text.trim()) ?? []
  const unit = UNITS_MS[letter.toLowerCase() as keyof typeof UNITS_MS]
  const ms = Number(number) * unit
  if (ms > 0 && ms <= mostMs) return ms
  const shown = JSON.stringify(text.slice(0, 40))
  const words =
    ms > mostMs
      ? `${shown} is more than ${Math.floor(mostMs / UNITS_MS.d)} days`
      : `${shown} is no length of time; write it like 30m, 8h, 7d or 2w`
  throw new TidingsError('bad_input', words)
}
