// Groups as text. Names and topics are other people's choice: they pass `printable`.
import type { Result } from '../api/client.ts'
import type { Group, GroupMember, NearbyGroup } from '../api/shapes-group.ts'
import { printable } from '../core/text.ts'
import { imitation } from './imitation.ts'
import { bold } from './message-text.ts'
import { columns } from './width.ts'

type GroupMethod = 'create' | 'invite' | 'join' | 'leave' | 'remove' | 'promote' | 'demote'
type Change = 'rename' | 'topic' | 'open'
type Renderers = {
  readonly [M in `group.${GroupMethod | Change}`]: (result: Result<M>) => string
} & {
  readonly 'group.list': (groups: readonly Group[]) => string
  readonly 'group.members': (members: readonly GroupMember[]) => string
  readonly 'group.nearby': (groups: readonly NearbyGroup[]) => string
}

export const RENDER_GROUPS: Renderers = {
  'group.create': groupLine,
  'group.invite': groupLine,
  'group.join': groupLine,
  'group.leave': groupLine,
  'group.remove': groupLine,
  'group.promote': groupLine,
  'group.demote': groupLine,
  'group.rename': groupLine,
  'group.topic': groupLine,
  'group.open': groupLine,
  'group.list': (groups) => {
    if (groups.length === 0) return 'No groups yet. "tidings group create NAME" makes one.'
    return columns(groups.map(groupCells)).join('\n')
  },
  'group.members': (members) => columns(members.map(memberCells)).join('\n'),
  'group.nearby': (groups) => {
    if (groups.length === 0) return 'Nobody nearby is in an open group.'
    const rows = groups.map(({ name, from, members, topic }) => [
      bold(printable(`#${name}`)),
      `${members} members`,
      `at ${printable(from)}`,
      printable(topic),
    ])
    return columns(rows).join('\n')
  },
}

export function groupLine(group: Group): string {
  return groupCells(group)
    .filter((cell) => cell !== '')
    .join('  ')
}

function groupCells(group: Group): string[] {
  const { name, topic, open, history, members, online } = group
  const size = members > 0 ? `${members} ${members === 1 ? 'member' : 'members'}` : ''
  const here = online > 0 ? `${online} online` : ''
  const about = printable(topic)
  const kind = [open ? 'open' : '', history === 'joining' ? 'history from joining' : '']
  const marks = kind.filter((mark) => mark !== '').join(', ')
  return [bold(printable(`#${name}`)), standing(group), size, here, marks, about]
}

function standing({ state, role, invitedBy }: Group): string {
  if (state === 'joined') return role ?? 'member'
  if (state === 'invited') return invitedBy === null ? state : `invited by ${printable(invitedBy)}`
  return state
}

function memberCells(member: GroupMember): string[] {
  const { name, account, role, you, online, joined, reads } = member
  const part = { all: '', joining: 'reads from joining', nothing: 'reads nothing' }[reads]
  const presence = online ? 'online' : 'offline'
  return [
    bold(printable(name)),
    account.slice(0, 8),
    role,
    joined ? presence : 'has not joined yet',
    you ? 'you' : imitation(member),
    part,
  ]
}
