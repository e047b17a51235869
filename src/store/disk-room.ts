// How full the disk is on which a folder lies.
import { statfs } from 'node:fs/promises'

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
