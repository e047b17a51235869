// Who belongs to a group, who is an admin, what it is called: computed from the group's entries in
// the order of the conversation, so that every replica that holds the same entries comes to the
// same. Entries that came late are sorted in, and all is computed anew.
//
// Rules, and why they hold against members who lie (docs/PROTOCOL.md, "Groups"):
//
//   - Only admins add, remove, promote, demote and rename; in an open group every member adds. What
//     somebody says who may not is kept and has no effect.
//   - Admins rank by when they became admins. Nobody removes or demotes an admin of higher rank. So
//     of two admins who remove each other the one of higher rank stays, whoever claims to have been
//     first, and an entry that was dated back undoes nothing that a higher rank has decided.
//   - A removal or demotion names how far the logs of whom it concerns count. What lies behind that
//     has no effect, wherever it would stand in the order, until the member is taken in again.
//   - A group with members has an admin: when the last one goes, the longest-standing member is.
import type { Place } from '../entry.ts'
import type { DeviceList } from '../frames.ts'
import type { AccountId, ConversationId, DeviceId } from '../id.ts'
import { comparePlaces } from '../order.ts'
import type { GroupBody } from './bodies.ts'
import { Fold } from './fold.ts'
import { deviceAccounts, newestListings, newestLists } from './owners.ts'
import {
  type Bar,
  type Grant,
  type GroupChange,
  type Member,
  placeKey,
  type Voucher,
} from './rules.ts'
import { Bars, isBarred, type Standing } from './standing.ts'

export type FaceMember = Pick<Member, 'role' | 'isHere'>

/** What is known of a group without going through what it consists of. */
export interface GroupFace {
  readonly name: string
  readonly topic: string
  readonly open: boolean
  readonly members: ReadonlyMap<AccountId, FaceMember>
  /** What each was called last, also who is no member any more. */
  readonly names: ReadonlyMap<AccountId, string>
  /** The newest known list of everybody who is or was a member. */
  readonly lists: ReadonlyMap<AccountId, Pick<DeviceList, 'version' | 'devices'>>
}

export interface GroupState extends GroupFace {
  /** In their order. */
  readonly bars: readonly Bar[]
  readonly grants: readonly Grant[]
  readonly standing: Standing
  readonly id: ConversationId
  /** Whether new members read all, or only from their joining on: then it has keys. */
  readonly history: 'all' | 'joining'
  /** Of the newest key that anybody was added with. */
  readonly epoch: number
  readonly members: ReadonlyMap<AccountId, Member>
  /** Of everybody who is or was a member. */
  readonly devices: ReadonlyMap<DeviceId, AccountId>
  /** The newest known list of everybody who is or was a member. */
  readonly lists: ReadonlyMap<AccountId, DeviceList>
  /** By which list each device is one of its account, also where a newer one leaves it out. */
  readonly listings: ReadonlyMap<DeviceId, DeviceList>
  /** Entries that changed something that people want to hear of, by `placeKey`. */
  readonly told: ReadonlySet<string>
  /** Devices that said themselves for whom they act. */
  readonly affirmed: ReadonlyMap<DeviceId, AccountId>
  /** All that were said to be members, in their order, whether or not that took effect. */
  readonly adds: ReadonlyMap<AccountId, readonly Voucher[]>
}

/** @param changes in any order; among them the entry that made the group, or nobody is in it */
export function groupState(id: ConversationId, changes: readonly GroupChange[]): GroupState {
  const ordered = changes.toSorted((a, b) => comparePlaces(a.place, b.place))
  const { devices, affirmed } = deviceAccounts(ordered)
  const lists = newestLists(ordered)
  const listings = newestListings(ordered, devices)
  const known = { devices, affirmed, lists, listings, adds: addsOf(ordered, devices) }
  let epoch = 0
  const pass = (changes: readonly GroupChange[], bars: readonly Bar[]): Fold => {
    const fold = new Fold(devices, new Bars(bars))
    for (const change of changes) fold.take(change)
    // Messages may have been written with a key whose add a removal undoes: whoever comes later
    // must not read them.
    epoch = Math.max(epoch, fold.epoch)
    return fold
  }
  // Names and topics, of which there may be very many, wait for the last round.
  const deciding = ordered.filter(({ body }) => decides(body))
  const bars = settle((found) => pass(deciding, found).bars, ordered.length)
  const fold = pass(ordered, bars)
  const { name, topic, open, members, names, grants, told } = fold
  const standing = { bars: new Bars(bars), grants }
  const { all } = grants
  const history = fold.hasKeys ? 'joining' : 'all'
  const shown = { id, name, topic, open, history, epoch, members, told } as const
  return { ...shown, ...known, names, bars, grants: all, standing }
}

/**
 * What a removal undoes may be what another one rests on. The decisions of the highest rank are
 * settled by the first round, those of the next rank by the one after it. Where somebody's say
 * rests on what they undo it comes to no end: what took effect in any of these rounds counts then.
 */
function settle(pass: (bars: readonly Bar[]) => readonly Bar[], most: number): readonly Bar[] {
  const rounds: (readonly Bar[])[] = []
  let bars: readonly Bar[] = []
  for (;;) {
    const next = pass(bars)
    if (isSame(next, bars)) return next
    rounds.push(bars)
    bars = next
    const since = rounds.findIndex((each) => isSame(each, next))
    if (since === -1 && rounds.length <= most) continue
    return union(rounds.slice(Math.max(0, since)))
  }
}

/** Whether an entry bears on who is in the group and who may do what. */
function decides(body: GroupBody): boolean {
  if (body.kind === 'group_info') return body.open !== undefined
  return body.kind !== 'group_devices'
}

/** Whether a device acts for somebody who is or was a member; a list alone makes nobody one. */
export function wasMember(state: GroupState, device: DeviceId): boolean {
  const account = state.devices.get(device)
  return account !== undefined && state.standing.grants.has(account)
}

/** Whether an entry counts: its author was a member, and not removed before. */
export function counts(state: GroupState, place: Place): boolean {
  const account = state.devices.get(place.device)
  if (account === undefined || !wasMember(state, place.device)) return false
  return !isBarred(state.standing, account, place, false)
}

function addsOf(
  ordered: readonly GroupChange[],
  devices: ReadonlyMap<DeviceId, AccountId>,
): ReadonlyMap<AccountId, readonly Voucher[]> {
  const vouchers = ordered.flatMap(({ place, body }): Voucher[] => {
    const by = devices.get(place.device)
    if (body.kind !== 'group_add' || !by) return []
    const { device, seq } = place
    return [{ account: body.devices.account, by, entry: { device, seq } }]
  })
  return Map.groupBy(vouchers, ({ account }) => account)
}

function isSame(a: readonly Bar[], b: readonly Bar[]): boolean {
  return a.length === b.length && a.every(({ by }, i) => comparePlaces(by, b[i]?.by ?? by) === 0)
}

function union(rounds: readonly (readonly Bar[])[]): readonly Bar[] {
  const all = new Map(rounds.flat().map((bar) => [placeKey(bar.by), bar]))
  return [...all.values()].toSorted((a, b) => comparePlaces(a.by, b.by))
}
