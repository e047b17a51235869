// A file for the user that appears under its name only when it is whole and synced: written beside,
// readable by its owner only, and put in no other file's place unless that is wanted.
import { randomUUID } from 'node:crypto'
import { type FileHandle, link, lstat, open, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'

import { TidingsError } from '../core/errors.ts'
import { isMissing, removeStale, syncFolder } from './durable-files.ts'
import { storageError } from './faults.ts'

const FILE_MODE = 0o600
/** Of up to three bytes each. */
const NAME_CHARS_KEPT = 64
/** Whoever writes does so all the time: what lay still for so long was left behind by a kill. */
const STALE_MS = 60 * 60 * 1000

export interface WholeFile {
  readonly file: string
  /** Take the place of a file that is there. */
  readonly force: boolean
}

/**
 * @throws TidingsError `file_exists`, `file_unusable`, `disk_full`, and what `fill` throws; then
 *   there is no file, or still the old one
 */
export async function writeWhole<T>(
  { file, force }: WholeFile,
  fill: (handle: FileHandle) => Promise<T>,
): Promise<T> {
  const folder = path.dirname(file)
  const unfinished = unfinishedName(path.basename(file))
  const temporary = path.join(folder, `${unfinished}${randomUUID()}`)
  try {
    await refuseOther(file)
    if (!force) await refuseExisting(file)
    // What cannot be tidied up is in nobody's way.
    const before = Date.now() - STALE_MS
    await removeStale(folder, unfinished, before, () => false).catch(() => {})
    const handle = await open(temporary, 'wx', FILE_MODE)
    let filled
    try {
      filled = await fill(handle)
      await handle.sync()
    } finally {
      await handle.close()
    }
    if (force) await rename(temporary, file)
    else await renameToNew(temporary, file)
    await syncFolder(folder)
    return filled
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {})
    throw fileError(error, file)
  }
}

/**
 * How the names begin that a file has until it is whole: they say whose it is, in so few bytes that
 * wherever the name itself is possible they are too.
 */
function unfinishedName(name: string): string {
  return `${name.slice(0, NAME_CHARS_KEPT)}.tidings-unfinished-`
}

/** A device or a pipe would be gone for everybody who uses it. */
async function refuseOther(file: string): Promise<void> {
  try {
    if ((await stat(file)).isFile()) return
  } catch (error) {
    if (isMissing(error)) return
    throw error
  }
  throw new TidingsError('file_unusable', `${file} is no file`)
}

async function refuseExisting(file: string): Promise<void> {
  try {
    await lstat(file)
  } catch (error) {
    if (isMissing(error)) return
    throw error
  }
  throw alreadyThere(file)
}

/** A rename that takes nothing's place, also when somebody made the file meanwhile. */
async function renameToNew(temporary: string, file: string): Promise<void> {
  try {
    await link(temporary, file)
    await rm(temporary)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw alreadyThere(file)
    // Some file systems, of memory sticks mostly, have no links.
    await refuseExisting(file)
    await rename(temporary, file)
  }
}

function alreadyThere(file: string): TidingsError {
  return new TidingsError('file_exists', `there is already a file ${file}; --force replaces it`)
}

/** @param file what the user named: its folder may not be there, or not be writable */
export function fileError(error: unknown, file: string): TidingsError {
  if (error instanceof TidingsError) return error
  const isFull = storageError(error, file).code === 'disk_full'
  const { code } = error as NodeJS.ErrnoException
  const why = `${file} cannot be used (${code ?? String(error)})`
  // Unlike a message, it does not go on once there is room.
  const message = isFull ? `the disk is full: there is no room for ${file}` : why
  return new TidingsError(isFull ? 'disk_full' : 'file_unusable', message, { cause: error })
}
