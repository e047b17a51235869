// Sizes as people write and read them: `500MB`, `2GiB`, `1.5 G`. Letters alone and those with an
// "i" count in 1024s, as file managers and `du` do; "MB" is a million, as disks are sold.
import { TidingsError } from './errors.ts'

const POWERS = ['', 'k', 'm', 'g', 't'] as const
const UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'] as const
const SIZE = /^(\d{1,15}(?:\.\d{1,6})?)\s*([kmgt]?)(i?)(b?)$/i

/** @throws TidingsError `bad_input` */
export function parseByteSize(text: string): number {
  const [, number, letter = '', binary, b] = SIZE.exec(text.trim()) ?? []
  const power = POWERS.findIndex((each) => each === letter.toLowerCase())
  const base = b && !binary ? 1000 : 1024
  const bytes = Math.floor(Number(number) * base ** power)
  if (Number.isSafeInteger(bytes)) return bytes
  const words = `${JSON.stringify(text.slice(0, 40))} is no size; write it like 500MB or 2GiB`
  throw new TidingsError('bad_input', words)
}

/** `1.5 GiB`: never more digits than a person wants to read. */
export function formatByteSize(bytes: number): string {
  const power = Math.min(
    UNITS.length - 1,
    Math.max(0, Math.floor(Math.log2(Math.max(1, bytes)) / 10)),
  )
  const value = bytes / 1024 ** power
  const digits = power === 0 || value >= 100 || Number.isInteger(value) ? 0 : 1
  return `${value.toFixed(digits)} ${UNITS[power] ?? ''}`
}
