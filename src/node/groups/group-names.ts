// Which group is meant by what a person types, and what a group is called.
import { TidingsError } from '../../core/errors.ts'
import type { AccountId, ConversationId } from '../../core/id.ts'
import { Lru } from '../../core/lru.ts'
import type { Group } from './groups.ts'

/** More than anybody sees at once. */
const FOUND_MAX = 4096

export type FoundGroup = Group & { readonly id: ConversationId }

/** By `#name`, a name, or an id. @throws TidingsError `unknown_conversation`, `ambiguous_name` */
export function findGroup(
  name: string,
  groups: Iterable<readonly [ConversationId, Group]>,
): FoundGroup {
  const wanted = name.replace(/^#/, '').normalize('NFC').toLowerCase()
  const all = [...groups]
  const exact = all.filter(([id]) => id === wanted)
  const isNamed = ([, group]: (typeof all)[number]): boolean =>
    nameOfGroup(group).normalize('NFC').toLowerCase() === wanted
  let found = exact.length > 0 ? exact : all.filter(isNamed)
  // A group that was left gives way to one of the same name.
  if (found.length > 1) {
    const living = found.filter(([, { record }]) => record.state !== 'left')
    if (living.length > 0) found = living
  }
  if (found.length === 0 && wanted.length >= 4) {
    found = all.filter(([id]) => id.startsWith(wanted))
  }
  const [first] = found
  if (!first) {
    throw new TidingsError('unknown_conversation', `there is no group ${shown(name)} here`)
  }
  if (found.length > 1) {
    const list = found.map(([id, group]) => `${nameOfGroup(group)} ${id.slice(0, 8)}`).join(', ')
    const words = `${shown(name)} could be ${list}; use the id after the name`
    throw new TidingsError('ambiguous_name', words)
  }
  const [id, { record, state, face, title, brief }] = first
  return { id, record, state, face, title, brief }
}

/** What is found by going through all groups, maybe thousands of them: until one changes. */
export class FoundGroups {
  private readonly all: () => Iterable<readonly [ConversationId, Group]>
  private ids = new Lru<ConversationId>(FOUND_MAX)
  /** Empty for who is in none. */
  private names = new Lru<string>(FOUND_MAX)

  constructor(all: () => Iterable<readonly [ConversationId, Group]>) {
    this.all = all
  }

  /** As `findGroup`. @throws TidingsError `unknown_conversation`, `ambiguous_name` */
  find(name: string): ConversationId {
    const known = this.ids.get(name)
    if (known) return known
    const { id } = findGroup(name, this.all())
    this.ids.set(name, id)
    return id
  }

  /** What somebody is called in any group, if they are in one. */
  nameOf(account: AccountId): string | undefined {
    let name = this.names.get(account)
    if (name === undefined) {
      name = this.look(account)
      this.names.set(account, name)
    }
    return name || undefined
  }

  forget(): void {
    this.ids = new Lru(FOUND_MAX)
    this.names = new Lru(FOUND_MAX)
  }

  private look(account: AccountId): string {
    for (const [, { face }] of this.all()) {
      const name = face.names.get(account)
      if (name) return name
    }
    return ''
  }
}

/** As its admins named it, or before that is known, as the invitation did. */
export function nameOfGroup({ title }: Pick<Group, 'title'>): string {
  return title
}

function shown(name: string): string {
  return name.slice(0, 80)
}
