// Whether a database that is open still lies in its folder. LevelDB has some files open and finds
// others by name. Where the folder was moved away, removed, or another copy put in its place, what
// it writes ends in files that the next start does not find, and when it tidies up it removes from
// the folder that is there now whatever it does not know.
import { statSync } from 'node:fs'
import path from 'node:path'

import { TidingsError } from '../core/errors.ts'

/** LevelDB has it open as long as the database, so its number goes to no other file. */
const HELD = 'LOCK'

export class StillThere {
  private readonly directory: string
  private held: string | undefined

  constructor(directory: string) {
    this.directory = directory
  }

  /** LevelDB has just opened what is there. */
  opened(): void {
    this.held = this.look()
  }

  isSo(): boolean {
    return this.look() === this.held
  }

  /** A look takes some microseconds, an fsync hundreds. @throws TidingsError `home_unusable` */
  assert(): void {
    if (this.isSo()) return
    const words =
      'the database is not in its folder any more, which was moved, removed or replaced while ' +
      `the node runs; nothing was written. Put it back, or stop the node (${this.directory})`
    throw new TidingsError('home_unusable', words)
  }

  /** Undefined where it cannot be told. */
  private look(): string | undefined {
    try {
      const { dev, ino } = statSync(path.join(this.directory, HELD), { bigint: true })
      return `${dev}/${ino}`
    } catch {
      return undefined
    }
  }
}
