// Runs set aside. After damage, runs past a hole join nothing and would be mistaken for newer
// entries; but they may be the only copy there is, so they are moved out of the log and kept. Once
// a peer has brought what was missing, they return at the next opening.
import { GROUP_BYTES_MAX } from '../../core/limits.ts'
import { checkRun, lastSeq } from '../../core/run.ts'
import type { Codec } from '../codec.ts'
import {
  headKey,
  logIdOf,
  logOfKey,
  logRange,
  lostKey,
  numberOfKey,
  runKey,
  tagRange,
} from '../keys.ts'
import type { Database, Operation } from '../level.ts'
import type { HeadRecord } from '../store.ts'

/** Moves the runs after an entry out of the log; what nobody can read goes. */
export async function setAside(
  database: Database,
  codec: Codec,
  id: Buffer,
  kept: number,
): Promise<{ moved: number; unreadable: number }> {
  let moved = 0
  let unreadable = 0
  let bytes = 0
  let operations: Operation[] = []
  // Keys first: a write may have to reopen the database, and that waits for all readers.
  const range = logRange('run', id, kept + 1)
  for (const key of await database.read((level) => level.keys(range).all())) {
    const value = database.get(key)
    const to = lostKey(id, numberOfKey(key))
    const sealed = value && readable(() => codec.reseal(key, value, to))
    operations.push({ key })
    if (sealed) operations.push({ key: to, value: sealed })
    if (sealed) moved += 1
    else unreadable += 1
    bytes += value?.byteLength ?? 0
    if (bytes < GROUP_BYTES_MAX) continue
    await database.write(operations)
    operations = []
    bytes = 0
  }
  if (operations.length > 0) await database.write(operations)
  return { moved, unreadable }
}

/** Takes back what joins its log again. Returns the heads that changed. */
export async function rejoinLost(
  database: Database,
  codec: Codec,
  heads: readonly HeadRecord[],
): Promise<HeadRecord[]> {
  const lost = new Set((await logsWith(database, 'lost')).map((id) => id.toString('hex')))
  const changed: HeadRecord[] = []
  for (const record of lost.size > 0 ? heads : []) {
    const id = logIdOf(record)
    if (!lost.has(id.toString('hex')) || record.forked) continue
    const longer = await rejoin(database, codec, id, record)
    if (longer.head.seq > record.head.seq) changed.push(longer)
  }
  return changed
}

async function rejoin(
  database: Database,
  codec: Codec,
  id: Buffer,
  record: HeadRecord,
): Promise<HeadRecord> {
  let longer = record
  for (const key of await lostKeys(database, id)) {
    const sealed = database.get(key)
    const run = sealed && readable(() => codec.openRun(key, sealed, record))
    const check = run && checkRun(run, longer.head)
    if (check?.outcome === 'old') await database.write([{ key }])
    if (check?.outcome !== 'extends') continue
    const to = runKey(id, lastSeq(check.fresh))
    longer = { ...longer, head: check.head }
    const head = headKey(id)
    await database.write([
      { key },
      { key: to, value: codec.sealRun(to, check.fresh) },
      { key: head, value: codec.sealHead(head, longer) },
    ])
  }
  return longer
}

function lostKeys(database: Database, id: Buffer): Promise<Buffer[]> {
  return database.read((level) => level.keys(logRange('lost', id)).all())
}

/** The logs that have keys of a kind. Skips from log to log, however many keys each has. */
export function logsWith(database: Database, tag: 'run' | 'lost'): Promise<Buffer[]> {
  return database.read(async (level) => {
    const ids: Buffer[] = []
    const keys = level.keys(tagRange(tag))
    try {
      for (let key = await keys.next(); key; key = await keys.next()) {
        const id = Buffer.from(logOfKey(key))
        ids.push(id)
        keys.seek(Buffer.concat([logRange(tag, id).lte, Buffer.of(0)]))
      }
    } finally {
      await keys.close()
    }
    return ids
  })
}

/** What is read; undefined when it is damaged. */
export function readable<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
