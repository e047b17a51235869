// One write of LevelDB, on disk when it resolves.
import type { Level } from 'level'

/** A write; without a value, the removal of the key. */
export interface Operation {
  readonly key: Buffer
  readonly value?: Buffer
}

export async function writeSynced(
  level: Level<Buffer, Buffer>,
  operations: readonly Operation[],
): Promise<void> {
  const batch = level.batch()
  for (const { key, value } of operations) {
    if (value) batch.put(key, value)
    else batch.del(key)
  }
  await batch.write({ sync: true })
}
