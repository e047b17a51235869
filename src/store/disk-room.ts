// How full the disk is on which a folder lies, and how full it may become.
import { statfs } from 'node:fs/promises'

import { TidingsError } from '../core/errors.ts'
import { DISK_FLOOR_BYTES, DISK_FLOOR_PARTS, RESERVE_BYTES } from '../core/limits.ts'

export interface DiskRoom {
  /** What this user may still write. */
  readonly freeBytes: number
  readonly sizeBytes: number
}

/** @throws the system's error */
export async function diskRoom(folder: string): Promise<DiskRoom> {
  const { bavail, blocks, bsize } = await statfs(folder)
  return { freeBytes: bavail * bsize, sizeBytes: blocks * bsize }
}

/** With less room than this nothing of others is taken. */
export function diskFloorBytes({ sizeBytes }: DiskRoom): number {
  return Math.min(DISK_FLOOR_BYTES, sizeBytes / DISK_FLOOR_PARTS)
}

/**
 * Before something large is written: messages, and LevelDB when it tidies up, find room after it.
 *
 * @throws TidingsError `disk_full`
 */
export function assertRoomBeside(room: DiskRoom, bytes: number): void {
  if (room.freeBytes >= bytes + diskFloorBytes(room) + 2 * RESERVE_BYTES) return
  throw new TidingsError('disk_full', 'there is not enough room on the disk; nothing was imported')
}
