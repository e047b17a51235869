// Names and values under each other, and spans of time as both status pages show them.
import { printable } from '../core/text.ts'
import { dim } from './message-text.ts'

export type Field = readonly [name: string, value: string]

/** A field without a name goes on with the one above. */
export function fields(list: readonly Field[]): string {
  const width = Math.max(...list.map(([name]) => name.length))
  return list.map(([name, value]) => `${dim(name.padEnd(width))}  ${printable(value)}`).join('\n')
}

/** `3 h 2 min`: the two greatest units. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  const [days, hours, minutes] = [86_400, 3600, 60].map((unit) => Math.floor(seconds / unit))
  if (days) return `${days} d ${(hours ?? 0) % 24} h`
  if (hours) return `${hours} h ${(minutes ?? 0) % 60} min`
  return minutes ? `${minutes} min` : `${seconds} s`
}
