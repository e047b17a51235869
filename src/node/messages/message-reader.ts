// Messages as they look now: read from their logs, with what became of them since. Each stretch
// of a page costs one look at what was done to its messages, and each edited one the run with its
// words.
import type { MessageState } from '../../core/changes.ts'
import type { Body, Entry, EntryRef, TextBody } from '../../core/entry.ts'
import { isTidingsError } from '../../core/errors.ts'
import { isGroupBody } from '../../core/group/bodies.ts'
import { groupWords } from '../../core/group/words.ts'
import {
  type AccountId,
  type ConversationId,
  type DeviceId,
  logTag,
  messageId,
} from '../../core/id.ts'
import { beginning } from '../../core/text.ts'
import { timerWords } from '../../core/time-span.ts'
import { damaged, type ReadEntry, readEntries } from './entry-reader.ts'
import { MessageStates, type MessageStatesInit } from './message-states.ts'
import type { MessageView, Quote } from './message-types.ts'
import { Pins } from './pins.ts'
import type { ProgressBook } from './progress.ts'

const QUOTE_CHARS_MAX = 120
const NO_TEXT: TextBody = { kind: 'text', text: '' }
const RECEIVED = { state: 'received', deliveredTo: 0, readBy: 0, of: 0 } as const

export type Reach = Pick<MessageView, 'deliveredTo' | 'readBy' | 'of'> & {
  readonly state: 'queued' | 'delivered' | 'read'
}

export interface MessageReaderInit extends MessageStatesInit {
  /** Every device of this account: what they wrote is one's own. */
  readonly devices: ReadonlySet<DeviceId>
  readonly progress: ProgressBook
}

export class MessageReader {
  readonly states: MessageStates
  private readonly init: MessageReaderInit
  private readonly tags = new Map<string, string>()

  constructor(init: MessageReaderInit) {
    this.init = init
    this.states = new MessageStates(init)
  }

  /** Messages among entries of one log, as they are now; what is none, or gone, is left out. */
  async messages(
    id: ConversationId,
    device: DeviceId,
    entries: readonly ReadEntry[],
  ): Promise<MessageView[]> {
    const { states } = this
    const messages = entries.filter((read) => states.isMessageHere(id, device, read))
    const changes = await states.changesOf(id, device, messages)
    const pins = new Pins(this.init.store, states, id)
    const views: MessageView[] = []
    for (const { seq, entry } of messages) {
      const state = states.stateOf(id, device, changes.get(seq) ?? [])
      views.push(await this.view(id, { device, seq }, entry, state, pins))
    }
    return views
  }

  /** One message as it is now; undefined when it is not here, or none. */
  async message(id: ConversationId, { device, seq }: EntryRef): Promise<MessageView | undefined> {
    if (!this.states.isShown(id, { device, seq })) return undefined
    const entries = await readEntries(this.init.store, id, device, [seq])
    const [message] = await this.messages(id, device, entries)
    return message
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
    const isMeant = this.states.readersOf(id, { device, seq })
    const spread = this.init.progress.spread(id, device, seq, isMeant)
    const unread = spread.deliveredTo > 0 ? 'delivered' : 'queued'
    return { state: spread.readBy > 0 ? 'read' : unread, ...spread }
  }

  private async view(
    id: ConversationId,
    ref: EntryRef,
    entry: Entry,
    state: MessageState,
    pins: Pins,
  ): Promise<MessageView> {
    const { wallTimeMs, body } = entry
    const { conversations, devices } = this.init
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
      goneAtMs: this.states.goneAt(id, ref.device, { seq: ref.seq, entry }),
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
    const names = groups.get(id)?.face.names
    const nameOf = (account: AccountId): string =>
      conversations.isMe(account) ? 'you' : (names?.get(account) ?? conversations.nameOf(account))
    const text = groupWords(body, nameOf, (account) => account === author)
    return { kind: 'text', text, action: true }
  }

  /** What the conversation tells of itself, where it is quoted. */
  private eventText(id: ConversationId, author: AccountId, body: Body): string | undefined {
    if (body.kind === 'timer') return timerWords(body.seconds)
    return isGroupBody(body) ? this.wordsOf(id, author, body).text : undefined
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
    if (!this.states.isShown(id, ref)) return quote
    try {
      const { conversations, store } = this.init
      const [read] = await readEntries(store, id, ref.device, [ref.seq])
      if (!read || !this.states.isMessageHere(id, ref.device, read)) return quote
      const { isDeleted, edits } = await this.states.state(id, ref)
      const author = conversations.authorOf(id, ref.device)
      const known = { ...quote, author, authorName: conversations.nameOf(author) }
      const { body } = read.entry
      const event = this.eventText(id, author, body)
      if (event !== undefined) return { ...known, text: beginning(event, QUOTE_CHARS_MAX) }
      if (isDeleted) return { ...known, deleted: true }
      if (body.kind !== 'text') return known
      const edit = edits.at(-1)
      const { text } = edit ? await this.words(id, edit) : body
      return { ...known, text: beginning(text, QUOTE_CHARS_MAX) }
    } catch (error) {
      // What cannot be read is told where it is shown itself.
      if (isTidingsError(error, 'database_damaged')) return quote
      throw error
    }
  }
}
