// Reading a conversation from its beginning: a merge of its logs by their order, that can be left
// and taken up again at any place.
import type { Place } from './entry.ts'
import type { DeviceId } from './id.ts'
import { comparePlaces } from './order.ts'

/**
 * The first `limit` places of what is left of a conversation, oldest first.
 *
 * @param from of each log the next entry, and the last one that counts
 */
export function firstPlaces(
  from: ReadonlyMap<DeviceId, { readonly next: number; readonly last: number }>,
  logical: (device: DeviceId, seq: number) => number,
  limit: number,
): Place[] {
  const heads: { place: Place; last: number }[] = []
  const push = (device: DeviceId, seq: number, last: number): void => {
    if (seq <= last) heads.push({ place: { device, seq, logical: logical(device, seq) }, last })
  }
  for (const [device, { next, last }] of from) push(device, next, last)
  const places: Place[] = []
  while (places.length < limit && heads.length > 0) {
    const at = heads.reduce((best, { place }, i) => {
      const least = heads[best]?.place
      return least && comparePlaces(place, least) < 0 ? i : best
    }, 0)
    const [head] = heads.splice(at, 1)
    if (!head) break
    const { place, last } = head
    places.push(place)
    push(place.device, place.seq + 1, last)
  }
  return places
}
