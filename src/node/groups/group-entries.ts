// The entries that groups consist of, as they are kept beside their logs: derived from these, so
// they go where a log is cut back, and what damage took of them is read from the logs again.
import type { Place } from '../../core/entry.ts'
import { isTidingsError } from '../../core/errors.ts'
import { isGroupBody } from '../../core/group/bodies.ts'
import type { ConversationId, DeviceId } from '../../core/id.ts'
import type { LogName } from '../../core/run.ts'
import type { LevelStore } from '../../store/store-level.ts'
import type { Batch, GroupRecord, Store } from '../../store/store.ts'
import { orderedPart } from '../../wire/entry.ts'
import { groupId } from '../../wire/group-bodies.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { logicalOf } from '../ledger/order-reader.ts'

type Logs = Pick<Ledger, 'conversation' | 'conversationIds'>

export function placeOfKey(key: string): Omit<Place, 'logical'> & { id: ConversationId } {
  const [id, device, seq] = key.split('/') as [ConversationId, DeviceId, string]
  return { id, device, seq: Number(seq) }
}

/** Takes those away, in the batch that cuts a log, that were cut off. */
export async function cutGroupEntries(
  store: Store,
  batch: Batch,
  { conversation, device }: LogName,
  last: number,
): Promise<void> {
  for (const [key] of await store.all('group_entry', `${conversation}/${device}/`)) {
    if (placeOfKey(key).seq > last) batch.delete('group_entry', key)
  }
}

/** Takes away groups whose first entry was never written: a stop came while they were made. */
export async function withoutUnmade(
  store: LevelStore,
  ledger: Pick<Logs, 'conversation'>,
  records: readonly [string, GroupRecord][],
): Promise<[ConversationId, GroupRecord][]> {
  const batch = store.batch()
  const made: [ConversationId, GroupRecord][] = []
  for (const [, record] of records) {
    const { conversation, state, roots } = record
    const isThere = ledger.conversation(conversation).size > 0
    const wasThere = roots.some(([device]) => store.everHeld(conversation, device) > 0)
    if (state !== 'joined' || isThere || wasThere || store.damage.length > 0) {
      made.push([conversation, record])
      continue
    }
    batch.delete('group', conversation)
    batch.delete('group_key', conversation)
  }
  if (batch.bytes > 0) await store.commit(batch)
  return made
}

/** Puts back what damage took: what groups are to the user, and what they consist of. */
export async function mendGroups(store: Store, ledger: Logs): Promise<void> {
  const batch = store.batch()
  for (const id of ledger.conversationIds()) {
    const isKnown = (await store.all('group', id)).length > 0
    const record = isKnown ? undefined : await madeHere(store, ledger, id)
    if (record) batch.put('group', id, record)
    if (!isKnown && !record) continue
    for (const [device, { order }] of ledger.conversation(id)) {
      await putEntries(store, batch, { conversation: id, device }, order.shown).catch(ifDamaged)
    }
  }
  if (batch.bytes > 0) await store.commit(batch)
}

/** What a group is to the user whose record is gone; undefined for what is no group. */
async function madeHere(
  store: Store,
  ledger: Logs,
  id: ConversationId,
): Promise<GroupRecord | undefined> {
  for (const device of ledger.conversation(id).keys()) {
    const [entry] = (await readPage(store, { conversation: id, device }, 1, 1)) ?? []
    const body = entry && orderedPart(entry).other
    if (!entry || body?.kind !== 'group_create' || groupId(entry) !== id) continue
    const roots = [[device, body.devices.account]] as const
    return { conversation: id, state: 'joined', name: body.name, invitedBy: undefined, roots }
  }
  return undefined
}

/** Reads the log: only after damage. */
async function putEntries(store: Store, batch: Batch, log: LogName, shown: number): Promise<void> {
  const { conversation, device } = log
  for (let seq = 1; seq <= shown;) {
    const page = await readPage(store, log, seq, shown)
    if (!page) return
    for (const bytes of page) {
      const { other } = orderedPart(bytes)
      if (other && isGroupBody(other) && seq <= shown) {
        const logical = logicalOf(store, conversation, device, seq)
        batch.put('group_entry', `${conversation}/${device}/${seq}`, { logical, bytes })
      }
      seq += 1
    }
  }
}

/** What cannot be read is found, told and mended by others. */
async function readPage(
  store: Store,
  { conversation, device }: LogName,
  first: number,
  last: number,
): Promise<readonly Uint8Array[] | undefined> {
  const run = await store.readPage(conversation, device, first, last).catch(ifDamaged)
  return run?.entries
}

function ifDamaged(error: unknown): undefined {
  if (!isTidingsError(error, 'database_damaged')) throw error
}
