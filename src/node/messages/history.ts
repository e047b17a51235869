// Reading conversations: pages (pages.ts), single messages, and what happened in stretches, for
// those who follow. Costs the page and never the history.
import type { Clock } from '../../core/clock.ts'
import type { ChangeBody, EntryRef, Place } from '../../core/entry.ts'
import { TidingsError } from '../../core/errors.ts'
import {
  type AccountId,
  type ConversationId,
  type DeviceId,
  parseMessageId,
} from '../../core/id.ts'
import { messageAtOrBefore, messagesUpTo } from '../../core/order-chunk.ts'
import { lastSeqBefore } from '../../core/places.ts'
import type { Run } from '../../core/run.ts'
import { isChangeBody } from '../../wire/change-bodies.ts'
import type { EventBody } from '../event-bus.ts'
import { ifReadable } from '../if-readable.ts'
import { chunksOf, logicalOf } from '../ledger/order-reader.ts'
import { type ReadEntry, readEntries } from './entry-reader.ts'
import { MessageReader, type MessageReaderInit, type Reach } from './message-reader.ts'
import type { Spoken } from './message-states.ts'
import type { ChangeWord, EditView, MessageView } from './message-types.ts'
import { type HistoryOptions, Pages } from './pages.ts'
import { Pins } from './pins.ts'

/** What an entry says to those who follow. */
export interface Happening {
  readonly seq: number
  readonly event: Extract<EventBody, { readonly type: 'message' | 'changed' }>
}

export class History {
  private readonly init: MessageReaderInit
  private readonly reader: MessageReader
  private readonly pages: Pages

  constructor(init: MessageReaderInit) {
    this.init = init
    this.reader = new MessageReader(init)
    this.pages = new Pages(init, this.reader, (id, message) => this.place(id, message))
  }

  /**
   * Messages that follow each other, oldest first.
   *
   * @throws TidingsError `unknown_message`, `bad_input`, `database_damaged`
   */
  page(id: ConversationId, options: HistoryOptions): Promise<MessageView[]> {
    return this.pages.page(id, options)
  }

  /** The messages among consecutive entries of a log. @throws TidingsError as `stretch` */
  async messages(
    id: ConversationId,
    device: DeviceId,
    first: number,
    last: number,
  ): Promise<MessageView[]> {
    const entries = await readEntries(this.init.store, id, device, range(first, last))
    return this.reader.messages(id, device, entries)
  }

  /**
   * What happened with consecutive entries of one log; `runs` may hold them already. Nothing is
   * told of a change that does not count, nor of one to a message that is not here yet: that shows
   * it when it comes.
   *
   * @throws TidingsError `database_damaged` when an entry is not on disk any more
   */
  async stretch(
    id: ConversationId,
    device: DeviceId,
    first: number,
    last: number,
    runs: readonly Run[] = [],
  ): Promise<Happening[]> {
    const entries = await readEntries(this.init.store, id, device, range(first, last), runs)
    const messages = await this.reader.messages(id, device, entries)
    const bySeq = new Map(messages.map((message) => [message.seq, message]))
    const happenings: Happening[] = []
    for (const read of entries) {
      const { seq } = read
      const message = bySeq.get(seq)
      const event = message
        ? ({ type: 'message', message } as const)
        : await this.changed(id, device, read)
      if (event) happenings.push({ seq, event })
    }
    return happenings
  }

  /** Where an entry stands. @throws TidingsError `unknown_message`, `bad_input` */
  place(id: ConversationId, message: string): Place {
    const { tag, seq } = parseMessageId(message)
    for (const [device, log] of this.init.ledger.conversation(id)) {
      if (this.reader.tag(id, device) !== tag || seq > log.order.shown) continue
      return { device, seq, logical: logicalOf(this.init.store, id, device, seq) }
    }
    throw unknownMessage()
  }

  /** Where a message stands that is shown. @throws TidingsError as `message` */
  async messagePlace(id: ConversationId, message: string): Promise<Place> {
    const place = this.place(id, message)
    await this.message(id, place)
    return place
  }

  /** The conversation of an entry, and its place. @throws TidingsError as `place` */
  find(message: string): { id: ConversationId; place: Place } {
    const { tag, seq } = parseMessageId(message)
    for (const id of this.init.ledger.conversationIds()) {
      for (const [device, log] of this.init.ledger.conversation(id)) {
        if (seq > log.order.shown || this.reader.tag(id, device) !== tag) continue
        return { id, place: this.place(id, message) }
      }
    }
    throw unknownMessage()
  }

  /** One message as it is now. @throws TidingsError `unknown_message`, `database_damaged` */
  async message(id: ConversationId, ref: EntryRef): Promise<MessageView> {
    const message = await this.reader.message(id, ref)
    if (!message) throw unknownMessage()
    return message
  }

  /** The pinned messages, those first that were pinned last. */
  async pins(id: ConversationId): Promise<MessageView[]> {
    const pins = await new Pins(this.init.store, this.reader.states, id).all()
    const messages: MessageView[] = []
    for (const { target } of pins) {
      const message = await this.reader.message(id, target)
      if (message?.pinned) messages.push(message)
    }
    return messages
  }

  /** What a message said, oldest first. */
  async edits(id: ConversationId, ref: EntryRef): Promise<EditView[]> {
    const { edits } = await this.reader.states.state(id, ref)
    const views: EditView[] = []
    for (const { device, seq } of [ref, ...edits]) {
      const [read] = await readEntries(this.init.store, id, device, [seq])
      if (!read || !('text' in read.entry.body)) continue
      const { body, wallTimeMs: sentAtMs } = read.entry
      views.push({ id: this.reader.messageId(id, { device, seq }), sentAtMs, text: body.text })
    }
    return views
  }

  /** The entry that has a message's words as it is now. @throws TidingsError `database_damaged` */
  async words(id: ConversationId, ref: EntryRef): Promise<{ at: EntryRef; sentAtMs: number }> {
    const { edits } = await this.reader.states.state(id, ref)
    const at = edits.at(-1) ?? ref
    const [read] = await readEntries(this.init.store, id, at.device, [at.seq])
    return { at, sentAtMs: read?.entry.wallTimeMs ?? 0 }
  }

  /** As MessageStates.spoken. @throws TidingsError `database_damaged` */
  spoken(id: ConversationId, device: DeviceId, entries: readonly ReadEntry[]): Promise<Spoken[]> {
    return this.reader.states.spoken(id, device, entries)
  }

  /** How far each log goes up to and with a place. */
  clockAt(id: ConversationId, place: Place): Clock {
    const logical = (device: DeviceId, seq: number): number =>
      logicalOf(this.init.store, id, device, seq)
    const after = { ...place, seq: place.seq + 1 }
    const logs = [...this.init.ledger.orderLogs(id)]
    return new Map(
      logs.map(([device, { shown }]) => [device, lastSeqBefore(device, shown, logical, after)]),
    )
  }

  /** How many messages there are among entries `after + 1` to `last` of a log. */
  messagesBetween(id: ConversationId, device: DeviceId, after: number, last: number): number {
    const most = Math.min(last, this.shown(id, device))
    if (most <= after) return 0
    const chunks = chunksOf(this.init.store, id, device)
    return messagesUpTo(most, chunks) - messagesUpTo(after, chunks)
  }

  /** The last message of a log up to an entry; 0 for none. */
  lastMessage(id: ConversationId, device: DeviceId, seq: number): number {
    return messageAtOrBefore(
      Math.min(seq, this.shown(id, device)),
      chunksOf(this.init.store, id, device),
    )
  }

  messageId(id: ConversationId, device: DeviceId, seq: number): string {
    return this.reader.messageId(id, { device, seq })
  }

  /** How far a message of one's own has come, and with how many of how many. */
  reach(id: ConversationId, device: DeviceId, seq: number): Reach {
    return this.reader.reach(id, { device, seq })
  }

  /** Whether a message of one's own is for somebody: in a group with keys not all are. */
  isFor(account: AccountId, id: ConversationId, ref: EntryRef): boolean {
    return this.reader.states.readersOf(id, ref)?.(account) ?? true
  }

  private shown(id: ConversationId, device: DeviceId): number {
    return this.init.ledger.conversation(id).get(device)?.order.shown ?? 0
  }

  private async changed(
    id: ConversationId,
    device: DeviceId,
    { seq, entry }: ReadEntry,
  ): Promise<Happening['event'] | undefined> {
    const { conversations, devices } = this.init
    const { body } = entry
    if (!isChangeBody(body) || conversations.isHidden(id, device)) return undefined
    if (!this.reader.states.countsInGroup(id, { device, seq })) return undefined
    const message = await ifReadable(() => this.reader.message(id, body.target))
    const by = conversations.authorOf(id, device)
    if (!message || !counts(body, by, message)) return undefined
    const emoji = body.kind === 'reaction' ? body.emoji : undefined
    const who = { by, byName: conversations.nameOf(by), own: devices.has(device) }
    return { type: 'changed', change: wordFor(body), ...who, emoji, message }
  }
}

/** Whether there is anything to tell of a change. */
function counts(body: ChangeBody, by: string, message: MessageView): boolean {
  if (message.deleted) return body.kind === 'delete' && by === message.author
  if (body.kind === 'edit') return by === message.author && message.kind === 'text'
  return body.kind !== 'delete'
}

function wordFor(body: ChangeBody): ChangeWord {
  if (body.kind === 'edit') return 'edited'
  if (body.kind === 'delete') return 'deleted'
  if (body.kind === 'reaction') return body.removed ? 'unreacted' : 'reacted'
  return body.removed ? 'unpinned' : 'pinned'
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i)
}

function unknownMessage(): TidingsError {
  return new TidingsError('unknown_message', 'there is no message with this id here')
}
