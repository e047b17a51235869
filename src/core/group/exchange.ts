// What follows for one replica from the state of a group: with whom it exchanges the group, whose
// logs it takes, how far it has seen somebody's, and when it says in it that it is here
// (docs/PROTOCOL.md, "What is shared" and "Groups").
import { type Clock, covers } from '../clock.ts'
import type { EntryRef, Place } from '../entry.ts'
import type { DeviceList } from '../frames.ts'
import type { AccountId, DeviceId } from '../id.ts'
import { DEVICES_MAX } from '../limits.ts'
import { comparePlaces } from '../order.ts'
import type { Bar } from './rules.ts'
import type { GroupFace, GroupState } from './state.ts'

/** What a group is to the user of a replica. Who is in it follows from its entries. */
export interface Belonging {
  /**
   * `joining`: what it consists of is asked for, until the user is seen in it. `left`: by the
   * user's own wish.
   */
  readonly state: 'invited' | 'joining' | 'joined' | 'left'
  /** Devices whose logs are asked for first: of who made the group, and of who invited. */
  readonly roots: readonly (readonly [DeviceId, AccountId])[]
  /** The entry by which its user left. */
  readonly leave?: EntryRef
  /** Somebody who stayed has all that was here when its user left. */
  readonly isPassedOn?: true
}

/** What of that follows from the group's entries. */
export type Followed = Pick<Belonging, 'state' | 'leave' | 'isPassedOn'>

/** How far the logs of a group go. */
export interface Holdings {
  /** Here, without logs that are forked: of these others may hold another part. */
  held(): Clock
  /** With somebody's devices, as each of them told. */
  heldBy(account: AccountId): readonly Clock[]
  /** They did hold all of it once. Nobody tells that to somebody any more who is gone. */
  readonly wasPassedOn: boolean
}

/** Whether the user is in it, as far as this replica knows. */
export function isInGroup(
  me: AccountId,
  { state }: Pick<Belonging, 'state'>,
  group: Pick<GroupFace, 'members'>,
): boolean {
  return state === 'joined' && group.members.has(me)
}

/**
 * Whether a replica takes what belongs to the group, from everybody who brings it. All of it is
 * signed, and who is in the group may be known to others before it is known here. That goes for
 * those who were in it too: who tells them of it has not heard that they are not, or has added them
 * again.
 */
export function takesGroup({ state, leave }: Belonging): boolean {
  return state === 'joining' || state === 'joined' || leave !== undefined
}

/**
 * The others who are told of the group. Whoever was removed is not among them from the moment on at
 * which the removal is known here. Whoever left goes on until somebody who stays has all that only
 * they may hold, and who is no member any more does so with those who think that they are.
 */
export function groupSharers(
  me: AccountId,
  belonging: Belonging,
  group: GroupState,
  holdings: Holdings,
): Set<AccountId> {
  const sharers = new Set<AccountId>()
  const { state, roots } = belonging
  const members = [...group.members.keys()]
  for (const [, account] of state === 'joining' ? roots : []) {
    // Whoever invited may have been removed since.
    if (!endOf(account, group)) sharers.add(account)
  }
  if (state === 'joining' || isInGroup(me, belonging, group)) {
    for (const account of members) sharers.add(account)
  } else if (state !== 'invited') {
    const isOpen = isLeaving(me, belonging, group) && !isPassedOn(me, group, holdings)
    const held = holdings.held()
    for (const account of endOf(me, group) ? members : []) {
      // The entry that ends it may be there, and wait for what only the one holds whom it concerns.
      const lacks = (clock: Clock): boolean => clock.size > 0 && !covers(clock, held)
      if (isOpen || holdings.heldBy(account).some(lacks)) sharers.add(account)
    }
  }
  sharers.delete(me)
  return sharers
}

/** Whether the user left, and that was not passed on as far as is kept. */
function isLeaving(me: AccountId, belonging: Belonging, group: GroupState): boolean {
  const end = endOf(me, group)
  return !belonging.isPassedOn && end !== undefined && group.devices.get(end.device) === me
}

/** Whether somebody who is in it holds all that is here. */
export function isPassedOn(
  me: AccountId,
  { members }: Pick<GroupState, 'members'>,
  holdings: Holdings,
): boolean {
  if (holdings.wasPassedOn) return true
  const held = holdings.held()
  return [...members.keys()].some(
    (account) => account !== me && holdings.heldBy(account).some((clock) => covers(clock, held)),
  )
}

/** The entry by which somebody is not in the group: by it they left, or were removed. */
export function endOf(account: AccountId, { bars }: GroupState): EntryRef | undefined {
  return bars.findLast((bar) => bar.isRemoval && bar.account === account)?.by
}

/**
 * What a group is to the user from now on, where that follows from its entries: of who sees
 * themselves in it, also again, or that they left on this device or another.
 */
export function followed(
  me: AccountId,
  belonging: Belonging,
  group: GroupState,
  holdings: Holdings,
): Followed | undefined {
  const { state, leave } = belonging
  if (group.members.has(me)) {
    if (state === 'joining') return { state: 'joined' }
    // Whoever turned an invitation down is not asked again; who was in it and left is.
    return state === 'left' && leave ? { state: 'invited' } : undefined
  }
  if (!isLeaving(me, belonging, group)) return undefined
  const end = endOf(me, group)
  if (state === 'joined' && end) {
    return { state: 'left', leave: { device: end.device, seq: end.seq } }
  }
  if (state !== 'left' || !leave || !isPassedOn(me, group, holdings)) return undefined
  return { state, leave, isPassedOn: true }
}

/** What ended what somebody was last added to: they left, or were removed. */
export function endsSince(account: AccountId, state: GroupState): Bar[] {
  const since = added(account, state)
  return state.bars.filter(
    (bar) =>
      bar.isRemoval && bar.account === account && (!since || comparePlaces(bar.by, since) > 0),
  )
}

/** By which entry somebody was added last. */
export function added(account: AccountId, { grants }: GroupState): Place | undefined {
  return grants.findLast((grant) => grant.account === account && !grant.isAdmin)?.place
}

/** The device that made the group: its first entry is there, of which the group's id is made. */
export function founder({ grants }: GroupState): DeviceId | undefined {
  return grants[0]?.place.device
}

/** Devices that write in a group, as is known from elsewhere than from its entries. */
export interface Hearsay {
  /** Newest device lists of people who were met. */
  readonly lists: Iterable<DeviceList>
  /** Logs of which entries are waited for, with the account of whoever named these. */
  readonly awaited: Iterable<readonly [DeviceId, AccountId]>
}

/**
 * Everybody who writes or wrote there, for whom. A new device says whose it is in its own log, so
 * that log is taken before: what others wrote once they had it waits for it.
 */
export function groupWriters(
  { roots }: Belonging,
  { devices, lists }: GroupState,
  hearsay: Hearsay,
): Map<DeviceId, AccountId> {
  const writers = new Map(hearsay.awaited)
  for (const { account, devices: listed } of hearsay.lists) {
    for (const device of lists.has(account) ? listed : []) writers.set(device, account)
  }
  return new Map([...writers, ...roots, ...devices])
}

/**
 * Whether a member, met in a session, may not know that they are in it, or that this user is: the
 * device never said that it is here, or forgot it with what it knew of this database.
 *
 * @param knows up to which position of this database it knows it
 * @param saidAt the position at which something came last that it wrote in the group
 */
export function mayNotKnow(
  { members }: Pick<GroupFace, 'members'>,
  account: AccountId,
  knows: number | undefined,
  saidAt: number | undefined,
): boolean {
  const member = members.get(account)
  if (!member) return false
  const isKnown = member.isHere && knows !== undefined && saidAt !== undefined && knows >= saidAt
  return !isKnown
}

/** Whether a device that shows this list of its account was taken off the group's newer one. */
export function isOffList(
  group: Pick<GroupFace, 'lists'>,
  device: DeviceId,
  shown: DeviceList,
): boolean {
  const list = group.lists.get(shown.account)
  return list !== undefined && list.version >= shown.version && !list.devices.includes(device)
}

/** Whether the group knows of this device, its account's list and its name, from itself. */
export function hasSaidHere(
  { affirmed, lists, names, members }: GroupState,
  device: DeviceId,
  { account, version }: Pick<DeviceList, 'account' | 'version'>,
  name: string,
): boolean {
  return (
    affirmed.get(device) === account &&
    members.get(account)?.isHere === true &&
    (lists.get(account)?.version ?? 0) >= version &&
    names.get(account) === name
  )
}

/** How far everything is shown that a member's devices wrote: what a removal lets count. */
export function endsOf(
  group: Pick<GroupState, 'devices'>,
  account: AccountId,
  shownOf: (device: DeviceId) => number,
): Clock {
  const ends: [DeviceId, number][] = []
  for (const [device, owner] of group.devices) {
    const shown = shownOf(device)
    if (owner === account && shown > 0) ends.push([device, shown])
  }
  // One who signs for more devices than may be named is removed all the same.
  return new Map(ends.toSorted(([, a], [, b]) => b - a).slice(0, DEVICES_MAX))
}
