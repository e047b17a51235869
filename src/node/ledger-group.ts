// What one commit of the ledger holds: for each conversation its new runs, what of them can be
// ordered, the heads that change, and the events that tell of it. A conversation whose own data
// cannot be read is left out, so that the damage of one does not hold up the others.
import { isTidingsError, type TidingsError } from '../core/errors.ts'
import type { ConversationId, DeviceId } from '../core/id.ts'
import type { OrderLog } from '../core/order.ts'
import type { Head } from '../core/run.ts'
import type { StoredRun } from '../core/sync/state.ts'
import type { Batch, HeadRecord, Store } from '../store/store.ts'
import { orderGroup, type ShownStretch } from './ordering.ts'

/** One log as written: how far it is held, and how far it is ordered. */
export interface LedgerLog {
  readonly head: Head
  readonly forked: boolean
  readonly order: OrderLog
  readonly changedAt: number
}

export type LedgerConversation = ReadonlyMap<DeviceId, LedgerLog>

/** `index` is that of its event. */
export type Shown = ShownStretch & { readonly index: number }

export interface Group {
  readonly position: number
  readonly group: readonly StoredRun[]
  /** Conversations in which something that was stored before may be ordered now. */
  readonly resumed: readonly ConversationId[]
}

export interface Composed {
  /** Undefined when there is nothing to write. */
  readonly batch: Batch | undefined
  /** Every log of the conversations concerned, as it will be. */
  readonly logs: readonly (readonly [ConversationId, DeviceId, LedgerLog])[]
  readonly runs: readonly StoredRun[]
  readonly shown: readonly Shown[]
  /** Conversations that could not be ordered: nothing of theirs is in the batch. */
  readonly damaged:
    | { readonly ids: ReadonlySet<ConversationId>; readonly error: TidingsError }
    | undefined
}

export async function composeGroup(
  store: Store,
  before: (id: ConversationId) => LedgerConversation,
  { position, group, resumed }: Group,
): Promise<Composed> {
  const batch = store.batch()
  const logs: [ConversationId, DeviceId, LedgerLog][] = []
  const shown: Shown[] = []
  const broken = new Set<ConversationId>()
  let fault: TidingsError | undefined
  let changes = 0
  const byConversation = Map.groupBy(group, ({ run }) => run.conversation)
  for (const id of new Set([...byConversation.keys(), ...resumed])) {
    const own = byConversation.get(id) ?? []
    const result = await orderGroup(store, id, before(id), own, batch).catch(asDamage)
    if (result instanceof Error) {
      broken.add(id)
      fault = result
      continue
    }
    for (const { run } of own) batch.putRun(run)
    for (const stretch of result.shown) {
      const index = shown.length
      shown.push({ ...stretch, index })
      const { device, first, last } = stretch
      batch.putEvent(position, index, { type: 'shown', conversation: id, device, first, last })
    }
    for (const [device, log] of result.logs) {
      const changed = result.changed.has(device)
      const written = changed ? { ...log, changedAt: position } : log
      logs.push([id, device, written])
      if (changed) batch.putHead(headRecord(id, device, written))
      changes += changed ? 1 : 0
    }
  }
  return {
    batch: changes > 0 ? batch : undefined,
    logs,
    runs: group.filter(({ run }) => !broken.has(run.conversation)),
    shown,
    damaged: fault && { ids: broken, error: fault },
  }
}

export function headRecord(id: ConversationId, device: DeviceId, log: LedgerLog): HeadRecord {
  const { head, forked, changedAt } = log
  const { shown, logical } = log.order
  return { conversation: id, device, head, forked, shown, logical, changedAt }
}

function asDamage(error: unknown): TidingsError {
  if (isTidingsError(error, 'database_damaged')) return error
  throw error
}
