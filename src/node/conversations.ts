// Which conversations there are, direct ones and groups, who writes in them, and what people are
// called.
import { type AccountId, type ConversationId, type DeviceId, shortId } from '../core/id.ts'
import type { Introduced, OpenedLog } from '../core/sync/events.ts'
import { nameOfGroup } from './groups/group-names.ts'
import type { Groups } from './groups/groups.ts'
import type { LedgerConversation } from './ledger/ledger-log.ts'
import type { Ledger } from './ledger/ledger.ts'
import type { ContactBook } from './people/contact-book.ts'
import type { Self } from './people/identity.ts'
import type { Candidate } from './people/names.ts'
import type { Replicator } from './replicator.ts'

export interface ConversationsInit {
  readonly self: Self
  readonly book: ContactBook
  readonly groups: Groups
  readonly ledger: Ledger
  readonly replicator: Replicator
}

export class Conversations {
  private readonly init: ConversationsInit

  constructor(init: ConversationsInit) {
    this.init = init
  }

  /**
   * Makes the engine know all of them, in the order in which they changed: so it need not put them
   * into it.
   */
  openAll(): void {
    const { book, groups, replicator } = this.init
    const direct = [...book.all()].map(({ account }) => this.directWith(account))
    const ofGroups = [...groups.all()].map(([id]) => this.groupOf(id))
    const all = [...direct, ...ofGroups]
    replicator.introduce(all.toSorted((a, b) => a.changedAt - b.changedAt))
  }

  /** Makes the engine know the conversation with a contact, and who writes in it. */
  open(account: AccountId): void {
    this.init.replicator.introduce([this.directWith(account)])
  }

  /** The same for a group. */
  openGroup(id: ConversationId): void {
    this.init.replicator.introduce([this.groupOf(id)])
  }

  private directWith(account: AccountId): Introduced {
    const { book } = this.init
    const devices = book.devicesOf(account).map((device) => [device, account] as const)
    return this.introduced(book.conversationWith(account), devices)
  }

  private groupOf(id: ConversationId): Introduced {
    return this.introduced(id, this.init.groups.writers(id))
  }

  private introduced(
    id: ConversationId,
    others: Iterable<readonly [device: DeviceId, account: AccountId]>,
  ): Introduced {
    const { self, ledger } = this.init
    const devices = new Map<DeviceId, AccountId>(others)
    // Whoever lists a device of ours among theirs does not get its log by that.
    for (const device of self.devices) devices.set(device, self.account)
    const logs = ledger.conversation(id)
    const heads = new Map<DeviceId, OpenedLog>()
    for (const [device, { head, forked, until, changedAt, digest }] of logs) {
      const opened = { seq: head.seq, hash: head.hash, forked, changedAt, digest }
      heads.set(device, until === undefined ? opened : { ...opened, until })
    }
    return { id, devices, logs: heads, changedAt: changedAt(logs) }
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
    const { self, book, groups } = this.init
    if (this.isOwn(device)) return self.account
    const account = book.withConversation(conversation) ?? groups.writers(conversation).get(device)
    return account ?? self.account
  }

  /** Whether what a device wrote is not shown: in a group, somebody whom the user blocked. */
  isHidden(conversation: ConversationId, device: DeviceId): boolean {
    const { book, groups } = this.init
    const author = groups.writers(conversation).get(device)
    return author !== undefined && book.get(author)?.state === 'blocked'
  }

  /** What people in a conversation go by, the user too. */
  *namesIn(conversation: ConversationId): Iterable<readonly [name: string, account: AccountId]> {
    const { self, book, groups } = this.init
    yield [self.record.name, self.account]
    const face = groups.get(conversation)?.face
    for (const account of this.others(conversation)) {
      const record = book.get(account)
      const name = record?.name || face?.names.get(account)
      if (name) yield [name, account]
      if (record && record.alias !== '') yield [record.alias, account]
    }
  }

  /** Everybody in a conversation but the user. */
  others(conversation: ConversationId): readonly AccountId[] {
    const { book, groups } = this.init
    const account = book.withConversation(conversation)
    if (account) return [account]
    const members = groups.get(conversation)?.face.members.keys() ?? []
    return [...members].filter((member) => !this.isMe(member))
  }

  /** Everybody who is in a group with the user. */
  *fellows(): Iterable<Candidate> {
    const { groups } = this.init
    for (const account of groups.index.accounts()) {
      const hints = [...groups.index.devicesOf(account)].map((device) => ({
        device,
        addresses: [],
      }))
      yield { account, name: groups.nameOf(account) ?? '', hints }
    }
  }

  /** The devices of somebody, in a conversation. */
  devicesOf(conversation: ConversationId, account: AccountId): readonly DeviceId[] {
    const { book, groups } = this.init
    if (!groups.get(conversation)) return book.devicesOf(account)
    return groups.devicesIn(conversation, account)
  }

  /** What a conversation is called. */
  titleOf(id: ConversationId): string {
    const { book, groups } = this.init
    const group = groups.get(id)
    if (group) return `#${nameOfGroup(group)}`
    const account = book.withConversation(id)
    return account ? book.nameOf(account) : id.slice(0, 8)
  }

  nameOf(account: AccountId): string {
    const { self, book, groups } = this.init
    if (account === self.account) return self.record.name
    if (book.get(account)) return book.nameOf(account)
    const name = groups.nameOf(account)
    if (name === undefined) return shortId(account)
    // Beside what they wrote there is no room for a warning, and a bare name would be a contact's.
    return book.imitations.by(name, account) ? `${name} ${shortId(account)}` : name
  }
}

/** Position of the newest change of any of these. */
function changedAt(logs: LedgerConversation): number {
  let newest = 0
  for (const log of logs.values()) newest = Math.max(newest, log.changedAt)
  return newest
}
