// The order of one conversation as a replica works it out, entry by entry as these become
// durable, and what becomes of messages by that. Deps are looked up through a memory that
// forgets, so that the order has to ask for pages.
import { strict as assert } from 'node:assert'

import {
  type DeviceChanges,
  messageState,
  type MessageState,
  NO_CHANGES,
  type Spot,
  withChange,
} from '../../src/core/changes.ts'
import type { Dep, Place } from '../../src/core/entry.ts'
import type { AccountId, DeviceId } from '../../src/core/id.ts'
import { advance, type OrderLog } from '../../src/core/order.ts'
import { lastPlaces } from '../../src/core/places.ts'
import { entryDeps, orderedPart } from '../../src/wire/entry.ts'

export type ReadEntry = (device: DeviceId, seq: number) => Uint8Array

export class Shown {
  logs: ReadonlyMap<DeviceId, OrderLog> = new Map()
  private readonly stored = new Map<DeviceId, number>()
  private readonly logicals = new Map<DeviceId, number[]>()
  /** What each device did to each message. */
  private readonly changes = new Map<string, Map<DeviceId, DeviceChanges>>()
  private ended: ReadonlySet<DeviceId> = new Set()
  private readonly read: ReadEntry

  constructor(read: ReadEntry) {
    this.read = read
  }

  /**
   * Takes up everything that is stored; `forgets` says which entries are not at hand, `ended` which
   * logs take no more.
   */
  grow(
    stored: ReadonlyMap<DeviceId, number>,
    forgets: () => boolean,
    ended: ReadonlySet<DeviceId>,
  ): void {
    let changed = new Set<DeviceId>()
    const isNews = [...ended].some((device) => !this.ended.has(device))
    this.ended = ended
    for (const [device, seq] of stored) {
      if (isNews || seq > (this.stored.get(device) ?? 0)) changed.add(device)
      this.stored.set(device, seq)
    }
    const atHand = new Set<string>()
    while (changed.size > 0) {
      const result = advance(this.logs, this.stored, changed, {
        deps: (device, seq) =>
          atHand.has(`${device} ${seq}`) || !forgets() ? this.deps(device, seq) : undefined,
        logical: (device, seq) => this.logical(device, seq),
        isEnded: (device) => ended.has(device),
      })
      this.logs = result.logs
      for (const { device, first, logicals } of result.ordered) {
        const known = this.logicals.get(device) ?? []
        assert.equal(first, known.length + 1, 'an entry was ordered twice, or one was left out')
        this.logicals.set(device, [...known, ...logicals])
        logicals.forEach((logical, i) => this.change(device, { seq: first + i, logical }))
      }
      changed = new Set(result.needed.map(({ device }) => device))
      for (const { device, seq } of result.needed) atHand.add(`${device} ${seq}`)
    }
  }

  private change(device: DeviceId, spot: Spot): void {
    const { change } = orderedPart(this.read(device, spot.seq))
    if (!change) return
    const target = `${change.target.device} ${change.target.seq}`
    const by = this.changes.get(target) ?? new Map<DeviceId, DeviceChanges>()
    this.changes.set(target, by)
    by.set(device, withChange(by.get(device) ?? NO_CHANGES, change, spot))
  }

  /** What became of everything that was changed, as the entries came. */
  states(accounts: ReadonlyMap<DeviceId, AccountId>): Map<string, MessageState> {
    const accountOf = (device: DeviceId): AccountId => accounts.get(device) ?? ('' as AccountId)
    return new Map(
      [...this.changes].map(([target, by]) => {
        const done = [...by].map(([device, changes]) => ({ device, ...changes }))
        const author = target.split(' ')[0] as DeviceId
        return [target, messageState(accountOf(author), done, accountOf)]
      }),
    )
  }

  /** Another one that learns all of it at once, in the order of the conversation. */
  again(): Shown {
    const again = new Shown(this.read)
    for (const { device, seq, logical } of this.places()) again.change(device, { seq, logical })
    return again
  }

  deps(device: DeviceId, seq: number): readonly Dep[] {
    return entryDeps(this.read(device, seq))
  }

  logical(device: DeviceId, seq: number): number {
    const logical = this.logicals.get(device)?.[seq - 1]
    if (logical === undefined) throw new Error('the order asks for what is not ordered')
    return logical
  }

  places(limit = Infinity, before?: Place): Place[] {
    return lastPlaces(this.logs, (device, seq) => this.logical(device, seq), limit, { before })
  }

  /** The logs that wait. */
  get waiting(): DeviceId[] {
    return [...this.stored.keys()].filter((device) => this.shownOf(device) < this.storedOf(device))
  }

  isEnded(device: DeviceId): boolean {
    return this.ended.has(device)
  }

  shownOf(device: DeviceId): number {
    return this.logs.get(device)?.shown ?? 0
  }

  private storedOf(device: DeviceId): number {
    return this.stored.get(device) ?? 0
  }
}
