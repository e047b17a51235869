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
import { lastPlaces, lastSeqBefore } from '../core/order.ts'
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

  /** The newest `limit` messages, oldest first; with `before`, of those before that message. */
  async page(id: ConversationId, limit: number, before?: string): Promise<MessageView[]> {
    const logical = (device: DeviceId, seq: number): number =>
      logicalOf(this.init.store, id, device, seq)
    const place = before === undefined ? undefined : this.place(id, before)
    const places = lastPlaces(this.init.ledger.orderLogs(id), logical, limit, place)
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
    const messages: MessageView[] = []
    let run: Run | undefined
    for (let seq = first; seq <= last; seq++) {
      if (!run || !holds(run, seq)) {
        run = runs.find((each) => each.device === device && holds(each, seq))
        run ??= await this.init.store.readPage(id, device, seq, last)
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
    const text = body.kind === 'text' ? beginning(body.text, QUOTE_CHARS_MAX) : ''
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

/** Enough to recognise what is meant, on one line. */
export function beginning(text: string, charsMax: number): string {
  const line = text
    .slice(0, 4 * charsMax)
    .replaceAll(/\s+/g, ' ')
    .trim()
  const characters = Array.from(line)
  if (characters.length <= charsMax) return line
  return `${characters.slice(0, charsMax).join('')}…`
}

function holds(run: Run, seq: number): boolean {
  return run.first <= seq && seq <= lastSeq(run)
}

function damaged(): TidingsError {
  const words =
    'a part of this conversation cannot be read from disk; restart the node to repair it'
  return new TidingsError('database_damaged', words)
}
