// What one commit of the ledger holds: for each conversation its new runs, what of them can be
// ordered, the heads that change, and the events that tell of it. A conversation whose own data
// cannot be read is left out, so that the damage of one does not hold up the others.
import { isTidingsError, type TidingsError } from '../../core/errors.ts'
import type { ConversationId, DeviceId } from '../../core/id.ts'
import type { Run } from '../../core/run.ts'
import type { StoredRun } from '../../core/sync/state.ts'
import type { Batch, EventRecord, Store } from '../../store/store.ts'
import { cutGroupEntries } from '../groups/group-entries.ts'
import { cutTimer } from '../messages/timers.ts'
import { ChangeDraft } from './change-draft.ts'
import { undoChanges } from './change-rebuild.ts'
import { headRecord, type LedgerConversation, type LedgerLog } from './ledger-log.ts'
import type { ShownStretch } from './order-draft.ts'
import { type GroupEntry, orderGroup } from './ordering.ts'

/** `index` is that of its event. */
export type Shown = ShownStretch & { readonly index: number }

/** What one commit made durable. */
export interface Written {
  readonly position: number
  readonly runs: readonly StoredRun[]
  readonly shown: readonly Shown[]
  /** What of that groups consist of. */
  readonly ofGroups: ReadonlyMap<ConversationId, readonly GroupEntry[]>
}

/** What of one log is shown from a commit on. */
export type Newly = Omit<ShownStretch, 'conversation'>

export interface LedgerHooks {
  /** Whatever belongs into the commit that writes these runs. */
  count?(batch: Batch, runs: readonly StoredRun[]): void
  /** The same for a proof of so many bytes; what it gives back is called once that is on disk. */
  countProof?(batch: Batch, id: ConversationId, device: DeviceId, bytes: number): () => void
  /** Whatever belongs into the commit that shows these entries. */
  readonly shows?: Shows
  /** Whether this database writes, or wrote, as a device. */
  isMine?(device: DeviceId): boolean
  /** Told first, and `written` a microtask later: what this sends to peers leaves in between. */
  stored?(written: Written): void
  written(written: Written): void
  /** What waited in these was ordered as far as it goes: it may wait for something else now. */
  resumed?(ids: readonly ConversationId[]): void
  failed(runs: readonly StoredRun[], error: TidingsError): void
  /** Whether a run may still be written: whoever sent it may have been blocked meanwhile. */
  isWanted(stored: StoredRun): boolean
  /** These were not wanted any more. */
  dropped(runs: readonly StoredRun[]): void
}

/** Puts into the batch what belongs to entries that it shows; `runs` hold some of them. */
export type Shows = (
  batch: Batch,
  id: ConversationId,
  shown: readonly Newly[],
  runs: readonly Run[],
) => Promise<void>

export interface Group {
  readonly shows?: Shows | undefined
  readonly position: number
  readonly group: readonly StoredRun[]
  /** Conversations in which something that was stored before may be ordered now. */
  readonly resumed: readonly ConversationId[]
  /** Whether what it changes goes into the index of changes. */
  readonly indexed: boolean
  /** What becomes of changes besides those in the group. */
  readonly drafts?: ReadonlyMap<ConversationId, ChangeDraft>
}

/** How an own log is cut back, and what becomes of its end. */
export interface CutBack {
  readonly conversation: ConversationId
  readonly device: DeviceId
  /** The log as it is then. */
  readonly log: LedgerLog
  /** The beginning of a run that the cut goes through, signed anew. */
  readonly rest: Run | undefined
  readonly again: readonly StoredRun[]
  /** What else belongs to the same step, which has this position. */
  readonly fill: (batch: Batch, position: number) => void
  /** What followers are told of it. */
  readonly event?: EventRecord
}

export interface Composed {
  /** Whether there is anything to write. */
  readonly isEmpty: boolean
  /** Every log of the conversations concerned, as it will be. */
  readonly logs: readonly (readonly [ConversationId, DeviceId, LedgerLog])[]
  readonly runs: readonly StoredRun[]
  readonly shown: readonly Shown[]
  readonly ofGroups: ReadonlyMap<ConversationId, readonly GroupEntry[]>
  /** Conversations of which more can be ordered in further commits. */
  readonly unfinished: readonly ConversationId[]
  /** Conversations that could not be ordered: nothing of theirs is in the batch. */
  readonly damaged:
    | { readonly ids: ReadonlySet<ConversationId>; readonly error: TidingsError }
    | undefined
}

export async function composeGroup(
  store: Store,
  batch: Batch,
  before: (id: ConversationId) => LedgerConversation,
  { position, group, resumed, indexed, drafts, shows }: Group,
): Promise<Composed> {
  const logs: [ConversationId, DeviceId, LedgerLog][] = []
  const shown: Shown[] = []
  const ofGroups = new Map<ConversationId, readonly GroupEntry[]>()
  const unfinished: ConversationId[] = []
  const broken = new Set<ConversationId>()
  let fault: TidingsError | undefined
  let changes = 0
  const byConversation = Map.groupBy(group, ({ run }) => run.conversation)
  for (const id of new Set([...byConversation.keys(), ...resumed])) {
    const own = byConversation.get(id) ?? []
    const draft = indexed ? (drafts?.get(id) ?? new ChangeDraft(store, id)) : undefined
    const result = await orderGroup(store, id, before(id), own, batch, draft).catch(asDamage)
    if (result instanceof Error) {
      broken.add(id)
      fault = result
      continue
    }
    if (result.isUnfinished) unfinished.push(id)
    for (const [device, timer] of result.timers) batch.put('timer', `${id}/${device}`, timer)
    const newly = newlyShown(before(id), result.logs)
    const runs = own.map(({ run }) => run)
    if (newly.length > 0) await shows?.(batch, id, newly, runs)
    for (const run of runs) batch.putRun(run)
    for (const stretch of result.shown) {
      const index = shown.length
      shown.push({ ...stretch, index })
      const { device, first, last } = stretch
      batch.putEvent(position, index, { type: 'shown', conversation: id, device, first, last })
    }
    if (result.ofGroup.length > 0) ofGroups.set(id, result.ofGroup)
    for (const { place, bytes } of result.ofGroup) {
      batch.put('group_entry', `${id}/${place.device}/${place.seq}`, {
        logical: place.logical,
        bytes,
      })
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
    isEmpty: changes === 0,
    logs,
    runs: group.filter(({ run }) => !broken.has(run.conversation)),
    shown,
    ofGroups,
    unfinished,
    damaged: fault && { ids: broken, error: fault },
  }
}

/** Everything that a cut writes, and the log as it is then. @throws TidingsError */
export async function composeCut(
  store: Store,
  before: (id: ConversationId) => LedgerConversation,
  { conversation, device, log, rest, again, fill, event }: CutBack,
  { position, shows }: Pick<Group, 'position' | 'shows'>,
): Promise<{ batch: Batch; log: LedgerLog; composed: Composed }> {
  const cut = { ...log, changedAt: position }
  const batch = store.batch()
  await store.cutLog(batch, conversation, device, cut.head.seq)
  if (rest) batch.putRun(rest)
  fill(batch, position)
  await cutTimer(store, batch, { conversation, device }, cut.head.seq)
  await cutGroupEntries(store, batch, { conversation, device }, cut.head.seq)
  // The group may write it again, once more is ordered.
  batch.putHead(headRecord(conversation, device, cut))
  const logs = (id: ConversationId): LedgerConversation => new Map(before(id)).set(device, cut)
  const draft = new ChangeDraft(store, conversation)
  const name = { conversation, device }
  const { shown } = before(conversation).get(device)?.order ?? { shown: 0 }
  await undoChanges(store, draft, name, { last: cut.head.seq, shown })
  const drafts = new Map([[conversation, draft]])
  const group = { position, group: again, resumed: [conversation], indexed: true, drafts, shows }
  const composed = await composeGroup(store, batch, logs, group)
  if (composed.damaged) throw composed.damaged.error
  if (event) batch.putEvent(position, composed.shown.length, event)
  return { batch, log: cut, composed }
}

function newlyShown(before: LedgerConversation, after: LedgerConversation): Newly[] {
  return [...after].flatMap(([device, { order }]) => {
    const first = (before.get(device)?.order.shown ?? 0) + 1
    return first > order.shown ? [] : [{ device, first, last: order.shown }]
  })
}

function asDamage(error: unknown): TidingsError {
  if (isTidingsError(error, 'database_damaged')) return error
  throw error
}
