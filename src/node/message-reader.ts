// Messages as they look now: read from their logs, with what became of them since. Each stretch
// of a page costs one look at what was done to its messages, and each edited one the run with its
// words.
import { type MessageState, messageState, shownUpTo } from '../core/changes.ts'
import type { Entry, EntryRef, TextBody } from '../core/entry.ts'
import { isTidingsError } from '../core/errors.ts'
import { type ConversationId, type DeviceId, logTag, messageId } from '../core/id.ts'
import { PINS_MAX } from '../core/limits.ts'
import { comparePlaces } from '../core/order.ts'
import type { Store, StoredChanges } from '../store/store.ts'
import type { Announcer } from './announcer.ts'
import type { Conversations } from './conversations.ts'
import { damaged, isMessage, type ReadEntry, readEntries, stretches } from './entry-reader.ts'
import type { Ledger } from './ledger.ts'
import type { MessageView, Quote } from './message-types.ts'

const QUOTE_CHARS_MAX = 120
const NO_TEXT: TextBody = { kind: 'text', text: '' }

export interface MessageReaderInit {
  readonly store: Store
  readonly ledger: Ledger
  readonly conversations: Conversations
  /** Every device of this account: what they wrote is one's own. */
  readonly devices: ReadonlySet<DeviceId>
  readonly progress: Announcer['progress']
}

export class MessageReader {
  private readonly init: MessageReaderInit
  private readonly tags = new Map<string, string>()

  constructor(init: MessageReaderInit) {
    this.init = init
  }

  /** Messages among entries of one log, as they are now; entries that are none are left out. */
  async messages(
    id: ConversationId,
    device: DeviceId,
    entries: readonly ReadEntry[],
  ): Promise<MessageView[]> {
    const messages = entries.filter(({ entry }) => isMessage(entry))
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

  /** How far a message of one's own has come. */
  progressOf(id: ConversationId, { device, seq }: EntryRef): 'queued' | 'delivered' | 'read' {
    const { delivered, read } = this.init.progress(id, device)
    if (seq <= read) return 'read'
    return seq <= delivered ? 'delivered' : 'queued'
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
      return { device, ...shownUpTo(changes, logs.get(device)?.order.shown ?? 0) }
    })
    const accountOf = (device: DeviceId) => conversations.authorOf(id, device)
    return messageState(accountOf(author), done, accountOf)
  }

  private async view(
    id: ConversationId,
    ref: EntryRef,
    { wallTimeMs, body }: Entry,
    state: MessageState,
    pins: Pins,
  ): Promise<MessageView> {
    const { conversations, devices } = this.init
    const author = conversations.authorOf(id, ref.device)
    const own = devices.has(ref.device)
    const isText = body.kind === 'text' && !state.isDeleted
    const { action, replyTo, ...first } = isText ? body : NO_TEXT
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
      kind: body.kind,
      text,
      action: action === true,
      replyTo: replyTo && (await this.quote(id, replyTo)),
      mentions,
      mentionsYou: !own && mentions.some((account) => conversations.isMe(account)),
      state: own ? this.progressOf(id, ref) : 'received',
      edited: edit !== undefined,
      deleted: state.isDeleted,
      reactions: state.isDeleted ? [] : this.reactions(state),
      pinned: !state.isDeleted && state.pin !== undefined && (await pins.count(state.pin)),
    }
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
      const { isDeleted, edits } = await this.state(id, ref)
      const author = conversations.authorOf(id, ref.device)
      const known = { ...quote, author, authorName: conversations.nameOf(author) }
      if (isDeleted) return { ...known, deleted: true }
      if (read?.entry.body.kind !== 'text') return known
      const edit = edits.at(-1)
      const { text } = edit ? await this.words(id, edit) : read.entry.body
      return { ...known, text: beginning(text) }
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

/** Enough to recognise what is meant. */
function beginning(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim()
  const characters = Array.from(line.slice(0, 2 * QUOTE_CHARS_MAX))
  if (characters.length <= QUOTE_CHARS_MAX) return line
  return `${characters.slice(0, QUOTE_CHARS_MAX).join('')}…`
}
