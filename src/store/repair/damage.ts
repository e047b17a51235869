// What was found damaged, in plain words and each thing once: for `doctor` and for the log.
import type { Logger } from '../../core/logger.ts'
import { readable } from './lost.ts'

export class Damage {
  readonly words: string[]
  private readonly known = new Set<string>()
  private readonly log: Logger

  constructor(found: readonly string[], log: Logger) {
    this.words = [...found]
    this.log = log
    for (const words of found) log.error({}, words)
  }

  /** @returns whether it was not known yet */
  report(where: string, words: string): boolean {
    if (this.known.has(where)) return false
    this.known.add(where)
    this.words.push(words)
    this.log.error({ where }, words)
    return true
  }

  /** One damaged value of many is reported, and does not hide the others. */
  readable<T>(key: Buffer, what: string, read: () => T): T | undefined {
    const value = readable(read)
    if (value === undefined) this.report(key.toString('hex'), `${what} is not readable`)
    return value
  }
}
