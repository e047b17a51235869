// The people this profile knows: records in memory and on disk, and the conversation with each.
// A change is on disk before anybody hears of it.
import type { DeviceList } from '../../core/frames.ts'
import {
  type AccountId,
  type ConversationId,
  type DeviceId,
  directConversation,
} from '../../core/id.ts'
import type { ContactRecord, ContactState, Store } from '../../store/store.ts'
import { formatCursor } from '../cursor.ts'
import type { EventBody } from '../event-bus.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { ContactView, Cursor } from '../node-types.ts'
import { isHeld } from './contact-record.ts'
import { Imitations } from './imitations.ts'

export interface ContactBookInit {
  readonly store: Store
  readonly ledger: Ledger
  readonly me: AccountId
  readonly myName: () => string
  readonly isOnline: (account: AccountId) => boolean
  /** Tells of what is on disk, after everything that was written before it. */
  readonly tell: (event: EventBody, cursor: Cursor) => void
}

export class ContactBook {
  readonly imitations: Imitations
  private readonly init: ContactBookInit
  private readonly contacts = new Map<AccountId, ContactRecord>()
  /** Anybody may list any device: what one lists takes it from nobody. */
  private readonly byDevice = new Map<DeviceId, Set<AccountId>>()
  private readonly byConversation = new Map<ConversationId, AccountId>()
  private readonly byAccount = new Map<AccountId, ConversationId>()
  private turn: Promise<void> = Promise.resolve()
  private lastFound: { readonly name: string; readonly record: ContactRecord } | undefined

  constructor(init: ContactBookInit) {
    this.init = init
    this.imitations = new Imitations(init)
  }

  async load(): Promise<void> {
    for (const [, record] of await this.init.store.all('contact')) this.remember(record)
  }

  all(): IterableIterator<ContactRecord> {
    return this.contacts.values()
  }

  /** Whom a name finds: whoever writes much writes to the same, and that is looked for once. */
  remembered(name: string, find: () => ContactRecord): ContactRecord {
    if (this.lastFound?.name !== name) this.lastFound = { name, record: find() }
    return this.lastFound.record
  }

  get(account: AccountId): ContactRecord | undefined {
    return this.contacts.get(account)
  }

  /** Everybody who has the device, on their signed list or, before that is known, by a hint. */
  withDevice(device: DeviceId): ContactRecord[] {
    const accounts = [...(this.byDevice.get(device) ?? [])]
    return accounts.flatMap((account) => this.contacts.get(account) ?? [])
  }

  /** Whether somebody who is held has the device. */
  holdsDevice(device: DeviceId): boolean {
    return this.withDevice(device).some(isHeld)
  }

  /** The account that a known device acts for, one that is held before others. */
  accountOf(device: DeviceId): AccountId | undefined {
    const records = this.withDevice(device)
    return (records.find(isHeld) ?? records[0])?.account
  }

  /** The other side of a direct conversation. */
  withConversation(conversation: ConversationId): AccountId | undefined {
    return this.byConversation.get(conversation)
  }

  conversationWith(account: AccountId): ConversationId {
    return this.byAccount.get(account) ?? directConversation(this.init.me, account)
  }

  devicesOf(account: AccountId): readonly DeviceId[] {
    const record = this.contacts.get(account)
    return record?.devices?.devices ?? []
  }

  /** The name to show for an account. */
  nameOf(account: AccountId): string {
    const record = this.contacts.get(account)
    return record ? record.alias || record.name : account.slice(0, 8)
  }

  /**
   * Changes what a contact is to the user, and tells of it. `amend` sees the newest record, or
   * undefined for somebody new; when it gives that back nothing is changed. Changes follow one
   * another, so what is decided inside `amend` holds. Resolves with what is on disk.
   */
  change<T extends ContactRecord | undefined>(
    account: AccountId,
    amend: (known: ContactRecord | undefined) => T,
  ): Promise<T> {
    return this.inTurn(async () => {
      const known = this.contacts.get(account)
      const record = amend(known)
      if (!record || record === known) return record
      const state: ContactState = record.declined ? 'removed' : record.state
      const cursor = await this.init.ledger.record({ type: 'contact', account, state }, (batch) =>
        batch.put('contact', account, record),
      )
      this.remember(record)
      const asks = state === 'incoming' && known?.request !== record.request
      const type = asks ? 'request' : 'contact'
      this.init.tell({ type, contact: this.view(record) }, formatCursor(cursor))
      return record
    })
  }

  /** Changes details of a contact: devices, times, hints. Nothing happens for somebody unknown. */
  update(account: AccountId, amend: (known: ContactRecord) => ContactRecord): Promise<void> {
    return this.inTurn(async () => {
      const known = this.contacts.get(account)
      const record = known && amend(known)
      if (!record || record === known) return
      const batch = this.init.store.batch()
      batch.put('contact', account, record)
      await this.init.store.commit(batch)
      this.remember(record)
    })
  }

  /** A newer device list of a contact replaces the older; an older one changes nothing. */
  meetDevices(account: AccountId, list: DeviceList): Promise<void> {
    return this.update(account, (known) =>
      known.devices && known.devices.version >= list.version ? known : { ...known, devices: list },
    )
  }

  /** Resolves when no change is under way. */
  async idle(): Promise<void> {
    await this.turn
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.turn.then(work)
    this.turn = result.then(
      () => {},
      () => {},
    )
    return result
  }

  view(record: ContactRecord): ContactView {
    const { account, name, alias, state, lastSeenMs, verified } = record
    return {
      account,
      name,
      alias,
      state: record.declined ? 'removed' : state,
      online: this.init.isOnline(account),
      lastSeenMs,
      verified,
      conversation: this.conversationWith(account),
      request: state === 'incoming' ? record.requestText : '',
      imitates: this.imitations.byContact(record),
    }
  }

  private remember(record: ContactRecord): void {
    this.lastFound = undefined
    const before = this.contacts.get(record.account)
    for (const device of before ? devicesOf(before) : []) {
      const accounts = this.byDevice.get(device)
      accounts?.delete(record.account)
      if (accounts?.size === 0) this.byDevice.delete(device)
    }
    this.contacts.set(record.account, record)
    this.imitations.update(before, record)
    const conversation = this.conversationWith(record.account)
    this.byConversation.set(conversation, record.account)
    this.byAccount.set(record.account, conversation)
    for (const device of devicesOf(record)) {
      this.byDevice.set(device, (this.byDevice.get(device) ?? new Set()).add(record.account))
    }
  }
}

/** Once the signed list is known only its devices count. */
function devicesOf({ devices, hints }: ContactRecord): readonly DeviceId[] {
  return devices?.devices ?? hints.map(({ device }) => device)
}
