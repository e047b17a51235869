// The groups of this profile: what each is to its user, and its state, computed from the entries
// that it consists of (core/group). Those are kept apart in the store, so that neither an opening
// nor a new entry costs the history.
import type { Clock } from '../../core/clock.ts'
import type { Place } from '../../core/entry.ts'
import type { DeviceList } from '../../core/frames.ts'
import {
  followed,
  groupSharers,
  type Holdings,
  isInGroup,
  isPassedOn,
  takesGroup,
} from '../../core/group/exchange.ts'
import { counts, type GroupState } from '../../core/group/state.ts'
import type { AccountId, ConversationId, DeviceId } from '../../core/id.ts'
import type { Logger } from '../../core/logger.ts'
import type { LevelStore } from '../../store/store-level.ts'
import type { Batch, GroupRecord } from '../../store/store.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { GroupEntry } from '../ledger/ordering.ts'
import { dropUnmade, mendGroups, placeOfKey } from './group-entries.ts'
import { KnownGroup } from './known-group.ts'

export interface Group {
  readonly record: GroupRecord
  readonly state: GroupState
}

const NOBODY: ReadonlyMap<DeviceId, AccountId> = new Map()

export interface GroupsInit {
  readonly store: LevelStore
  readonly ledger: Pick<Ledger, 'conversation' | 'conversationIds'>
  readonly me: AccountId
  readonly log: Logger
}

export interface GroupsHooks {
  /** Entries that it consists of were added, or what it is to the user changed. */
  changed(id: ConversationId, before: GroupState | undefined): void
  /** As Holdings of core/group has it. */
  held(id: ConversationId): Clock
  /** What some devices told that they hold. */
  heldBy(id: ConversationId, devices: readonly DeviceId[]): readonly Clock[]
}

export class Groups {
  private readonly init: GroupsInit
  private readonly hooks: GroupsHooks
  private readonly groups = new Map<ConversationId, KnownGroup>()
  /** Of groups that this node takes part in. */
  private byAccount: ReadonlyMap<AccountId, ReadonlySet<ConversationId>> = new Map()

  constructor(init: GroupsInit, hooks: GroupsHooks) {
    this.init = init
    this.hooks = hooks
  }

  async load(): Promise<void> {
    const { ledger, store } = this.init
    await dropUnmade(store, ledger)
    let records = await store.all('group')
    let entries = await store.all('group_entry')
    if (store.damage.length > 0) {
      await mendGroups(store, ledger)
      records = await store.all('group')
      entries = await store.all('group_entry')
    }
    for (const [, record] of records) this.know(record)
    for (const [key, { logical, bytes }] of entries) {
      const { id, device, seq } = placeOfKey(key)
      this.groups.get(id)?.add({ device, seq, logical }, bytes)
    }
    for (const known of this.groups.values()) known.compute()
    this.index()
  }

  get(id: ConversationId): Group | undefined {
    return this.groups.get(id)
  }

  all(): Iterable<readonly [ConversationId, Group]> {
    return this.groups
  }

  /** Whether the user is in it, as far as this node knows. */
  isMember(id: ConversationId): boolean {
    const group = this.groups.get(id)
    return group !== undefined && isInGroup(this.init.me, group.record, group.state)
  }

  /** Whether what comes of a group is taken. */
  takes(id: ConversationId): boolean {
    const record = this.groups.get(id)?.record
    return record !== undefined && takesGroup(record)
  }

  /** Whether what stands somewhere counts; of a conversation that is no group all does. */
  counts(id: ConversationId, place: Place): boolean {
    const state = this.groups.get(id)?.state
    return !state || counts(state, place)
  }

  /** What a group is to the user from now on, where that follows from its entries. */
  followed(id: ConversationId): GroupRecord | undefined {
    const group = this.groups.get(id)
    if (!group) return undefined
    const { leave: _, isPassedOn: __, ...record } = group.record
    const next = followed(this.init.me, group.record, group.state, this.holdings(id, group))
    return next && { ...record, ...next }
  }

  /** The groups that this node and a person exchange. */
  sharedWith(account: AccountId): ReadonlySet<ConversationId> {
    return this.byAccount.get(account) ?? new Set()
  }

  /** Who this node exchanges groups with. */
  fellows(): Iterable<AccountId> {
    return this.byAccount.keys()
  }

  /** Known devices of somebody in groups that are shared with them. */
  devicesOf(account: AccountId): ReadonlySet<DeviceId> {
    const devices = new Set<DeviceId>()
    for (const id of this.sharedWith(account)) {
      for (const device of this.devicesIn(id, account)) devices.add(device)
    }
    return devices
  }

  /** The devices by which somebody writes or wrote in a group. */
  devicesIn(id: ConversationId, account: AccountId): readonly DeviceId[] {
    return this.groups.get(id)?.byAccount.get(account) ?? []
  }

  /** Everybody who writes or wrote there, for whom. */
  writers(id: ConversationId): ReadonlyMap<DeviceId, AccountId> {
    return this.groups.get(id)?.writers ?? NOBODY
  }

  /** Somebody is met. @returns whether devices of theirs were not known to write there */
  met(id: ConversationId, list: DeviceList): boolean {
    return this.groups.get(id)?.met(list) === true
  }

  /** Entries may wait for others. @returns whether those are of logs that were not taken */
  awaits(id: ConversationId): boolean {
    return this.groups.get(id)?.awaits(this.init.ledger.conversation(id)) === true
  }

  /** For whom a device writes in a group, if it does in one. */
  accountOf(device: DeviceId): AccountId | undefined {
    for (const { writers } of this.groups.values()) {
      if (writers.has(device)) return writers.get(device)
    }
    return undefined
  }

  /** What somebody is called in any group, if they are in one. */
  nameOf(account: AccountId): string | undefined {
    for (const { state } of this.groups.values()) {
      const name = state.names.get(account)
      if (name) return name
    }
    return undefined
  }

  /** Writes what a group is to the user. */
  async keep(record: GroupRecord, fill?: (batch: Batch) => void): Promise<void> {
    const batch = this.init.store.batch()
    batch.put('group', record.conversation, record)
    fill?.(batch)
    await this.init.store.commit(batch)
    this.know(record)
    this.changed(record.conversation, undefined)
  }

  /** An invitation that was turned down: nothing of it stays. */
  async forget(id: ConversationId): Promise<void> {
    const batch = this.init.store.batch()
    batch.delete('group', id)
    await this.init.store.commit(batch)
    this.groups.delete(id)
    this.index()
  }

  /** Entries that groups consist of are on disk, ordered. */
  written(entries: ReadonlyMap<ConversationId, readonly GroupEntry[]>): void {
    for (const [id, added] of entries) {
      const known = this.groups.get(id)
      if (!known) continue
      const before = known.state
      for (const { place, bytes } of added) known.add(place, bytes)
      known.compute()
      this.changed(id, before)
    }
  }

  private changed(id: ConversationId, before: GroupState | undefined): void {
    this.index()
    this.hooks.changed(id, before)
  }

  private know(record: GroupRecord): void {
    const known = this.groups.get(record.conversation) ?? new KnownGroup(record)
    known.keep(record)
    this.groups.set(record.conversation, known)
  }

  /** Who exchanges what with this node may have changed. */
  index(): void {
    const byAccount = new Map<AccountId, Set<ConversationId>>()
    for (const [id, group] of this.groups) {
      const { record, state } = group
      for (const account of groupSharers(this.init.me, record, state, this.holdings(id, group))) {
        byAccount.set(account, (byAccount.get(account) ?? new Set()).add(id))
      }
    }
    this.byAccount = byAccount
  }

  /**
   * Somebody told what they hold of it.
   *
   * @returns whether that can matter: to who is not in it any more
   */
  told(id: ConversationId): boolean {
    const known = this.groups.get(id)
    if (!known || !this.takes(id) || known.record.state === 'joining') return false
    if (known.state.members.has(this.init.me)) return false
    known.wasPassedOn = isPassedOn(this.init.me, known.state, this.holdings(id, known))
    this.index()
    return true
  }

  private holdings(id: ConversationId, { byAccount, wasPassedOn }: KnownGroup): Holdings {
    return {
      wasPassedOn,
      held: () => this.hooks.held(id),
      heldBy: (account) => this.hooks.heldBy(id, byAccount.get(account) ?? []),
    }
  }
}
