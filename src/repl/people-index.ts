// What follows from all contacts together, made once for each change of them: their order, who
// carries a name, whose a conversation is.
import type { Contact, NearbyNode } from '../api/shapes.ts'
import { looksLike, nameKey } from '../core/look-alikes.ts'
import { printable } from '../core/text.ts'

export const SHORT_ID_CHARS = 8

export function shortAccount(account: string): string {
  return account.slice(0, SHORT_ID_CHARS)
}

/** What the person calls a contact: the alias, else its own name; safe to draw. */
export function nameOf(contact: Pick<Contact, 'name' | 'alias' | 'account'>): string {
  return printable(contact.alias || contact.name) || shortAccount(contact.account)
}

/** Whether what somebody of this name says would be taken for one's own words. */
export function isTakenForSelf(name: string): boolean {
  return looksLike(name, 'you')
}

export interface PeopleIndex {
  /** Everybody known, friends first, then by name. */
  readonly sorted: readonly Contact[]
  /** Those of `sorted` by what they are called, in lower case. */
  readonly named: ReadonlyMap<string, readonly Contact[]>
  /** Also those who are no contacts any more. */
  readonly byConversation: ReadonlyMap<string, Contact>
}

export function indexPeople(contacts: Iterable<Contact>): PeopleIndex {
  const all = [...contacts]
  const rank = ({ state }: Contact): number => (state === 'friend' ? 0 : 1)
  const sorted = all
    .filter(({ state }) => state !== 'removed')
    .toSorted((a, b) => rank(a) - rank(b) || nameOf(a).localeCompare(nameOf(b)))
  const byConversation = new Map(all.toReversed().map((each) => [each.conversation, each]))
  return {
    sorted,
    named: Map.groupBy(sorted, (each) => nameOf(each).toLowerCase()),
    byConversation,
  }
}

/** Who goes by a name, as the node compares names: accounts, or peers of an unknown one. */
export function indexCallers(
  contacts: Iterable<Contact>,
  nearby: Iterable<NearbyNode>,
): ReadonlyMap<string, ReadonlySet<string>> {
  const called = new Map<string, Set<string>>()
  const add = (name: string, who: string): void => {
    const key = nameKey(name)
    called.set(key, (called.get(key) ?? new Set()).add(who))
  }
  for (const { name, alias, account } of contacts) {
    add(name, account)
    if (alias !== '') add(alias, account)
  }
  for (const { name, account, peerId } of nearby) add(name, account ?? peerId)
  return called
}
