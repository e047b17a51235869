// Holds a database against other processes without opening it: no one may have it open while its
// files are put in order. LevelDB's own lock is the only one that everybody heeds, so an empty
// LevelDB is opened whose lock file is, by a link, that of the database.
import { link, mkdir, open, stat } from 'node:fs/promises'
import path from 'node:path'

import { Level } from 'level'

import { TidingsError } from '../../core/errors.ts'
import { PRIVATE_FOLDER_MODE } from '../durable-files.ts'
import { storageError } from '../faults.ts'

const LOCK = 'LOCK'

export class Guard {
  private readonly level: Level

  private constructor(level: Level) {
    this.level = level
  }

  /**
   * @param folder does not exist yet, on the same file system; the caller removes it
   * @throws TidingsError `database_busy`; others where there are no links
   */
  static async take(directory: string, folder: string): Promise<Guard> {
    try {
      await mkdir(folder, { recursive: true, mode: PRIVATE_FOLDER_MODE })
      const [lock, linked] = [path.join(directory, LOCK), path.join(folder, LOCK)]
      await (await open(lock, 'a', 0o600)).close()
      await link(lock, linked)
      const level = new Level(folder)
      await level.open()
      const guard = new Guard(level)
      // The folder may have been exchanged for a mended one just before the lock was taken.
      if ((await stat(lock)).ino === (await stat(linked)).ino) return guard
      await guard.release()
    } catch (error) {
      throw storageError(error, directory)
    }
    throw new TidingsError('database_busy', 'another process has just mended this database')
  }

  async release(): Promise<void> {
    await this.level.close()
  }
}
