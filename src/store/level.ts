// One LevelDB, opened, written and reopened so that none of its silent failures stays silent:
// a missing CURRENT is damage and not a new database (`createIfMissing`), a write is synced, and
// after a failed write (LevelDB refuses all further ones) the database is opened anew, with what
// failed taken back.
import { type DatabaseOptions, Level } from 'level'

import { TidingsError } from '../core/errors.ts'
import {
  BLOCK_CACHE_BYTES,
  OPEN_FILES_MAX,
  TABLE_FILE_BYTES,
  WRITE_BUFFER_BYTES,
} from '../core/limits.ts'
import type { Logger } from '../core/logger.ts'
import { closeWell } from './close-well.ts'
import { storageError } from './faults.ts'
import type { KeyRange } from './keys.ts'
import { Reserve } from './reserve.ts'
import type { RandomBytes } from './seal.ts'
import { StillThere } from './still-there.ts'
import { type Operation, writeSynced } from './write-synced.ts'

export type { Operation } from './write-synced.ts'

const NOTHING: ReadonlyMap<string, Operation> = new Map()

export type LevelHandle = Level<Buffer, Buffer>
type LevelOptions = DatabaseOptions<Buffer, Buffer>

export interface DatabaseInit {
  /** The folder of LevelDB's files. */
  readonly directory: string
  /** A new database is made, and must not exist; otherwise it must. */
  readonly create: boolean
  readonly random: RandomBytes
  readonly log: Logger
  /** @default LevelDB itself */
  readonly makeLevel?: (directory: string, options: LevelOptions) => LevelHandle
}

export class Database {
  readonly directory: string
  private readonly reserve: Reserve
  private readonly still: StillThere
  private readonly log: Logger
  private readonly makeLevel: NonNullable<DatabaseInit['makeLevel']>
  private level: LevelHandle | undefined
  /** Why writing does not work; the database must be reopened first. */
  private failure: TidingsError | undefined
  /**
   * What the keys of a failed write held: LevelDB may yet find that write in its log, and then
   * shows it. Undefined when it could not be read; then nothing is written any more.
   */
  private undo: ReadonlyMap<string, Operation> | undefined = NOTHING
  /** A write failed, and not for want of room. */
  private isSuspect = false
  private readers = 0
  private readersDone: (() => void) | undefined
  private reopening: Promise<void> | undefined

  private constructor(init: DatabaseInit) {
    this.directory = init.directory
    this.log = init.log
    this.makeLevel = init.makeLevel ?? ((directory, options) => new Level(directory, options))
    this.reserve = new Reserve(init.directory, init.random, init.log)
    this.still = new StillThere(init.directory)
  }

  /** @throws TidingsError `database_damaged`, `database_busy`, `disk_full`, `home_unusable` */
  static async open(init: DatabaseInit): Promise<Database> {
    const database = new Database(init)
    await database.openLevel(init.create)
    return database
  }

  get(key: Buffer): Buffer | undefined {
    try {
      const failed = this.undo?.get(key.toString('latin1'))
      return failed ? failed.value : this.handle().getSync(key)
    } catch (error) {
      throw storageError(error, this.directory)
    }
  }

  /** Reads over several steps; the database is not reopened while this is under way. */
  async read<T>(reading: (level: LevelHandle) => Promise<T>): Promise<T> {
    while (this.reopening) await this.reopening
    this.readers += 1
    try {
      return await reading(this.handle())
    } catch (error) {
      throw storageError(error, this.directory)
    } finally {
      this.readers -= 1
      if (this.readers === 0) this.readersDone?.()
    }
  }

  /** All keys and values of a range, which must be known to be small. */
  entries(range: KeyRange): Promise<[Buffer, Buffer][]> {
    return this.read((level) => level.iterator(range).all())
  }

  /**
   * Writes all of it, synced, or nothing. One call at a time.
   *
   * @throws TidingsError `disk_full` and others; the next call reopens the database if it can.
   *   `home_unusable`, and nothing was tried, when its folder is not the one that was opened
   */
  async write(operations: readonly Operation[]): Promise<void> {
    this.still.assert()
    if (this.failure) await this.recover(this.failure)
    try {
      await writeSynced(this.handle(), operations)
    } catch (error) {
      this.failure = storageError(error, this.directory)
      this.isSuspect ||= this.failure.code !== 'disk_full'
      this.undo = undefined
      this.undo = this.heldNow(operations)
      this.log.error({ code: this.failure.code }, 'a write to the database failed')
      throw this.failure
    }
    await this.reserve.restore()
  }

  /** Makes the room that is kept for a full disk, or gives it up. */
  keepReserve(): Promise<void> {
    return this.reserve.keep()
  }

  releaseReserve(): Promise<void> {
    return this.reserve.release()
  }

  /**
   * Reads that are under way finish first; later ones are refused.
   *
   * @param isSound nothing amiss was met in it; then the next opening need not look at all of it
   */
  async close(isSound = false): Promise<void> {
    while (this.reopening) await this.reopening
    const isThere = this.still.isSo()
    if (this.failure && isThere) await this.takeBack(this.failure)
    const level = this.level
    this.level = undefined
    await this.readersGone()
    const isGood = isSound && isThere && !this.isSuspect
    try {
      if (level && isGood) await closeWell(level, this.directory, this.log)
      else await level?.close()
    } catch (error) {
      throw storageError(error, this.directory)
    }
  }

  private handle(): LevelHandle {
    if (this.level) return this.level
    throw this.failure ?? new TidingsError('shutting_down', 'the database is closed')
  }

  private async openLevel(create: boolean): Promise<void> {
    // Binary keys in, binary values out. Sealed values do not compress.
    const level = this.makeLevel(this.directory, {
      keyEncoding: 'buffer',
      valueEncoding: 'buffer',
      createIfMissing: create,
      errorIfExists: create,
      compression: false,
      writeBufferSize: WRITE_BUFFER_BYTES,
      cacheSize: BLOCK_CACHE_BYTES,
      maxOpenFiles: OPEN_FILES_MAX,
      maxFileSize: TABLE_FILE_BYTES,
    })
    try {
      await level.open()
    } catch (first) {
      const fault = storageError(first, this.directory)
      if (fault.code !== 'disk_full') throw fault
      await this.reserve.release()
      try {
        await level.open()
      } catch (second) {
        throw storageError(second, this.directory)
      }
    }
    this.level = level
    this.still.opened()
  }

  /** The operations that bring back what the keys hold now. */
  private heldNow(operations: readonly Operation[]): Map<string, Operation> {
    const held = new Map<string, Operation>()
    for (const { key } of operations) {
      const value = this.get(key)
      held.set(key.toString('latin1'), value ? { key, value } : { key })
    }
    return held
  }

  /** Whoever opens the database next does not know that a write that it finds had failed. */
  private async takeBack(failure: TidingsError): Promise<void> {
    try {
      await this.recover(failure)
    } catch (error) {
      this.log.warn({ error: String(error) }, 'a failed write may come back at the next opening')
    }
  }

  private async recover(failure: TidingsError): Promise<void> {
    if (!this.undo) throw failure
    // Where the disk takes nothing yet, the database stays open to be read.
    if (!(await this.reserve.canGoOn(failure.code))) throw failure
    const outcome = this.reopen().finally(() => {
      this.reopening = undefined
    })
    // Readers wait for it without failing with it: they find out by themselves.
    this.reopening = outcome.catch(() => undefined)
    await outcome
    this.log.info({}, 'the database was reopened after a failed write')
    await this.reserve.keep()
  }

  private async readersGone(): Promise<void> {
    if (this.readers === 0) return
    await new Promise<void>((resolve) => {
      this.readersDone = resolve
    })
    this.readersDone = undefined
  }

  private async reopen(): Promise<void> {
    await this.readersGone()
    try {
      const level = this.level
      this.level = undefined
      await level?.close()
      await this.openLevel(false)
      if (this.undo?.size) await writeSynced(this.handle(), [...this.undo.values()])
    } catch (error) {
      this.failure = storageError(error, this.directory)
      throw this.failure
    }
    this.undo = NOTHING
    this.failure = undefined
  }
}
