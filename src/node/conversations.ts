// Which conversations there are, who writes in them, and what people are called.
import type { AccountId, ConversationId, DeviceId } from '../core/id.ts'
import type { ContactBook } from './contact-book.ts'
import type { Self } from './identity.ts'
import type { Ledger } from './ledger.ts'
import type { Replicator } from './replicator.ts'

export interface ConversationsInit {
  readonly self: Self
  readonly book: ContactBook
  readonly ledger: Ledger
  readonly replicator: Replicator
}

export class Conversations {
  private readonly init: ConversationsInit

  constructor(init: ConversationsInit) {
    this.init = init
  }

  /** Makes the engine know the conversation with a contact, and who writes in it. */
  open(account: AccountId): void {
    const { self, book, ledger, replicator } = this.init
    const id = book.conversationWith(account)
    const devices = new Map<DeviceId, AccountId>()
    for (const device of self.devices) devices.set(device, self.account)
    // Whoever lists a device of ours among theirs does not get its log by that.
    for (const device of book.devicesOf(account)) {
      if (!self.devices.has(device)) devices.set(device, account)
    }
    const logs = ledger.conversation(id)
    const heads = [...logs].map(([device, { head, forked, until }]) => {
      return [device, { ...head, forked, ...(until !== undefined && { until }) }] as const
    })
    const changedAt = Math.max(0, ...[...logs.values()].map((log) => log.changedAt))
    replicator.setConversation(id, devices, new Map(heads), changedAt)
  }

  isMe(account: AccountId): boolean {
    return account === this.init.self.account
  }

  /** Whether it is a device of this account. */
  isOwn(device: DeviceId): boolean {
    return this.init.self.devices.has(device)
  }

  /** Goes by the conversation: another contact may list the same device as theirs. */
  authorOf(conversation: ConversationId, device: DeviceId): AccountId {
    const { self, book } = this.init
    if (this.isOwn(device)) return self.account
    return book.withConversation(conversation) ?? self.account
  }

  /** What people in a conversation go by, the user too. */
  *namesIn(conversation: ConversationId): Iterable<readonly [name: string, account: AccountId]> {
    const { self, book } = this.init
    yield [self.record.name, self.account]
    const account = book.withConversation(conversation)
    const record = account && book.get(account)
    if (!record) return
    yield [record.name, record.account]
    if (record.alias !== '') yield [record.alias, record.account]
  }

  /** What a conversation goes by: its other side. */
  titleOf(conversation: ConversationId): string {
    const account = this.init.book.withConversation(conversation)
    return account ? this.nameOf(account) : conversation.slice(0, 8)
  }

  nameOf(account: AccountId): string {
    const { self, book } = this.init
    return account === self.account ? self.record.name : book.nameOf(account)
  }
}
