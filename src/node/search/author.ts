// Whose messages are looked for: the user, a contact, or somebody in a group with them.
import { isTidingsError, TidingsError } from '../../core/errors.ts'
import type { GroupState } from '../../core/group/state.ts'
import type { AccountId, ConversationId } from '../../core/id.ts'
import { isSameName } from '../../core/look-alikes.ts'
import { findMember } from '../groups/members.ts'
import type { NodeParts } from '../parts.ts'

type Known = Pick<NodeParts, 'book' | 'conversations' | 'groups' | 'messages' | 'self'>

/**
 * @param only the conversation that is searched, if only one is
 * @throws TidingsError `unknown_name`, `ambiguous_name`, `unknown_conversation`
 */
export function findAuthor(
  name: string,
  only: ConversationId | undefined,
  parts: Known,
): AccountId {
  const { book, groups, messages, self } = parts
  const wanted = name.trim().replace(/^@/, '')
  if (wanted.toLowerCase() === 'me' || wanted === self.account) return self.account
  const group = only === undefined ? undefined : groups.get(only)
  const member = group && ifKnown(() => findMember(group.state, name, parts).account)
  if (member) return member
  const former = group && formerMember(group.state, wanted)
  if (former) return former
  const contact = ifKnown(() => book.withConversation(messages.resolve(name)))
  if (contact) return contact
  const members = [...groups.all()].map(([, { state }]) => {
    return ifKnown(() => findMember(state, name, parts).account)
  })
  const found = new Set(members.filter((account) => account !== undefined))
  const [account] = found
  if (account && found.size === 1) return account
  const shown = `"${name.slice(0, 80)}"`
  if (!account) throw new TidingsError('unknown_name', `nobody is known as ${shown}`)
  const words = `${shown} is somebody else in each of several groups; say which with --in`
  throw new TidingsError('ambiguous_name', words)
}

/** Who was in a group and is not any more, where one alone was called so. */
function formerMember({ names }: GroupState, wanted: string): AccountId | undefined {
  const found = [...names].filter(([account, name]) => {
    return account === wanted || isSameName(name, wanted)
  })
  return found.length === 1 ? found[0]?.[0] : undefined
}

function ifKnown<T>(find: () => T): T | undefined {
  try {
    return find()
  } catch (error) {
    if (isTidingsError(error, 'unknown_name')) return undefined
    throw error
  }
}
