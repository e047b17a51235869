// Members of a group, what they may do to each other, and what a removal ends.
import type { Clock } from '../clock.ts'
import type { Place } from '../entry.ts'
import type { AccountId } from '../id.ts'
import { comparePlaces } from '../order.ts'
import type { GroupBody, Role } from './bodies.ts'

/** A group's entry at its place in the conversation. */
export interface GroupChange {
  readonly place: Place
  readonly body: GroupBody
}

export interface Member {
  readonly account: AccountId
  /** As told last, by themselves or by whoever added them. */
  readonly name: string
  readonly role: Role
  /** Has said that it is here; otherwise it was only added. */
  readonly isHere: boolean
  /** When it was added, and when it became an admin: lower is earlier. */
  readonly since: number
  readonly rank: number
}

/** A removal or demotion that took effect. */
export interface Bar {
  readonly account: AccountId
  readonly by: Place
  readonly ends: Clock
  readonly isRemoval: boolean
}

/** Somebody was taken in, or made an admin. */
export interface Grant {
  readonly account: AccountId
  readonly place: Place
  readonly isAdmin: boolean
}

/** Everybody's removals, demotions and admissions. */
export interface Standing {
  readonly bars: readonly Bar[]
  readonly grants: readonly Grant[]
}

export function placeKey({ device, seq }: Pick<Place, 'device' | 'seq'>): string {
  return `${device}/${seq}`
}

/** Whether one may remove or demote the other: everybody may so with themselves. */
export function outranks(by: Member, other: Member): boolean {
  if (by.account === other.account) return true
  if (by.role !== 'admin') return false
  return other.role !== 'admin' || by.rank < other.rank
}

/** @param asAdmin what the entry does needs an admin, so that a demotion ends it too */
export function isBarred(
  { bars, grants }: Standing,
  account: AccountId,
  place: Place,
  asAdmin: boolean,
): boolean {
  return bars.some((bar) => {
    if (bar.account !== account || !(bar.isRemoval || asAdmin)) return false
    const { by, ends } = bar
    if (place.seq <= (by.device === place.device ? by.seq : (ends.get(place.device) ?? 0))) {
      return false
    }
    const isOver = (grant: Grant): boolean =>
      grant.account === account &&
      (bar.isRemoval ? !grant.isAdmin : grant.isAdmin) &&
      comparePlaces(by, grant.place) < 0 &&
      comparePlaces(grant.place, place) < 0
    return !grants.some(isOver)
  })
}
