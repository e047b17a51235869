// The records of the bare stack: entries as Tidings encodes them, in LevelDB, numbered.
import { ClassicLevel } from 'classic-level'

import { encodeEntry } from '../src/wire/entry.ts'
import { textOf } from './texts.ts'

export type BareDatabase = ClassicLevel<Buffer, Buffer>

export async function openBare(directory: string): Promise<BareDatabase> {
  const encodings = { keyEncoding: 'buffer', valueEncoding: 'buffer' } as const
  const db = new ClassicLevel<Buffer, Buffer>(directory, encodings)
  await db.open()
  return db
}

export function keyOf(index: number): Buffer {
  const key = Buffer.alloc(8)
  key.writeUInt32BE(index, 4)
  return key
}

export function recordOf(index: number, textBytes: number): Buffer {
  const body = { kind: 'text', text: textOf(index, textBytes) } as const
  return Buffer.from(encodeEntry({ wallTimeMs: Date.now(), deps: [], body }))
}
