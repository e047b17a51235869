// Ordering a group of runs before it is written: runs core/order over what is at hand, fetches
// stored pages where older entries were waiting, and fills the order index.
import type { Place } from '../core/entry.ts'
import type { ConversationId, DeviceId } from '../core/id.ts'
import { ORDER_CHUNK_ENTRIES } from '../core/limits.ts'
import { advance, comparePlaces, type OrderedEntries, type OrderLog } from '../core/order.ts'
import type { StoredRun } from '../core/sync/state.ts'
import type { Batch, Store } from '../store/store.ts'
import { isEnded, type LedgerConversation, type LedgerLog } from './ledger-log.ts'
import { OrderPages, type TimerAt } from './order-pages.ts'

/** Consecutive entries of one log that follow each other in the conversation too. */
export interface ShownStretch {
  readonly conversation: ConversationId
  readonly device: DeviceId
  readonly first: number
  readonly last: number
}

interface Ordered {
  readonly logs: ReadonlyMap<DeviceId, LedgerLog>
  /** Logs that differ from what is on disk. */
  readonly changed: ReadonlySet<DeviceId>
  readonly shown: readonly ShownStretch[]
  /** The newest timer of each log that got one. */
  readonly timers: ReadonlyMap<DeviceId, TimerAt>
  /** What of that the group consists of. */
  readonly ofGroup: readonly GroupEntry[]
}

/** An entry that a group consists of, at its place. */
export interface GroupEntry {
  readonly place: Place
  readonly bytes: Uint8Array
}

/**
 * Orders one conversation's part of a group. Writes logical times to the batch, all or none.
 *
 * @throws TidingsError `database_damaged` when what the order builds on cannot be read
 */
export async function orderGroup(
  store: Store,
  id: ConversationId,
  before: LedgerConversation,
  group: readonly StoredRun[],
  batch: Batch,
): Promise<Ordered> {
  const pages = new OrderPages(store, id)
  const stored = new Map([...before].map(([device, log]) => [device, log.head.seq] as const))
  const heads = new Map([...before].map(([device, log]) => [device, log.head] as const))
  for (const { run, head } of group) {
    pages.add(run)
    stored.set(run.device, head.seq)
    heads.set(run.device, head)
  }
  const ended = new Set<DeviceId>()
  for (const [device, log] of before) {
    if (isEnded({ ...log, head: heads.get(device) ?? log.head })) ended.add(device)
  }
  let logs: ReadonlyMap<DeviceId, OrderLog> = new Map(
    [...before].map(([device, log]) => [device, log.order] as const),
  )
  const index = new OrderIndex(store, id)
  let moving: Iterable<DeviceId> = group.length > 0 ? devicesOf(group) : [...before.keys()]
  for (;;) {
    const result = advance(logs, stored, moving, {
      deps: (device, seq) => pages.deps(device, seq),
      logical: (device, seq) => index.logical(device, seq),
      isEnded: (device) => ended.has(device),
    })
    logs = result.logs
    for (const entries of result.ordered) index.add(entries)
    if (result.needed.length === 0) break
    const loaded = await pages.load(result.needed)
    if (loaded.length === 0) break
    moving = loaded
  }
  index.write(batch)
  const next = new Map<DeviceId, LedgerLog>()
  const changed = new Set<DeviceId>()
  for (const [device, order] of logs) {
    const old = before.get(device)
    const head = heads.get(device)
    if (!head) continue
    const { forked = false, until, changedAt = 0 } = old ?? {}
    next.set(device, { head, forked, until, order, changedAt })
    if (old?.head !== head || old.order.shown !== order.shown) changed.add(device)
  }
  const timers = pages.timers((device) => logs.get(device)?.shown ?? 0)
  const ofGroup = [...pages.others].flatMap(([device, entries]) =>
    [...entries]
      .filter(([seq]) => seq <= (next.get(device)?.order.shown ?? 0))
      .map(([seq, bytes]) => ({
        place: { device, seq, logical: index.logical(device, seq) },
        bytes,
      })),
  )
  return { logs: next, changed, shown: index.stretches(), timers, ofGroup }
}

function devicesOf(group: readonly StoredRun[]): Set<DeviceId> {
  return new Set(group.map(({ run }) => run.device))
}

/** Logical times found in this group, over those on disk. */
class OrderIndex {
  private readonly store: Store
  private readonly id: ConversationId
  private readonly found = new Map<DeviceId, { first: number; logicals: number[] }>()

  constructor(store: Store, id: ConversationId) {
    this.store = store
    this.id = id
  }

  add({ device, first, logicals }: OrderedEntries): void {
    const known = this.found.get(device)
    if (!known) this.found.set(device, { first, logicals: [...logicals] })
    else for (const logical of logicals) known.logicals.push(logical)
  }

  logical(device: DeviceId, seq: number): number {
    const found = this.found.get(device)
    if (found && seq >= found.first) return found.logicals[seq - found.first] ?? 0
    return logicalOf(this.store, this.id, device, seq)
  }

  write(batch: Batch): void {
    // Read first, so that what cannot be read leaves the batch as it was.
    for (const [device, chunk, logicals] of this.chunks()) {
      batch.putLogicals(this.id, device, chunk, logicals)
    }
  }

  private chunks(): [device: DeviceId, chunk: number, logicals: readonly number[]][] {
    const chunks: ReturnType<OrderIndex['chunks']> = []
    for (const [device, { first, logicals }] of this.found) {
      const chunkFirst = Math.floor((first - 1) / ORDER_CHUNK_ENTRIES)
      const chunkLast = Math.floor((first + logicals.length - 2) / ORDER_CHUNK_ENTRIES)
      for (let chunk = chunkFirst; chunk <= chunkLast; chunk++) {
        const start = chunk * ORDER_CHUNK_ENTRIES + 1
        const part = logicals.slice(
          Math.max(0, start - first),
          Math.max(0, start + ORDER_CHUNK_ENTRIES - first),
        )
        const before = Math.max(0, first - start)
        const kept = before > 0 ? this.store.logicals(this.id, device, chunk, before) : []
        chunks.push([device, chunk, [...kept.slice(0, before), ...part]])
      }
    }
    return chunks
  }

  /** Everything found, as stretches in conversation order: a merge of the logs. */
  stretches(): ShownStretch[] {
    const cursors = [...this.found].map(([device, { first, logicals }]) => ({
      device,
      first,
      logicals,
      at: 0,
    }))
    const stretches: {
      conversation: ConversationId
      device: DeviceId
      first: number
      last: number
    }[] = []
    for (;;) {
      let least: { cursor: (typeof cursors)[number]; place: Place } | undefined
      let limit: Place | undefined
      for (const cursor of cursors) {
        const logical = cursor.logicals[cursor.at]
        if (logical === undefined) continue
        const place = { device: cursor.device, seq: cursor.first + cursor.at, logical }
        if (!least || comparePlaces(place, least.place) < 0) {
          limit = least?.place ?? limit
          least = { cursor, place }
        } else if (!limit || comparePlaces(place, limit) < 0) limit = place
      }
      if (!least) return stretches
      const { cursor } = least
      const start = cursor.at
      while (cursor.at < cursor.logicals.length && !passes(cursor, limit)) cursor.at += 1
      stretches.push({
        conversation: this.id,
        device: cursor.device,
        first: cursor.first + start,
        last: cursor.first + cursor.at - 1,
      })
    }
  }
}

/** Whether the cursor's entry comes after the first entry of the other logs. */
function passes(
  cursor: { device: DeviceId; first: number; logicals: number[]; at: number },
  limit: Place | undefined,
): boolean {
  const logical = cursor.logicals[cursor.at]
  if (logical === undefined || !limit) return false
  const place = { device: cursor.device, seq: cursor.first + cursor.at, logical }
  return comparePlaces(place, limit) > 0
}

/**
 * The logical time of an ordered entry, from the order index. A guess would put it in another place
 * than on every other node.
 *
 * @throws TidingsError `database_damaged` when the index does not have it
 */
export function logicalOf(store: Store, id: ConversationId, device: DeviceId, seq: number): number {
  const chunk = Math.floor((seq - 1) / ORDER_CHUNK_ENTRIES)
  const within = (seq - 1) % ORDER_CHUNK_ENTRIES
  return store.logicals(id, device, chunk, within + 1)[within] ?? 0
}
