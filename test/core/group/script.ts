// Groups for tests of the state: people say things, having seen some of what others said.
import type { Clock } from '../../../src/core/clock.ts'
import type { DeviceList } from '../../../src/core/frames.ts'
import type { GroupBody } from '../../../src/core/group/bodies.ts'
import type { GroupChange } from '../../../src/core/group/rules.ts'
import { groupState, type GroupState } from '../../../src/core/group/state.ts'
import type { AccountId, ConversationId, DeviceId } from '../../../src/core/id.ts'

export const GROUP = '0'.repeat(52) as ConversationId

export interface Person {
  readonly name: string
  readonly account: AccountId
  readonly device: DeviceId
  readonly list: DeviceList
}

/** @param letter sorts the person's device among the others */
export function person(name: string, letter = name[0] ?? 'x'): Person {
  const account = `${name.padEnd(51, '0')}a` as AccountId
  const device = `${letter}${name.padEnd(50, '0')}d` as DeviceId
  return { name, account, device, list: listOf(account, [device]) }
}

export function listOf(account: AccountId, devices: readonly DeviceId[], version = 1): DeviceList {
  return { account, version, devices, signature: new Uint8Array(64) }
}

export class Script {
  readonly changes: GroupChange[] = []
  private readonly seqs = new Map<DeviceId, number>()
  private readonly logicals = new Map<DeviceId, number>()

  /** @param seen of others; all that was said so far without it */
  say(device: DeviceId, body: GroupBody, seen: readonly GroupChange[] = this.changes): GroupChange {
    const seq = (this.seqs.get(device) ?? 0) + 1
    const before = seen.map(({ place }) => place.logical)
    const logical = 1 + Math.max(0, this.logicals.get(device) ?? 0, ...before)
    this.seqs.set(device, seq)
    this.logicals.set(device, logical)
    const change = { place: { device, seq, logical }, body }
    this.changes.push(change)
    return change
  }

  create(by: Person, open = false): GroupChange {
    const { list: devices, name: displayName } = by
    const made = { name: 'crew', topic: '', open, nonce: new Uint8Array(16) }
    return this.say(by.device, { kind: 'group_create', ...made, devices, displayName })
  }

  add(by: Person, who: Person, seen?: readonly GroupChange[]): GroupChange {
    const { list: devices, name: displayName } = who
    return this.say(by.device, { kind: 'group_add', devices, displayName }, seen)
  }

  here(who: Person, seen?: readonly GroupChange[]): GroupChange {
    const { list: devices, name: displayName } = who
    return this.say(who.device, { kind: 'group_devices', devices, displayName }, seen)
  }

  promote(by: Person, { account }: Person, seen?: readonly GroupChange[]): GroupChange {
    const ends = new Map<DeviceId, number>()
    return this.say(by.device, { kind: 'group_role', account, role: 'admin', ends }, seen)
  }

  demote(by: Person, { account }: Person, ends: Clock, seen?: readonly GroupChange[]): GroupChange {
    return this.say(by.device, { kind: 'group_role', account, role: 'member', ends }, seen)
  }

  /** @param ends how far the removed one's logs count */
  remove(by: Person, { account }: Person, ends: Clock, seen?: readonly GroupChange[]): GroupChange {
    return this.say(by.device, { kind: 'group_remove', account, ends }, seen)
  }

  rename(by: Person, name: string, seen?: readonly GroupChange[]): GroupChange {
    return this.say(by.device, { kind: 'group_info', name }, seen)
  }

  /** How far somebody's log goes now. */
  upTo(...people: readonly Person[]): Clock {
    return new Map(people.map(({ device }) => [device, this.seqs.get(device) ?? 0]))
  }

  get state(): GroupState {
    return groupState(GROUP, this.changes)
  }

  /** Names of members, admins with a star, those of highest rank first, then by age. */
  get members(): string[] {
    const rank = (account: AccountId): number => this.state.members.get(account)?.rank ?? Infinity
    return [...this.state.members.values()]
      .toSorted((a, b) =>
        rank(a.account) === rank(b.account) ? a.since - b.since : a.rank - b.rank,
      )
      .map(({ name, role }) => (role === 'admin' ? `${name}*` : name))
  }
}
