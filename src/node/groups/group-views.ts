// Groups and their members as front ends see them.
import type { Member } from '../../core/group/rules.ts'
import type { GroupState } from '../../core/group/state.ts'
import type { ConversationId } from '../../core/id.ts'
import type { NodeParts } from '../parts.ts'
import { nameOfGroup } from './group-names.ts'
import type { GroupMemberView, GroupView } from './group-types.ts'
import type { Group } from './groups.ts'

type Parts = Pick<NodeParts, 'book' | 'conversations' | 'groupKeys' | 'groups' | 'self' | 'sharing'>

export function viewOfGroup(
  { conversations, groupKeys, groups, self, sharing }: Parts,
  id: ConversationId,
  group: Group,
): GroupView {
  const { record, face } = group
  const isRemoved = record.state === 'joined' && !groups.isMember(id)
  const others = [...face.members.keys()].filter((account) => account !== self.account)
  return {
    conversation: id,
    name: nameOfGroup(group),
    topic: face.topic,
    open: face.open,
    history: groupKeys.isUsed(id) ? 'joining' : 'all',
    state: isRemoved ? 'removed' : record.state,
    role: face.members.get(self.account)?.role,
    members: face.members.size,
    online: others.filter((account) => sharing.isOnline(account)).length,
    invitedBy: record.invitedBy && conversations.nameOf(record.invitedBy),
  }
}

/** Admins first, those of highest rank before others. */
export function viewsOfMembers(
  { book, conversations, self, sharing }: Parts,
  { state }: Group,
): GroupMemberView[] {
  return [...state.members.values()]
    .toSorted((a, b) => (a.rank === b.rank ? a.since - b.since : a.rank - b.rank))
    .map((member) => {
      const { account, name, role, isHere } = member
      const contact = book.get(account)
      return {
        account,
        name: conversations.nameOf(account),
        role,
        you: account === self.account,
        online: account === self.account || sharing.isOnline(account),
        joined: isHere,
        reads: readsOf(member, state),
        imitates: contact ? book.imitations.byContact(contact) : book.imitations.by(name, account),
      }
    })
}

function readsOf({ key }: Member, { history }: GroupState): GroupMemberView['reads'] {
  if (history === 'all' || key?.epoch === 0) return 'all'
  return key ? 'joining' : 'nothing'
}
