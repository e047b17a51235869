// Which conversations there are, who writes in them, and what people are called.
import type { AccountId, ConversationId, DeviceId } from '../core/id.ts'
import type { Store } from '../store/store.ts'
import type { ContactBook } from './contact-book.ts'
import { keptProof } from './forks.ts'
import type { Self } from './identity.ts'
import type { Ledger } from './ledger.ts'
import type { Replicator } from './replicator.ts'

export interface ConversationsInit {
  readonly self: Self
  readonly book: ContactBook
  readonly ledger: Ledger
  readonly replicator: Replicator
  readonly store: Store
}

export class Conversations {
  private readonly init: ConversationsInit

  constructor(init: ConversationsInit) {
    this.init = init
  }

  /** Makes the engine know the conversation with a contact, and who writes in it. */
  open(account: AccountId): void {
    const { self, book, ledger, replicator, store } = this.init
    const id = book.conversationWith(account)
    const devices = new Map<DeviceId, AccountId>([[self.device, self.account]])
    // Whoever lists our device among theirs does not get our log by that.
    for (const device of book.devicesOf(account)) {
      if (device !== self.device) devices.set(device, account)
    }
    const logs = ledger.conversation(id)
    const heads = [...logs].map(([device, { head, forked }]) => {
      const until = forked ? keptProof(store, id, device)?.head.seq : undefined
      return [device, { ...head, forked, ...(until !== undefined && { until }) }] as const
    })
    const changedAt = Math.max(0, ...[...logs.values()].map((log) => log.changedAt))
    replicator.setConversation(id, devices, new Map(heads), changedAt)
  }

  /** Goes by the conversation: another contact may list the same device as theirs. */
  authorOf(conversation: ConversationId, device: DeviceId): AccountId {
    const { self, book } = this.init
    if (device === self.device) return self.account
    return book.withConversation(conversation) ?? self.account
  }

  nameOf(account: AccountId): string {
    const { self, book } = this.init
    return account === self.account ? self.record.name : book.nameOf(account)
  }
}
