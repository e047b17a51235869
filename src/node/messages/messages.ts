// What the user does with messages: send, wait for delivery, page through, see what is complete.
// Conversations are named as people name them.
import type { EntryRef } from '../../core/entry.ts'
import { isTidingsError, TidingsError } from '../../core/errors.ts'
import { type ConversationId, type DeviceId, parseMessageId } from '../../core/id.ts'
import { findMentions } from '../../core/mentions.ts'
import { isHeldBack } from '../../core/sync/held-back.ts'
import { isBlank } from '../../core/text.ts'
import type { ContactRecord } from '../../store/store.ts'
import { checkText } from '../../wire/entry.ts'
import type { Conversations } from '../conversations.ts'
import type { EventBus, LiveEvent } from '../event-bus.ts'
import type { Groups } from '../groups/groups.ts'
import type { Appender } from '../ledger/appender.ts'
import { isEnded } from '../ledger/ledger-log.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { MessageView, SendOptions, Sent } from '../node-types.ts'
import type { ContactBook } from '../people/contact-book.ts'
import { assertSendable } from '../people/contact-record.ts'
import type { Self } from '../people/identity.ts'
import { findContact } from '../people/names.ts'
import type { People } from '../people/people.ts'
import type { Receipts } from '../receipts.ts'
import type { Replicator } from '../replicator.ts'
import type { Sharing } from '../sharing.ts'
import { heldBeyond, type SyncView } from '../sync-view.ts'
import type { History } from './history.ts'
import type { HistoryOptions } from './pages.ts'
import type { Timers } from './timers.ts'

export interface MessagesInit {
  readonly self: Pick<Self, 'account' | 'devices'>
  readonly book: ContactBook
  readonly names: Pick<Conversations, 'namesIn' | 'nameOf' | 'titleOf'>
  readonly groups: Groups
  readonly sharing: Pick<Sharing, 'sessionsOf'>
  readonly people: People
  readonly ledger: Ledger
  readonly replicator: Replicator
  readonly receipts: Receipts
  readonly appender: Appender
  readonly history: History
  readonly timers: Timers
  readonly bus: EventBus
}

export class Messages {
  private readonly init: MessagesInit

  constructor(init: MessagesInit) {
    this.init = init
  }

  /** The conversation that is meant. */
  resolve(name: string): ConversationId {
    const { book, groups } = this.init
    const id = name.trim() as ConversationId
    if (book.withConversation(id) || groups.get(id)) return id
    if (name.startsWith('#')) return groups.find(name)
    return this.init.book.conversationWith(this.meant(name).account)
  }

  /** Whether the user ever wrote there. */
  hasWritten(id: ConversationId): boolean {
    const { ledger, self } = this.init
    const logs = ledger.conversation(id)
    return [...self.devices].some((device) => (logs.get(device)?.head.seq ?? 0) > 0)
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

  /**
   * The conversation that is meant, if the user may write in it.
   *
   * @throws TidingsError `not_a_contact`, `contact_blocked`, `not_a_member`, and as `resolve`
   */
  writable(to: string): ConversationId {
    const { book, groups } = this.init
    const id = this.resolve(to)
    if (groups.isMember(id)) return id
    const group = groups.get(id)
    if (group) {
      const title = this.init.names.titleOf(id)
      const isJoining = group.record.state === 'joining'
      const words = isJoining
        ? `you are still joining ${title}: what it consists of comes once a member is online`
        : `you are not in the group ${title}`
      throw new TidingsError('not_a_member', words)
    }
    const account = book.withConversation(id)
    const record = account && book.get(account)
    if (!record) throw new TidingsError('not_a_contact', `${to.slice(0, 80)} is not a contact`)
    assertSendable(record, book.nameOf(record.account))
    return id
  }

  /** @throws TidingsError at once, or by its promise */
  send(to: string, text: string, { reply, action }: SendOptions = {}): Promise<Sent> {
    checkText(text)
    if (isBlank(text)) throw new TidingsError('text_empty', 'there is nothing to see in this text')
    const id = this.writable(to)
    if (reply === undefined) return this.append(id, text, action)
    const place = this.init.history.messagePlace(id, reply)
    return place.then(({ device, seq }) => this.append(id, text, action, { device, seq }))
  }

  /** Thousands may wait here for the disk, so no more of each is kept than what goes on. */
  private append(
    id: ConversationId,
    text: string,
    action?: boolean,
    replyTo?: EntryRef,
  ): Promise<Sent> {
    const { appender, history, names, timers } = this.init
    const expires = timers.setting(id)?.seconds ?? 0
    const mentions = findMentions(text, names.namesIn(id))
    const appended = appender.append(id, {
      kind: 'text',
      text,
      ...(action === true && { action }),
      ...(replyTo && { replyTo }),
      ...(mentions.length > 0 && { mentions }),
      ...(expires > 0 && { expires }),
    })
    return appended.then(({ device, seq }) => {
      const { state } = history.reach(id, device, seq)
      return { id: history.messageId(id, device, seq), conversation: id, seq, state }
    })
  }

  async waitFor(
    message: string,
    wanted: 'delivered' | 'read',
    signal: AbortSignal,
  ): Promise<{ id: string; state: MessageView['state'] }> {
    const { id, device, seq } = this.own(message)
    const state = (): MessageView['state'] => this.init.history.reach(id, device, seq).state
    const reached = (): boolean => state() === 'read' || state() === wanted
    await new Promise<void>((resolve, reject) => {
      const finish = (): void => {
        stopHearing()
        stopUndone()
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
      const hearUndone = ({ event }: LiveEvent): void => {
        if (event.type !== 'undone' || event.id !== message) return
        finish()
        reject(new TidingsError('unknown_message', 'this message was undone'))
      }
      const stopHearing = this.init.bus.listen(hear, { only: 'state' })
      const stopUndone = this.init.bus.listen(hearUndone, { only: 'undone' })
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

  sync(conversation?: string): SyncView[] {
    const wanted = conversation === undefined ? undefined : this.resolve(conversation)
    return [...this.init.replicator.current.conversations.keys()]
      .filter((id) => wanted === undefined || id === wanted)
      .map((id) => this.syncOf(id))
  }

  private syncOf(id: ConversationId): SyncView {
    const { replicator, ledger, receipts, names } = this.init
    const logs = ledger.conversation(id)
    const { current } = replicator
    const conversation = current.conversations.get(id)
    const authors = conversation?.devices ?? new Map<never, never>()
    const holdings = [...authors].map(
      ([device, account]) => [account, receipts.holds(device, id)] as const,
    )
    const beyond = heldBeyond(holdings, (device) => logs.get(device)?.head.seq ?? 0)
    const devices = [...authors].map(([device, account]) => {
      const log = logs.get(device)
      const have = log?.head.seq ?? 0
      // More of a log than is accepted is not missing.
      const isWhole = log !== undefined && isEnded(log)
      const { known = have, holders = [] } = (!isWhole && beyond.get(device)) || {}
      return {
        account,
        name: account === this.init.self.account ? 'you' : names.nameOf(account),
        device,
        have,
        shown: log?.order.shown ?? 0,
        known,
        waitingFor: log?.order.waiting,
        holders: [...holders],
        forked: log?.forked ?? false,
        heldBack: conversation !== undefined && isHeldBack(current, conversation, device),
      }
    })
    const complete = devices.every(({ have, shown, known }) => have === known && shown === have)
    return { conversation: id, name: names.titleOf(id), complete, devices }
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
