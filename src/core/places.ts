// Pages of a conversation's order: a merge of its logs that can be taken up at any place, forwards
// or backwards. Costs the page, not the history.
import type { Place } from './entry.ts'
import type { DeviceId } from './id.ts'
import { comparePlaces, type OrderLog } from './order.ts'

type LogicalOf = (device: DeviceId, seq: number) => number
type OrderLogs = ReadonlyMap<DeviceId, OrderLog>

/** Which entries are meant: the one nearest to an entry, or itself. Without it all. */
type NearestOf = (device: DeviceId, seq: number) => number

/** Those before a place, and in each log the last that is meant up to an entry; 0 for none. */
export interface Earlier {
  readonly before?: Place | undefined
  readonly upTo?: NearestOf
}

/**
 * The newest `limit` places of a conversation, oldest first. Each log is searched by bisection.
 */
export function lastPlaces(
  logs: OrderLogs,
  logical: LogicalOf,
  limit: number,
  { before, upTo = itself }: Earlier = {},
): Place[] {
  const start = (device: DeviceId, shown: number): number =>
    before ? lastSeqBefore(device, shown, logical, before) : shown
  return walk({ lasts: lastsOf(logs), logical, nearest: upTo, limit, start, step: -1 }).toReversed()
}

/**
 * The first `limit` places that come after a place, oldest first.
 *
 * @param from in each log the first that is meant from an entry on; past its end for none
 */
export function placesAfter(
  logs: OrderLogs,
  logical: LogicalOf,
  limit: number,
  after: Place,
  from: NearestOf = itself,
): Place[] {
  // Nothing lies between a place and the next of its own log.
  const end = { ...after, seq: after.seq + 1 }
  const start = (device: DeviceId, shown: number): number =>
    lastSeqBefore(device, shown, logical, end) + 1
  return walk({ lasts: lastsOf(logs), logical, nearest: from, limit, start, step: 1 })
}

/**
 * The first `limit` places of what is left of a conversation, oldest first.
 *
 * @param from of each log the next entry, and the last one that counts
 */
export function placesFrom(
  from: ReadonlyMap<DeviceId, { readonly next: number; readonly last: number }>,
  logical: LogicalOf,
  limit: number,
): Place[] {
  const lasts = new Map([...from].map(([device, { last }]) => [device, last] as const))
  const start = (device: DeviceId): number => from.get(device)?.next ?? 0
  return walk({ lasts, logical, nearest: itself, limit, start, step: 1 })
}

interface Walk {
  /** Of each log how far it goes. */
  readonly lasts: ReadonlyMap<DeviceId, number>
  readonly logical: LogicalOf
  readonly nearest: NearestOf
  readonly limit: number
  readonly start: (device: DeviceId, last: number) => number
  readonly step: 1 | -1
}

/** Joins the logs from their starts on, forwards (1) or backwards (-1) in the order. */
function walk({ lasts, logical, nearest, limit, start, step }: Walk): Place[] {
  const heads: Place[] = []
  const push = (device: DeviceId, at: number): void => {
    const last = lasts.get(device) ?? 0
    const seq = at > 0 && at <= last ? nearest(device, at) : 0
    if (seq > 0 && seq <= last) heads.push({ device, seq, logical: logical(device, seq) })
  }
  for (const [device, last] of lasts) push(device, start(device, last))
  const places: Place[] = []
  while (places.length < limit && heads.length > 0) {
    const at = heads.reduce((best, place, i) => {
      const nearest = heads[best]
      return nearest && step * comparePlaces(place, nearest) < 0 ? i : best
    }, 0)
    const [place] = heads.splice(at, 1)
    if (!place) break
    places.push(place)
    push(place.device, place.seq + step)
  }
  return places
}

/** The last entry of a log that comes before a place; 0 for none. */
export function lastSeqBefore(
  device: DeviceId,
  shown: number,
  logical: LogicalOf,
  before: Place,
): number {
  let low = 0
  let high = shown
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    const place = { device, seq: middle, logical: logical(device, middle) }
    if (comparePlaces(place, before) < 0) low = middle
    else high = middle - 1
  }
  return low
}

function itself(_: DeviceId, seq: number): number {
  return seq
}

function lastsOf(logs: OrderLogs): Map<DeviceId, number> {
  return new Map([...logs].map(([device, { shown }]) => [device, shown] as const))
}
