// Who uses a database: one process, from before it looks at the files until it has closed them.
// LevelDB has a lock too, but takes it only once it has begun to change things, and what lies in a
// database that another process is opening looks damaged. The system gives the lock back when its
// process ends, however that ends. Node itself cannot lock a file; its SQLite can, on every system.
import { accessSync, constants } from 'node:fs'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'

import { isTidingsError, TidingsError } from '../core/errors.ts'
import { storageError } from './faults.ts'

/** Beside the database, or beside all that ever lie in the folder of one profile. */
const FILE = 'lock'
/** Of SQLite: another one has the lock (SQLITE_BUSY). */
const BUSY = 5

export class Lock {
  private readonly held: DatabaseSync

  private constructor(held: DatabaseSync) {
    this.held = held
  }

  /**
   * @param folder holds the databases that are used by one process at a time
   * @throws TidingsError `database_busy`, `home_unusable`; `database_damaged` without the folder
   */
  static take(folder: string): Lock {
    const file = path.join(folder, FILE)
    let held: DatabaseSync | undefined
    try {
      held = new DatabaseSync(file, { timeout: 0 })
      // Nothing is ever written: the file stays empty, and there is no journal beside it.
      held.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
      return new Lock(held)
    } catch (error) {
      held?.close()
      throw lockError(error, file)
    }
  }

  /** Whether somebody has it, this process or another. */
  static isTaken(this: void, folder: string): boolean {
    try {
      Lock.take(folder).release()
      return false
    } catch (error) {
      return isTidingsError(error, 'database_busy')
    }
  }

  release(): void {
    if (this.held.isOpen) this.held.close()
  }
}

function lockError(cause: unknown, file: string): TidingsError {
  if ((cause as { errcode?: unknown }).errcode === BUSY) {
    const words = `this profile is in use by another process (${file})`
    return new TidingsError('database_busy', words, { cause })
  }
  // SQLite does not tell why it cannot open a file.
  try {
    accessSync(path.dirname(file), constants.R_OK | constants.W_OK)
  } catch (error) {
    return storageError(error, path.dirname(file))
  }
  const words = `the folder of the profile cannot be locked (${file})`
  return new TidingsError('home_unusable', words, { cause })
}
