// What peers told that they hold, and how far people have read, as it lies on disk: a clock for
// each of them and each conversation. In a large group it is kept in parts, by the first character
// of the devices' ids: then one log that is told of costs one part, and not a line for each member
// (docs/STORAGE.md, "Records").
import { type Clock, differing } from '../core/clock.ts'
import { type AccountId, type ConversationId, type DeviceId, ID_ALPHABET } from '../core/id.ts'
import { CLOCK_WHOLE_MAX } from '../core/limits.ts'
import type { LateRecords } from './late-records.ts'

export type ClockKind = 'holds' | 'read'
export type ClockKey = `${DeviceId | AccountId}/${ConversationId}`

export class KeptClocks {
  private readonly records: Pick<LateRecords, 'get' | 'put'>
  private readonly kind: ClockKind
  /** Those that are known to be in parts; any other is written anew as a whole. */
  private readonly split = new Set<ClockKey>()

  constructor(records: Pick<LateRecords, 'get' | 'put'>, kind: ClockKind) {
    this.records = records
    this.kind = kind
  }

  /** As it was kept last, written or not; empty when there is none. */
  load(key: ClockKey): Clock {
    const whole = this.records.get(this.kind, key)
    if (!whole?.isSplit) return new Map(whole?.clock ?? [])
    this.split.add(key)
    const parts = [...ID_ALPHABET].map((part) => this.records.get(this.kind, `${key}/${part}`))
    return new Map(parts.flatMap((part) => part?.clock ?? []))
  }

  /** @param before as it was loaded or kept last: what did not change since is not written */
  save(key: ClockKey, before: Clock, clock: Clock): void {
    const changed = differing(before, clock)
    if (changed.length === 0) return
    if (this.split.has(key)) return this.saveParts(key, clock, new Set(changed.map(partOf)))
    const isSmall = clock.size <= CLOCK_WHOLE_MAX
    if (isSmall) return this.records.put(this.kind, key, { clock: [...clock] })
    // All of them: there may be old ones, from before this record was damaged.
    this.saveParts(key, clock, new Set(ID_ALPHABET))
    this.records.put(this.kind, key, { clock: [], isSplit: true })
    this.split.add(key)
  }

  private saveParts(key: ClockKey, clock: Clock, parts: ReadonlySet<string>): void {
    const entries = new Map([...parts].map((part) => [part, [] as [DeviceId, number][]]))
    for (const [device, seq] of clock) entries.get(partOf(device))?.push([device, seq])
    for (const [part, of] of entries) this.records.put(this.kind, `${key}/${part}`, { clock: of })
  }
}

function partOf(device: DeviceId): string {
  return device.charAt(0)
}
