// The index of changes made anew from the entries: after damage, in a database that an older
// version wrote, and in part where an own log is cut back. It costs reading what there is, and
// happens seldom; begun again after a crash it comes to the same.
import { type Change, type DeviceChanges, NO_CHANGES, withChange } from '../../core/changes.ts'
import type { EntryRef } from '../../core/entry.ts'
import { isTidingsError, TidingsError } from '../../core/errors.ts'
import type { ConversationId } from '../../core/id.ts'
import { ORDER_CHUNK_ENTRIES } from '../../core/limits.ts'
import { chunkOf, placeIn } from '../../core/order-chunk.ts'
import type { LogName } from '../../core/run.ts'
import type { Batch, Store } from '../../store/store.ts'
import { orderedPart } from '../../wire/entry.ts'
import { ChangeDraft, keyOf } from './change-draft.ts'
import type { LedgerConversation } from './ledger-log.ts'
import { logicalOf } from './order-reader.ts'

/** Changes of a log joined in one commit. */
const CHANGES_AT_ONCE = 4096

/** @throws TidingsError `disk_full`, `database_damaged`; it is done again at the next start */
export async function rebuildChanges(
  store: Store,
  conversations: ReadonlyMap<ConversationId, LedgerConversation>,
): Promise<void> {
  await store.changes.clear()
  let damage: TidingsError | undefined
  for (const [conversation, logs] of conversations) {
    for (const [device, { order }] of logs) {
      try {
        await rebuildLog(store, { conversation, device }, order.shown)
      } catch (error) {
        // What can be read of the others counts all the same.
        if (!isTidingsError(error, 'database_damaged')) throw error
        damage = error
      }
    }
  }
  if (damage) throw damage
  await store.changes.finish()
}

/**
 * What the end of a log, which is cut off, did to messages is taken back: of each of these messages
 * is gathered what the rest of the log did to it.
 */
export async function undoChanges(
  store: Store,
  draft: ChangeDraft,
  { conversation, device }: LogName,
  { last, shown }: { readonly last: number; readonly shown: number },
): Promise<void> {
  const left = new Map<string, { readonly target: EntryRef; changes: DeviceChanges }>()
  for await (const { change } of changesIn(store, { conversation, device }, last + 1, shown)) {
    if (change) left.set(keyOf(change.target), { target: change.target, changes: NO_CHANGES })
  }
  if (left.size === 0) return
  const log = { conversation, device }
  for await (const { seq, change } of changesIn(store, log, 1, Math.min(last, shown))) {
    const at = change && left.get(keyOf(change.target))
    if (!at) continue
    const logical = logicalOf(store, conversation, device, seq)
    at.changes = withChange(at.changes, change, { seq, logical })
  }
  for (const { target, changes } of left.values()) draft.restart(device, target, changes)
}

/**
 * The part of one log, joined with what is there.
 *
 * @throws TidingsError as `rebuildChanges`
 */
export async function rebuildLog(store: Store, log: LogName, shown: number): Promise<void> {
  const { conversation, device } = log
  let draft = new ChangeDraft(store, conversation)
  let waiting = 0
  const marked = new Map<number, number[]>()
  const write = async (fill?: (batch: Batch) => void): Promise<void> => {
    const put = await draft.compose()
    const batch = store.batch()
    put(batch)
    fill?.(batch)
    draft = new ChangeDraft(store, conversation)
    waiting = 0
    if (batch.bytes > 0) await store.commit(batch)
  }
  for await (const { seq, change } of changesIn(store, log, 1, shown)) {
    const logical = logicalOf(store, conversation, device, seq)
    if (change) draft.addOne(device, { seq, logical, change })
    const places = marked.get(chunkOf(seq)) ?? []
    marked.set(chunkOf(seq), [...places, placeIn(seq)])
    waiting += 1
    if (waiting >= CHANGES_AT_ONCE) await write()
  }
  await write((batch) => markChunks(store, batch, log, shown, marked))
}

/** Writes which entries are no messages where the order index does not say so. */
function markChunks(
  store: Store,
  batch: Batch,
  { conversation, device }: LogName,
  shown: number,
  marked: ReadonlyMap<number, readonly number[]>,
): void {
  let changesBefore = 0
  for (let chunk = 0; chunk * ORDER_CHUNK_ENTRIES < shown; chunk++) {
    const changes = marked.get(chunk) ?? []
    const least = Math.min(ORDER_CHUNK_ENTRIES, shown - chunk * ORDER_CHUNK_ENTRIES)
    const kept = store.chunk(conversation, device, chunk, least)
    const isSame = kept.changesBefore === changesBefore && kept.changes.join() === changes.join()
    if (!isSame) {
      batch.putLogicals(conversation, device, chunk, kept.logicals, { changesBefore, changes })
    }
    changesBefore += changes.length
  }
}

/** Entries that are no messages; without a change those that this profile has no key for. */
async function* changesIn(
  store: Pick<Store, 'readPage' | 'keyring'>,
  { conversation, device }: LogName,
  first: number,
  last: number,
): AsyncGenerator<{ readonly seq: number; readonly change: Change | undefined }> {
  for (let seq = first; seq <= last;) {
    const run = await store.readPage(conversation, device, seq, last)
    if (!run) throw new TidingsError('database_damaged', 'an entry cannot be read from disk')
    for (const entry of run.entries) {
      if (seq > last) return
      const { change, other } = orderedPart(store.keyring.open(run, entry))
      if (change || other?.kind === 'closed') yield { seq, change }
      seq += 1
    }
  }
}
