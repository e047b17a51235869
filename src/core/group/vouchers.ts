// Who became a member may be known to some members only, and gone may be who could tell the others.
// So a member that somebody may not know shows the entries by which it was added: signed, each by a
// device of somebody who was added likewise, up to one whom the other knows. Whoever has nothing
// new to show is no member here, and does not find out whether anybody is, but for one who left
// (docs/PROTOCOL.md, "What is shared").
import type { Clock } from '../clock.ts'
import type { EntryRef, Place } from '../entry.ts'
import type { AccountId } from '../id.ts'
import { GROUP_VOUCHERS_MAX } from '../limits.ts'
import { comparePlaces } from '../order.ts'
import { added, type Belonging, endsSince } from './exchange.ts'
import type { Voucher } from './rules.ts'
import type { GroupState } from './state.ts'

/**
 * By what an account can show that it is or was a member: how it was added, how those were who
 * added it, and so on. The nearest come first. None for whoever made the group.
 */
export function vouchersFor(account: AccountId, group: GroupState): Voucher[] {
  const vouchers: Voucher[] = []
  const asked = new Set([account])
  for (const each of asked) {
    const adds = group.adds.get(each) ?? []
    const last = added(each, group)
    const counting = adds.find((add) => last !== undefined && isSame(add.entry, last))
    // One that has no effect as things are known here may have one where more is known.
    for (const voucher of new Set([counting, adds.at(-1)])) {
      if (!voucher) continue
      if (vouchers.length === GROUP_VOUCHERS_MAX) return vouchers
      vouchers.push(voucher)
      asked.add(voucher.by)
    }
  }
  return vouchers
}

/**
 * With those that somebody was shown who was added. They may name entries that are not here yet, or
 * wait for others that nobody brings to one whom they do not know.
 */
export function withKept<T extends Voucher>(own: readonly T[], kept: readonly T[]): T[] {
  const isNew = ({ entry }: T): boolean => !own.some((each) => isSame(each.entry, entry))
  return [...own, ...kept.filter(isNew)]
}

/** What one knows of a peer with whom a group is shared. */
export interface Listener {
  /** Whether it told what it holds of the group in this session, and did not take that back. */
  readonly told: boolean
  /** What it told at any time. */
  readonly held: Clock
  /** Up to which position of this database it knows it. */
  readonly knows: number | undefined
}

/** Whether it may not know that this user is a member, and so not listen. */
export function isDeaf(me: AccountId, group: GroupState, { told, held, knows }: Listener): boolean {
  // It tells of the group whom it takes for a member.
  if (told) return false
  const entry = added(me, group)
  const isKnown = entry !== undefined && (held.get(entry.device) ?? 0) >= entry.seq
  return knows === undefined || !isKnown
}

/**
 * Whether somebody left whom nobody removed, when this user had been added. They may hold what
 * nobody else does any more: it came after they left, or not all of it is here of which they told.
 * That this user was in the group is no news to them.
 */
function hasLeft(account: AccountId, me: AccountId, group: GroupState): boolean {
  const end = partingOf(account, group)
  return group.grants.some(
    (grant) => end && grant.account === me && comparePlaces(grant.place, end) < 0,
  )
}

/** The entry by which somebody left whom nobody removed since they were added. */
export function partingOf(account: AccountId, group: GroupState): Place | undefined {
  const ends = endsSince(account, group)
  const isOwn = added(account, group) !== undefined && ends.every((end) => end.isOwn)
  return isOwn ? ends[0]?.by : undefined
}

/**
 * Whether what an account brings of a group is taken: that of members, of who left, and of who may
 * be a member by entries that are not known here. Whether those have an effect is found out once
 * they are; what is known here has none, or it were a member.
 */
export function isHeard(
  account: AccountId,
  vouchers: readonly Voucher[],
  me: AccountId,
  belonging: Belonging,
  group: GroupState,
): boolean {
  const asked = new Set([account])
  // Without what made the group, which may be lost here, nothing is decided.
  const isOpen = group.grants.length === 0
  for (const each of asked) {
    if (isTrusted(each, me, belonging, group) || (each === me && each !== account)) return true
    for (const voucher of vouchers) {
      const isNews = isOpen || !isKnown(voucher, group)
      if (voucher.account === each && isNews) asked.add(voucher.by)
    }
  }
  return false
}

/**
 * Whether an account is known to be a member, or to have left. Before anything of the group is
 * here, who made it and who invited are all that is known.
 */
function isTrusted(
  account: AccountId,
  me: AccountId,
  { state, roots }: Belonging,
  group: GroupState,
): boolean {
  if (group.members.has(account) || hasLeft(account, me, group)) return true
  if (state !== 'joining' && group.grants.length > 0) return false
  const isRoot = roots.some(([, root]) => root === account)
  return isRoot && endsSince(account, group).every(({ isOwn }) => isOwn)
}

/** Whether what it says is ordered here, whatever it came to. */
export function isKnown({ account, entry }: Voucher, { adds }: GroupState): boolean {
  return adds.get(account)?.some((add) => isSame(add.entry, entry)) === true
}

function isSame(a: EntryRef, b: EntryRef): boolean {
  return a.device === b.device && a.seq === b.seq
}
