// Reading conversations: the newest page, the page before a message, single stretches for those who
// follow. Costs the page and never the history.
import type { Clock } from '../core/clock.ts'
import type { Place } from '../core/entry.ts'
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
import type { Conversations } from './conversations.ts'
import type { Ledger } from './ledger.ts'
import type { MessageView } from './node-types.ts'
import { logicalOf } from './ordering.ts'

export interface HistoryInit {
  readonly store: Store
  readonly ledger: Ledger
  readonly conversations: Conversations
  readonly device: DeviceId
  readonly progress: (conversation: ConversationId) => { delivered: number; read: number }
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
      messages.push(this.view(id, device, seq, bytes))
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

  state(id: ConversationId, seq: number): 'queued' | 'delivered' | 'read' {
    const { delivered, read } = this.init.progress(id)
    if (seq <= read) return 'read'
    return seq <= delivered ? 'delivered' : 'queued'
  }

  private view(id: ConversationId, device: DeviceId, seq: number, bytes: Uint8Array): MessageView {
    const { wallTimeMs, body } = decodeEntry(bytes)
    const author = this.init.conversations.authorOf(id, device)
    const own = device === this.init.device
    return {
      id: this.messageId(id, device, seq),
      conversation: id,
      author,
      authorName: this.init.conversations.nameOf(author),
      own,
      seq,
      sentAtMs: wallTimeMs,
      kind: body.kind,
      text: body.kind === 'text' ? body.text : '',
      state: own ? this.state(id, seq) : 'received',
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

function holds(run: Run, seq: number): boolean {
  return run.first <= seq && seq <= lastSeq(run)
}

function damaged(): TidingsError {
  const words = 'a part of this conversation cannot be read from disk; the next sync fetches it'
  return new TidingsError('database_damaged', words)
}
