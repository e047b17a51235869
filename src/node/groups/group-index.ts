// With whom groups are exchanged, what is held of these, and by which devices those people write.
// A group that changes costs its own people, however many other groups there are; and meeting
// somebody costs what is to be said, however many groups are shared.
import type { GroupFace } from '../../core/group/state.ts'
import type { AccountId, ConversationId, DeviceId } from '../../core/id.ts'
import { added, addTo, type Digest, noDigest } from '../../core/sync/log-digest.ts'
import type { GroupBrief } from './group-pages.ts'

type ByAccount = ReadonlyMap<AccountId, readonly DeviceId[]>
type Lists = GroupFace['lists']

interface Indexed {
  readonly sharers: ReadonlySet<AccountId>
  readonly byAccount: ByAccount
  /** Devices that may have to hear something of it, whatever they know of this database. */
  readonly unsure: ReadonlySet<DeviceId>
  /** As it is counted for its people. */
  held: Digest
  /** While it sleeps. */
  asleepWith: Lists | undefined
}

interface Fellow {
  readonly groups: Set<ConversationId>
  /** Digest over what is held of these groups. */
  readonly held: Digest
  /** In how many of these groups each of their devices writes. */
  readonly devices: Map<DeviceId, number>
  /** Of which of them each may have to hear something. */
  readonly unsure: Map<DeviceId, Set<ConversationId>>
}

export interface GroupIndexInit {
  readonly me: AccountId
  /** Of what is held of a group, as the engine knows it. */
  readonly heldOf: (id: ConversationId) => Digest
  /** Whether there is anything of the log of a device. */
  readonly hasLog: (id: ConversationId, device: DeviceId) => boolean
}

const NO_GROUPS: ReadonlySet<ConversationId> = new Set()
/** Of most groups nothing is unsure. */
const NO_DEVICES: ReadonlySet<DeviceId> = new Set()

export class GroupIndex {
  private readonly init: GroupIndexInit
  private readonly indexed = new Map<ConversationId, Indexed>()
  private readonly fellows = new Map<AccountId, Fellow>()
  /** Of members, without the user: groups of the same people sleep with the same. */
  private readonly sharers = new WeakMap<object, ReadonlySet<AccountId>>()
  /** By the device lists that they know; those of the same people sleep with the same. */
  private readonly asleep = new Map<Lists, Set<ConversationId>>()
  /** Those whose state was looked at. */
  private readonly awakened = new Set<ConversationId>()

  constructor(init: GroupIndexInit) {
    this.init = init
  }

  /** A group that sleeps: its members exchange it. */
  putAsleep(id: ConversationId, brief: GroupBrief): void {
    const { me } = this.init
    const { members, cast, lists } = brief
    const others = [...(this.sharers.has(members) ? [] : members.keys())]
    const sharers = this.sharers.get(members) ?? new Set(others.filter((each) => each !== me))
    this.sharers.set(members, sharers)
    this.add(id, sharers, cast.byAccount, this.unsureIn(id, brief), lists)
  }

  put(id: ConversationId, sharers: ReadonlySet<AccountId>, byAccount: ByAccount): void {
    this.add(id, sharers, byAccount, new Set([...byAccount.values()].flat()), undefined)
  }

  /** Somebody looked at its state. What is sure of it still is. */
  wake(id: ConversationId): void {
    const known = this.indexed.get(id)
    if (!known?.asleepWith) return
    this.asleep.get(known.asleepWith)?.delete(id)
    known.asleepWith = undefined
    this.awakened.add(id)
  }

  remove(id: ConversationId): void {
    const known = this.indexed.get(id)
    if (!known) return
    this.wake(id)
    this.awakened.delete(id)
    this.indexed.delete(id)
    for (const [account, fellow] of this.fellowsIn(known)) {
      fellow.groups.delete(id)
      addTo(fellow.held, known.held)
      for (const device of known.byAccount.get(account) ?? []) {
        const left = (fellow.devices.get(device) ?? 0) - 1
        if (left > 0) fellow.devices.set(device, left)
        else fellow.devices.delete(device)
        fellow.unsure.get(device)?.delete(id)
      }
      if (fellow.groups.size === 0) this.fellows.delete(account)
    }
  }

  /** What is held of a group is something else now. */
  counted(id: ConversationId): void {
    const known = this.indexed.get(id)
    if (!known) return
    const held = this.init.heldOf(id)
    const change = added(known.held, held)
    for (const [, fellow] of this.fellowsIn(known)) addTo(fellow.held, change)
    known.held = held
  }

  groupsWith(account: AccountId): ReadonlySet<ConversationId> {
    return this.fellows.get(account)?.groups ?? NO_GROUPS
  }

  /** Digest over what is held of them. */
  heldWith(account: AccountId): Digest {
    return this.fellows.get(account)?.held ?? noDigest()
  }

  /** Those of which a device may have to hear something, whatever it knows of this database. */
  unsureWith(account: AccountId, device: DeviceId): ReadonlySet<ConversationId> {
    const fellow = this.fellows.get(account)
    if (!fellow) return NO_GROUPS
    const isEverywhere = fellow.devices.get(device) === fellow.groups.size
    return isEverywhere ? (fellow.unsure.get(device) ?? NO_GROUPS) : fellow.groups
  }

  accounts(): Iterable<AccountId> {
    return this.fellows.keys()
  }

  /** In groups that are exchanged with them. */
  devicesOf(account: AccountId): Iterable<DeviceId> {
    return this.fellows.get(account)?.devices.keys() ?? []
  }

  /** Those that are awake. */
  awake(): Iterable<ConversationId> {
    return this.awakened
  }

  /** The others, by the device lists that they know. */
  sleeping(): Iterable<readonly [Lists, Iterable<ConversationId>]> {
    return this.asleep
  }

  /** Of those that sleep, all that somebody was in and is no more. */
  *formerOf(account: AccountId): Iterable<ConversationId> {
    const shared = this.groupsWith(account)
    for (const [lists, ids] of this.asleep) {
      const [first] = ids
      // Those with the same lists have the same members.
      if (lists.has(account) && first && !shared.has(first)) yield* ids
    }
  }

  private unsureIn(id: ConversationId, brief: GroupBrief): ReadonlySet<DeviceId> {
    const { cast, knownBy, members } = brief
    const unsure: DeviceId[] = []
    for (const [account, devices] of cast.byAccount) {
      const isHere = members.get(account)?.isHere === true
      for (const device of devices) {
        const isSure = isHere && knownBy.has(device) && this.init.hasLog(id, device)
        if (!isSure) unsure.push(device)
      }
    }
    return unsure.length === 0 ? NO_DEVICES : new Set(unsure)
  }

  private add(
    id: ConversationId,
    sharers: ReadonlySet<AccountId>,
    byAccount: ByAccount,
    unsure: ReadonlySet<DeviceId>,
    asleepWith: Lists | undefined,
  ): void {
    this.remove(id)
    const held = this.init.heldOf(id)
    this.indexed.set(id, { sharers, byAccount, unsure, held, asleepWith })
    if (asleepWith) noteIn(this.asleep, asleepWith, id)
    else this.awakened.add(id)
    for (const account of sharers) {
      const fellow = this.fellows.get(account) ?? nobody()
      this.fellows.set(account, fellow)
      fellow.groups.add(id)
      addTo(fellow.held, held)
      for (const device of byAccount.get(account) ?? []) {
        fellow.devices.set(device, (fellow.devices.get(device) ?? 0) + 1)
        if (unsure.has(device)) noteIn(fellow.unsure, device, id)
      }
    }
  }

  private *fellowsIn({ sharers }: Indexed): Iterable<readonly [AccountId, Fellow]> {
    for (const account of sharers) {
      const fellow = this.fellows.get(account)
      if (fellow) yield [account, fellow]
    }
  }
}

function nobody(): Fellow {
  return { groups: new Set(), held: noDigest(), devices: new Map(), unsure: new Map() }
}

function noteIn<K>(sets: Map<K, Set<ConversationId>>, key: K, id: ConversationId): void {
  const set = sets.get(key)
  if (set) set.add(id)
  else sets.set(key, new Set([id]))
}
