// What is said when the screen opens: as whom, who is there, what waits for an answer, what is not
// read.
import type { Conversation } from '../api/shapes.ts'
import { printable } from '../core/text.ts'
import type { Directory } from './directory.ts'
import { groupNotice, plural, requestNotice, unreadNotice } from './notices.ts'
import type { Screen } from './screen.ts'

interface Greeted {
  readonly screen: Screen
  readonly directory: Directory
}

/** Invitations that are told by themselves: contacts may send any number. */
const INVITATIONS_TOLD_MAX = 5

export function greet(
  name: string,
  { screen, directory }: Greeted,
  conversations: readonly Conversation[],
): void {
  const friends = directory.contacts.filter(({ state }) => state === 'friend')
  const online = friends.filter((contact) => contact.online)
  screen.say(
    `Tidings, as ${printable(name)}. /help lists the commands, ` +
      `${screen.look.words ? '/help plain tells how to get about, ' : ''}Ctrl+D leaves.` +
      (friends.length > 0 ? `\nContacts: ${friends.length}, online: ${online.length}.` : ''),
  )
  for (const contact of directory.requests) screen.say(requestNotice(contact, directory))
  tellInvitations({ screen, directory })
  const unread = conversations
    .filter(({ unread, mentions, muted, mutedAll }) => {
      return muted ? mentions > 0 && !mutedAll : unread > 0
    })
    .flatMap(({ conversation, unread: count, mentions }) => {
      const partner = directory.partner(conversation)
      return partner ? [{ label: partner.label, count, mentions }] : []
    })
  if (unread.length > 0) screen.say(unreadNotice(unread))
}

function tellInvitations({ screen, directory: { groups } }: Greeted): void {
  const invited = groups.list.filter(({ state }) => state === 'invited')
  for (const group of invited.slice(0, INVITATIONS_TOLD_MAX)) {
    const notice = groupNotice(undefined, group, groups.handle(group))
    if (notice !== undefined) screen.say(notice)
  }
  const more = invited.length - INVITATIONS_TOLD_MAX
  if (more > 0) screen.say(`${plural(more, 'more invitation')} to groups: /group list`)
}
