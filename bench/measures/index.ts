// All measures, in the order in which they are taken and printed.
import type { Measure } from '../measure.ts'
import { burst } from './burst.ts'
import { catchUp } from './catch-up.ts'
import { idle } from './idle.ts'
import { live } from './live.ts'
import { open } from './open.ts'
import { reconnect } from './reconnect.ts'
import { start } from './start.ts'

/** @throws TypeError for a name that no measure has */
export function measuresOf(isLarge: boolean, only?: readonly string[]): Measure[] {
  const large = isLarge ? [catchUp(1_000_000)] : []
  const all = [catchUp(100_000), ...large, reconnect, open, live, burst, start, idle]
  const unknown = only?.find((name) => !all.some((measure) => measure.name === name))
  if (unknown !== undefined) {
    const names = all.map(({ name }) => name).join(', ')
    throw new TypeError(`there is no measure "${unknown}", only ${names}`)
  }
  return only ? all.filter(({ name }) => only.includes(name)) : all
}
