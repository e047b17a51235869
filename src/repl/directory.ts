// The people on the screen: what the person calls them, and whom a typed name means. A name that
// several carry is never resolved silently (DESIGN: names are not identities); there the short id
// is shown, and can be typed.
import type { Contact, NearbyNode } from '../api/shapes.ts'
import { isTidingsError, TidingsError } from '../core/errors.ts'
import { isId } from '../core/id.ts'
import { nameKey } from '../core/look-alikes.ts'
import { printable } from '../core/text.ts'
import { GroupNames } from './group-names.ts'
import { nearest } from './parse.ts'
import { contactPartner, groupPartner, type Partner } from './partner.ts'
import {
  indexCallers,
  indexPeople,
  isTakenForSelf,
  nameOf,
  type PeopleIndex,
  SHORT_ID_CHARS,
  shortAccount,
} from './people-index.ts'

/** Fewer characters of an id are more likely a name. */
const ID_PREFIX_CHARS = 4

export { nameOf, SHORT_ID_CHARS, shortAccount }

/**
 * A name as one types it, in quotes where it has spaces. Undefined for a name that would be read as
 * something else, or as part of somebody else's: only the id is sure then.
 */
export function typedName(name: string): string | undefined {
  const isOther = name === '' || isId(name)
  if (isOther || name.includes('"') || /^(?:[@#/]|--)|[:,]$/.test(name)) return undefined
  return /\s/.test(name) ? `"${name}"` : name
}

const isWaiting = ({ state }: Contact): boolean => state === 'incoming'

export class Directory {
  #contacts = new Map<string, Contact>()
  #nearby = new Map<string, NearbyNode>()
  readonly groups = new GroupNames()
  /** What follows from the contacts, until one of them changes. */
  #index: PeopleIndex | undefined
  /** Who goes by a name, of those nearby and all contacts, until one of them changes. */
  #called: ReadonlyMap<string, ReadonlySet<string>> | undefined

  /** Everybody known, friends first, then by name. */
  get contacts(): readonly Contact[] {
    return this.#people.sorted
  }

  get requests(): readonly Contact[] {
    return this.contacts.filter(isWaiting)
  }

  get nearby(): NearbyNode[] {
    return [...this.#nearby.values()]
  }

  setContacts(contacts: readonly Contact[]): void {
    this.#contacts = new Map(contacts.map((contact) => [contact.account, contact]))
    this.#forget()
  }

  /** One's own other devices are nobody to add. */
  setNearby(nodes: readonly NearbyNode[]): void {
    const others = nodes.filter(({ own }) => !own)
    this.#nearby = new Map(others.map((node) => [node.peerId, node]))
    this.#called = undefined
  }

  /** Takes over what is new about a contact. @returns what was known before */
  update(contact: Contact): Contact | undefined {
    const before = this.#contacts.get(contact.account)
    this.#contacts.set(contact.account, contact)
    this.#forget()
    return before
  }

  /** @returns whether the node is somebody else's and was not there before */
  updateNearby(node: NearbyNode, present: boolean): boolean {
    if (node.own) return false
    const wasThere = this.#nearby.has(node.peerId)
    if (present) this.#nearby.set(node.peerId, node)
    else this.#nearby.delete(node.peerId)
    this.#called = undefined
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
    const group = this.groups.get(conversation)
    if (group) return groupPartner(group, this.groups.handle(group))
    const contact = this.withConversation(conversation)
    return contact && this.partnerOf(contact)
  }

  partnerOf(contact: Contact): Partner {
    return contactPartner(contact, this.label(contact))
  }

  /** Whether a text is all of the name of somebody, or with its sign of a group. */
  isName(text: string): boolean {
    if (text.startsWith('#')) return this.groups.split(text.slice(1))?.rest === ''
    return this.#people.named.has(text.replace(/^@/, '').toLowerCase())
  }

  /** The name to show; with the short id where somebody else has the same one, or one like it. */
  label(contact: Contact): string {
    const name = nameOf(contact)
    return this.#isSure(contact) ? name : `${name} (${shortAccount(contact.account)})`
  }

  /** The name to show of somebody who may be no contact. */
  called(account: string, name: string): string {
    const contact = this.#contacts.get(account)
    if (contact) return this.label(contact)
    const shown = printable(name)
    return isTakenForSelf(name) ? `${shown} (${shortAccount(account)})` : shown
  }

  /** What to type to mean this contact: the name if it is theirs alone, else of the id enough. */
  handle(contact: Contact): string {
    const name = this.#isSure(contact) ? typedName(nameOf(contact)) : undefined
    const short = shortAccount(contact.account)
    return name ?? (this.#means(short, contact) ? short : contact.account)
  }

  /**
   * What to type to mean a node nearby: the name if nobody else goes by it in any case, else of the
   * id enough. Undefined while only an id would be sure, and is not known.
   */
  nearbyHandle({ name, account, imitates }: NearbyNode): string | undefined {
    const isAlone = imitates === null && this.#callers(name).size <= 1
    const word = isAlone && printable(name) === name ? typedName(name) : undefined
    if (word !== undefined || account === null) return word
    const short = shortAccount(account)
    return this.#callers(short).size === 0 ? short : account
  }

  /** By account, or by peer where that is not known. */
  #callers(name: string): ReadonlySet<string> {
    this.#called ??= indexCallers(this.#contacts.values(), this.#nearby.values())
    return this.#called.get(nameKey(name)) ?? new Set()
  }

  #forget(): void {
    this.#index = undefined
    this.#called = undefined
  }

  #means(words: string, { account }: Contact): boolean {
    try {
      return this.find(words).account === account
    } catch (error) {
      // Of somebody who is not here yet nothing else is known by these words either.
      return isTidingsError(error, 'unknown_name')
    }
  }

  /** Whether the name alone tells whose it is. */
  #isSure(contact: Contact): boolean {
    const name = nameOf(contact).toLowerCase()
    if (contact.imitates !== null || isTakenForSelf(name)) return false
    const others = this.#people.named.get(name) ?? []
    return others.every(({ account }) => account === contact.account)
  }

  get #people(): PeopleIndex {
    return (this.#index ??= indexPeople(this.#contacts.values()))
  }

  /**
   * Whom a name means, in any case: who has it as id, the name that is shown, then what they call
   * themselves, then the beginning of an id, then of a name.
   *
   * @throws `unknown_name`, `ambiguous_name`
   */
  find(query: string, among: 'contact' | 'request' = 'contact'): Contact {
    const people = among === 'request' ? this.requests : this.contacts
    const wanted = query.toLowerCase()
    const names = (contact: Contact): string[] => [nameOf(contact), printable(contact.name)]
    const steps: ((contact: Contact) => boolean)[] = [
      ({ account }) => account === wanted,
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
