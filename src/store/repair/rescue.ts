// A copy of the database as it was, made before LevelDB opens it: opening writes to it (what the
// log holds becomes a table, tables that a torn MANIFEST forgot are deleted), and repairing does so
// even more. When all is well the copy goes at once. When something is damaged it stays beside the
// database, as `db.damaged`, so that whatever repair makes of it, the original is still there. When
// more is damaged before all came back, the first of these copies stays too, as `db.damaged.first`.
//
// Tables never change once they are written, so the copy holds them by links: it costs a write
// buffer at most and some milliseconds. Links are made and removed without a turn of the event loop
// for each: a turn takes ten times as long as a link.
import { linkSync, rmSync } from 'node:fs'
import { mkdir, readdir, rm } from 'node:fs/promises'
import path from 'node:path'

import { TidingsError } from '../../core/errors.ts'
import type { Logger } from '../../core/logger.ts'
import { copyIfThere, PRIVATE_FOLDER_MODE } from '../durable-files.ts'
import { storageError } from '../faults.ts'
import type { RandomBytes } from '../seal.ts'
import { DAMAGED, FIRST_DAMAGED, keepDamaged, MENDING } from './mend.ts'

const NOT_COPIED = new Set(['LOCK', 'reserve', 'reserve.new'])
const NAME_BYTES = 6
const BEFORE = '.before-'

export class Rescue {
  private readonly directory: string
  private readonly folder: string
  private readonly log: Logger
  /** Something could not be copied when there was time for it. */
  private isPartial = true
  private isKept = false

  private constructor(directory: string, folder: string, log: Logger) {
    this.directory = directory
    this.folder = folder
    this.log = log
  }

  /** Never fails: a database that cannot be copied may well be read. */
  static async copy(directory: string, random: RandomBytes, log: Logger): Promise<Rescue> {
    const name = Buffer.from(random(NAME_BYTES)).toString('hex')
    const rescue = new Rescue(directory, `${directory}${BEFORE}${name}`, log)
    try {
      await rescue.copyFiles(false)
    } catch (error) {
      log.debug({ error: String(error) }, 'the database was not copied before opening it')
      discard(rescue.folder, log)
    }
    return rescue
  }

  /**
   * Something is damaged, or may be, and is about to be repaired: the copy stays.
   *
   * @throws TidingsError `disk_full` and others: without a copy nothing is repaired
   */
  async keep(): Promise<void> {
    if (this.isKept) return
    const kept = `${this.directory}${DAMAGED}`
    try {
      if (this.isPartial) await this.copyFiles(true)
      await keepDamaged(this.folder, this.directory)
    } catch (error) {
      await rm(this.folder, { recursive: true, force: true })
      this.isPartial = true
      const { code } = storageError(error, kept)
      const words = `the database is damaged, and could not be copied before repairing it (${kept})`
      throw new TidingsError(code, words, { cause: error })
    }
    this.isKept = true
    this.log.warn({ copy: kept }, 'a copy of the database is kept while it is searched for damage')
  }

  /**
   * The database is open. Copies of openings that did not come to their end go, and that of a
   * damaged database once everything is there again.
   */
  async finish(isWhole: boolean): Promise<void> {
    const [folder, name] = [path.dirname(this.directory), path.basename(this.directory)]
    for (const entry of await readdir(folder)) {
      const isRest = entry.startsWith(name + BEFORE) || entry.startsWith(name + MENDING)
      if (isRest) discard(path.join(folder, entry), this.log)
    }
    for (const kept of isWhole ? [DAMAGED, FIRST_DAMAGED] : []) {
      await rm(`${this.directory}${kept}`, { recursive: true, force: true })
    }
  }

  /** The database did not open, and is as it was. A copy that is kept stays. */
  async drop(): Promise<void> {
    discard(this.folder, this.log)
  }

  /** @param wholly tables too, where they cannot be linked */
  private async copyFiles(wholly: boolean): Promise<void> {
    await rm(this.folder, { recursive: true, force: true })
    await mkdir(this.folder, { mode: PRIVATE_FOLDER_MODE })
    let isPartial = false
    for (const entry of await readdir(this.directory, { withFileTypes: true })) {
      const { name } = entry
      // LevelDB's own repair leaves a folder with what it could not use.
      if (!entry.isFile() || NOT_COPIED.has(name)) continue
      const [from, to] = [path.join(this.directory, name), path.join(this.folder, name)]
      if (name.endsWith('.ldb') && linked(from, to)) continue
      if (name.endsWith('.ldb') && !wholly) isPartial = true
      // LevelDB, once it is open, removes files that it needs no more.
      else await copyIfThere(from, to)
    }
    this.isPartial = isPartial
  }
}

/** Not every file system has links. */
function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch {
    return false
  }
}

/** A later opening removes what is left. */
function discard(folder: string, log: Logger): void {
  try {
    rmSync(folder, { recursive: true, force: true })
  } catch (error) {
    log.debug({ error: String(error) }, 'a copy of the database could not be removed')
  }
}
