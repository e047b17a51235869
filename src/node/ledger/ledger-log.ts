// One log as the ledger has written it: how far it is held, and how far it is ordered.
import type { ConversationId, DeviceId } from '../../core/id.ts'
import { NOTHING_ORDERED, type OrderLog } from '../../core/order.ts'
import { emptyHead, type Head } from '../../core/run.ts'
import type { Digest } from '../../core/sync/log-digest.ts'
import type { HeadRecord, Store } from '../../store/store.ts'
import { acceptedOf } from '../fork-record.ts'
import type { LedgerHooks } from './ledger-group.ts'

export interface LedgerLog {
  readonly head: Head
  readonly forked: boolean
  /** How much of a forked log is still accepted; no bound when it is not set. */
  readonly until?: number | undefined
  readonly order: OrderLog
  readonly changedAt: number
  /** As its head was read. */
  readonly digest?: Digest | undefined
}

export type LedgerConversation = ReadonlyMap<DeviceId, LedgerLog>

/** One of which nothing is here yet. */
export function newLog(id: ConversationId, device: DeviceId): LedgerLog {
  const head = emptyHead(id, device)
  return { head, forked: false, order: NOTHING_ORDERED, changedAt: 0 }
}

/** Puts logs in. A conversation may have a thousand: its map is copied once for all of them. */
export function putLogs(
  conversations: Map<ConversationId, LedgerConversation>,
  logs: readonly (readonly [ConversationId, DeviceId, LedgerLog])[],
): void {
  for (const [id, changed] of Map.groupBy(logs, ([conversation]) => conversation)) {
    const known = new Map(conversations.get(id))
    for (const [, device, log] of changed) known.set(device, log)
    conversations.set(id, known)
  }
}

/** A log as its head on disk says. */
export function readLog(
  store: Pick<Store, 'get'>,
  { conversation, device, shown, logical, ...head }: HeadRecord,
  hooks: Pick<LedgerHooks, 'isMine'>,
): readonly [ConversationId, DeviceId, LedgerLog] {
  // An own log that was cut back takes in again what peers hold of it.
  const least = hooks.isMine?.(device) ? undefined : 0
  const until = head.forked ? (acceptedOf(store, conversation, device) ?? least) : undefined
  return [conversation, device, { ...head, until, order: { shown, logical } }]
}

export function headRecord(id: ConversationId, device: DeviceId, log: LedgerLog): HeadRecord {
  const { head, forked, changedAt } = log
  const { shown, logical } = log.order
  return { conversation: id, device, head, forked, shown, logical, changedAt }
}

/** Whether no more of a log is accepted, now or ever. */
export function isEnded({ head, forked, until = Infinity }: LedgerLog): boolean {
  return forked && head.seq >= until
}
