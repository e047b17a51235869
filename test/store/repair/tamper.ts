// Damage done by hand, to a database that nobody has open.
import { ClassicLevel } from 'classic-level'
import { Level } from 'level'

/** Changes a closed database behind the store's back. */
export async function tamper(
  directory: string,
  change: (level: Level<Buffer, Buffer>) => Promise<void>,
): Promise<void> {
  const level = new Level<Buffer, Buffer>(directory, {
    keyEncoding: 'buffer',
    valueEncoding: 'buffer',
    createIfMissing: false,
  })
  await level.open()
  await change(level)
  await level.close()
}

/** Makes new tables of all that is there, as LevelDB does itself in its own time. */
export async function compact(directory: string): Promise<void> {
  const options = { keyEncoding: 'buffer', compression: false } as const
  const level = new ClassicLevel<Buffer, Buffer>(directory, options)
  await level.open()
  await level.compactRange(Buffer.alloc(1), Buffer.alloc(64, 0xff))
  await level.close()
}

/** One bit of a value. */
export async function flip(level: Level<Buffer, Buffer>, key: Buffer): Promise<void> {
  const value = await level.get(key)
  value[20] = (value[20] ?? 0) ^ 1
  await level.put(key, value)
}
