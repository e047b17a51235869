// Messages as they look now: read from their logs, with what became of them since. Each stretch
// of a page costs one look at what was done to its messages, and each edited one the run with its
// words.
import { countedOf, type MessageState, messageState } from '../core/changes.ts'
import type { Body, Entry, EntryRef, TextBody } from '../core/entry.ts'
import { isTidingsError } from '../core/errors.ts'
import { isGroupBody } from '../core/group/bodies.ts'
import { placeKey } from '../core/group/rules.ts'
import { counts } from '../core/group/state.ts'
import { groupWords } from '../core/group/words.ts'
import {
  type AccountId,
  type ConversationId,
  type DeviceId,
  logTag,
  messageId,
} from '../core/id.ts'
import { PINS_MAX } from '../core/limits.ts'
import { comparePlaces } from '../core/order.ts'
import { beginning } from '../core/text.ts'
import type { Store, StoredChanges } from '../store/store.ts'
import type { Announcer } from './announcer.ts'
import type { Conversations } from './conversations.ts'
import type { Deadlines } from './deadlines.ts'
import { damaged, isMessage, type ReadEntry, readEntries, stretches } from './entry-reader.ts'
import type { Groups } from './groups.ts'
import type { Ledger } from './ledger.ts'
import type { MessageView, Quote } from './message-types.ts'
import { logicalOf } from './order-draft.ts'

const QUOTE_CHARS_MAX = 120
const NO_TEXT: TextBody = { kind: 'text', text: '' }
const RECEIVED = { state: 'received', deliveredTo: 0, readBy: 0, of: 0 } as const

type Reach = Pick<MessageView, 'deliveredTo' | 'readBy' | 'of'> & {
  readonly state: 'queued' | 'delivered' | 'read'
}

export interface MessageReaderInit {
  readonly store: Store
  readonly ledger: Ledger
  readonly conversations: Conversations
  readonly groups: Groups
  /** Every device of this account: what they wrote is one's own. */
  readonly devices: ReadonlySet<DeviceId>
  readonly progress: Announcer['progress']
  readonly deadlines: Pick<Deadlines, 'goneAt' | 'isPast' | 'lastKept'>
}

export class MessageReader {
  private readonly init: MessageReaderInit
  private readonly tags = new Map<string, string>()

  constructor(init: MessageReaderInit) {
    this.init = init
  }

  /** Messages among entries of one log, as they are now; what is none, or gone, is left out. */
  async messages(
    id: ConversationId,
    device: DeviceId,
    entries: readonly ReadEntry[],
  ): Promise<MessageView[]> {
    const messages = entries.filter((read) => this.isMessageHere(id, device, read))
    const changes = await this.changesOf(id, device, messages)
    const pins = new Pins(this.init.store, id)
    const views: MessageView[] = []
    for (const { seq, entry } of messages) {
      const state = this.stateOf(id, device, changes.get(seq) ?? [])
      views.push(await this.view(id, { device, seq }, entry, state, pins))
    }
    return views
  }

  /** One message as it is now; undefined when it is not here, or none. */
  async message(id: ConversationId, { device, seq }: EntryRef): Promise<MessageView | undefined> {
    if (!this.isShown(id, { device, seq })) return undefined
    const entries = await readEntries(this.init.store, id, device, [seq])
    const [message] = await this.messages(id, device, entries)
    return message
  }

  /** What became of a message. */
  async state(id: ConversationId, { device, seq }: EntryRef): Promise<MessageState> {
    const stored = await this.init.store.changes.inRange(id, device, seq, seq)
    return this.stateOf(id, device, stored)
  }

  isShown(id: ConversationId, { device, seq }: EntryRef): boolean {
    return seq <= (this.init.ledger.conversation(id).get(device)?.order.shown ?? 0)
  }

  messageId(id: ConversationId, { device, seq }: EntryRef): string {
    return messageId(this.tag(id, device), seq)
  }

  tag(id: ConversationId, device: DeviceId): string {
    const key = `${id}/${device}`
    let tag = this.tags.get(key)
    if (!tag) {
      tag = logTag(id, device)
      this.tags.set(key, tag)
    }
    return tag
  }

  /** The furthest that a message of one's own has come, and with how many of how many. */
  reach(id: ConversationId, { device, seq }: EntryRef): Reach {
    const progress = this.init.progress(id, device)
    const deliveredTo = progress.filter(({ delivered, read }) => seq <= Math.max(delivered, read))
    const readBy = progress.filter(({ read }) => seq <= read)
    const reached = { deliveredTo: deliveredTo.length, readBy: readBy.length, of: progress.length }
    if (reached.readBy > 0) return { state: 'read', ...reached }
    return { state: reached.deliveredTo > 0 ? 'delivered' : 'queued', ...reached }
  }

  /** Whether what an entry says counts: in a group not all does. */
  countsInGroup(id: ConversationId, { device, seq }: EntryRef): boolean {
    const group = this.init.groups.get(id)
    // Only whoever was removed at some time has a place that matters.
    if (!group || group.state.bars.length === 0) return true
    const logical = logicalOf(this.init.store, id, device, seq)
    return counts(group.state, { device, seq, logical })
  }

  private isMessageHere(id: ConversationId, device: DeviceId, { seq, entry }: ReadEntry): boolean {
    if (!isMessage(entry) || !this.belongs(id, { device, seq }, entry.body)) return false
    const goneAt = this.init.deadlines.goneAt(id, device, seq, entry)
    return goneAt === undefined || !this.init.deadlines.isPast(goneAt)
  }

  /** Of a group nothing is shown that does not count there. */
  private belongs(id: ConversationId, ref: EntryRef, body: Body): boolean {
    if (!isGroupBody(body)) return this.countsInGroup(id, ref)
    return this.init.groups.get(id)?.state.told.has(placeKey(ref)) === true
  }

  private async changesOf(
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

  private stateOf(
    id: ConversationId,
    author: DeviceId,
    stored: readonly StoredChanges[],
  ): MessageState {
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

  private async view(
    id: ConversationId,
    ref: EntryRef,
    entry: Entry,
    state: MessageState,
    pins: Pins,
  ): Promise<MessageView> {
    const { wallTimeMs, body } = entry
    const { conversations, deadlines, devices } = this.init
    const author = conversations.authorOf(id, ref.device)
    const own = devices.has(ref.device)
    const isEvent = isGroupBody(body) || body.kind === 'timer'
    const deleted = state.isDeleted && !isEvent
    const isText = body.kind === 'text' && !deleted
    const { action, replyTo, ...first } = isText ? body : this.wordsOf(id, author, body)
    const edit = isText ? state.edits.at(-1) : undefined
    const { text, mentions = [] } = edit ? await this.words(id, edit) : first
    return {
      id: this.messageId(id, ref),
      conversation: id,
      author,
      authorName: conversations.nameOf(author),
      own,
      seq: ref.seq,
      sentAtMs: wallTimeMs,
      kind: isGroupBody(body) ? 'group' : body.kind,
      text,
      action: action === true,
      replyTo: replyTo && (await this.quote(id, replyTo)),
      mentions,
      mentionsYou: !own && mentions.some((account) => conversations.isMe(account)),
      ...(own ? this.reach(id, ref) : RECEIVED),
      timer: body.kind === 'timer' ? body.seconds : undefined,
      goneAtMs: deadlines.goneAt(id, ref.device, ref.seq, entry),
      edited: edit !== undefined,
      deleted,
      reactions: deleted ? [] : this.reactions(state),
      pinned: !deleted && state.pin !== undefined && (await pins.count(state.pin)),
    }
  }

  /** What is shown of one that is no text; of what changed in a group, who did what. */
  private wordsOf(id: ConversationId, author: AccountId, body: Body): TextBody {
    if (!isGroupBody(body)) return NO_TEXT
    const { conversations, groups } = this.init
    const names = groups.get(id)?.state.names
    const nameOf = (account: AccountId): string =>
      conversations.isMe(account) ? 'you' : (names?.get(account) ?? conversations.nameOf(account))
    const text = groupWords(body, nameOf, (account) => account === author)
    return { kind: 'text', text, action: true }
  }

  private reactions({ reactions }: MessageState): MessageView['reactions'] {
    const isMe = this.init.conversations.isMe.bind(this.init.conversations)
    return reactions.map(({ emoji, accounts }) => ({ emoji, accounts, mine: accounts.some(isMe) }))
  }

  /** The words of an edit. */
  private async words(
    id: ConversationId,
    { device, seq }: EntryRef,
  ): Promise<Pick<TextBody, 'text' | 'mentions'>> {
    const [read] = await readEntries(this.init.store, id, device, [seq])
    if (read?.entry.body.kind !== 'edit') throw damaged()
    return read.entry.body
  }

  /** What a message answers, as far as it is here. */
  private async quote(id: ConversationId, ref: EntryRef): Promise<Quote> {
    const unknown = { author: undefined, authorName: '', text: '', deleted: false }
    const quote = { id: this.messageId(id, ref), ...unknown }
    if (!this.isShown(id, ref)) return quote
    try {
      const { conversations, store } = this.init
      const [read] = await readEntries(store, id, ref.device, [ref.seq])
      if (!read || !this.isMessageHere(id, ref.device, read)) return quote
      const { isDeleted, edits } = await this.state(id, ref)
      const author = conversations.authorOf(id, ref.device)
      const known = { ...quote, author, authorName: conversations.nameOf(author) }
      if (isDeleted) return { ...known, deleted: true }
      if (read.entry.body.kind !== 'text') return known
      const edit = edits.at(-1)
      const { text } = edit ? await this.words(id, edit) : read.entry.body
      return { ...known, text: beginning(text, QUOTE_CHARS_MAX) }
    } catch (error) {
      // What cannot be read is told where it is shown itself.
      if (isTidingsError(error, 'database_damaged')) return quote
      throw error
    }
  }
}

/** Which pins count, asked only where something is pinned. */
class Pins {
  private readonly store: Pick<Store, 'changes'>
  private readonly id: ConversationId
  private newest: ReturnType<Store['changes']['pins']> | undefined

  constructor(store: Pick<Store, 'changes'>, id: ConversationId) {
    this.store = store
    this.id = id
  }

  /** Whether the pin at the place is among those that count. */
  async count(place: NonNullable<MessageState['pin']>): Promise<boolean> {
    this.newest ??= this.store.changes.pins(this.id, PINS_MAX)
    const pins = await this.newest
    const oldest = pins.length < PINS_MAX ? undefined : pins.at(-1)
    return !oldest || comparePlaces(place, oldest.place) >= 0
  }
}
