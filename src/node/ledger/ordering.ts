// Ordering a group of runs before it is written: runs core/order over what is at hand, fetches
// stored pages where older entries were waiting, and fills the order index and that of changes.
import type { Place } from '../../core/entry.ts'
import type { ConversationId, DeviceId } from '../../core/id.ts'
import { COMMIT_ENTRIES_MAX } from '../../core/limits.ts'
import { advance, type OrderLog } from '../../core/order.ts'
import type { StoredRun } from '../../core/sync/state.ts'
import type { Batch, Store } from '../../store/store.ts'
import type { ChangeDraft } from './change-draft.ts'
import { isEnded, type LedgerConversation, type LedgerLog } from './ledger-log.ts'
import { OrderDraft, type ShownStretch } from './order-draft.ts'
import { OrderPages, type TimerAt } from './order-pages.ts'

interface Ordered {
  readonly logs: ReadonlyMap<DeviceId, LedgerLog>
  /** Logs that differ from what is on disk. */
  readonly changed: ReadonlySet<DeviceId>
  readonly shown: readonly ShownStretch[]
  /** The newest timer of each log that got one. */
  readonly timers: ReadonlyMap<DeviceId, TimerAt>
  /** What of that the group consists of. */
  readonly ofGroup: readonly GroupEntry[]
  /** More can be ordered than belongs into one commit. */
  readonly isUnfinished: boolean
}

/** An entry that a group consists of, at its place. */
export interface GroupEntry {
  readonly place: Place
  readonly bytes: Uint8Array
}

/**
 * Orders one conversation's part of a group. Logical times, and what its changes come to, go into
 * the batch, all or none. What waited may be any number of entries: of those that are read for it
 * no more are taken than a commit has.
 *
 * @param changes takes the changes; without it they are not indexed
 * @throws TidingsError `database_damaged` when what the order builds on cannot be read
 */
export async function orderGroup(
  store: Store,
  id: ConversationId,
  before: LedgerConversation,
  group: readonly StoredRun[],
  batch: Batch,
  changes: ChangeDraft | undefined,
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
  const index = new OrderDraft(store, id)
  let isUnfinished = false
  let moving: Iterable<DeviceId> = group.length > 0 ? devicesOf(group) : [...before.keys()]
  for (;;) {
    const result = advance(logs, stored, moving, {
      deps: (device, seq) => pages.deps(device, seq),
      loose: (device, seq) => pages.loose(device, seq),
      logical: (device, seq) => index.logical(device, seq),
      isEnded: (device) => ended.has(device),
    })
    logs = result.logs
    for (const entries of result.ordered) {
      const found = pages.takeFound(entries)
      index.add(entries, found.keys())
      changes?.add(entries, found)
    }
    if (result.needed.length === 0) break
    isUnfinished = index.size >= COMMIT_ENTRIES_MAX
    if (isUnfinished) break
    const loaded = await pages.load(result.needed)
    if (loaded.length === 0) break
    moving = loaded
  }
  // Read first, so that what cannot be read leaves the batch as it was.
  const changed = await changes?.compose()
  index.write(batch)
  changed?.(batch)
  const next = new Map<DeviceId, LedgerLog>()
  const touched = new Set<DeviceId>()
  for (const [device, order] of logs) {
    const old = before.get(device)
    const head = heads.get(device)
    if (!head) continue
    const { forked = false, until, changedAt = 0 } = old ?? {}
    next.set(device, { head, forked, until, order, changedAt })
    if (old?.head !== head || old.order.shown !== order.shown) touched.add(device)
  }
  const timers = pages.timers((device) => logs.get(device)?.shown ?? 0)
  const ofGroup = groupEntries(pages, next, index)
  return { logs: next, changed: touched, shown: index.stretches(), timers, ofGroup, isUnfinished }
}

function devicesOf(group: readonly StoredRun[]): Set<DeviceId> {
  return new Set(group.map(({ run }) => run.device))
}

/** What the group consists of among the entries that were looked at, as far as it is shown. */
function groupEntries(
  { others }: OrderPages,
  logs: ReadonlyMap<DeviceId, LedgerLog>,
  index: OrderDraft,
): GroupEntry[] {
  return [...others].flatMap(([device, entries]) =>
    [...entries]
      .filter(([seq]) => seq <= (logs.get(device)?.order.shown ?? 0))
      .map(([seq, bytes]) => ({
        place: { device, seq, logical: index.logical(device, seq) },
        bytes,
      })),
  )
}
