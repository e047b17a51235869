// Giving the room of what was removed back to the disk. LevelDB does so when as much was written
// again: whoever removes something large to make room would wait for that for ever.
import { RESERVE_BYTES } from '../core/limits.ts'
import { diskRoom } from './disk-room.ts'
import type { KeyRange } from './keys.ts'
import type { Database, LevelHandle } from './level.ts'

/** Of LevelDB. Browsers cannot compact, and the types here are theirs too. */
type Compactable = LevelHandle & {
  compactRange?(start: Buffer, end: Buffer): Promise<void>
}

/** @throws TidingsError; it stays removed, and takes its room for longer */
export async function tidy(database: Database, { gte, lte }: KeyRange): Promise<void> {
  // Tables are written anew before the old ones go.
  const { freeBytes } = await diskRoom(database.directory)
  if (freeBytes < RESERVE_BYTES) await database.releaseReserve()
  try {
    await database.read(async (level: Compactable) => level.compactRange?.(gte, lte))
  } finally {
    await database.keepReserve()
  }
}
