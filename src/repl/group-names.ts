// The groups on the screen: what they are called, and which one a typed name means.
import type { Group } from '../api/shapes-group.ts'
import { TidingsError } from '../core/errors.ts'
import { nameKey } from '../core/look-alikes.ts'
import { printable } from '../core/text.ts'
import { SHORT_ID_CHARS } from './people-index.ts'

interface Index {
  /** By name. */
  readonly groups: readonly Group[]
  /** What may be typed, and the same in lower case. */
  readonly words: readonly { readonly group: Group; readonly word: string; lower: string }[]
  /** How many go by a name. */
  readonly sharing: ReadonlyMap<string, number>
}

export class GroupNames {
  readonly #groups = new Map<string, Group>()
  /** Of those that one is in or invited to; made when it is asked for. */
  #index: Index | undefined

  set(groups: readonly Group[]): void {
    this.#groups.clear()
    for (const group of groups) this.#groups.set(group.conversation, group)
    this.#index = undefined
  }

  get all(): readonly Group[] {
    return [...this.#groups.values()]
  }

  /** @returns what was known before */
  update(group: Group): Group | undefined {
    const before = this.#groups.get(group.conversation)
    this.#groups.set(group.conversation, group)
    this.#index = undefined
    return before
  }

  get(conversation: string): Group | undefined {
    return this.#groups.get(conversation)
  }

  /** Groups that one is in or invited to, by name. */
  get list(): readonly Group[] {
    return this.#known.groups
  }

  /** The name as shown, safe to draw: its id where another one is called so. */
  handle({ name, conversation }: Group): string {
    return `#${this.#isShared(name) ? conversation.slice(0, SHORT_ID_CHARS) : printable(name)}`
  }

  /** What to type to mean the group, its sign before it; undefined when nothing is sure. */
  typed(group: Group): string | undefined {
    const { conversation, name } = group
    const ids = [`#${conversation.slice(0, SHORT_ID_CHARS)}`, `#${conversation}`]
    const isPlain = !/"|^[#\s]|[\s:,]$/.test(name)
    const all = isPlain && !this.#isShared(name) ? [`#${printable(name)}`, ...ids] : ids
    return all.find((words) => {
      const found = this.split(words.slice(1))
      return found?.rest === '' && found.group.conversation === conversation
    })
  }

  /** As `split`. @throws TidingsError `ambiguous_name` where several groups are called so */
  find(text: string): { group: Group; rest: string } | undefined {
    const found = this.split(text)
    if (!found || found.others.length === 0) return found
    const ids = [found.group, ...found.others].map(
      ({ conversation }) => `#${conversation.slice(0, SHORT_ID_CHARS)}`,
    )
    const name = printable(found.group.name)
    const words = `"#${name}" may be ${ids.join(', ')}. Write that in place of the name.`
    throw new TidingsError('ambiguous_name', words)
  }

  /** The group that a text begins with, those others that are called so too, and what follows. */
  split(text: string): { group: Group; others: Group[]; rest: string } | undefined {
    let best: { group: Group; word: string } | undefined
    for (const { group, word, lower } of this.#known.words) {
      if (word.length <= (best?.word.length ?? 0)) continue
      if (text.slice(0, word.length).toLowerCase() !== lower) continue
      if (/^(?:[:,]?\s|[:,]?$)/.test(text.slice(word.length))) best = { group, word }
    }
    if (!best) return undefined
    const { group, word } = best
    const rest = text.slice(word.length).replace(/^[:,]?\s?/, '')
    const isSame = (other: Group): boolean =>
      other !== group && printable(other.name).toLowerCase() === word.toLowerCase()
    const others = group.conversation.startsWith(word) ? [] : this.list.filter(isSame)
    return { group, others, rest }
  }

  #isShared(name: string): boolean {
    return (this.#known.sharing.get(nameKey(name)) ?? 0) > 1
  }

  get #known(): Index {
    return (this.#index ??= indexOf(this.all))
  }
}

function indexOf(all: readonly Group[]): Index {
  const groups = all
    .filter(({ state }) => state !== 'left')
    .toSorted((a, b) => a.name.localeCompare(b.name))
  const sharing = new Map<string, number>()
  for (const { name } of groups) {
    const key = nameKey(name)
    sharing.set(key, (sharing.get(key) ?? 0) + 1)
  }
  const wordsOf = (word: (group: Group) => string): Index['words'] =>
    groups.map((group) => ({ group, word: word(group), lower: word(group).toLowerCase() }))
  // Nobody is named before an id: anybody may choose a name that looks like one.
  const words = [
    ...wordsOf(({ conversation }) => conversation),
    ...wordsOf(({ conversation }) => conversation.slice(0, SHORT_ID_CHARS)),
    ...wordsOf(({ name }) => printable(name)),
  ]
  return { groups, words, sharing }
}
