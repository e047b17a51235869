// What the parts of the store learn once a batch is on disk: the caches, where logs end, the tally.
import type { ConversationId } from '../core/id.ts'
import { lastSeq } from '../core/run.ts'
import { logKey } from '../core/sync/state.ts'
import type { Keyring } from '../wire/keyring.ts'
import type { BatchWatcher } from './batch.ts'
import type { ChangeIndex } from './change-index.ts'
import type { OrderIndex } from './order-index.ts'
import type { RecordReader } from './records.ts'
import type { Tally } from './repair/tally.ts'
import type { RunCache } from './run-cache.ts'
import type { Records } from './store.ts'

export interface WatcherComponents {
  readonly lasts: Map<string, number>
  readonly named: Set<string>
  readonly runs: RunCache
  readonly tally: Tally
  readonly order: OrderIndex
  readonly records: RecordReader
  readonly keyring: Keyring
  readonly changes: ChangeIndex
}

/** @param id of a group */
export function keepKeys(
  keyring: Keyring,
  id: string,
  record: Records['group_key'] | undefined,
): void {
  keyring.keep(id as ConversationId, record?.keys ?? [])
}

export function makeWatcher(components: WatcherComponents): BatchWatcher {
  const { lasts, named, runs, tally, order, records, keyring, changes } = components
  return {
    runStored: (log, run) => {
      lasts.set(log, lastSeq(run))
      tally.reached(run, lastSeq(run))
      runs.stored(log, run)
    },
    logCut: (ref, last) => {
      const log = logKey(ref.conversation, ref.device)
      runs.cut(log, last)
      order.forget(log)
    },
    chunkStored: (log, chunk, now) => order.stored(log, chunk, now),
    recordStored: (kind, key, value) => {
      records.stored(kind, key, value)
      if (kind === 'group_key') keepKeys(keyring, key, value as Records['group_key'] | undefined)
    },
    changing: (conversation, target) => changes.changing(conversation, target),
    isNamed: (log) => named.has(log),
    named: (log) => named.add(log),
  }
}
