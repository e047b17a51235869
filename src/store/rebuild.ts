// Makes a damaged log whole again as far as it goes: its head is set to the end of the runs that
// follow each other from the first entry on, and what lies past that is set aside.
import { base32Encode } from '../core/id.ts'
import { ORDER_CHUNK_ENTRIES } from '../core/limits.ts'
import { chainHashes, emptyHead, type Head, lastSeq, type Run } from '../core/run.ts'
import type { Codec, LogRef } from './codec.ts'
import { headKey, logRange, nameKey, numberOfKey, orderKey, recordKey } from './keys.ts'
import type { Database, Operation } from './level.ts'
import { readable, setAside } from './lost.ts'
import type { HeadRecord } from './store.ts'

export interface DamagedLog {
  readonly id: Buffer
  /** Which log it is; undefined when neither its head nor its name can be read. */
  readonly log: LogRef | undefined
  readonly record: HeadRecord | undefined
}

export interface Rebuilt {
  readonly head: HeadRecord | undefined
  readonly damage: readonly string[]
}

export async function rebuildLog(
  database: Database,
  codec: Codec,
  { id, log, record }: DamagedLog,
): Promise<Rebuilt> {
  const tag = base32Encode(id)
  const head = log && (await walk(database, codec, id, log))
  const kept = head?.seq ?? 0
  const damage: string[] = []
  let rebuilt: HeadRecord | undefined
  if (log && head) {
    rebuilt = await headOf(database, codec, id, { log, head, record })
    await database.write(repairs(codec, id, rebuilt, await orderCut(database, codec, id, rebuilt)))
    if (!record) damage.push(`the log ${tag} has lost its head; ${kept} entries were found`)
    else if (record.head.seq !== kept) {
      damage.push(`the log ${tag} should have ${record.head.seq} entries and has ${kept}`)
    }
  }
  const { moved, unreadable } = await setAside(database, codec, id, kept)
  if (moved > 0) damage.push(`the log ${tag}: ${moved} runs after entry ${kept} are kept aside`)
  if (unreadable > 0) damage.push(`the log ${tag}: ${unreadable} runs were not readable`)
  return { head: rebuilt, damage }
}

/** The end of the runs that follow each other from the start. */
async function walk(database: Database, codec: Codec, id: Buffer, log: LogRef): Promise<Head> {
  const start = emptyHead(log.conversation, log.device)
  const last = await database.read(async (level) => {
    let at: Run | undefined
    for await (const [key, value] of level.iterator(logRange('run', id))) {
      const run = readable(() => codec.openRun(key, value, log))
      if (!run || run.first !== (at ? lastSeq(at) + 1 : 1)) break
      at = run
    }
    return at
  })
  if (!last) return start
  const hash = chainHashes(last.prevHash, last.entries).at(-1) ?? last.prevHash
  return { seq: lastSeq(last), hash }
}

async function headOf(
  database: Database,
  codec: Codec,
  id: Buffer,
  found: { log: LogRef; head: Head; record: HeadRecord | undefined },
): Promise<HeadRecord> {
  const { log, head, record } = found
  const { conversation, device } = log
  const proof = recordKey('fork', `${conversation}/${device}`)
  const forked = record?.forked ?? database.get(proof) !== undefined
  const changedAt = record?.changedAt ?? 0
  let shown = Math.min(record?.shown ?? 0, head.seq)
  let logical = record?.logical ?? 0
  if (shown < (record?.shown ?? 0)) {
    const known = logicalOf(database, codec, id, shown)
    // Without its logical time an entry is ordered again, from the first one on.
    if (known === undefined) shown = 0
    logical = known ?? 0
  }
  return { conversation, device, head, forked, shown, logical, changedAt }
}

function logicalOf(database: Database, codec: Codec, id: Buffer, seq: number): number | undefined {
  if (seq === 0) return 0
  const key = orderKey(id, chunkOf(seq))
  const value = database.get(key)
  const logicals = value && readable(() => codec.openLogicals(key, value))
  return logicals?.[(seq - 1) % ORDER_CHUNK_ENTRIES]
}

/** Takes out of the order index what is not ordered any more. */
async function orderCut(
  database: Database,
  codec: Codec,
  id: Buffer,
  { shown }: HeadRecord,
): Promise<Operation[]> {
  const from = chunkOf(shown + 1)
  const operations: Operation[] = []
  for (const [key, value] of await database.entries(logRange('order', id, from))) {
    const within = numberOfKey(key) === from ? shown % ORDER_CHUNK_ENTRIES : 0
    const logicals = readable(() => codec.openLogicals(key, value))?.slice(0, within) ?? []
    if (logicals.length === 0) operations.push({ key: Buffer.from(key) })
    else operations.push({ key: Buffer.from(key), value: codec.sealLogicals(key, logicals) })
  }
  return operations
}

function repairs(
  codec: Codec,
  id: Buffer,
  record: HeadRecord,
  order: readonly Operation[],
): Operation[] {
  const name = nameKey(id)
  const head = headKey(id)
  return [
    { key: name, value: codec.sealName(name, record) },
    { key: head, value: codec.sealHead(head, record) },
    ...order,
  ]
}

function chunkOf(seq: number): number {
  return Math.floor((seq - 1) / ORDER_CHUNK_ENTRIES)
}
