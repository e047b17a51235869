// What goes with conversations beside their messages, put together: what is not read, what is
// muted, drafts, who is typing, and the list of conversations that shows all of it.
import type { AccountId, ConversationId } from '../../core/id.ts'
import { DRAFT_SHOWN_CHARS_MAX } from '../../core/limits.ts'
import { beginning } from '../../core/text.ts'
import type { Session } from '../../net/net.ts'
import type { Shown } from '../ledger/ledger-group.ts'
import type { NodeParts } from '../parts.ts'
import { Drafts } from './drafts.ts'
import { Habits } from './habits.ts'
import { Reading } from './reading.ts'
import type { ConversationView, Standing, Tellings } from './talk-types.ts'
import { Typing } from './typing.ts'
import { Unread } from './unread-counts.ts'

export class Talk {
  readonly unread: Unread
  readonly habits: Habits
  readonly drafts: Drafts
  readonly reading: Reading
  readonly typing: Typing
  private readonly parts: NodeParts

  constructor(parts: NodeParts) {
    const { init, ledger, receipts, self } = parts
    const { store, log, now, uptimeMs } = init
    this.parts = parts
    const { account: me, devices } = self
    const { conversations, deadlines, groups, timers } = parts
    const counted = { store, ledger, receipts, deadlines, timers, conversations, groups }
    this.unread = new Unread({ me, devices, ...counted, log })
    const tells = { read: init.tellRead !== false, typing: init.tellTyping !== false }
    this.habits = new Habits({ store, now, tells })
    this.drafts = new Drafts(store, log)
    const changed = (id: ConversationId): void => this.announce(id)
    this.reading = new Reading({ parts, habits: this.habits, changed })
    this.typing = new Typing({
      uptimeMs,
      sessionsOf: (id) => parts.sharing.sessionsOf(id),
      mayTell: (id) => this.habits.tells('typing', id),
      changed: (id, account, typing) => this.someoneTypes(id, account, typing),
    })
  }

  /** Newest first. */
  async conversations(): Promise<ConversationView[]> {
    const views: ConversationView[] = []
    for (const id of this.begun()) {
      const [lastMessage] = await this.parts.history.page(id, { limit: 1 })
      const draft = beginning(this.drafts.of(id), DRAFT_SHOWN_CHARS_MAX)
      views.push({ ...this.standing(id), draft, lastMessage })
    }
    const time = (view: ConversationView): number => view.lastMessage?.sentAtMs ?? 0
    return views.toSorted((a, b) => time(b) - time(a))
  }

  /** Conversations in which something was or can be said. */
  *begun(): Iterable<ConversationId> {
    const { book, groups, ledger } = this.parts
    for (const record of book.all()) {
      const id = book.conversationWith(record.account)
      const hasBegun = ledger.conversation(id).size > 0
      if (hasBegun || (!record.declined && record.state === 'friend')) yield id
    }
    for (const [id] of groups.all()) if (ledger.conversation(id).size > 0) yield id
  }

  standing(id: ConversationId): Standing {
    const { book, conversations } = this.parts
    const account = book.withConversation(id)
    const { messages, mentions } = this.unread.of(id)
    const muted = this.habits.muted(id)
    return {
      conversation: id,
      name: conversations.titleOf(id),
      account,
      unread: messages,
      mentions,
      muted: muted !== undefined,
      mutedUntilMs: muted?.untilMs ?? undefined,
      mutedAll: muted?.all ?? false,
    }
  }

  tellings(): Tellings {
    const { habits } = this
    const conversations = [...this.begun()].flatMap((id) => {
      const [read, typing] = [habits.chosen('read', id), habits.chosen('typing', id)]
      if (read === undefined && typing === undefined) return []
      return [{ conversation: id, name: this.parts.conversations.titleOf(id), read, typing }]
    })
    return { read: habits.tellsAll('read'), typing: habits.tellsAll('typing'), conversations }
  }

  /** Tells front ends how a conversation stands now. */
  announce(id: ConversationId): void {
    this.parts.bus.emit({ type: 'conversation', ...this.standing(id) })
  }

  /** Others may be told what they were not: how far was read while that was switched off. */
  tellReadAgain(): void {
    for (const id of this.begun()) this.reading.tell(id)
  }

  /** Never rejects; undefined where there is nothing to do. */
  sent(id: ConversationId): Promise<void> | undefined {
    this.typing.sent(id)
    return this.drafts.sent(id)
  }

  /** These are on disk and shown. */
  shown(shown: readonly Shown[]): void {
    const { conversations, init } = this.parts
    for (const { conversation, device } of shown) {
      if (conversations.isOwn(device)) continue
      this.typing.over(conversation, conversations.authorOf(conversation, device))
    }
    for (const id of new Set(shown.map(({ conversation }) => conversation))) {
      this.reading.take(id).catch((error: unknown) => {
        init.log.warn({ err: error }, 'what was read elsewhere could not be noted')
      })
    }
  }

  /** Nobody of the account is there any more on this session. */
  parted({ account }: Session): void {
    const { book, groups, meetings, sharing } = this.parts
    const ids = sharing.isOnline(account) ? [] : [...groups.index.groupsWith(account)]
    if (!meetings.isOnline(account)) ids.push(book.conversationWith(account))
    for (const id of ids) {
      this.typing.over(id, account)
      this.reading.forget(id)
    }
  }

  heardTyping(session: Session, id: ConversationId, typing: boolean): void {
    if (this.parts.sharing.shares(session, id)) this.typing.hear(session, id, typing)
  }

  private someoneTypes(id: ConversationId, account: AccountId, typing: boolean): void {
    const name = this.parts.conversations.nameOf(account)
    this.parts.bus.emit({ type: 'typing', conversation: id, account, name, typing })
  }
}
