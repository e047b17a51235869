// Reading conversations: the newest page, the page before a message, single stretches for those who
// follow. Costs the page and never the history.
import type { Clock } from '../core/clock.ts'
import type { EntryRef, Place, TextBody } from '../core/entry.ts'
import { TidingsError } from '../core/errors.ts'
import {
  type ConversationId,
  type DeviceId,
  logTag,
  messageId,
  parseMessageId,
} from '../core/id.ts'
import { firstPlaces, lastPlaces, lastSeqBefore } from '../core/order.ts'
import { lastSeq, type Run } from '../core/run.ts'
import type { Store } from '../store/store.ts'
import { decodeEntry } from '../wire/entry.ts'
import type { Announcer } from './announcer.ts'
import type { Conversations } from './conversations.ts'
import type { Ledger } from './ledger.ts'
import type { MessageView, Quote } from './node-types.ts'
import { logicalOf } from './ordering.ts'

const QUOTE_CHARS_MAX = 120
const NO_TEXT: TextBody = { kind: 'text', text: '' }

/** Which messages of a conversation: the newest, or from one of them on. */
export interface HistoryOptions {
  readonly limit: number
  /** Those before the message with this id; */
  readonly before?: string
  /** those after it; */
  readonly after?: string
  /** or the message itself in the midst of those around it. */
  readonly around?: string
}

export interface HistoryInit {
  readonly store: Store
  readonly ledger: Ledger
  readonly conversations: Conversations
  /** Every device of this account: what they wrote is one's own. */
  readonly devices: ReadonlySet<DeviceId>
  readonly progress: Announcer['progress']
}

export class History {
  private readonly init: HistoryInit
  private readonly tags = new Map<string, string>()

  constructor(init: HistoryInit) {
    this.init = init
  }

  /** Messages that follow each other, oldest first. @throws TidingsError `unknown_message` */
  async page(id: ConversationId, options: HistoryOptions): Promise<MessageView[]> {
    const places = this.places(id, options)
    // Of each log a page shows consecutive entries: one read for each.
    const spans = new Map<DeviceId, { first: number; last: number }>()
    for (const { device, seq } of places) {
      spans.set(device, { first: spans.get(device)?.first ?? seq, last: seq })
    }
    const messages = new Map<string, MessageView>()
    for (const [device, { first, last }] of spans) {
      for (const message of await this.stretch(id, device, first, last)) {
        messages.set(`${device}/${message.seq}`, message)
      }
    }
    return places.flatMap(({ device, seq }) => messages.get(`${device}/${seq}`) ?? [])
  }

  /** Which entries a page shows. */
  private places(id: ConversationId, { limit, before, after, around }: HistoryOptions): Place[] {
    if ([before, after, around].filter((place) => place !== undefined).length > 1) {
      throw new TidingsError('bad_input', '"before", "after" and "around" exclude each other')
    }
    const logical = (device: DeviceId, seq: number): number =>
      logicalOf(this.init.store, id, device, seq)
    const logs = this.init.ledger.orderLogs(id)
    if (after !== undefined) return firstPlaces(logs, logical, limit, this.place(id, after))
    if (around === undefined) {
      const end = before === undefined ? undefined : this.place(id, before)
      return lastPlaces(logs, logical, limit, end)
    }
    const place = this.place(id, around)
    const others = limit - 1
    const later = firstPlaces(logs, logical, others, place)
    // Where there are too few on one side there are more on the other.
    const earlier = lastPlaces(logs, logical, others, place)
    const earlierCount = Math.max(Math.ceil(others / 2), others - later.length)
    const kept = earlierCount > 0 ? earlier.slice(-earlierCount) : []
    return [...kept, place, ...later.slice(0, others - kept.length)]
  }

  /**
   * Consecutive messages of one log; `runs` may hold them already.
   *
   * @throws TidingsError `database_damaged` when an entry is not on disk any more
   */
  async stretch(
    id: ConversationId,
    device: DeviceId,
    first: number,
    last: number,
    runs: readonly Run[] = [],
  ): Promise<MessageView[]> {
    const { store } = this.init
    const messages: MessageView[] = []
    let held = runs
    let run: Run | undefined
    for (let seq = first; seq <= last; seq++) {
      if (!run || !holds(run, seq)) {
        const isIt = (each: Run): boolean => each.device === device && holds(each, seq)
        run = held.find(isIt)
        if (!run && seq === last) run = await store.readRun(id, device, seq)
        if (!run) {
          held = await store.readRuns(id, device, seq, last)
          run = held.find(isIt)
        }
      }
      const bytes = run?.entries[seq - run.first]
      if (!bytes) throw damaged()
      const { replyTo, ...message } = this.view(id, device, seq, bytes)
      messages.push({ ...message, replyTo: replyTo && (await this.quote(id, replyTo)) })
    }
    return messages
  }

  /** Where a message stands. @throws TidingsError `unknown_message`, `bad_input` */
  place(id: ConversationId, message: string): Place {
    const { tag, seq } = parseMessageId(message)
    for (const [device, log] of this.init.ledger.conversation(id)) {
      if (this.tag(id, device) !== tag || seq > log.order.shown) continue
      return { device, seq, logical: logicalOf(this.init.store, id, device, seq) }
    }
    throw new TidingsError('unknown_message', 'there is no message with this id here')
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

  messageId(id: ConversationId, device: DeviceId, seq: number): string {
    return messageId(this.tag(id, device), seq)
  }

  /** How far a message of one's own has come. */
  state(id: ConversationId, device: DeviceId, seq: number): 'queued' | 'delivered' | 'read' {
    const { delivered, read } = this.init.progress(id, device)
    if (seq <= read) return 'read'
    return seq <= delivered ? 'delivered' : 'queued'
  }

  /** What a message answers, as far as it is here. */
  private async quote(id: ConversationId, { device, seq }: EntryRef): Promise<Quote> {
    const { conversations, ledger, store } = this.init
    const log = ledger.conversation(id).get(device)
    const message = this.messageId(id, device, seq)
    const unknown = { id: message, author: undefined, authorName: '', text: '' }
    if (!log || seq > log.order.shown) return unknown
    // What cannot be read is told where it is shown itself.
    const run = await store.readRun(id, device, seq).catch(() => undefined)
    const bytes = run?.entries[seq - run.first]
    if (!bytes) return unknown
    const { body } = decodeEntry(bytes)
    const author = conversations.authorOf(id, device)
    const text = body.kind === 'text' ? beginning(body.text) : ''
    return { id: message, author, authorName: conversations.nameOf(author), text }
  }

  private view(
    id: ConversationId,
    device: DeviceId,
    seq: number,
    bytes: Uint8Array,
  ): Omit<MessageView, 'replyTo'> & { readonly replyTo: EntryRef | undefined } {
    const { wallTimeMs, body } = decodeEntry(bytes)
    const { conversations, devices } = this.init
    const author = conversations.authorOf(id, device)
    const own = devices.has(device)
    const { text, action, replyTo, mentions = [] } = body.kind === 'text' ? body : NO_TEXT
    return {
      id: this.messageId(id, device, seq),
      conversation: id,
      author,
      authorName: conversations.nameOf(author),
      own,
      seq,
      sentAtMs: wallTimeMs,
      kind: body.kind,
      text,
      action: action === true,
      replyTo,
      mentions,
      mentionsYou: !own && mentions.some((account) => conversations.isMe(account)),
      state: own ? this.state(id, device, seq) : 'received',
    }
  }

  private tag(id: ConversationId, device: DeviceId): string {
    const key = `${id}/${device}`
    let tag = this.tags.get(key)
    if (!tag) {
      tag = logTag(id, device)
      this.tags.set(key, tag)
    }
    return tag
  }
}

/** Enough to recognise what is meant. */
function beginning(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim()
  const characters = Array.from(line.slice(0, 2 * QUOTE_CHARS_MAX))
  if (characters.length <= QUOTE_CHARS_MAX) return line
  return `${characters.slice(0, QUOTE_CHARS_MAX).join('')}…`
}

function holds(run: Run, seq: number): boolean {
  return run.first <= seq && seq <= lastSeq(run)
}

function damaged(): TidingsError {
  const words =
    'a part of this conversation cannot be read from disk; restart the node to repair it'
  return new TidingsError('database_damaged', words)
}
