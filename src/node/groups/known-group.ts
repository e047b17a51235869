// One group as this node knows it. What it consists of is read, and what is computed from that,
// when somebody looks at it; until then it sleeps, and a brief tells what must be known anyway
// (group-pages.ts). From then on it is computed whenever an entry is added.
import type { EntryRef, Place } from '../../core/entry.ts'
import type { DeviceList } from '../../core/frames.ts'
import { groupWriters } from '../../core/group/exchange.ts'
import { type GroupChange, placeKey } from '../../core/group/rules.ts'
import { type GroupFace, type GroupState, groupState } from '../../core/group/state.ts'
import type { AccountId, DeviceId } from '../../core/id.ts'
import type { GroupRecord, Records } from '../../store/store.ts'
import { groupEntryBody } from '../../wire/group-entry.ts'
import type { LedgerConversation } from '../ledger/ledger-log.ts'
import { type Cast, castOf } from './group-cast.ts'
import type { GroupBrief } from './group-pages.ts'

/** The entries of a group that was asleep; undefined for one that cannot be read. */
export type EntryAt = (ref: EntryRef) => Records['group_entry'] | undefined

// Thousands of groups that sleep share these.
const NO_LISTS: ReadonlyMap<AccountId, DeviceList> = new Map()
const NOBODY: ReadonlyMap<DeviceId, AccountId> = new Map()
const NO_CHANGES = new Map<string, GroupChange>()
const NOTHING = (): void => {}

export class KnownGroup {
  record: GroupRecord
  /** As Holdings of core/group has it. */
  wasPassedOn = false
  /** Told once its brief is not enough any more. */
  onWake: () => void = NOTHING
  private cast: Pick<Cast, 'writers' | 'byAccount'>
  private asleep: { readonly brief: GroupBrief; readonly entryAt: EntryAt } | undefined
  private computed: GroupState | undefined
  /** Of people who were met since the start. */
  private lists = NO_LISTS
  private awaited = NOBODY
  /** By their places: what is ordered again replaces what it was before. */
  private changes = NO_CHANGES

  constructor(record: GroupRecord, brief?: GroupBrief, entryAt: EntryAt = () => undefined) {
    this.record = record
    this.cast = brief?.cast ?? castOf([])
    this.asleep = brief && { brief, entryAt }
  }

  /** Undefined once it is awake. */
  get brief(): GroupBrief | undefined {
    return this.asleep?.brief
  }

  get face(): GroupFace {
    return this.asleep?.brief ?? this.state
  }

  get state(): GroupState {
    this.wake()
    this.computed ??= groupState(this.record.conversation, [...this.changes.values()])
    return this.computed
  }

  /** As its admins named it, or before that is known, as the invitation did. */
  get title(): string {
    return this.face.name || this.record.name
  }

  /** Everybody who writes or wrote there, for whom. */
  get writers(): ReadonlyMap<DeviceId, AccountId> {
    return this.cast.writers
  }

  /** The same the other way round. */
  get byAccount(): ReadonlyMap<AccountId, readonly DeviceId[]> {
    return this.cast.byAccount
  }

  /** What it consists of. */
  get entries(): readonly EntryRef[] {
    this.wake()
    return [...this.changes.values()].map(({ place: { device, seq } }) => ({ device, seq }))
  }

  keep(record: GroupRecord): void {
    this.wake()
    this.record = record
    if (record.state === 'invited' || record.state === 'joining') this.wasPassedOn = false
    this.compute()
  }

  /** Only takes it up. */
  add(place: Place, bytes: Uint8Array): void {
    this.wake()
    this.take(place, bytes)
  }

  compute(): void {
    this.wake()
    this.computed = undefined
    this.findWriters()
  }

  /** Somebody is met. @returns whether devices of theirs were not known to write there */
  met(list: DeviceList): boolean {
    const { account, version } = list
    const known = this.face.lists.get(account)
    if (!known || this.lists.get(account)?.version === version) return false
    this.lists = new Map(this.lists).set(account, list)
    // What they show is what the group knows.
    if (this.asleep && known.version === version) return false
    return this.findWriters()
  }

  /** Entries may wait for others. @returns whether those are of logs that were not taken */
  awaits(logs: LedgerConversation): boolean {
    const awaited = new Map<DeviceId, AccountId>()
    for (const [by, { order }] of logs) {
      const { device } = order.waiting ?? {}
      const account = this.writers.get(by)
      if (device && account && !this.writers.has(device)) awaited.set(device, account)
    }
    if (awaited.size === 0) return false
    this.awaited = new Map([...this.awaited, ...awaited])
    return this.findWriters()
  }

  private wake(): void {
    const { asleep } = this
    if (!asleep) return
    this.asleep = undefined
    for (const ref of asleep.brief.entries) {
      const entry = asleep.entryAt(ref)
      if (entry) this.take({ ...ref, logical: entry.logical }, entry.bytes)
    }
    this.findWriters()
    this.onWake()
  }

  private take(place: Place, bytes: Uint8Array): void {
    // Bytes of its own: what they came in is not kept for them.
    const body = groupEntryBody(this.record.conversation, place, Uint8Array.from(bytes))
    if (!body) return
    if (this.changes === NO_CHANGES) this.changes = new Map()
    this.changes.set(placeKey(place), { place, body })
  }

  private findWriters(): boolean {
    const before = this.writers.size
    const hearsay = { lists: this.lists.values(), awaited: this.awaited }
    this.cast = castOf(groupWriters(this.record, this.state, hearsay))
    return this.writers.size > before
  }
}
