// Vector clocks: for one conversation, which entries of each device's log a replica holds, as the
// highest sequence number without a gap. A clock is a plain immutable map; absent means 0.
import type { DeviceId } from './id.ts'

export type Clock = ReadonlyMap<DeviceId, number>

/** Entries `first` to `last` of one device's log. */
export interface Range {
  readonly device: DeviceId
  readonly first: number
  readonly last: number
}

export const EMPTY_CLOCK: Clock = new Map()

/** A new clock with one device set; the given one stays as it is. */
export function withSeq(clock: Clock, device: DeviceId, seq: number): Clock {
  return new Map(clock).set(device, seq)
}

/** The least clock that covers both. */
export function mergeClocks(a: Clock, b: Clock): Clock {
  const merged = new Map(a)
  for (const [device, seq] of b) merged.set(device, Math.max(seq, merged.get(device) ?? 0))
  return merged
}

/** The devices of whose logs they do not say the same. */
export function differing(a: Clock, b: Clock): DeviceId[] {
  if (a === b) return []
  const devices: DeviceId[] = []
  for (const [device, seq] of b) if (a.get(device) !== seq) devices.push(device)
  for (const device of a.keys()) if (!b.has(device)) devices.push(device)
  return devices
}

/** Whether `a` holds everything that `b` holds. */
export function covers(a: Clock, b: Clock): boolean {
  for (const [device, seq] of b) if ((a.get(device) ?? 0) < seq) return false
  return true
}

/** What `a` says beyond `b`. */
export function beyond(a: Clock, b: Clock): Clock {
  if (a === b) return EMPTY_CLOCK
  return new Map([...a].filter(([device, seq]) => seq > (b.get(device) ?? 0)))
}

/** What `theirs` holds and `mine` lacks, one range for each device. */
export function missing(mine: Clock, theirs: Clock): Range[] {
  const ranges: Range[] = []
  for (const [device, last] of theirs) {
    const have = mine.get(device) ?? 0
    if (have < last) ranges.push({ device, first: have + 1, last })
  }
  return ranges
}
