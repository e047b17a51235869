// What became of messages, and which of them are shown at all: joins what the store has with the
// group's members, the deadlines and whose devices are whose.
import { countedOf, type MessageState, messageState } from '../../core/changes.ts'
import type { Body, EntryRef, Place } from '../../core/entry.ts'
import { isTidingsError } from '../../core/errors.ts'
import { isGroupBody } from '../../core/group/bodies.ts'
import { placeKey } from '../../core/group/rules.ts'
import { counts, wasMember } from '../../core/group/state.ts'
import type { AccountId, ConversationId, DeviceId } from '../../core/id.ts'
import { comparePlaces } from '../../core/order.ts'
import type { Store, StoredChanges } from '../../store/store.ts'
import type { Conversations } from '../conversations.ts'
import type { Groups } from '../groups/groups.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { logicalOf } from '../ledger/order-reader.ts'
import type { Deadlines } from './deadlines.ts'
import { isMessage, type ReadEntry, readEntries, stretches } from './entry-reader.ts'

export interface MessageStatesInit {
  readonly store: Store
  readonly ledger: Ledger
  readonly conversations: Conversations
  readonly groups: Groups
  readonly deadlines: Pick<Deadlines, 'goneAt' | 'byAuthor' | 'isPast' | 'firstKept' | 'lastKept'>
}

/** An entry that has the words of a message as it is now. */
export interface Spoken {
  readonly seq: number
  readonly target: EntryRef
}

export class MessageStates {
  private readonly init: MessageStatesInit

  constructor(init: MessageStatesInit) {
    this.init = init
  }

  /** What became of a message. */
  async state(id: ConversationId, { device, seq }: EntryRef): Promise<MessageState> {
    const stored = await this.init.store.changes.inRange(id, device, seq, seq)
    return this.stateOf(id, device, stored)
  }

  isShown(id: ConversationId, { device, seq }: EntryRef): boolean {
    return seq <= (this.init.ledger.conversation(id).get(device)?.order.shown ?? 0)
  }

  /** Whether what an entry says counts: in a group not all does. */
  countsInGroup(id: ConversationId, { device, seq }: EntryRef): boolean {
    const state = this.init.groups.get(id)?.state
    if (!state) return true
    // Only of whoever was removed at some time does the place matter.
    if (state.bars.length === 0) return wasMember(state, device)
    const logical = logicalOf(this.init.store, id, device, seq)
    return counts(state, { device, seq, logical })
  }

  /**
   * For whom what an entry says is: in a group with keys for nobody who joined after it. Undefined
   * where it is for everybody.
   */
  readersOf(id: ConversationId, ref: EntryRef): ((account: AccountId) => boolean) | undefined {
    const state = this.init.groups.get(id)?.state
    if (state?.history !== 'joining' || !this.isShown(id, ref)) return undefined
    const place = this.placeOf(id, ref)
    if (!place) return undefined
    return (account) => {
      const joined = state.standing.grants.first(account)
      return joined !== undefined && comparePlaces(joined, place) < 0
    }
  }

  /** Undefined where the order cannot be read, which is told elsewhere. */
  private placeOf(id: ConversationId, { device, seq }: EntryRef): Place | undefined {
    try {
      return { device, seq, logical: logicalOf(this.init.store, id, device, seq) }
    } catch (error) {
      if (isTidingsError(error, 'database_damaged')) return undefined
      throw error
    }
  }

  /** Whether an entry is a message that is shown. */
  isMessageHere(id: ConversationId, device: DeviceId, { seq, entry }: ReadEntry): boolean {
    if (!isMessage(entry) || this.init.conversations.isHidden(id, device)) return false
    if (!this.belongs(id, { device, seq }, entry.body)) return false
    const goneAt = this.goneAt(id, device, { seq, entry })
    return goneAt === undefined || !this.init.deadlines.isPast(goneAt)
  }

  /** When a message disappears here, ms since 1970; undefined for never. */
  goneAt(id: ConversationId, device: DeviceId, { seq, entry }: ReadEntry): number | undefined {
    const { conversations, deadlines, groups, store } = this.init
    const goneAt = deadlines.goneAt(id, device, seq, entry)
    const state = groups.get(id)?.state
    if (goneAt === undefined || !state) return goneAt
    // What is gone for all the others does not come back for whoever is added.
    const added = state.grants.findLast(({ account, isAdmin }) => {
      return !isAdmin && conversations.isMe(account)
    })
    const place = { device, seq, logical: logicalOf(store, id, device, seq) }
    if (added && comparePlaces(place, added.place) > 0) return goneAt
    return Math.min(goneAt, deadlines.byAuthor(entry) ?? goneAt)
  }

  /** Of a group nothing is shown that does not count there. */
  private belongs(id: ConversationId, ref: EntryRef, body: Body): boolean {
    if (!isGroupBody(body)) return this.countsInGroup(id, ref)
    return this.init.groups.get(id)?.state.told.has(placeKey(ref)) === true
  }

  async changesOf(
    id: ConversationId,
    device: DeviceId,
    entries: readonly ReadEntry[],
  ): Promise<Map<number, StoredChanges[]>> {
    const found: StoredChanges[] = []
    for (const [first, last] of stretches(entries.map(({ seq }) => seq))) {
      found.push(...(await this.init.store.changes.inRange(id, device, first, last)))
    }
    return Map.groupBy(found, ({ seq }) => seq)
  }

  stateOf(id: ConversationId, author: DeviceId, stored: readonly StoredChanges[]): MessageState {
    const { conversations, ledger } = this.init
    const logs = ledger.conversation(id)
    // What was written a moment ago may not be shown yet.
    const done = stored.map(({ device, ...changes }) => {
      const shown = logs.get(device)?.order.shown ?? 0
      const isCounted = ({ seq }: { readonly seq: number }): boolean =>
        seq <= shown && this.countsInGroup(id, { device, seq })
      return { device, ...countedOf(changes, isCounted) }
    })
    const accountOf = (device: DeviceId) => conversations.authorOf(id, device)
    return messageState(accountOf(author), done, accountOf)
  }

  /**
   * Those of some entries of one log that have the words of messages as they are now: texts that
   * nobody edited, and the last edits of others.
   *
   * @throws TidingsError `database_damaged`
   */
  async spoken(
    id: ConversationId,
    device: DeviceId,
    entries: readonly ReadEntry[],
  ): Promise<Spoken[]> {
    const texts = entries.filter((read) => {
      return read.entry.body.kind === 'text' && this.isMessageHere(id, device, read)
    })
    const changes = await this.changesOf(id, device, texts)
    const spoken: Spoken[] = []
    for (const { seq } of texts) {
      const { isDeleted, edits } = this.stateOf(id, device, changes.get(seq) ?? [])
      if (!isDeleted && edits.length === 0) spoken.push({ seq, target: { device, seq } })
    }
    for (const { seq, entry } of entries) {
      if (entry.body.kind !== 'edit') continue
      const { target } = entry.body
      if (await this.isLastEdit(id, { device, seq }, target)) spoken.push({ seq, target })
    }
    return spoken
  }

  private async isLastEdit(id: ConversationId, edit: EntryRef, target: EntryRef): Promise<boolean> {
    if (!this.isShown(id, target)) return false
    const { isDeleted, edits } = await this.state(id, target)
    const last = edits.at(-1)
    if (isDeleted || last?.device !== edit.device || last.seq !== edit.seq) return false
    const [read] = await readEntries(this.init.store, id, target.device, [target.seq])
    return read?.entry.body.kind === 'text' && this.isMessageHere(id, target.device, read)
  }
}
