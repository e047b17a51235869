// Runs set aside (see `lost.ts`) while the database is in use: the own log must not go on at a
// place that one of them holds, so the node asks for what follows its end before it writes there.
import { checkRun, type Head, type Run } from '../../core/run.ts'
import type { Codec, LogRef } from '../codec.ts'
import { logIdOf, logRange, lostKey, numberOfKey } from '../keys.ts'
import type { Database } from '../level.ts'
import { logsWith, readable } from './lost.ts'

export class Aside {
  private readonly database: Database
  private readonly codec: Codec
  /** By log, the last entries of its runs set aside, ascending. */
  private readonly lasts: ReadonlyMap<string, readonly number[]>

  private constructor(database: Database, codec: Codec, lasts: Aside['lasts']) {
    this.database = database
    this.codec = codec
    this.lasts = lasts
  }

  static async load(database: Database, codec: Codec): Promise<Aside> {
    const lasts = new Map<string, number[]>()
    for (const id of await logsWith(database, 'lost')) {
      const keys = await database.read((level) => level.keys(logRange('lost', id)).all())
      lasts.set(id.toString('hex'), keys.map(numberOfKey))
    }
    return new Aside(database, codec, lasts)
  }

  /** What was set aside of a log and continues it from this end on, with the end after it. */
  after(log: LogRef, end: Head): { run: Run; head: Head } | undefined {
    const id = logIdOf(log)
    const last = this.lasts.get(id.toString('hex'))?.find((seq) => seq > end.seq)
    if (last === undefined) return undefined
    const key = lostKey(id, last)
    const sealed = this.database.get(key)
    const run = sealed && readable(() => this.codec.openRun(key, sealed, log))
    const check = run && checkRun(run, end)
    return check?.outcome === 'extends' ? { run: check.fresh, head: check.head } : undefined
  }
}
