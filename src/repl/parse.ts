// What a typed line means: a command, words for somebody by name, or words for the open
// conversation. A pure function of the line; names are looked up elsewhere.
import { nearest as nearestSpelled } from '../cli/nearest.ts'
import { TidingsError } from '../core/errors.ts'

export type Line =
  | { readonly kind: 'nothing' }
  /** For the open conversation. */
  | { readonly kind: 'text'; readonly text: string }
  /** `@name …`: the name is not split off, since it may have spaces. */
  | { readonly kind: 'mention'; readonly rest: string }
  /** `#…`: for a group if there is one of this name, else text. */
  | { readonly kind: 'group'; readonly rest: string }
  | { readonly kind: 'command'; readonly name: string; readonly rest: string }

/** A line beginning with `//`, `@@` or `##` is text that begins with one of these. */
export function parseLine(line: string): Line {
  if (line.trim() === '') return { kind: 'nothing' }
  if (/^(?:\/\/|@@|##)/.test(line)) return { kind: 'text', text: line.slice(1) }
  if (line.startsWith('@')) return { kind: 'mention', rest: line.slice(1) }
  if (line.startsWith('#')) return { kind: 'group', rest: line.slice(1) }
  // Of `/group` and `/archive` what is to be done is part of the name.
  const command = /^\/((?:(?:group|archive)\s+)?\S*)\s*(.*)$/is.exec(line)
  if (!command) return { kind: 'text', text: line }
  const name = (command[1] ?? '').toLowerCase().replace(/\s+/, ' ')
  return { kind: 'command', name, rest: command[2] ?? '' }
}

/** The line that says a text: one that begins like a command is doubled there. */
export function lineOf(text: string): string {
  return /^[/@#]/.test(text) ? `${text.slice(0, 1)}${text}` : text
}

export interface Word {
  readonly text: string
  readonly quoted: boolean
}

/**
 * The words of a command's arguments. Double quotes hold a word with spaces together.
 *
 * @throws `bad_input` when a quote is not closed
 */
export function splitWords(text: string): Word[] {
  const words: Word[] = []
  const pattern = /\s*(?:(--[\w-]+)=)?(?:"([^"]*)("?)|(\S+))/gy
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    const [, option, quoted, end, plain] = match
    if (option !== undefined) words.push({ text: option, quoted: false })
    if (quoted !== undefined && end === '') {
      throw new TidingsError('bad_input', 'a quote (") is opened and not closed')
    }
    words.push({ text: quoted ?? plain ?? '', quoted: quoted !== undefined })
  }
  return words
}

/** The name that was probably meant, if any is near: one that it begins, or a misspelled one. */
export function nearest(word: string, names: readonly string[]): string | undefined {
  const wanted = word.toLowerCase()
  if (wanted === '') return undefined
  const lower = names.map((name) => name.toLowerCase())
  const longer = names.find((_, i) => lower[i]?.startsWith(wanted))
  if (longer !== undefined) return longer
  const spelled = nearestSpelled(wanted, lower)
  return spelled === undefined ? undefined : names[lower.indexOf(spelled)]
}
