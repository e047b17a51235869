// Which member of a group is meant by what a person types, and whether the user still is one.
import { TidingsError } from '../../core/errors.ts'
import type { Member } from '../../core/group/rules.ts'
import type { GroupState } from '../../core/group/state.ts'
import type { ConversationId } from '../../core/id.ts'
import type { NodeParts } from '../parts.ts'

/** By the name that they or the user chose, or by the beginning of the account's id. */
export function findMember(
  state: GroupState,
  who: string,
  { book, conversations }: Pick<NodeParts, 'book' | 'conversations'>,
): Member {
  const wanted = who.replace(/^@/, '').normalize('NFC').toLowerCase()
  const all = [...state.members.values()]
  const isNamed = ({ account, name }: Member): boolean =>
    [name, conversations.nameOf(account), book.get(account)?.name].some(
      (each) => each?.normalize('NFC').toLowerCase() === wanted,
    )
  let found = all.filter(({ account }) => account === wanted)
  if (found.length === 0) found = all.filter(isNamed)
  if (found.length === 0 && wanted.length >= 4) {
    found = all.filter(({ account }) => account.startsWith(wanted))
  }
  const [member] = found
  if (!member) {
    throw new TidingsError('unknown_name', `nobody in this group is called "${who.slice(0, 80)}"`)
  }
  if (found.length > 1) {
    const list = found.map(({ account, name }) => `${name} ${account.slice(0, 8)}`).join(', ')
    const words = `"${who.slice(0, 80)}" could be ${list}; use the id after the name`
    throw new TidingsError('ambiguous_name', words)
  }
  return member
}

/**
 * Of what the user says: they may have left while it waited for the disk, and nobody would ever be
 * shown it.
 *
 * @throws TidingsError `not_a_member`
 */
export function assertStillIn(id: ConversationId, groups: NodeParts['groups']): void {
  if (groups.isMember(id)) return
  throw new TidingsError('not_a_member', 'you are not in this group any more')
}
