// The people on the screen: what the person calls them, and whom a typed name means. A name that
// several carry is never resolved silently (DESIGN: names are not identities); there the short id
// is shown, and can be typed.
import type { Group } from '../api/shapes-group.ts'
import type { Contact, NearbyNode } from '../api/shapes.ts'
import { TidingsError } from '../core/errors.ts'
import { isSameName } from '../core/look-alikes.ts'
import { printable } from '../core/text.ts'
import { nearest } from './parse.ts'
import { contactPartner, groupPartner, type Partner } from './partner.ts'
import {
  indexPeople,
  nameOf,
  type PeopleIndex,
  SHORT_ID_CHARS,
  shortAccount,
} from './people-index.ts'

/** Fewer characters of an id are more likely a name. */
const ID_PREFIX_CHARS = 4

export { nameOf, shortAccount }

/**
 * A name as one types it, in quotes where it has spaces. Undefined for a name that would be read as
 * something else, or as part of somebody else's: only the id is sure then.
 */
function typed(name: string): string | undefined {
  if (name.includes('"') || /^(?:[@/]|--)|[:,]$/.test(name)) return undefined
  return /\s/.test(name) ? `"${name}"` : name
}

/** What to type to mean a node nearby. */
export function nearbyHandle({ name, account, imitates }: NearbyNode): string {
  const word = imitates === null ? typed(printable(name)) : undefined
  return word ?? (account === null ? printable(name) : shortAccount(account))
}

const isWaiting = ({ state }: Contact): boolean => state === 'incoming'

export class Directory {
  #contacts = new Map<string, Contact>()
  #nearby = new Map<string, NearbyNode>()
  #groups = new Map<string, Group>()
  /** What follows from the contacts, until one of them changes. */
  #index: PeopleIndex | undefined

  /** Everybody known, friends first, then by name. */
  get contacts(): readonly Contact[] {
    return this.#people.sorted
  }

  get requests(): Contact[] {
    return this.contacts.filter(isWaiting)
  }

  get nearby(): NearbyNode[] {
    return [...this.#nearby.values()]
  }

  setContacts(contacts: readonly Contact[]): void {
    this.#contacts = new Map(contacts.map((contact) => [contact.account, contact]))
    this.#index = undefined
  }

  setGroups(groups: readonly Group[]): void {
    this.#groups = new Map(groups.map((group) => [group.conversation, group]))
  }

  /** @returns what was known before */
  updateGroup(group: Group): Group | undefined {
    const before = this.#groups.get(group.conversation)
    this.#groups.set(group.conversation, group)
    return before
  }

  /** Groups that one is in or invited to, by name. */
  get groups(): Group[] {
    return [...this.#groups.values()]
      .filter(({ state }) => state !== 'left')
      .toSorted((a, b) => a.name.localeCompare(b.name))
  }

  setNearby(nodes: readonly NearbyNode[]): void {
    this.#nearby = new Map(nodes.map((node) => [node.peerId, node]))
  }

  /** Takes over what is new about a contact. @returns what was known before */
  update(contact: Contact): Contact | undefined {
    const before = this.#contacts.get(contact.account)
    this.#contacts.set(contact.account, contact)
    this.#index = undefined
    return before
  }

  /** @returns whether the node was not there before */
  updateNearby(node: NearbyNode, present: boolean): boolean {
    const wasThere = this.#nearby.has(node.peerId)
    if (present) this.#nearby.set(node.peerId, node)
    else this.#nearby.delete(node.peerId)
    return present && !wasThere
  }

  get(account: string): Contact | undefined {
    return this.#contacts.get(account)
  }

  withConversation(conversation: string): Contact | undefined {
    return this.#people.byConversation.get(conversation)
  }

  /** Whom a conversation is with. */
  partner(conversation: string): Partner | undefined {
    const group = this.#groups.get(conversation)
    if (group) return groupPartner(group, this.groupHandle(group))
    const contact = this.withConversation(conversation)
    return contact && this.partnerOf(contact)
  }

  partnerOf(contact: Contact): Partner {
    return contactPartner(contact, this.label(contact))
  }

  /** What to type to mean a group, safe to draw: with its id where another one is called so. */
  groupHandle({ name, conversation }: Group): string {
    const isShared = this.groups.some(
      (other) => other.conversation !== conversation && isSameName(other.name, name),
    )
    return `#${isShared ? conversation.slice(0, SHORT_ID_CHARS) : printable(name)}`
  }

  /** The group that a line begins with, `#` before it, and what follows. */
  splitGroup(text: string): { group: Group; rest: string } | undefined {
    const lower = text.toLowerCase()
    const begins = (name: string): boolean =>
      lower.startsWith(name.toLowerCase()) && /^(?:[:,]?\s|[:,]?$)/.test(text.slice(name.length))
    let best: { group: Group; name: string } | undefined
    for (const group of this.groups) {
      for (const name of [printable(group.name), group.conversation.slice(0, SHORT_ID_CHARS)]) {
        if (begins(name) && name.length > (best?.name.length ?? 0)) best = { group, name }
      }
    }
    if (!best) return undefined
    return { group: best.group, rest: text.slice(best.name.length).replace(/^[:,]?\s?/, '') }
  }

  isName(text: string): boolean {
    const wanted = text.toLowerCase()
    return this.contacts.some((contact) => nameOf(contact).toLowerCase() === wanted)
  }

  /** The name to show; with the short id where somebody else has the same one, or one like it. */
  label(contact: Contact): string {
    const name = nameOf(contact)
    return this.#isSure(contact) ? name : `${name} (${shortAccount(contact.account)})`
  }

  /** What to type to mean this contact. */
  handle(contact: Contact): string {
    const name = this.#isSure(contact) ? typed(nameOf(contact)) : undefined
    return name ?? shortAccount(contact.account)
  }

  /** Whether the name alone tells whose it is. */
  #isSure(contact: Contact): boolean {
    if (contact.imitates !== null) return false
    const name = nameOf(contact).toLowerCase()
    const others = this.#people.named.get(name) ?? []
    return others.every(({ account }) => account === contact.account)
  }

  get #people(): PeopleIndex {
    return (this.#index ??= indexPeople(this.#contacts.values()))
  }

  /**
   * Whom a name means, in any case: the name that is shown, then what they call themselves, then an
   * id or the beginning of one, then the beginning of a name.
   *
   * @throws `unknown_name`, `ambiguous_name`
   */
  find(query: string, among: 'contact' | 'request' = 'contact'): Contact {
    const people = among === 'request' ? this.requests : this.contacts
    const wanted = query.toLowerCase()
    const names = (contact: Contact): string[] => [nameOf(contact), printable(contact.name)]
    const steps: ((contact: Contact) => boolean)[] = [
      (contact) => nameOf(contact).toLowerCase() === wanted,
      ({ name }) => printable(name).toLowerCase() === wanted,
      ({ account }) => query.length >= ID_PREFIX_CHARS && account.startsWith(wanted),
      (contact) => names(contact).some((name) => name.toLowerCase().startsWith(wanted)),
    ]
    for (const step of query === '' ? [] : steps) {
      const found = people.filter(step)
      if (found.length > 1) throw this.#ambiguous(query, found)
      if (found[0]) return found[0]
    }
    throw this.#unknown(query, among)
  }

  /**
   * Splits `name rest of the line`: a quoted name, else the longest name that is known, else the
   * first word. A colon or comma after the name belongs to neither.
   */
  splitName(text: string): { name: string; rest: string } {
    const inQuotes = /^"([^"]*)"?[:,]?\s?(.*)$/s.exec(text)
    if (inQuotes) return { name: inQuotes[1] ?? '', rest: inQuotes[2] ?? '' }
    const lower = text.toLowerCase()
    const known = this.contacts
      .flatMap((contact) => [nameOf(contact), printable(contact.name)])
      .filter((name) => lower.startsWith(name.toLowerCase()))
      .filter((name) => /^(?:[:,]?\s|[:,]?$)/.test(text.slice(name.length)))
      .toSorted((a, b) => b.length - a.length)[0]
    const name = known === undefined ? undefined : text.slice(0, known.length)
    const match = /^(\S*?)[:,]?(?:\s(.*))?$/s.exec(text)
    if (name === undefined) return { name: match?.[1] ?? text, rest: match?.[2] ?? '' }
    return { name, rest: text.slice(name.length).replace(/^[:,]?\s?/, '') }
  }

  #ambiguous(query: string, found: readonly Contact[]): TidingsError {
    const list = found.map((c) => `${nameOf(c)} (${shortAccount(c.account)})`).join(', ')
    return new TidingsError(
      'ambiguous_name',
      `"${query}" may be ${list}. Write more of the name, or the short id in place of it.`,
    )
  }

  #unknown(query: string, among: 'contact' | 'request'): TidingsError {
    const people = among === 'request' ? this.requests : this.contacts
    const near = nearest(query, people.map(nameOf))
    const meant = people.find((contact) => nameOf(contact) === near)
    const hint = meant === undefined ? HINTS[among] : `Did you mean ${this.handle(meant)}?`
    const what = among === 'request' ? 'request from' : 'contact called'
    return new TidingsError('unknown_name', `There is no ${what} "${query}". ${hint}`)
  }
}

const HINTS = {
  contact: '/contacts lists yours, /nearby shows who is here to /add.',
  request: '/requests lists those that wait.',
} as const
