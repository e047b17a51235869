// What the user does with groups. Everything is an entry in the group's log, on disk before it is
// reported; whether it counts is decided by all members alike (core/group), and refused here in
// plain words beforehand.
import type { Clock } from '../../core/clock.ts'
import { TidingsError } from '../../core/errors.ts'
import type { GroupBody } from '../../core/group/bodies.ts'
import { endOf, endsOf } from '../../core/group/exchange.ts'
import { type Member, outranks } from '../../core/group/rules.ts'
import type { AccountId, ConversationId, DeviceId } from '../../core/id.ts'
import {
  GROUP_MEMBERS_MAX,
  NAME_BYTES_MAX,
  TOPIC_BYTES_MAX,
  WALL_TIME_MS_MAX,
} from '../../core/limits.ts'
import { isDisplayName, isTopic } from '../../core/text.ts'
import { encodeEntry } from '../../wire/entry.ts'
import { groupId } from '../../wire/group-bodies.ts'
import type { NodeParts } from '../parts.ts'
import { findContact } from '../people/names.ts'
import { type FoundGroup, findGroup, nameOfGroup } from './group-names.ts'
import type { GroupView } from './group-types.ts'
import { viewOfGroup } from './group-views.ts'
import type { Group } from './groups.ts'
import { findMember } from './members.ts'

const NONCE_BYTES = 16

export interface GroupOptions {
  readonly topic?: string
  readonly open?: boolean
  /** What new members read: all, or only what is written from their joining on. */
  readonly history?: 'all' | 'joining'
}

export class GroupActions {
  private readonly parts: NodeParts

  constructor(parts: NodeParts) {
    this.parts = parts
  }

  async create(
    name: string,
    { topic = '', open = false, history = 'all' }: GroupOptions,
  ): Promise<GroupView> {
    assertGroupName(name)
    assertTopic(topic)
    const { appender, groupKeys, groups, init, self } = this.parts
    const { devices, name: displayName } = self.record
    const nonce = init.random(NONCE_BYTES)
    const first = history === 'joining' ? groupKeys.first() : undefined
    const keyCheck = first && { keyCheck: first.keyCheck }
    const said = { nonce, name, topic, open, devices, displayName, ...keyCheck }
    const body = { kind: 'group_create', ...said } as const
    const wallTimeMs = Math.min(WALL_TIME_MS_MAX, Math.max(0, Math.floor(init.now())))
    const entry = encodeEntry({ wallTimeMs, deps: [], body })
    const id = groupId(entry)
    const roots = [[self.device, self.account]] as const
    // Members are known once the entry is here; until then there is nothing to exchange.
    const record = { conversation: id, state: 'joined', name, invitedBy: undefined, roots } as const
    await groups.keep(record, (batch) => first?.put(batch, id))
    try {
      await appender.appendEncoded(id, entry)
    } catch (error) {
      // What a full disk does not let go is cleared at the next start.
      await Promise.allSettled([groups.forget(id), groupKeys.forget(id)])
      throw error
    }
    return this.show(id)
  }

  async invite(group: string, who: string): Promise<GroupView> {
    const { book } = this.parts
    const found = this.joined(group)
    const record = findContact(who, book.all())
    const me = this.myself(found)
    if (me.role !== 'admin' && !found.state.open) throw notAdmin(found)
    const { account, devices } = record
    if (found.state.members.has(account)) return this.show(found.id)
    if (found.state.members.size >= GROUP_MEMBERS_MAX) {
      throw new TidingsError('group_full', `a group has at most ${GROUP_MEMBERS_MAX} members`)
    }
    if (!devices || record.state === 'blocked') {
      const words = `${book.nameOf(account)} was never met; a group takes whom you have met`
      throw new TidingsError('not_a_contact', words)
    }
    await this.say(found.id, { kind: 'group_add', devices, displayName: record.name })
    return this.show(found.id)
  }

  /** Takes an invitation, or asks to be let into an open group nearby. */
  async join(group: string, signal: AbortSignal): Promise<GroupView> {
    const { groups } = this.parts
    const known = this.known(group)
    if (known) {
      const { record, id } = known
      if (groups.isMember(id) || record.state === 'joining') return this.show(id)
      // Whoever was in it and left has to be added again.
      if (!record.leave && record.state !== 'joined') {
        await this.parts.fellowship.amend(id, (now) =>
          now.state === 'joined' ? undefined : { ...now, state: 'joining' },
        )
        if (record.state === 'invited') return this.show(id)
      }
    }
    const id = await this.parts.openGroups.join(group, signal)
    if (id) return this.show(id)
    if (known && groups.get(known.id)?.record.state === 'joining') return this.show(known.id)
    if (known) {
      const words = `you are no member of #${nameOfGroup(known)}; an admin has to invite you again`
      throw new TidingsError('not_a_member', words)
    }
    const name = group.slice(0, 80)
    const words = `nobody invited you to ${name}, and no open group nearby is called so`
    throw new TidingsError('unknown_conversation', words)
  }

  /** Turns an invitation down, or leaves. */
  async leave(group: string): Promise<GroupView> {
    const { fellowship, groups, self } = this.parts
    const { id, state } = findGroup(group, groups.all())
    if (groups.isMember(id)) {
      const ends = this.ends(id, self.account)
      const leave = await this.say(id, { kind: 'group_remove', account: self.account, ends })
      await fellowship.amend(id, (now) =>
        now.state === 'joined' ? { ...now, state: 'left', leave } : undefined,
      )
      return this.show(id)
    }
    await fellowship.amend(id, (now) => {
      if (now.state === 'left' || groups.isMember(id)) return undefined
      // Who was in it, and was removed, is asked when they are added again; an invitation is not.
      const end = now.state === 'joined' ? endOf(self.account, state) : undefined
      return { ...now, state: 'left', ...(end && { leave: { device: end.device, seq: end.seq } }) }
    })
    // They were seen in it meanwhile.
    return groups.isMember(id) ? this.leave(group) : this.show(id)
  }

  async remove(group: string, who: string): Promise<GroupView> {
    const found = this.joined(group)
    const member = findMember(found.state, who, this.parts)
    if (member.account === this.parts.self.account) return this.leave(group)
    this.assertOutranks(found, member)
    const { account } = member
    await this.say(found.id, { kind: 'group_remove', account, ends: this.ends(found.id, account) })
    return this.show(found.id)
  }

  async promote(group: string, who: string): Promise<GroupView> {
    const found = this.joined(group)
    const { account, role } = findMember(found.state, who, this.parts)
    if (this.myself(found).role !== 'admin') throw notAdmin(found)
    if (role === 'admin') return this.show(found.id)
    await this.say(found.id, { kind: 'group_role', account, role: 'admin', ends: new Map() })
    return this.show(found.id)
  }

  async demote(group: string, who: string): Promise<GroupView> {
    const found = this.joined(group)
    const member = findMember(found.state, who, this.parts)
    if (member.role !== 'admin') return this.show(found.id)
    this.assertOutranks(found, member)
    const { account } = member
    const ends = this.ends(found.id, account)
    await this.say(found.id, { kind: 'group_role', account, role: 'member', ends })
    return this.show(found.id)
  }

  async change(
    group: string,
    info: { readonly name?: string; readonly topic?: string; readonly open?: boolean },
  ): Promise<GroupView> {
    if (info.name !== undefined) assertGroupName(info.name)
    if (info.topic !== undefined) assertTopic(info.topic)
    const found = this.joined(group)
    if (this.myself(found).role !== 'admin') throw notAdmin(found)
    await this.say(found.id, { kind: 'group_info', ...info })
    return this.show(found.id)
  }

  show(id: ConversationId): GroupView {
    const group = this.parts.groups.get(id)
    if (!group) throw new TidingsError('unknown_conversation', 'there is no such group here')
    return viewOfGroup(this.parts, id, group)
  }

  private known(group: string): FoundGroup | undefined {
    try {
      return findGroup(group, this.parts.groups.all())
    } catch (error) {
      if (error instanceof TidingsError && error.code === 'unknown_conversation') return undefined
      throw error
    }
  }

  private joined(group: string): FoundGroup {
    const { groups } = this.parts
    const found = findGroup(group, groups.all())
    if (groups.isMember(found.id)) return found
    throw new TidingsError('not_a_member', `you are not in the group ${nameOfGroup(found)}`)
  }

  private myself({ state }: FoundGroup): Member {
    const member = state.members.get(this.parts.self.account)
    if (member) return member
    throw new TidingsError('not_a_member', 'you are not in this group')
  }

  private assertOutranks(found: FoundGroup, member: Member): void {
    const me = this.myself(found)
    if (me.role !== 'admin' && me.account !== member.account) throw notAdmin(found)
    if (outranks(me, member)) return
    const name = this.parts.conversations.nameOf(member.account)
    const words = `${name} has been an admin for longer than you; only an older admin can do this`
    throw new TidingsError('outranked', words)
  }

  /** How far everything is shown here that a member's devices wrote. */
  private ends(id: ConversationId, account: AccountId): Clock {
    const { groups, ledger } = this.parts
    const group = groups.get(id)
    const logs = ledger.conversation(id)
    const shownOf = (device: DeviceId): number => logs.get(device)?.order.shown ?? 0
    return group ? endsOf(group.state, account, shownOf) : new Map()
  }

  private say(id: ConversationId, body: GroupBody): Promise<{ device: DeviceId; seq: number }> {
    return this.parts.appender.append(id, body)
  }
}

function notAdmin(group: Group): TidingsError {
  return new TidingsError('not_admin', `only admins of ${nameOfGroup(group)} can do this`)
}

/** @throws TidingsError `bad_name` */
function assertGroupName(name: string): void {
  if (isDisplayName(name) && !name.startsWith('#')) return
  const words = `a group's name has 1 to ${NAME_BYTES_MAX} bytes, no line breaks, and no # in front`
  throw new TidingsError('bad_name', words)
}

/** @throws TidingsError `bad_input` */
function assertTopic(topic: string): void {
  if (isTopic(topic)) return
  const words = `a topic has at most ${TOPIC_BYTES_MAX} bytes, without line breaks or controls`
  throw new TidingsError('bad_input', words)
}
