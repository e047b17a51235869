// One pass over a group's entries in their order: who may do what, and what comes of it.
import type { Place } from '../entry.ts'
import type { AccountId, DeviceId } from '../id.ts'
import { GROUP_MEMBERS_MAX } from '../limits.ts'
import type { GroupBody } from './bodies.ts'
import type { KeyCheck } from './keys.ts'
import { type Bar, type GroupChange, isOwnEnd, type Member, outranks, placeKey } from './rules.ts'
import { type Bars, Grants, isBarred } from './standing.ts'

export class Fold {
  name = ''
  topic = ''
  open = false
  hasKeys = false
  /** Of the newest key that anybody was added with. */
  epoch = 0
  readonly members = new Map<AccountId, Member>()
  readonly names = new Map<AccountId, string>()
  readonly bars: Bar[] = []
  readonly grants = new Grants()
  readonly told = new Set<string>()
  private readonly devices: ReadonlyMap<DeviceId, AccountId>
  private readonly barred: Bars
  /** Who was a member, as they were then. */
  private readonly gone = new Map<AccountId, Member>()
  private count = 0
  private isMade = false

  constructor(devices: ReadonlyMap<DeviceId, AccountId>, barred: Bars) {
    this.devices = devices
    this.barred = barred
  }

  take({ place, body }: GroupChange): void {
    this.count += 1
    if (body.kind === 'group_create') this.create(place, body)
    const account = this.devices.get(place.device)
    const by = account && this.members.get(account)
    // Whoever was removed may still have written this before.
    if (!by || this.isBarred({ place, body }, by.account, false)) return
    this.carryOut(by, { place, body })
    this.crown(place)
  }

  private create(place: Place, body: Extract<GroupBody, { kind: 'group_create' }>): void {
    const { name, topic, open, devices, displayName, keyCheck } = body
    if (this.isMade) return
    this.isMade = true
    this.name = name
    this.topic = topic
    this.open = open
    const { account } = devices
    this.names.set(account, displayName)
    this.hasKeys = keyCheck !== undefined
    const key = keyCheck && { epoch: 0, check: keyCheck }
    this.add({ account, role: 'admin', isHere: true, key }, place)
    this.told.add(placeKey(place))
  }

  private carryOut(by: Member, { place, body }: GroupChange): void {
    const isAdmin = by.role === 'admin' && !this.isBarred({ place, body }, by.account, true)
    switch (body.kind) {
      case 'group_create':
        return
      case 'group_add': {
        const { account } = body.devices
        if (!(isAdmin || this.open) || this.members.has(account)) return
        if (this.members.size >= GROUP_MEMBERS_MAX) return
        this.names.set(account, body.displayName)
        this.told.add(placeKey(place))
        const key = this.hasKeys && mayGive(by, body.key) ? body.key : undefined
        this.epoch = Math.max(this.epoch, key?.epoch ?? 0)
        return this.add({ account, role: 'member', isHere: false, key }, place)
      }
      case 'group_role':
        if (isAdmin) this.setRole(by, place, body)
        return
      case 'group_remove':
        return this.remove(by, isAdmin, place, body)
      case 'group_info':
        if (!isAdmin) return
        this.told.add(placeKey(place))
        this.name = body.name ?? this.name
        this.topic = body.topic ?? this.topic
        this.open = body.open ?? this.open
        return
      case 'group_devices':
        return this.present(by, place, body)
    }
  }

  private present(
    by: Member,
    place: Place,
    { devices, displayName }: Extract<GroupBody, { kind: 'group_devices' }>,
  ): void {
    // Others only pass on the list of a member.
    if (devices.account !== by.account) return
    this.names.set(by.account, displayName)
    if (!by.isHere) this.told.add(placeKey(place))
    this.members.set(by.account, { ...by, name: displayName, isHere: true })
  }

  private add(who: Omit<Member, 'name' | 'since' | 'rank'>, place: Place): void {
    const { account, role } = who
    const name = this.names.get(account) ?? ''
    const since = this.count
    const rank = role === 'admin' ? since : Infinity
    this.members.set(account, { ...who, name, since, rank })
    this.gone.delete(account)
    this.grants.add({ account, place, isAdmin: false })
    if (role === 'admin') this.grants.add({ account, place, isAdmin: true })
  }

  private setRole(
    by: Member,
    place: Place,
    { account, role, ends }: Extract<GroupBody, { kind: 'group_role' }>,
  ): void {
    const member = this.members.get(account)
    if (!member || member.role === role) return
    if (role === 'admin') {
      this.members.set(account, { ...member, role, rank: this.count })
      this.grants.add({ account, place, isAdmin: true })
      this.told.add(placeKey(place))
    } else if (outranks(by, member)) {
      this.members.set(account, { ...member, role, rank: Infinity })
      const isOwn = by.account === account
      this.bars.push({ account, by: place, ends, isRemoval: false, isOwn })
      this.told.add(placeKey(place))
    }
  }

  private remove(
    by: Member,
    isAdmin: boolean,
    place: Place,
    { account, ends }: Extract<GroupBody, { kind: 'group_remove' }>,
  ): void {
    const member = this.members.get(account)
    const last = member ?? this.gone.get(account)
    const isOwn = account === by.account
    if (!last || !(isOwn || (isAdmin && outranks(by, last)))) return
    // Also where they are gone: they could dodge it by leaving first, dated back.
    this.bars.push({ account, by: place, ends, isRemoval: true, isOwn })
    if (!member) return
    this.members.delete(account)
    this.gone.set(account, member)
    this.told.add(placeKey(place))
  }

  private isBarred({ place, body }: GroupChange, account: AccountId, asAdmin: boolean): boolean {
    const bars = isOwnEnd(body, account) ? this.barred.ofOthers : this.barred
    return isBarred({ bars, grants: this.grants }, account, place, asAdmin)
  }

  /** A group with members has an admin. */
  private crown(place: Place): void {
    let oldest: Member | undefined
    for (const member of this.members.values()) {
      if (member.role === 'admin') return
      if (!oldest || member.since < oldest.since) oldest = member
    }
    if (!oldest) return
    const { account } = oldest
    this.members.set(account, { ...oldest, role: 'admin', rank: this.count })
    this.grants.add({ account, place, isAdmin: true })
  }
}

/**
 * Whether the key is the adder's own or follows from it. Others give it to the new member too, and
 * nobody can have them give away what the adder cannot read.
 */
function mayGive(by: Member, key: KeyCheck | undefined): boolean {
  return key !== undefined && by.key !== undefined && key.epoch >= by.key.epoch
}
