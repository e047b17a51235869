// The groups of this profile: what each is to its user, and its state, computed from the entries
// that it consists of (core/group). Those are kept apart in the store, so that neither an opening
// nor a new entry costs the history; and a group that nobody looks at is known by a brief alone.
import type { Clock } from '../../core/clock.ts'
import type { Place } from '../../core/entry.ts'
import type { DeviceList } from '../../core/frames.ts'
import {
  followed,
  groupSharers,
  type Holdings,
  isInGroup,
  isOffList,
  isPassedOn,
  takesGroup,
} from '../../core/group/exchange.ts'
import { counts, type GroupFace, type GroupState } from '../../core/group/state.ts'
import type { AccountId, ConversationId, DeviceId } from '../../core/id.ts'
import type { Batch, GroupRecord } from '../../store/store.ts'
import type { GroupEntry } from '../ledger/ordering.ts'
import { GroupIndex, type GroupIndexInit } from './group-index.ts'
import { FoundGroups } from './group-names.ts'
import type { GroupBrief } from './group-pages.ts'
import { KeptGroups, type KeptGroupsHooks, type KeptGroupsInit } from './kept-groups.ts'
import { KnownGroup } from './known-group.ts'

export interface Group {
  readonly record: GroupRecord
  /** Reads what it consists of, the first time. */
  readonly state: GroupState
  /** As much of that as is known without. */
  readonly face: GroupFace
  readonly title: string
  /** Until somebody asks for its state. */
  readonly brief: GroupBrief | undefined
}

const NOBODY: ReadonlyMap<DeviceId, AccountId> = new Map()

export interface GroupsHooks extends KeptGroupsHooks, Pick<GroupIndexInit, 'heldOf'> {
  /** Entries that it consists of were added, or what it is to the user changed. */
  changed(id: ConversationId, before: GroupState | undefined): void
  /** As Holdings of core/group has it. */
  held(id: ConversationId): Clock
}

export class Groups {
  private readonly init: KeptGroupsInit
  private readonly hooks: GroupsHooks
  private readonly groups = new Map<ConversationId, KnownGroup>()
  /** With whom they are exchanged. */
  readonly index: GroupIndex
  private readonly kept: KeptGroups
  private readonly found = new FoundGroups(() => this.all())

  constructor(init: KeptGroupsInit, hooks: GroupsHooks) {
    this.init = init
    this.hooks = hooks
    this.kept = new KeptGroups(init, hooks)
    const { heldOf } = hooks
    const hasLog: GroupIndexInit['hasLog'] = (id, device) =>
      init.ledger.conversation(id).has(device)
    this.index = new GroupIndex({ me: init.me, heldOf, hasLog })
  }

  async load(): Promise<void> {
    for (const known of await this.kept.load()) {
      const id = known.record.conversation
      this.groups.set(id, known)
      this.reindex(id, known)
      known.onWake = () => this.index.wake(id)
    }
  }

  /** More is known of who knows a group than its brief may say. */
  wear(id: ConversationId): void {
    this.kept.wear(id)
  }

  /** What changed is kept for the next start. Nothing may be written meanwhile. */
  rest(): Promise<void> {
    return this.kept.rest()
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
    return group !== undefined && isInGroup(this.init.me, group.record, group.face)
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
    if (!group || group.brief) return undefined
    const { leave: _, isPassedOn: __, first: ___, ...record } = group.record
    const next = followed(this.init.me, group.record, group.state, this.holdings(id, group))
    return next && { ...record, ...next }
  }

  /** Groups that know a newer list than a device shows, and are not exchanged with it. */
  *offFor(device: DeviceId, shown: DeviceList): Iterable<ConversationId> {
    for (const [lists, ids] of this.index.sleeping()) {
      if (isOffList({ lists }, device, shown)) yield* ids
    }
    for (const id of this.index.awake()) if (this.isOff(id, device, shown)) yield id
  }

  /** Whether a device that shows this list was taken off a newer one, as a group knows it. */
  isOff(id: ConversationId, device: DeviceId, shown: DeviceList): boolean {
    const group = this.groups.get(id)
    return group !== undefined && isOffList(group.face, device, shown)
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
    return this.found.nameOf(account)
  }

  /** The group that is meant. @throws TidingsError `unknown_conversation`, `ambiguous_name` */
  find(name: string): ConversationId {
    return this.found.find(name)
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

  /** A group that could not be made: nothing of it stays. */
  async forget(id: ConversationId): Promise<void> {
    this.groups.delete(id)
    this.found.forget()
    this.index.remove(id)
    const batch = this.init.store.batch()
    batch.delete('group', id)
    await this.init.store.commit(batch)
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
    this.found.forget()
    const known = this.groups.get(id)
    if (known) this.reindex(id, known)
    this.hooks.changed(id, before)
  }

  private know(record: GroupRecord): void {
    const known = this.groups.get(record.conversation) ?? new KnownGroup(record)
    known.keep(record)
    this.groups.set(record.conversation, known)
  }

  /** Who exchanges a group with this node may have changed. */
  private reindex(id: ConversationId, known: KnownGroup): void {
    const { me } = this.init
    const { brief, record, byAccount } = known
    if (brief) return this.index.putAsleep(id, brief)
    const sharers = groupSharers(me, record, known.state, this.holdings(id, known))
    this.index.put(id, sharers, byAccount)
  }

  /**
   * Somebody told what they hold of it.
   *
   * @returns whether that can matter: to who is not in it any more
   */
  told(id: ConversationId): boolean {
    const known = this.groups.get(id)
    if (!known || !this.takes(id) || known.record.state === 'joining') return false
    if (known.face.members.has(this.init.me)) return false
    known.wasPassedOn = isPassedOn(this.init.me, known.state, this.holdings(id, known))
    this.reindex(id, known)
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
