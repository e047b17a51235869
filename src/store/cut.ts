// What takes the end off a log: an own log that another copy of this database wrote to as well is
// cut back to where the two agree, and its end is written again elsewhere (docs/STORAGE.md,
// "Logs").
import type { Codec, LogRef } from './codec.ts'
import { filtersCut } from './filters.ts'
import { logIdOf, logRange } from './keys.ts'
import type { Database, Operation } from './level.ts'
import { orderCut } from './repair/rebuild.ts'

export interface LogCut {
  readonly operations: readonly Operation[]
  /** The last entry of the runs that stay. */
  readonly end: number
}

/**
 * @param before where the log ends now
 * @throws TidingsError `database_damaged` when the run at the place cannot be read
 */
export async function cutAfter(
  database: Database,
  codec: Codec,
  log: LogRef,
  last: number,
  before: number,
): Promise<LogCut> {
  const id = logIdOf(log)
  const range = logRange('run', id, last + 1)
  const { keys, end } = await database.read(async (level) => {
    const runKeys = await level.keys(range).all()
    const [first] = runKeys
    const value = first && (await level.get(first))
    if (!first || !value) return { keys: runKeys, end: last }
    return { keys: runKeys, end: Math.min(last, codec.openRun(first, value, log).first - 1) }
  })
  const order = await orderCut(database, codec, id, last)
  const filters = filtersCut(id, last, before)
  return { operations: [...keys.map((key) => ({ key })), ...order, ...filters], end }
}
