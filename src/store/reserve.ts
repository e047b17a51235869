// A file that keeps some room on the disk: reopening a database writes its log out as a table, so
// on a full disk a database could not even be opened for reading. The file is given up then, and
// made anew once there is room.
import { open, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'

import type { ErrorCode } from '../core/errors.ts'
import { RESERVE_BYTES } from '../core/limits.ts'
import type { Logger } from '../core/logger.ts'
import { diskRoom } from './disk-room.ts'
import { isMissing, writeDurably } from './durable-files.ts'
import type { RandomBytes } from './seal.ts'

// The reserve is made only when this many times its size is free: it must not fill the disk itself.
const FREE_FACTOR = 4

export class Reserve {
  private readonly folder: string
  private readonly file: string
  private readonly random: RandomBytes
  private readonly log: Logger
  /** It should be there, and is not. */
  private isOwed = false

  constructor(folder: string, random: RandomBytes, log: Logger) {
    this.folder = folder
    this.file = path.join(folder, 'reserve')
    this.random = random
    this.log = log
  }

  /**
   * Whether writing may work again after such a failure. A system makes a disk that fails
   * read-only: then a database that was closed could not be opened any more.
   */
  async canGoOn(failure: ErrorCode): Promise<boolean> {
    return failure === 'disk_full' ? (await this.room()) >= RESERVE_BYTES : this.takesFiles()
  }

  /** Makes one that was given up, or had no room, once there is room. */
  async restore(): Promise<void> {
    if (this.isOwed) await this.keep()
  }

  /** Makes the reserve if it is not there and there is room. Never rejects: it goes without. */
  async keep(): Promise<void> {
    const temporary = `${this.file}.new`
    try {
      this.isOwed = !(await this.isThere())
      if (!this.isOwed) return
      if ((await this.room()) < FREE_FACTOR * RESERVE_BYTES) return
      // Random bytes, so that no file system stores them in less room than they stand for.
      const handle = await open(temporary, 'w', 0o600)
      try {
        await handle.writeFile(this.random(RESERVE_BYTES))
      } finally {
        await handle.close()
      }
      await rename(temporary, this.file)
      this.isOwed = false
    } catch (error) {
      this.log.warn({ error: String(error) }, 'no room could be kept in reserve')
      await rm(temporary, { force: true }).catch(() => {})
    }
  }

  /** Gives the room up. */
  async release(): Promise<void> {
    this.log.warn({}, 'the disk is full: using the room kept in reserve')
    this.isOwed = true
    await rm(this.file, { force: true })
  }

  /** Bytes that may be written beside the reserve. */
  private async room(): Promise<number> {
    return (await diskRoom(this.folder)).freeBytes
  }

  private async takesFiles(): Promise<boolean> {
    const trial = path.join(this.folder, 'trial')
    try {
      await writeDurably(trial, '')
      await rm(trial)
      return true
    } catch (error) {
      this.log.debug({ error: String(error) }, 'the disk still takes nothing')
      return false
    }
  }

  private async isThere(): Promise<boolean> {
    try {
      return (await stat(this.file)).size >= RESERVE_BYTES
    } catch (error) {
      if (isMissing(error)) return false
      throw error
    }
  }
}
