// How an own log looks once its end is taken off: where it ends, and the beginning of a run that
// the cut goes through, signed anew.
import {
  chainEnd,
  closeRun,
  emptyHead,
  type Head,
  type LogName,
  type Run,
  type Signer,
} from '../core/run.ts'
import type { Store } from '../store/store.ts'
import type { LedgerLog } from './ledger/ledger-log.ts'
import { logicalOf } from './ledger/order-reader.ts'

export interface OwnEnd {
  readonly head: Head
  /** Undefined where the cut goes between two runs. */
  readonly rest: Run | undefined
}

/** @param last the entry that the log is to end with; 0 for none */
export async function ownEnd(
  store: Pick<Store, 'readRun'>,
  name: LogName,
  last: number,
  signer: Signer,
): Promise<OwnEnd> {
  const { conversation, device } = name
  const run = last > 0 ? await store.readRun(conversation, device, last) : undefined
  if (!run) return { head: emptyHead(conversation, device), rest: undefined }
  const kept = run.entries.slice(0, last - run.first + 1)
  const head = { seq: last, hash: chainEnd(run.prevHash, kept) }
  if (kept.length === run.entries.length) return { head, rest: undefined }
  const before = { seq: run.first - 1, hash: run.prevHash }
  return { head, rest: closeRun(name, before, kept, signer).run }
}

/** How far it is ordered then. @throws TidingsError `database_damaged` */
export function cutOrder(
  store: Pick<Store, 'logicals'>,
  { conversation, device }: LogName,
  { order }: Pick<LedgerLog, 'order'>,
  last: number,
): LedgerLog['order'] {
  const shown = Math.min(order.shown, last)
  if (shown === order.shown) return order
  return { shown, logical: shown === 0 ? 0 : logicalOf(store, conversation, device, shown) }
}
