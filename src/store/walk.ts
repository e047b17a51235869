// Reading the database from key to key without leaving copies behind. The binding of LevelDB keeps
// what an iterator read last until the engine collects the iterator, even once it is closed. The
// engine knows nothing of that memory, so it is in no hurry: 27 MB of pages that had long been sent
// waited so in the sender of a million messages.
import type { KeyRange } from './keys.ts'
import type { LevelHandle } from './level.ts'

export interface WalkRange extends KeyRange {
  /** What the database reads ahead, after the first value. */
  readonly highWaterMarkBytes: number
}

type Iterator = ReturnType<LevelHandle['iterator']>

/** Keys and values of a range, ascending. Whoever stops early must return the generator. */
export async function* walk(
  level: LevelHandle,
  range: WalkRange,
): AsyncGenerator<[Buffer, Buffer], void> {
  const iterator = level.iterator(range)
  try {
    for (let entry = await iterator.next(); entry; entry = await iterator.next()) yield entry
  } finally {
    await letGo(iterator, range)
  }
}

/** One more read, at the end of the range, where no key is: nothing takes the place of the last. */
async function letGo(iterator: Iterator, { lte }: WalkRange): Promise<void> {
  try {
    iterator.seek(lte)
    await iterator.next()
  } catch {
    // What is wrong was told by the read before, and the next one tells it again.
  } finally {
    await iterator.close()
  }
}
