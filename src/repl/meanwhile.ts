// What happened while the node was away, as far as it is not told by the messages: who came and
// went, who is called otherwise, what became of requests and of groups.
import type { Group } from '../api/shapes-group.ts'
import type { Contact } from '../api/shapes.ts'
import type { Directory } from './directory.ts'
import type { Happenings } from './happenings.ts'
import { presenceNotice, renamedNotice } from './notices.ts'
import type { Screen } from './screen.ts'

export interface Known {
  readonly contacts: readonly Contact[]
  readonly groups: readonly Group[]
}

export interface MeanwhileComponents {
  readonly screen: Screen
  readonly directory: Directory
  readonly happenings: Happenings
}

/** The directory has the groups as they are now, and takes each contact when it is looked at. */
export function tellMeanwhile(now: Known, before: Known, components: MeanwhileComponents): void {
  const { screen, directory, happenings } = components
  const contacts = new Map(before.contacts.map((contact) => [contact.account, contact]))
  for (const contact of now.contacts) {
    const was = contacts.get(contact.account)
    happenings.contactIs(contact)
    if (was === undefined) continue
    if (was.name !== contact.name) nameIsNow(contact, was.name, components)
    if (was.online === contact.online) continue
    screen.say(presenceNotice(directory.label(contact), contact.online, screen.look))
  }
  const groups = new Map(before.groups.map((group) => [group.conversation, group]))
  for (const group of now.groups) happenings.groupIs(group, groups.get(group.conversation))
}

function nameIsNow(
  contact: Contact,
  from: string,
  { screen, happenings }: MeanwhileComponents,
): void {
  const { account, name: to, alias, state } = contact
  if (state === 'removed' || from === '') return
  happenings.nameIsSaid(account, to)
  // With an alias it is that which may look like somebody else's name.
  const imitates = alias ? null : contact.imitates
  screen.say(renamedNotice({ from, to, imitates }, contact))
}
