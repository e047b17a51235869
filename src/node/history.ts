// Reading conversations: the newest page, the page before a message, single stretches for those who
// follow. Costs the page and never the history.
import type { Clock } from '../core/clock.ts'
import type { Body, EntryRef, Place, TextBody } from '../core/entry.ts'
import { TidingsError } from '../core/errors.ts'
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
  parseMessageId,
} from '../core/id.ts'
import { lastPlaces, lastSeqBefore } from '../core/order.ts'
import { lastSeq, type Run } from '../core/run.ts'
import type { Store } from '../store/store.ts'
import { decodeEntry } from '../wire/entry.ts'
import type { Announcer } from './announcer.ts'
import type { Conversations } from './conversations.ts'
import type { Deadlines } from './deadlines.ts'
import type { Groups } from './groups.ts'
import type { Ledger } from './ledger.ts'
import type { MessageView, Quote } from './message-types.ts'
import { logicalOf } from './ordering.ts'

const QUOTE_CHARS_MAX = 120
const NO_TEXT: TextBody = { kind: 'text', text: '' }
const RECEIVED = { state: 'received', deliveredTo: 0, readBy: 0, of: 0 } as const

type Reach = Pick<MessageView, 'deliveredTo' | 'readBy' | 'of'> & {
  readonly state: 'queued' | 'delivered' | 'read'
}

export interface HistoryInit {
  readonly store: Store
  readonly ledger: Ledger
  readonly conversations: Conversations
  readonly groups: Groups
  /** Every device of this account: what they wrote is one's own. */
  readonly devices: ReadonlySet<DeviceId>
  readonly progress: Announcer['progress']
  readonly deadlines: Pick<Deadlines, 'of' | 'isGone' | 'lastKept'>
}

export class History {
  private readonly init: HistoryInit
  private readonly tags = new Map<string, string>()

  constructor(init: HistoryInit) {
    this.init = init
  }

  /** The newest `limit` messages, oldest first; with `before`, of those before that message. */
  async page(id: ConversationId, limit: number, before?: string): Promise<MessageView[]> {
    const { store, ledger, deadlines } = this.init
    const logical = (device: DeviceId, seq: number): number => logicalOf(store, id, device, seq)
    const kept = (device: DeviceId, seq: number): number => deadlines.lastKept(id, device, seq)
    const messages: MessageView[] = []
    let place = before === undefined ? undefined : this.place(id, before)
    for (;;) {
      const wanted = limit - messages.length
      const places = lastPlaces(ledger.orderLogs(id), logical, wanted, place, kept)
      messages.unshift(...(await this.at(id, places)))
      place = places[0]
      // Of some it shows only when they are read that they have disappeared.
      if (!place || places.length < wanted || messages.length >= limit) return messages
    }
  }

  /** The messages in these places, but for those that have disappeared. */
  async at(id: ConversationId, places: readonly Place[]): Promise<MessageView[]> {
    // Of each log these are mostly consecutive entries: one read for each.
    const spans: { device: DeviceId; first: number; last: number }[] = []
    const open = new Map<DeviceId, (typeof spans)[number]>()
    for (const { device, seq } of places) {
      const span = open.get(device)
      if (span && span.last + 1 === seq) span.last = seq
      else {
        const next = { device, first: seq, last: seq }
        open.set(device, next)
        spans.push(next)
      }
    }
    const messages = new Map<string, MessageView>()
    for (const { device, first, last } of spans) {
      for (const message of await this.stretch(id, device, first, last)) {
        messages.set(`${device}/${message.seq}`, message)
      }
    }
    return places.flatMap(({ device, seq }) => messages.get(`${device}/${seq}`) ?? [])
  }

  /**
   * Consecutive messages of one log, but for those that have disappeared; `runs` may hold them
   * already.
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
    const { store, deadlines } = this.init
    const messages: MessageView[] = []
    let run: Run | undefined
    for (let seq = first; seq <= last; seq++) {
      if (!run || !holds(run, seq)) {
        run = runs.find((each) => each.device === device && holds(each, seq))
        run ??= await store.readPage(id, device, seq, last)
      }
      const bytes = run?.entries[seq - run.first]
      if (!bytes) throw damaged()
      if (deadlines.isGone(id, device, seq, bytes)) continue
      const view = this.view(id, device, seq, bytes)
      if (!view) continue
      const { replyTo, ...message } = view
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

  /** Where a message stands that is still shown. @throws as `place`, `database_damaged` */
  async shownPlace(id: ConversationId, message: string): Promise<Place> {
    const place = this.place(id, message)
    const isThere = (await this.stretch(id, place.device, place.seq, place.seq)).length > 0
    if (isThere) return place
    throw new TidingsError('unknown_message', 'this message has disappeared')
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
    const { state } = this.reach(id, device, seq)
    return state
  }

  /** The furthest that it has come with anybody, and with how many of how many. */
  private reach(id: ConversationId, device: DeviceId, seq: number): Reach {
    const progress = this.init.progress(id, device)
    const deliveredTo = progress.filter(({ delivered, read }) => seq <= Math.max(delivered, read))
    const readBy = progress.filter(({ read }) => seq <= read)
    const counts = { deliveredTo: deliveredTo.length, readBy: readBy.length, of: progress.length }
    if (counts.readBy > 0) return { state: 'read', ...counts }
    return { state: counts.deliveredTo > 0 ? 'delivered' : 'queued', ...counts }
  }

  /** What a message answers, as far as it is here. */
  private async quote(id: ConversationId, { device, seq }: EntryRef): Promise<Quote> {
    const { conversations, deadlines, ledger, store } = this.init
    const log = ledger.conversation(id).get(device)
    const message = this.messageId(id, device, seq)
    const unknown = { id: message, author: undefined, authorName: '', text: '' }
    if (!log || seq > log.order.shown) return unknown
    // What cannot be read is told where it is shown itself.
    const run = await store.readRun(id, device, seq).catch(() => undefined)
    const bytes = run?.entries[seq - run.first]
    if (!bytes || deadlines.isGone(id, device, seq, bytes)) return unknown
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
  ): (Omit<MessageView, 'replyTo'> & { readonly replyTo: EntryRef | undefined }) | undefined {
    const { wallTimeMs, body } = decodeEntry(bytes)
    if (!this.isShown(id, device, seq, body)) return undefined
    const { conversations, deadlines, devices } = this.init
    const author = conversations.authorOf(id, device)
    const own = devices.has(device)
    const { text, action, replyTo, mentions = [], expires } = this.textOf(id, author, body)
    const expiry = expires === undefined ? undefined : { wallTimeMs, seconds: expires }
    return {
      id: this.messageId(id, device, seq),
      conversation: id,
      author,
      authorName: conversations.nameOf(author),
      own,
      seq,
      sentAtMs: wallTimeMs,
      kind: isGroupBody(body) ? 'group' : body.kind,
      text,
      action: action === true,
      replyTo,
      mentions,
      mentionsYou: !own && mentions.some((account) => conversations.isMe(account)),
      ...(own ? this.reach(id, device, seq) : RECEIVED),
      timer: body.kind === 'timer' ? body.seconds : undefined,
      goneAtMs: expiry && deadlines.of(id, device, seq, expiry),
    }
  }

  /** Of a group nothing is shown that does not count there. */
  private isShown(id: ConversationId, device: DeviceId, seq: number, body: Body): boolean {
    const group = this.init.groups.get(id)
    if (!group) return !isGroupBody(body)
    if (isGroupBody(body)) return group.state.told.has(placeKey({ device, seq }))
    // Only whoever was removed at some time has a place that matters.
    const logical = group.state.bars.length > 0 ? logicalOf(this.init.store, id, device, seq) : 0
    return counts(group.state, { device, seq, logical })
  }

  /** What is shown of it as text; of what changed in a group, who did what. */
  private textOf(id: ConversationId, author: AccountId, body: Body): TextBody {
    if (body.kind === 'text') return body
    if (!isGroupBody(body)) return NO_TEXT
    const { conversations, groups } = this.init
    const names = groups.get(id)?.state.names
    const nameOf = (account: AccountId): string =>
      conversations.isMe(account) ? 'you' : (names?.get(account) ?? conversations.nameOf(account))
    const text = groupWords(body, nameOf, (account) => account === author)
    return { kind: 'text', text, action: true }
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
