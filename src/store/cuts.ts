// Taking the end off logs, for those who read and write beside it. What is read while that goes on
// may be of before or of after, so it is read again: nobody is given an entry that is not there any
// more, nor told of damage where there is none.
import { conversationOf, deviceOf, type LogKey } from '../core/sync/state.ts'
import type { LogRef } from './codec.ts'
import type { Tally } from './repair/tally.ts'

export interface CutsComponents {
  /** The last entry of each log. */
  readonly lasts: Map<LogKey, number>
  readonly tally: Pick<Tally, 'cut' | 'reached' | 'sync'>
}

export class Cuts {
  private readonly components: CutsComponents
  private count = 0
  private cutting: Promise<void> | undefined

  constructor(components: CutsComponents) {
    this.components = components
  }

  /** The moment, for `isFresh`. */
  now(): number {
    return this.cutting ? -1 : this.count
  }

  /** Whether no log was cut since, and none is being cut. */
  isFresh(moment: number): boolean {
    return moment === this.count && this.cutting === undefined
  }

  /**
   * Writes what cuts logs: the last entry that is left of each.
   *
   * The tally goes first, and is synced: a crash behind it finds either all of the log, or as much
   * as the tally says. The other way round it would look as if the disk had lost something.
   */
  async run(cuts: ReadonlyMap<LogKey, number>, write: () => Promise<void>): Promise<void> {
    while (this.cutting) await this.cutting
    const { lasts, tally } = this.components
    const { promise, resolve } = Promise.withResolvers<void>()
    this.cutting = promise
    const before = [...cuts.keys()].map((key) => [key, lasts.get(key) ?? 0] as const)
    try {
      for (const [key, last] of cuts) {
        lasts.set(key, last)
        tally.cut(logOfKey(key), last)
      }
      await tally.sync()
      await write()
    } catch (error) {
      for (const [key, last] of before) {
        lasts.set(key, last)
        tally.reached(logOfKey(key), last)
      }
      throw error
    } finally {
      this.count += 1
      this.cutting = undefined
      resolve()
    }
  }

  /** Reads what is so when it was read, and still is. */
  async steady<T>(read: () => Promise<T>): Promise<T> {
    for (;;) {
      while (this.cutting) await this.cutting
      const { count } = this
      try {
        const found = await read()
        if (this.isFresh(count)) return found
      } catch (error) {
        if (this.isFresh(count)) throw error
      }
    }
  }
}

function logOfKey(key: LogKey): LogRef {
  return { conversation: conversationOf(key), device: deviceOf(key) }
}
