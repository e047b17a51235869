// Who could be meant in a place of a command, each by what names them and nobody else.
import type { Group, GroupMember } from '../api/shapes-group.ts'
import type { Contact } from '../api/shapes.ts'
import { isTidingsError } from '../core/errors.ts'
import { printable } from '../core/text.ts'
import type { ReplCommand } from './commands.ts'
import { type Directory, nameOf, shortAccount, typedName } from './directory.ts'
import { asWord } from './parse.ts'

export interface Candidate {
  /** Whoever types the beginning of one of these may mean it. */
  readonly names: readonly string[]
  /** An id, of which some characters have to be typed. */
  readonly id?: string
  /** As it stands in the line, in quotes where it needs them. */
  readonly word: string
  /** As it is shown to be chosen from. */
  readonly shown: string
  /** An at sign before it would mean somebody. */
  readonly isGroup?: boolean
  /** More of the same word follows. */
  readonly goesOn?: boolean
}

type IsWanted<T> = (of: T) => boolean

/** Whom a command can do something to. */
const CONTACTS: Readonly<Record<string, IsWanted<Contact>>> = {
  open: ({ state }) => state !== 'blocked',
  block: ({ state }) => state !== 'blocked',
  unblock: ({ state }) => state === 'blocked',
  'group invite': ({ state }) => state === 'friend',
}

const GROUPS: Readonly<Record<string, IsWanted<Group>>> = {
  'group join': ({ state }) => state === 'invited',
}

const MEMBERS: Readonly<Record<string, IsWanted<GroupMember>>> = {
  'group promote': ({ role }) => role === 'member',
  'group demote': ({ role }) => role === 'admin',
}

const anybody = (): boolean => true

export function people(
  directory: Directory,
  { name }: Pick<ReplCommand, 'name'>,
  isWanted: IsWanted<Contact> = CONTACTS[name] ?? anybody,
): Candidate[] {
  return directory.contacts.filter(isWanted).map((contact) => person(contact, directory))
}

function person(contact: Contact, directory: Directory): Candidate {
  return {
    names: [nameOf(contact), printable(contact.name)],
    id: contact.account,
    word: directory.handle(contact),
    shown: directory.label(contact),
  }
}

/** Somebody who is called "me" is not, where that is oneself. */
export function authors(directory: Directory): Candidate[] {
  const others = directory.contacts.map((contact) => {
    const candidate = person(contact, directory)
    const isMe = candidate.word.toLowerCase() === 'me'
    return isMe ? { ...candidate, word: contact.account } : candidate
  })
  return [{ names: ['me'], word: 'me', shown: 'me' }, ...others]
}

export function conversations(
  directory: Directory,
  command: Pick<ReplCommand, 'name'>,
): Candidate[] {
  return [...people(directory, command), ...groups(directory, command)]
}

export function groups(directory: Directory, { name }: Pick<ReplCommand, 'name'>): Candidate[] {
  return directory.groups.list.filter(GROUPS[name] ?? anybody).flatMap((group) => {
    const typed = directory.groups.typed(group)
    const word = typed === undefined ? undefined : asWord(typed)
    return word === undefined ? [] : [{ ...groupNamed(group, directory), word }]
  })
}

/** At the beginning of a line the name needs no quotes. */
export function groupsAtFirst(directory: Directory): Candidate[] {
  return directory.groups.list.flatMap((group) => {
    const word = directory.groups.typed(group)
    return word === undefined ? [] : [{ ...groupNamed(group, directory), word }]
  })
}

function groupNamed(group: Group, directory: Directory): Omit<Candidate, 'word'> {
  const name = printable(group.name)
  return {
    names: [`#${name}`, name],
    id: group.conversation,
    isGroup: true,
    shown: shownGroup(group, directory),
  }
}

function shownGroup(group: Group, directory: Directory): string {
  const handle = directory.groups.handle(group)
  const name = `#${printable(group.name)}`
  return handle === name ? name : `${name} (${handle.slice(1)})`
}

/** Strangers, and who asked already: adding them says yes. */
export function nearbyPeople(directory: Directory): Candidate[] {
  return directory.nearby
    .filter(({ contact }) => contact === null || contact === 'incoming')
    .flatMap((node) => {
      const { name, account } = node
      const word = directory.nearbyHandle(node)
      if (word === undefined) return []
      const known = printable(name)
      const id = account ?? undefined
      const isId = id !== undefined && (word === id || word === shortAccount(id))
      const shown = isId ? `${known} (${shortAccount(id)})` : known
      return [{ names: [known], ...(id !== undefined && { id }), word, shown }]
    })
}

/** Also those who are no contacts, by a name that is no contact's. */
export function members(
  all: readonly GroupMember[],
  directory: Directory,
  { name: command }: Pick<ReplCommand, 'name'>,
): Candidate[] {
  const wanted = all.filter((member) => !member.you && (MEMBERS[command]?.(member) ?? true))
  return wanted.flatMap((member) => {
    const { account, name } = member
    const contact = directory.get(account)
    if (contact && contact.state !== 'removed') return [person(contact, directory)]
    const isAlone = all.every((other) => other === member || !isAlike(other.name, name))
    const typed = isAlone && member.imitates === null ? typedName(printable(name)) : undefined
    const words = [typed, shortAccount(account), account].filter((word) => word !== undefined)
    const word = words.find((each) => isNobody(each.replaceAll('"', ''), directory))
    if (word === undefined) return []
    const shown = word === typed ? name : `${name} (${shortAccount(account)})`
    return [{ names: [printable(name)], id: account, word, shown: printable(shown) }]
  })
}

function isAlike(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase()
}

/** Whether no contact is meant by it. */
function isNobody(name: string, directory: Directory): boolean {
  try {
    directory.find(name)
    return false
  } catch (error) {
    return isTidingsError(error, 'unknown_name')
  }
}

/** Who may be mentioned in a text, those who read it first. */
export function mentioned(
  conversation: string | undefined,
  membersOf: (conversation: string) => readonly GroupMember[],
  directory: Directory,
): Candidate[] {
  const here = conversation === undefined ? undefined : directory.withConversation(conversation)
  const inGroup = conversation === undefined || here ? [] : membersOf(conversation)
  const first = inGroup
    .filter(({ you }) => !you)
    .map(({ account, name }) => directory.get(account) ?? { account, name, alias: '' })
  const others = directory.contacts.filter(({ state }) => state === 'friend')
  const all = [...(here ? [here] : first), ...others].map((each) => each.alias || each.name)
  return [...new Set(all)]
    .filter((name) => name !== '' && printable(name) === name && !name.includes('@'))
    .map((name) => ({ names: [name], word: name, shown: name }))
}
