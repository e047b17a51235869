// A copy of a database under another data key: every value is opened with the old key and sealed
// with the new one. That is what a change of password is made of: the old key, and with it the old
// password, opens nothing that is written afterwards.
import { lstatSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import path from 'node:path'

import { isTidingsError, TidingsError } from '../../core/errors.ts'
import { GROUP_BYTES_MAX, RESERVE_BYTES } from '../../core/limits.ts'
import type { Logger } from '../../core/logger.ts'
import { diskRoom } from '../disk-room.ts'
import { metaKey } from '../keys.ts'
import { Database, type Operation } from '../level.ts'
import { copyTally } from '../repair/tally.ts'
import { type RandomBytes, Sealer } from '../seal.ts'

/** Files of a database that hold none of its values. */
const NO_VALUES = new Set(['reserve', 'LOG', 'LOG.old', 'LOCK'])
/** Kept free beside the copy: its write-ahead log, and the reserve that it will want. */
const SPARE_BYTES = 2 * RESERVE_BYTES
const FORMAT_KEY = metaKey('format')

/** How much is done, from 0 to 1. */
export type Progress = (share: number) => void

export interface ResealInit {
  readonly source: Database
  readonly sourceKey: Uint8Array
  /** A folder that does not exist yet. */
  readonly directory: string
  readonly key: Uint8Array
  readonly random: RandomBytes
  readonly log: Logger
  readonly onProgress?: Progress | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * Resolves once the copy is whole, synced and closed. What cannot be read is carried over as it is:
 * it stays damaged and is found as that.
 *
 * @throws TidingsError `disk_full` and others, and the signal's reason; the caller removes what
 * there is of the copy
 */
export async function resealDatabase(init: ResealInit): Promise<void> {
  const { source, directory, random, log, onProgress, signal } = init
  const totalBytes = await databaseBytes(source.directory)
  await checkRoom(path.dirname(directory), totalBytes + SPARE_BYTES)
  const from = new Sealer(init.sourceKey, random)
  const to = new Sealer(init.key, random)
  const copy = await Database.open({ directory, create: true, random, log })
  try {
    let doneBytes = 0
    let bytes = 0
    let operations: Operation[] = []
    const write = async (): Promise<void> => {
      signal?.throwIfAborted()
      await copy.write(operations)
      doneBytes += bytes
      operations = []
      bytes = 0
      onProgress?.(Math.min(1, doneBytes / Math.max(1, totalBytes)))
    }
    await source.read(async (level) => {
      for await (const [key, value] of level.iterator({ highWaterMarkBytes: GROUP_BYTES_MAX })) {
        operations.push({ key, value: key.equals(FORMAT_KEY) ? value : reseal(key, value) })
        bytes += key.byteLength + value.byteLength
        if (bytes >= GROUP_BYTES_MAX) await write()
      }
    })
    await write()
    onProgress?.(1)
  } finally {
    await copy.close(true)
  }
  // It is not sealed: what was there once is still known afterwards.
  await copyTally(source.directory, directory)

  function reseal(key: Buffer, value: Buffer): Buffer {
    try {
      return to.seal(key, from.open(key, value))
    } catch (error) {
      if (isTidingsError(error, 'database_damaged')) return value
      throw error
    }
  }
}

async function databaseBytes(directory: string): Promise<number> {
  let bytes = 0
  for (const name of await readdir(directory)) {
    // LevelDB may just be putting two tables into one.
    const info = lstatSync(path.join(directory, name), { throwIfNoEntry: false })
    if (info && !NO_VALUES.has(name)) bytes += info.size
  }
  return bytes
}

/** @throws TidingsError `disk_full` */
async function checkRoom(folder: string, neededBytes: number): Promise<void> {
  const { freeBytes } = await diskRoom(folder)
  if (freeBytes >= neededBytes) return
  const mebibytes = (bytes: number): number => Math.ceil(bytes / 1024 / 1024)
  throw new TidingsError(
    'disk_full',
    `a change of password copies the database, which takes ${mebibytes(neededBytes)} MiB; ` +
      `${mebibytes(freeBytes)} MiB are free. Nothing was changed`,
  )
}
