// The order of one conversation as a replica works it out, entry by entry as these become
// durable, and what becomes of messages by that. Deps are looked up through a memory that
// forgets, so that the order has to ask for pages.
import { strict as assert } from 'node:assert'

import {
  countedOf,
  type DeviceChanges,
  messageState,
  type MessageState,
  NO_CHANGES,
  type Spot,
  withChange,
} from '../../src/core/changes.ts'
import type { Dep, Place } from '../../src/core/entry.ts'
import type { AccountId, DeviceId } from '../../src/core/id.ts'
import { advance, comparePlaces, type OrderLog } from '../../src/core/order.ts'
import { lastPlaces } from '../../src/core/places.ts'
import { entryDeps, orderedPart } from '../../src/wire/entry.ts'

/** An entry at its place. */
export interface PlacedEntry {
  readonly place: Place
  readonly bytes: Uint8Array
}

export type ReadEntry = (device: DeviceId, seq: number) => Uint8Array

export class Shown {
  logs: ReadonlyMap<DeviceId, OrderLog> = new Map()
  private readonly stored = new Map<DeviceId, number>()
  private readonly logicals = new Map<DeviceId, number[]>()
  /** What each device did to each message. */
  private readonly changes = new Map<string, Map<DeviceId, DeviceChanges>>()
  /** Entries that the group consists of, in the order in which they came. */
  readonly ofGroup: PlacedEntry[] = []
  readonly timers: (Place & { readonly seconds: number })[] = []
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
    const bytes = this.read(device, spot.seq)
    const { change, other } = orderedPart(bytes)
    const place = { device, ...spot }
    if (other?.kind === 'timer') this.timers.push({ ...place, seconds: other.seconds })
    else if (other) this.ofGroup.push({ place, bytes })
    if (!change) return
    const target = `${change.target.device} ${change.target.seq}`
    const by = this.changes.get(target) ?? new Map<DeviceId, DeviceChanges>()
    this.changes.set(target, by)
    by.set(device, withChange(by.get(device) ?? NO_CHANGES, change, spot))
  }

  /** What became of everything that was changed, as the entries came. */
  states(
    accounts: ReadonlyMap<DeviceId, AccountId>,
    isCounted: (place: Place) => boolean = () => true,
  ): Map<string, MessageState> {
    const accountOf = (device: DeviceId): AccountId => accounts.get(device) ?? ('' as AccountId)
    return new Map(
      [...this.changes].map(([target, by]) => {
        const done = [...by].map(([device, changes]) => {
          return { device, ...countedOf(changes, (spot) => isCounted({ device, ...spot })) }
        })
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

  bytes(device: DeviceId, seq: number): Uint8Array {
    return this.read(device, seq)
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

  /** How long messages are shown: what the greatest timer says that counts. */
  timer(isCounted: (place: Place) => boolean): number {
    return this.timers.filter(isCounted).toSorted(comparePlaces).at(-1)?.seconds ?? 0
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
