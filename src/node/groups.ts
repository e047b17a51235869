// The groups of this profile: what each is to its user, and its state, computed from the entries
// that it consists of (core/group). Those are kept apart in the store, so that neither an opening
// nor a new entry costs the history.
import type { EntryRef, Place } from '../core/entry.ts'
import { type GroupBody, isGroupBody } from '../core/group/bodies.ts'
import type { GroupChange } from '../core/group/rules.ts'
import { counts, groupState, type GroupState } from '../core/group/state.ts'
import type { AccountId, ConversationId, DeviceId } from '../core/id.ts'
import type { Logger } from '../core/logger.ts'
import type { LevelStore } from '../store/store-level.ts'
import type { Batch, GroupRecord } from '../store/store.ts'
import { verifyDeviceList } from '../wire/devices.ts'
import { orderedPart } from '../wire/entry.ts'
import { groupId } from '../wire/group-bodies.ts'
import { mendGroups, placeOfKey } from './group-entries.ts'
import type { Ledger } from './ledger.ts'
import type { GroupEntry } from './ordering.ts'

export interface Group {
  readonly record: GroupRecord
  readonly state: GroupState
}

const NOBODY: ReadonlyMap<DeviceId, AccountId> = new Map()

interface KnownGroup {
  record: GroupRecord
  /** By `device/seq`: what is ordered again replaces what it was before. */
  readonly changes: Map<string, GroupChange>
  state: GroupState
  /** Everybody who writes or wrote there, for whom. */
  writers: ReadonlyMap<DeviceId, AccountId>
  /** The same the other way round. */
  byAccount: ReadonlyMap<AccountId, readonly DeviceId[]>
}

export interface GroupsInit {
  readonly store: LevelStore
  readonly ledger: Pick<Ledger, 'conversation' | 'conversationIds'>
  readonly me: AccountId
  readonly log: Logger
}

export interface GroupsHooks {
  /** Entries that it consists of were added, or what it is to the user changed. */
  changed(id: ConversationId, before: GroupState | undefined): void
  /** Whether anybody else holds an entry. */
  isHeldElsewhere(id: ConversationId, entry: EntryRef): boolean
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
      const known = this.groups.get(id)
      if (known) this.add(known, { device, seq, logical }, bytes)
    }
    for (const known of this.groups.values()) compute(known)
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
    return group?.record.state === 'joined' && group.state.members.has(this.init.me)
  }

  /** Whether what stands somewhere counts; of a conversation that is no group all does. */
  counts(id: ConversationId, place: Place): boolean {
    const state = this.groups.get(id)?.state
    return !state || counts(state, place)
  }

  /** Whether the user was in it and left, and somebody there knows. */
  isKnownAsLeft(id: ConversationId): boolean {
    const { state, leave } = this.groups.get(id)?.record ?? {}
    return state === 'left' && leave !== undefined && this.hooks.isHeldElsewhere(id, leave)
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

  /** For whom a device writes in a group, if it does in one. */
  accountOf(device: DeviceId): AccountId | undefined {
    for (const [id] of this.groups) {
      const account = this.writers(id).get(device)
      if (account) return account
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
      for (const { place, bytes } of added) this.add(known, place, bytes)
      const before = known.state
      compute(known)
      this.changed(id, before)
    }
  }

  private changed(id: ConversationId, before: GroupState | undefined): void {
    this.index()
    this.hooks.changed(id, before)
  }

  private know(record: GroupRecord): void {
    const id = record.conversation
    const state = groupState(id, [])
    const known = this.groups.get(id) ?? {
      record,
      changes: new Map(),
      state,
      writers: NOBODY,
      byAccount: new Map(),
    }
    known.record = record
    this.groups.set(id, known)
    compute(known)
  }

  private add(known: KnownGroup, place: Place, bytes: Uint8Array): void {
    const body = this.believed(known.record.conversation, place, bytes)
    // Bytes of its own: what they came in is not kept for them.
    if (body) known.changes.set(`${place.device}/${place.seq}`, { place, body })
  }

  /** What an entry says, if it is what it claims to be, whoever may say it. */
  private believed(id: ConversationId, place: Place, bytes: Uint8Array): GroupBody | undefined {
    const body = orderedPart(Uint8Array.from(bytes)).other
    if (!body || !isGroupBody(body)) return undefined
    if (body.kind === 'group_create' && (place.seq !== 1 || groupId(bytes) !== id)) return undefined
    if ('devices' in body && !verifyDeviceList(body.devices)) return undefined
    return body
  }

  /** Who exchanges what with this node may have changed. */
  index(): void {
    const byAccount = new Map<AccountId, Set<ConversationId>>()
    for (const [id, group] of this.groups) {
      for (const account of this.sharers(id, group)) {
        if (account === this.init.me) continue
        byAccount.set(account, (byAccount.get(account) ?? new Set()).add(id))
      }
    }
    this.byAccount = byAccount
  }

  private sharers(id: ConversationId, { record, state }: Group): Iterable<AccountId> {
    if (record.state === 'joined') return this.isMember(id) ? state.members.keys() : []
    const roots = record.roots.map(([, account]) => account)
    if (record.state === 'joining') return [...roots, ...state.members.keys()]
    const isUntold = record.leave !== undefined && !this.isKnownAsLeft(id)
    return record.state === 'left' && isUntold ? state.members.keys() : []
  }
}

function compute(known: KnownGroup): void {
  const { record, changes } = known
  known.state = groupState(record.conversation, [...changes.values()])
  known.writers = new Map([...record.roots, ...known.state.devices])
  const byAccount = Map.groupBy(known.writers, ([, account]) => account)
  known.byAccount = new Map(
    [...byAccount].map(([account, own]) => [account, own.map(([device]) => device)] as const),
  )
}
