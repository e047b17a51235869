// The order of one conversation as a replica works it out, entry by entry as these become durable.
// Deps are looked up through a memory that forgets, so that the order has to ask for pages.
import { strict as assert } from 'node:assert'

import type { Dep, Place } from '../../src/core/entry.ts'
import type { DeviceId } from '../../src/core/id.ts'
import { advance, lastPlaces, type OrderLog } from '../../src/core/order.ts'
import { entryDeps } from '../../src/wire/entry.ts'

export type ReadEntry = (device: DeviceId, seq: number) => Uint8Array

export class Shown {
  logs: ReadonlyMap<DeviceId, OrderLog> = new Map()
  private readonly stored = new Map<DeviceId, number>()
  private readonly logicals = new Map<DeviceId, number[]>()
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
      }
      changed = new Set(result.needed.map(({ device }) => device))
      for (const { device, seq } of result.needed) atHand.add(`${device} ${seq}`)
    }
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
    return lastPlaces(this.logs, (device, seq) => this.logical(device, seq), limit, before)
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
