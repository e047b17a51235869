// Makes a damaged log whole again as far as it goes: its head is set to the end of the runs that
// follow each other from the first entry on, and what lies past that is set aside.
import { base32Encode } from '../../core/id.ts'
import { ORDER_CHUNK_ENTRIES } from '../../core/limits.ts'
import { chainEnd, emptyHead, type Head, lastSeq, type Run } from '../../core/run.ts'
import type { Codec, LogRef } from '../codec.ts'
import { headKey, logRange, nameKey, numberOfKey, orderKey, recordKey } from '../keys.ts'
import type { Database, Operation } from '../level.ts'
import type { HeadRecord } from '../store.ts'
import { readable, setAside } from './lost.ts'

export interface DamagedLog {
  readonly id: Buffer
  /** Which log it is; undefined when neither its head nor its name can be read. */
  readonly log: LogRef | undefined
  readonly record: HeadRecord | undefined
}

/** @param damage takes what was found, in plain words, before it is repaired */
export async function rebuildLog(
  database: Database,
  codec: Codec,
  { id, log, record }: DamagedLog,
  damage: Set<string>,
): Promise<HeadRecord | undefined> {
  const tag = base32Encode(id)
  const head = log && (await walk(database, codec, id, log))
  const kept = head?.seq ?? 0
  let rebuilt: HeadRecord | undefined
  if (log && head) {
    rebuilt = await headOf(database, codec, id, { log, head, record })
    if (!record) damage.add(`the log ${tag} has lost its head; ${kept} entries were found`)
    else if (record.head.seq !== kept) {
      damage.add(`the log ${tag} should have ${record.head.seq} entries and has ${kept}`)
    } else if (record.shown !== rebuilt.shown) {
      damage.add(`the order of the log ${tag} is made anew from entry ${rebuilt.shown + 1} on`)
    }
    const order = await orderCut(database, codec, id, rebuilt.shown)
    // Filters of search are made anew: nobody knows whether they tell of these entries.
    const filters = await database.read((level) => level.keys(logRange('filter', id)).all())
    const gone = filters.map((key) => ({ key }))
    await database.write([...repairs(codec, id, rebuilt, order), ...gone])
  }
  const { moved, unreadable } = await setAside(database, codec, id, kept)
  if (moved > 0) damage.add(`the log ${tag}: ${moved} runs after entry ${kept} are kept aside`)
  if (unreadable > 0) damage.add(`the log ${tag}: ${unreadable} runs were not readable`)
  return rebuilt
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
  const hash = chainEnd(last.prevHash, last.entries)
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
  const most = Math.min(record?.shown ?? 0, head.seq)
  const { shown, logical } = await orderedUpTo(database, codec, id, most)
  return { conversation, device, head, forked, shown, logical, changedAt }
}

/** How far the order index reaches without a hole. What lies behind one is ordered again. */
async function orderedUpTo(
  database: Database,
  codec: Codec,
  id: Buffer,
  most: number,
): Promise<{ shown: number; logical: number }> {
  let shown = 0
  let logical = 0
  for (const [key, value] of await database.entries(logRange('order', id))) {
    if (numberOfKey(key) * ORDER_CHUNK_ENTRIES !== shown) break
    const logicals =
      readable(() => codec.openChunk(key, value))?.logicals.slice(0, most - shown) ?? []
    shown += logicals.length
    logical = logicals.at(-1) ?? logical
  }
  return { shown, logical }
}

/** Whether the newest ordered entry has the logical time that the head says. */
export function isOrdered(database: Database, codec: Codec, id: Buffer, head: HeadRecord): boolean {
  if (head.shown === 0) return true
  const key = orderKey(id, chunkOf(head.shown))
  const value = database.get(key)
  const chunk = value && readable(() => codec.openChunk(key, value))
  return chunk?.logicals[(head.shown - 1) % ORDER_CHUNK_ENTRIES] === head.logical
}

/** Takes out of the order index what is not ordered any more. */
export async function orderCut(
  database: Database,
  codec: Codec,
  id: Buffer,
  shown: number,
): Promise<Operation[]> {
  const from = chunkOf(shown + 1)
  const operations: Operation[] = []
  for (const [key, value] of await database.entries(logRange('order', id, from))) {
    const within = numberOfKey(key) === from ? shown % ORDER_CHUNK_ENTRIES : 0
    const chunk = within > 0 ? readable(() => codec.openChunk(key, value)) : undefined
    const logicals = chunk?.logicals.slice(0, within) ?? []
    const changes = chunk?.changes.filter((place) => place < within) ?? []
    const kept = chunk && logicals.length > 0 ? { ...chunk, logicals, changes } : undefined
    const sealed = kept && codec.sealChunk(key, kept)
    operations.push({ key: Buffer.from(key), ...(sealed && { value: sealed }) })
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
