// What a group adds to the order index: the logical times of its entries over those on disk,
// which of them are changes, and in which stretches they are shown.
import type { Place } from '../../core/entry.ts'
import type { ConversationId, DeviceId } from '../../core/id.ts'
import { ORDER_CHUNK_ENTRIES } from '../../core/limits.ts'
import { chunkOf, EMPTY_CHUNK, type OrderChunk, placeIn } from '../../core/order-chunk.ts'
import { comparePlaces, type OrderedEntries } from '../../core/order.ts'
import type { Batch, Store } from '../../store/store.ts'
import { logicalOf } from './order-reader.ts'

/** Consecutive entries of one log that follow each other in the conversation too. */
export interface ShownStretch {
  readonly conversation: ConversationId
  readonly device: DeviceId
  readonly first: number
  readonly last: number
}

/** Logical times found in this group, over those on disk. */
export class OrderDraft {
  private readonly store: Store
  private readonly id: ConversationId
  private readonly found = new Map<DeviceId, { first: number; logicals: number[] }>()
  /** Which of them are no messages, ascending. */
  private readonly changes = new Map<DeviceId, number[]>()
  private entries = 0

  constructor(store: Store, id: ConversationId) {
    this.store = store
    this.id = id
  }

  /** How many entries it orders. */
  get size(): number {
    return this.entries
  }

  /** @param changes the numbers of those that are no messages, ascending */
  add({ device, first, logicals }: OrderedEntries, changes: Iterable<number>): void {
    this.entries += logicals.length
    const marked = this.changes.get(device) ?? []
    for (const seq of changes) marked.push(seq)
    this.changes.set(device, marked)
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
    for (const [device, chunk, { logicals, ...marks }] of this.chunks()) {
      batch.putLogicals(this.id, device, chunk, logicals, marks)
    }
  }

  private chunks(): [device: DeviceId, chunk: number, now: OrderChunk][] {
    const chunks: ReturnType<OrderDraft['chunks']> = []
    for (const [device, { first, logicals }] of this.found) {
      const chunkFirst = chunkOf(first)
      const chunkLast = chunkOf(first + logicals.length - 1)
      const marked = Map.groupBy(this.changes.get(device) ?? [], chunkOf)
      let changesBefore: number | undefined
      for (let chunk = chunkFirst; chunk <= chunkLast; chunk++) {
        const start = chunk * ORDER_CHUNK_ENTRIES + 1
        const end = Math.max(0, start + ORDER_CHUNK_ENTRIES - first)
        const part = logicals.slice(Math.max(0, start - first), end)
        const before = Math.max(0, first - start)
        const kept = before > 0 ? this.store.chunk(this.id, device, chunk, before) : EMPTY_CHUNK
        changesBefore ??= before > 0 ? kept.changesBefore : this.changesBefore(device, chunk)
        const whole = before > 0 ? [...kept.logicals.slice(0, before), ...part] : part
        const changes = kept.changes.filter((place) => place < before)
        for (const seq of marked.get(chunk) ?? []) changes.push(placeIn(seq))
        chunks.push([device, chunk, { logicals: whole, changesBefore, changes }])
        changesBefore += changes.length
      }
    }
    return chunks
  }

  private changesBefore(device: DeviceId, chunk: number): number {
    if (chunk === 0) return 0
    const { changesBefore, changes } = this.store.chunk(
      this.id,
      device,
      chunk - 1,
      ORDER_CHUNK_ENTRIES,
    )
    return changesBefore + changes.length
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
