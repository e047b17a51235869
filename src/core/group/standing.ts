// Who was taken in, made an admin, removed and demoted, in the order of the conversation. Whether
// an entry is behind an end is found by bisection, so that somebody who leaves and comes back a
// thousand times costs everybody little.
import type { Place } from '../entry.ts'
import type { AccountId, DeviceId } from '../id.ts'
import { comparePlaces } from '../order.ts'
import type { Bar, Grant } from './rules.ts'

/** Grants are added in their order. */
export class Grants {
  readonly all: Grant[] = []
  private readonly members = new Map<AccountId, Place[]>()
  private readonly admins = new Map<AccountId, Place[]>()

  add(grant: Grant): void {
    const { account, place, isAdmin } = grant
    const places = isAdmin ? this.admins : this.members
    const known = places.get(account)
    if (known) known.push(place)
    else places.set(account, [place])
    this.all.push(grant)
  }

  /** Whether somebody ever was a member. */
  has(account: AccountId): boolean {
    return this.members.has(account)
  }

  /** When somebody became a member for the first time. */
  first(account: AccountId): Place | undefined {
    return this.members.get(account)?.[0]
  }

  /** The last time before a place. */
  lastBefore(account: AccountId, isAdmin: boolean, place: Place): Place | undefined {
    const places = (isAdmin ? this.admins : this.members).get(account) ?? []
    return places[firstAt(places, (each) => comparePlaces(each, place) >= 0) - 1]
  }
}

export class Bars {
  /** In their order. */
  readonly all: readonly Bar[]
  private readonly removals: ReadonlyMap<AccountId, readonly Bar[]>
  private readonly demotions: ReadonlyMap<AccountId, readonly Bar[]>
  private byOthers: Bars | undefined
  private readonly least = new Map<readonly Bar[], Map<DeviceId, readonly number[]>>()

  constructor(all: readonly Bar[]) {
    const of = (isRemoval: boolean): ReadonlyMap<AccountId, readonly Bar[]> => {
      const bars = all.filter((bar) => bar.isRemoval === isRemoval)
      return Map.groupBy(bars, ({ account }) => account)
    }
    this.all = all
    this.removals = of(true)
    this.demotions = of(false)
  }

  /** Without those by which somebody left or stepped down. */
  get ofOthers(): Bars {
    if (!this.all.some(({ isOwn }) => isOwn)) return this
    this.byOthers ??= new Bars(this.all.filter(({ isOwn }) => !isOwn))
    return this.byOthers
  }

  /** Whether one that stands behind a place ends what stands at another. */
  end(account: AccountId, isRemoval: boolean, since: Place | undefined, place: Place): boolean {
    const bars = (isRemoval ? this.removals : this.demotions).get(account)
    if (!bars) return false
    // By the entry with which an admin steps down, who is there longest may become one.
    const first = since ? firstAt(bars, ({ by }) => comparePlaces(by, since) > 0) : 0
    const least = this.leastEnds(bars, place.device)[first] ?? Infinity
    return least < place.seq
  }

  /** From each bar on, the shortest that any leaves of a device's log. */
  private leastEnds(bars: readonly Bar[], device: DeviceId): readonly number[] {
    const known = this.least.get(bars) ?? new Map<DeviceId, readonly number[]>()
    this.least.set(bars, known)
    let ends = known.get(device)
    if (!ends) {
      let least = Infinity
      const endOf = ({ by, ends: named }: Bar): number =>
        by.device === device ? by.seq : (named.get(device) ?? 0)
      ends = bars
        .toReversed()
        .map((bar) => (least = Math.min(least, endOf(bar))))
        .toReversed()
      known.set(device, ends)
    }
    return ends
  }
}

/** Everybody's removals, demotions and admissions. */
export interface Standing {
  readonly bars: Bars
  readonly grants: Grants
}

/** @param asAdmin what the entry does needs an admin, so that a demotion ends it too */
export function isBarred(
  { bars, grants }: Standing,
  account: AccountId,
  place: Place,
  asAdmin: boolean,
): boolean {
  const isEnded = (isRemoval: boolean): boolean =>
    bars.end(account, isRemoval, grants.lastBefore(account, !isRemoval, place), place)
  return isEnded(true) || (asAdmin && isEnded(false))
}

/** Where something begins to be so; the length where it never is. */
function firstAt<T>(sorted: readonly T[], isSo: (each: T) => boolean): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (isSo(sorted[middle] as T)) high = middle
    else low = middle + 1
  }
  return low
}
