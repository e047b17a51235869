// What the user does with messages: send, wait for delivery, read, page through, and see what is
// complete. Conversations are named as people name them.
import { covers } from '../core/clock.ts'
import { isTidingsError, TidingsError } from '../core/errors.ts'
import { type ConversationId, type DeviceId, parseMessageId } from '../core/id.ts'
import { findMentions } from '../core/mentions.ts'
import { isHeldBack } from '../core/sync/held-back.ts'
import { isBlank } from '../core/text.ts'
import type { ContactRecord } from '../store/store.ts'
import { checkText } from '../wire/entry.ts'
import type { Appender } from './appender.ts'
import type { ContactBook } from './contact-book.ts'
import { assertSendable } from './contact-record.ts'
import type { Conversations } from './conversations.ts'
import type { EventBus, LiveEvent } from './event-bus.ts'
import type { History, HistoryOptions } from './history.ts'
import type { Self } from './identity.ts'
import { isEnded } from './ledger-log.ts'
import type { Ledger } from './ledger.ts'
import type { Meetings } from './meetings.ts'
import { findContact } from './names.ts'
import type { ConversationView, MessageView, SendOptions, Sent } from './node-types.ts'
import type { People } from './people.ts'
import type { Receipts } from './receipts.ts'
import type { Replicator } from './replicator.ts'
import type { Switchboard } from './switchboard.ts'
import type { SyncView } from './sync-view.ts'

export interface MessagesInit {
  readonly self: Pick<Self, 'account' | 'devices'>
  readonly book: ContactBook
  readonly names: Pick<Conversations, 'namesIn'>
  readonly people: People
  readonly meetings: Meetings
  readonly ledger: Ledger
  readonly replicator: Replicator
  readonly receipts: Receipts
  readonly appender: Appender
  readonly history: History
  readonly bus: EventBus
  readonly tellRead: Switchboard['tellRead']
}

export class Messages {
  private readonly init: MessagesInit

  constructor(init: MessagesInit) {
    this.init = init
  }

  /** The conversation that is meant. */
  resolve(name: string): ConversationId {
    const id = name.trim() as ConversationId
    if (this.init.book.withConversation(id)) return id
    if (name.startsWith('#')) {
      throw new TidingsError('unknown_conversation', `there is no group ${name.slice(0, 80)}`)
    }
    return this.init.book.conversationWith(this.meant(name).account)
  }

  /** A contact, or somebody who was one: what was said to each other stays. */
  private meant(name: string): ContactRecord {
    const { book, people, ledger } = this.init
    try {
      return people.find(name)
    } catch (error) {
      if (!isTidingsError(error, 'unknown_name')) throw error
      const former = [...book.all()].filter(
        ({ account }) => ledger.conversation(book.conversationWith(account)).size > 0,
      )
      return findContact(
        name,
        former.map((record) => ({ ...record, declined: false })),
      )
    }
  }

  async send(to: string, text: string, { reply, action }: SendOptions = {}): Promise<Sent> {
    checkText(text)
    if (isBlank(text)) throw new TidingsError('text_empty', 'there is nothing to see in this text')
    const id = this.resolve(to)
    const account = this.init.book.withConversation(id)
    const record = account && this.init.book.get(account)
    if (!record) throw new TidingsError('not_a_contact', `${to.slice(0, 80)} is not a contact`)
    assertSendable(record, this.init.book.nameOf(record.account))
    const { appender, history, names } = this.init
    const replyTo = reply === undefined ? undefined : history.place(id, reply)
    const mentions = findMentions(text, names.namesIn(id))
    const { device, seq } = await appender.append(id, {
      kind: 'text',
      text,
      ...(action === true && { action }),
      ...(replyTo && { replyTo: { device: replyTo.device, seq: replyTo.seq } }),
      ...(mentions.length > 0 && { mentions }),
    })
    const state = history.state(id, device, seq)
    return { id: history.messageId(id, device, seq), conversation: id, seq, state }
  }

  async waitFor(
    message: string,
    wanted: 'delivered' | 'read',
    signal: AbortSignal,
  ): Promise<{ id: string; state: MessageView['state'] }> {
    const { id, device, seq } = this.own(message)
    const state = (): MessageView['state'] => this.init.history.state(id, device, seq)
    const reached = (): boolean => state() === 'read' || state() === wanted
    await new Promise<void>((resolve, reject) => {
      const finish = (): void => {
        stop()
        signal.removeEventListener('abort', expire)
      }
      const expire = (): void => {
        finish()
        const words = `not ${wanted} yet; the message is kept and goes out when they are here`
        reject(new TidingsError('not_delivered', words))
      }
      const hear = ({ event }: LiveEvent): void => {
        if (event.type !== 'state' || event.conversation !== id || !reached()) return
        finish()
        resolve()
      }
      const stop = this.init.bus.listen(hear, { only: 'state' })
      signal.addEventListener('abort', expire)
      if (reached()) {
        finish()
        resolve()
      } else if (signal.aborted) expire()
    })
    return { id: message, state: state() }
  }

  async history(conversation: string, options: HistoryOptions): Promise<MessageView[]> {
    return this.init.history.page(this.resolve(conversation), options)
  }

  async conversations(): Promise<ConversationView[]> {
    const views: ConversationView[] = []
    for (const record of this.init.book.all()) {
      const id = this.init.book.conversationWith(record.account)
      const logs = this.init.ledger.conversation(id)
      if (logs.size === 0 && (record.declined || record.state !== 'friend')) continue
      const [lastMessage] = await this.init.history.page(id, { limit: 1 })
      const name = this.init.book.nameOf(record.account)
      const unread = this.unread(id)
      views.push({ conversation: id, name, account: record.account, unread, lastMessage })
    }
    const time = (view: ConversationView): number => view.lastMessage?.sentAtMs ?? 0
    return views.toSorted((a, b) => time(b) - time(a))
  }

  async markRead(conversation: string, upTo?: string): Promise<void> {
    const { receipts, ledger, history, meetings, self, book, tellRead } = this.init
    const id = this.resolve(conversation)
    const clock = new Map<DeviceId, number>()
    if (upTo === undefined) {
      for (const [device, log] of ledger.conversation(id)) clock.set(device, log.order.shown)
    } else {
      for (const [device, seq] of history.clockAt(id, history.place(id, upTo))) {
        clock.set(device, seq)
      }
    }
    if (covers(receipts.read(self.account, id), clock)) return
    const seqs = await receipts.setRead(self.account, id, clock)
    const account = book.withConversation(id)
    if (!account) return
    tellRead(meetings.mutualSessions(account), { conversation: id, seqs })
  }

  sync(conversation?: string): SyncView[] {
    const wanted = conversation === undefined ? undefined : this.resolve(conversation)
    return [...this.init.replicator.current.conversations.keys()]
      .filter((id) => wanted === undefined || id === wanted)
      .map((id) => this.syncOf(id))
  }

  private syncOf(id: ConversationId): SyncView {
    const { replicator, ledger, receipts, book } = this.init
    const logs = ledger.conversation(id)
    const { current } = replicator
    const conversation = current.conversations.get(id)
    const authors = conversation?.devices ?? new Map<never, never>()
    const devices = [...authors].map(([device, account]) => {
      const log = logs.get(device)
      const have = log?.head.seq ?? 0
      // More of a log than is accepted is not missing.
      const isWhole = log !== undefined && isEnded(log)
      const holders = (isWhole ? [] : [...authors]).filter(
        ([other]) => (receipts.holds(other, id).get(device) ?? 0) > have,
      )
      const known = holders.reduce(
        (most, [other]) => Math.max(most, receipts.holds(other, id).get(device) ?? 0),
        have,
      )
      return {
        account,
        name: account === this.init.self.account ? 'you' : book.nameOf(account),
        device,
        have,
        shown: log?.order.shown ?? 0,
        known,
        waitingFor: log?.order.waiting,
        holders: [...new Set(holders.map(([, holder]) => holder))],
        forked: log?.forked ?? false,
        heldBack: conversation !== undefined && isHeldBack(current, conversation, device),
      }
    })
    const complete = devices.every(({ have, shown, known }) => have === known && shown === have)
    const account = book.withConversation(id)
    const name = account ? book.nameOf(account) : id.slice(0, 8)
    return { conversation: id, name, complete, devices }
  }

  private unread(id: ConversationId): number {
    const read = this.init.receipts.read(this.init.self.account, id)
    let unread = 0
    for (const [device, log] of this.init.ledger.conversation(id)) {
      if (this.init.self.devices.has(device)) continue
      unread += Math.max(0, log.order.shown - (read.get(device) ?? 0))
    }
    return unread
  }

  /** Finds a message of one's own by its id. @throws TidingsError `unknown_message` */
  own(message: string): { id: ConversationId; device: DeviceId; seq: number } {
    const { history, ledger, self } = this.init
    const { seq } = parseMessageId(message)
    for (const id of ledger.conversationIds()) {
      const logs = ledger.conversation(id)
      for (const device of self.devices) {
        if (seq > (logs.get(device)?.head.seq ?? 0)) continue
        if (history.messageId(id, device, seq) === message) return { id, device, seq }
      }
    }
    throw new TidingsError('unknown_message', 'there is no message of yours with this id')
  }
}
