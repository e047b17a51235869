// Members of a group, what they may do to each other, and what a removal ends.
import type { Clock } from '../clock.ts'
import type { EntryRef, Place } from '../entry.ts'
import type { AccountId } from '../id.ts'
import type { GroupBody, Role } from './bodies.ts'
import type { KeyCheck } from './keys.ts'

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
  /** From which key on it reads; undefined in a group without keys, or if no key was named. */
  readonly key: KeyCheck | undefined
}

/** A removal or demotion that took effect. */
export interface Bar {
  readonly account: AccountId
  readonly by: Place
  readonly ends: Clock
  readonly isRemoval: boolean
  /** The account wished it itself: it left, or stepped down. */
  readonly isOwn: boolean
}

/** Somebody was taken in, or made an admin. */
export interface Grant {
  readonly account: AccountId
  readonly place: Place
  readonly isAdmin: boolean
}

/** A GroupAdd, whether or not it takes effect: by it one account says that another is a member. */
export interface Voucher {
  readonly account: AccountId
  readonly by: AccountId
  readonly entry: EntryRef
}

export function placeKey({ device, seq }: Pick<Place, 'device' | 'seq'>): string {
  return `${device}/${seq}`
}

/**
 * Whether by this entry its author leaves or steps down. Two devices of one account may say so
 * without knowing of each other: neither ends the other's word.
 */
export function isOwnEnd(body: GroupBody, account: AccountId): boolean {
  return (
    (body.kind === 'group_remove' || (body.kind === 'group_role' && body.role === 'member')) &&
    body.account === account
  )
}

/** Whether one may remove or demote the other: everybody may so with themselves. */
export function outranks(by: Member, other: Member): boolean {
  if (by.account === other.account) return true
  if (by.role !== 'admin') return false
  return other.role !== 'admin' || by.rank < other.rank
}
