// What peers told that they hold, as it lies on disk: a clock for each peer and conversation. In a
// large group it is kept in parts, by the first character of the devices' ids: then a peer that
// tells of one log costs one part, and not a line for each member (docs/STORAGE.md, "Records").
import { type Clock, differing } from '../core/clock.ts'
import { type ConversationId, type DeviceId, ID_ALPHABET } from '../core/id.ts'
import { HOLDS_WHOLE_MAX } from '../core/limits.ts'
import type { LateRecords } from './late-records.ts'

export type HoldsKey = `${DeviceId}/${ConversationId}`

export class KeptClocks {
  private readonly records: Pick<LateRecords, 'get' | 'put'>
  /** Those that are known to be in parts; any other is written anew as a whole. */
  private readonly split = new Set<HoldsKey>()

  constructor(records: Pick<LateRecords, 'get' | 'put'>) {
    this.records = records
  }

  /** As it was kept last, written or not; empty when there is none. */
  load(key: HoldsKey): Clock {
    const whole = this.records.get('holds', key)
    if (!whole?.isSplit) return new Map(whole?.clock ?? [])
    this.split.add(key)
    const parts = [...ID_ALPHABET].map((part) => this.records.get('holds', `${key}/${part}`))
    return new Map(parts.flatMap((part) => part?.clock ?? []))
  }

  /** @param before as it was loaded or kept last: what did not change since is not written */
  save(key: HoldsKey, before: Clock, clock: Clock): void {
    const changed = differing(before, clock)
    if (changed.length === 0) return
    if (this.split.has(key)) return this.saveParts(key, clock, new Set(changed.map(partOf)))
    if (clock.size <= HOLDS_WHOLE_MAX) return this.records.put('holds', key, { clock: [...clock] })
    // All of them: there may be old ones, from before this record was damaged.
    this.saveParts(key, clock, new Set(ID_ALPHABET))
    this.records.put('holds', key, { clock: [], isSplit: true })
    this.split.add(key)
  }

  private saveParts(key: HoldsKey, clock: Clock, parts: ReadonlySet<string>): void {
    const entries = new Map([...parts].map((part) => [part, [] as [DeviceId, number][]]))
    for (const [device, seq] of clock) entries.get(partOf(device))?.push([device, seq])
    for (const [part, of] of entries) this.records.put('holds', `${key}/${part}`, { clock: of })
  }
}

function partOf(device: DeviceId): string {
  return device.charAt(0)
}
