// Small files that are either the old or the new one after a crash, and readable by their owner
// only: what a profile's folder consists of besides its database.
import { randomUUID } from 'node:crypto'
import { constants, existsSync, mkdirSync, statSync } from 'node:fs'
import { chmod, copyFile, lstat, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import path from 'node:path'

import { TidingsError } from '../core/errors.ts'
import { storageError } from './faults.ts'

export const PRIVATE_FOLDER_MODE = 0o700
/** What group and others may do. */
export const PRIVATE_UMASK = 0o077
const PRIVATE_FILE_MODE = 0o600

/**
 * Makes a folder and those above it. Node's own way never returns where a folder that is there does
 * not know of the one that is made in it (/proc; homes that are mounted when somebody logs in).
 */
export function makeFolders(folder: string): void {
  const above = path.dirname(folder)
  if (!existsSync(above)) makeFolders(above)
  try {
    mkdirSync(folder, { mode: PRIVATE_FOLDER_MODE })
  } catch (error) {
    if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return
    if (!isMissing(error)) throw error
    const message = `no folder can be made in ${above}`
    throw new TidingsError('home_unusable', message, { cause: error })
  }
}

/** Writes a file so that a crash leaves the old one or the new one, never half of it. */
export async function writeDurably(file: string, text: string): Promise<void> {
  // A name of its own: of two that write at once, one wins, and neither spoils the other's.
  const temporary = `${file}.${randomUUID()}`
  try {
    const handle = await open(temporary, 'wx', PRIVATE_FILE_MODE)
    try {
      await handle.writeFile(text)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(temporary, file)
    await syncFolder(path.dirname(file))
  } catch (error) {
    await rm(temporary, { force: true })
    throw storageError(error, file)
  }
}

/** Makes what was created, renamed or removed in a folder survive a power loss. */
export async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open a folder; there a rename is durable by itself.
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** The text of a file; undefined when there is none. */
export async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (isMissing(error)) return undefined
    throw storageError(error, file)
  }
}

/** What a file says that nothing depends on; undefined where it cannot be read, for any reason. */
export async function readNote(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch {
    return undefined
  }
}

/** What a folder holds; undefined when there is none. */
export async function namesIn(folder: string): Promise<string[] | undefined> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (isMissing(error)) return undefined
    throw storageError(error, folder)
  }
}

/** Copies a file, where the file system can without its bytes; no file is no failure. */
export async function copyIfThere(from: string, to: string): Promise<void> {
  try {
    await copyFile(from, to, constants.COPYFILE_FICLONE)
  } catch (error) {
    if (!isMissing(error)) throw error
  }
}

/**
 * Removes what is named so and was last touched before that time: remains of a crash.
 *
 * @param isUsed whether somebody is still at it: a machine may have been asleep meanwhile
 */
export async function removeStale(
  folder: string,
  prefix: string,
  beforeMs: number,
  isUsed: (file: string) => boolean,
): Promise<void> {
  for (const entry of await readdir(folder)) {
    if (!entry.startsWith(prefix)) continue
    const file = path.join(folder, entry)
    try {
      const { mtimeMs } = await lstat(file)
      if (mtimeMs < beforeMs && !isUsed(file)) await rm(file, { recursive: true, force: true })
    } catch (error) {
      // Its maker has just finished and renamed it.
      if (!isMissing(error)) throw storageError(error, file)
    }
  }
}

/** Takes a folder away from group and others, should a copy or a restore have given it to them. */
export async function makePrivate(folder: string): Promise<void> {
  try {
    const { mode } = await lstat(folder)
    if ((mode & PRIVATE_UMASK) !== 0) await chmod(folder, PRIVATE_FOLDER_MODE)
  } catch (error) {
    throw storageError(error, folder)
  }
}

export function isMissing(error: unknown): boolean {
  return error instanceof Error && (error as NodeJS.ErrnoException).code === 'ENOENT'
}
