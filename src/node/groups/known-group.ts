// One group as this node knows it: the entries that it consists of, and what is computed from them
// whenever one is added.
import type { Place } from '../../core/entry.ts'
import type { DeviceList } from '../../core/frames.ts'
import { groupWriters } from '../../core/group/exchange.ts'
import { type GroupChange, placeKey } from '../../core/group/rules.ts'
import { groupState, type GroupState } from '../../core/group/state.ts'
import type { AccountId, DeviceId } from '../../core/id.ts'
import type { GroupRecord } from '../../store/store.ts'
import { groupEntryBody } from '../../wire/group-entry.ts'
import type { LedgerConversation } from '../ledger/ledger-log.ts'

export class KnownGroup {
  record: GroupRecord
  state: GroupState
  /** Everybody who writes or wrote there, for whom. */
  writers: ReadonlyMap<DeviceId, AccountId> = new Map()
  /** The same the other way round. */
  byAccount: ReadonlyMap<AccountId, readonly DeviceId[]> = new Map()
  /** Of people who were met since the start. */
  private readonly lists = new Map<AccountId, DeviceList>()
  private awaited: ReadonlyMap<DeviceId, AccountId> = new Map()
  /** As Holdings of core/group has it. */
  wasPassedOn = false
  /** By their places: what is ordered again replaces what it was before. */
  private readonly changes = new Map<string, GroupChange>()

  constructor(record: GroupRecord) {
    this.record = record
    this.state = groupState(record.conversation, [])
  }

  keep(record: GroupRecord): void {
    this.record = record
    if (record.state === 'invited' || record.state === 'joining') this.wasPassedOn = false
    this.compute()
  }

  /** Only takes it up. */
  add(place: Place, bytes: Uint8Array): void {
    // Bytes of its own: what they came in is not kept for them.
    const body = groupEntryBody(this.record.conversation, place, Uint8Array.from(bytes))
    if (body) this.changes.set(placeKey(place), { place, body })
  }

  compute(): void {
    this.state = groupState(this.record.conversation, [...this.changes.values()])
    this.findWriters()
  }

  /** Somebody is met. @returns whether devices of theirs were not known to write there */
  met(list: DeviceList): boolean {
    const { account, version } = list
    if (!this.state.lists.has(account) || this.lists.get(account)?.version === version) return false
    this.lists.set(account, list)
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

  private findWriters(): boolean {
    const before = this.writers.size
    const hearsay = { lists: this.lists.values(), awaited: this.awaited }
    this.writers = groupWriters(this.record, this.state, hearsay)
    const byAccount = Map.groupBy(this.writers, ([, account]) => account)
    this.byAccount = new Map(
      [...byAccount].map(([account, own]) => [account, own.map(([device]) => device)] as const),
    )
    return this.writers.size > before
  }
}
