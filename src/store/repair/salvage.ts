// What a mended database is made of: tables by links, since LevelDB never changes them, damaged
// ones without their damaged parts, and write-ahead logs as far as their checks fit. LevelDB's
// repair checks none of it, so nothing else may get into its hands.
import { constants } from 'node:fs'
import { copyFile, link, readFile, writeFile } from 'node:fs/promises'

import { readLog } from './leveldb-bytes.ts'
import { type TableCheck, withoutDamage } from './table-file.ts'

const FILE_MODE = 0o600

/** @param bytes what was read and checked of it */
export async function copyTable(
  from: string,
  to: string,
  bytes: Buffer,
  check: TableCheck,
): Promise<void> {
  if (check.isWhole) return linkOrCopy(from, to)
  const rest = withoutDamage(bytes, check)
  if (rest) await writeFile(to, rest, { mode: FILE_MODE, flush: true })
}

/** Behind a record that is torn or damaged nothing is taken; the tally tells what is missing. */
export async function copyLog(from: string, to: string): Promise<void> {
  const bytes = await readFile(from)
  const { soundBytes } = readLog(bytes)
  await writeFile(to, bytes.subarray(0, soundBytes), { mode: FILE_MODE, flush: true })
}

/** Not every file system has links. */
async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    await link(from, to)
  } catch {
    await copyFile(from, to, constants.COPYFILE_FICLONE)
  }
}
