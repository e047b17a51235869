// With whom groups are exchanged, and by which devices those people write. A group that changes
// costs its own people, however many other groups there are.
import type { AccountId, ConversationId, DeviceId } from '../../core/id.ts'
import type { GroupBrief } from './group-pages.ts'

type ByAccount = ReadonlyMap<AccountId, readonly DeviceId[]>

interface Indexed {
  readonly sharers: ReadonlySet<AccountId>
  readonly byAccount: ByAccount
}

interface Fellow {
  readonly groups: Set<ConversationId>
  /** In how many of these groups each of their devices writes. */
  readonly devices: Map<DeviceId, number>
}

const NO_GROUPS: ReadonlySet<ConversationId> = new Set()

export class GroupIndex {
  private readonly indexed = new Map<ConversationId, Indexed>()
  private readonly fellows = new Map<AccountId, Fellow>()
  /** Of members, without the user: groups of the same people sleep with the same. */
  private readonly sharers = new WeakMap<object, ReadonlySet<AccountId>>()

  /** A group that sleeps: its members exchange it. */
  putAsleep(
    id: ConversationId,
    me: AccountId,
    { members, cast }: Pick<GroupBrief, 'members' | 'cast'>,
  ): void {
    const others = [...(this.sharers.has(members) ? [] : members.keys())]
    const sharers = this.sharers.get(members) ?? new Set(others.filter((each) => each !== me))
    this.sharers.set(members, sharers)
    this.put(id, sharers, cast.byAccount)
  }

  put(id: ConversationId, sharers: ReadonlySet<AccountId>, byAccount: ByAccount): void {
    const before = this.indexed.get(id)
    if (before?.sharers === sharers && before.byAccount === byAccount) return
    this.remove(id)
    this.indexed.set(id, { sharers, byAccount })
    for (const account of sharers) {
      const fellow: Fellow = this.fellows.get(account) ?? {
        groups: new Set(),
        devices: new Map<DeviceId, number>(),
      }
      this.fellows.set(account, fellow)
      fellow.groups.add(id)
      for (const device of byAccount.get(account) ?? []) {
        fellow.devices.set(device, (fellow.devices.get(device) ?? 0) + 1)
      }
    }
  }

  remove(id: ConversationId): void {
    const { sharers, byAccount } = this.indexed.get(id) ?? { sharers: [], byAccount: undefined }
    this.indexed.delete(id)
    for (const account of sharers) {
      const fellow = this.fellows.get(account)
      fellow?.groups.delete(id)
      if (fellow?.groups.size === 0) this.fellows.delete(account)
      for (const device of byAccount?.get(account) ?? []) {
        const left = (fellow?.devices.get(device) ?? 0) - 1
        if (left > 0) fellow?.devices.set(device, left)
        else fellow?.devices.delete(device)
      }
    }
  }

  groupsWith(account: AccountId): ReadonlySet<ConversationId> {
    return this.fellows.get(account)?.groups ?? NO_GROUPS
  }

  accounts(): Iterable<AccountId> {
    return this.fellows.keys()
  }

  /** In groups that are exchanged with them. */
  devicesOf(account: AccountId): Iterable<DeviceId> {
    return this.fellows.get(account)?.devices.keys() ?? []
  }
}
