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
    const devices = new Map<DeviceId, AccountId>([[self.device, self.account]])
    for (const device of book.devicesOf(account)) devices.set(device, account)
    const logs = ledger.conversation(id)
    const heads = [...logs].map(
      ([device, { head, forked }]) => [device, { ...head, forked }] as const,
    )
    const changedAt = Math.max(0, ...[...logs.values()].map((log) => log.changedAt))
    replicator.setConversation(id, devices, new Map(heads), changedAt)
  }

  authorOf(conversation: ConversationId, device: DeviceId): AccountId {
    const { self, book } = this.init
    if (device === self.device) return self.account
    return book.accountOf(device) ?? book.withConversation(conversation) ?? self.account
  }

  nameOf(account: AccountId): string {
    const { self, book } = this.init
    return account === self.account ? self.record.name : book.nameOf(account)
  }
}
