// What is said when the screen opens: as whom, who is there, who waits for an answer, what is not
// read.
import type { Conversation } from '../api/shapes.ts'
import { printable } from '../core/text.ts'
import type { Directory } from './directory.ts'
import { requestNotice, unreadNotice } from './notices.ts'
import type { Screen } from './screen.ts'

export function greet(
  name: string,
  { screen, directory }: { readonly screen: Screen; readonly directory: Directory },
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
