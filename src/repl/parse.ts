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
  const name = (command[1] ?? '').toLowerCase().replace(/\s+/, ' ').trimEnd()
  return { kind: 'command', name, rest: command[2] ?? '' }
}

/** The line that says a text: one that begins like a command is doubled there. */
export function lineOf(text: string): string {
  return /^[/@#]/.test(text) ? `${text.slice(0, 1)}${text}` : text
}

/** The words of a message; undefined for a command, or words for somebody by name. */
export function textOf(line: string): string | undefined {
  const parsed = parseLine(line)
  if (parsed.kind === 'nothing') return ''
  return parsed.kind === 'text' ? parsed.text : undefined
}

export interface Word {
  readonly text: string
  readonly quoted: boolean
}

/** A word, and where it stands, from its quote or its sign on. */
export interface PlacedWord extends Word {
  readonly at: number
  readonly end: number
  /** Its quote is not closed. */
  readonly isOpen: boolean
}

/**
 * The words of a command's arguments. Double quotes hold a word with spaces together, also behind
 * the sign of a name (`@"Bob Lab"`); `--option=value` is two words.
 */
export function placedWords(text: string): PlacedWord[] {
  const words: PlacedWord[] = []
  const pattern = /\s*(?:(--[\w-]+)=)?(?:([@#]?)"([^"]*)("?)|(\S+)|(?<=--[\w-]+=))/gy
  for (let match = pattern.exec(text); match?.[0].trim(); match = pattern.exec(text)) {
    const [, option, sign = '', quoted, quote, plain = ''] = match
    const end = pattern.lastIndex
    const length = quoted === undefined ? plain.length : `${sign}"${quoted}${quote}`.length
    const at = end - length
    if (option !== undefined) {
      const from = at - option.length - 1
      words.push({ text: option, quoted: false, at: from, end: at, isOpen: false })
    }
    const isQuoted = quoted !== undefined
    const word = isQuoted ? sign + quoted : plain
    words.push({ text: word, quoted: isQuoted, at, end, isOpen: isQuoted && quote === '' })
  }
  return words
}

/** The same for a whole line. @throws `bad_input` when a quote is not closed */
export function splitWords(text: string): Word[] {
  return placedWords(text).map(({ text: word, quoted, isOpen }) => {
    if (isOpen) throw new TidingsError('bad_input', 'a quote (") is opened and not closed')
    return { text: word, quoted }
  })
}

/** How to type a text so that it is one word; undefined where nothing would be. */
export function asWord(text: string): string | undefined {
  const [word, ...more] = placedWords(text)
  const isPlain = word?.text === text && !word.quoted && more.length === 0
  if (isPlain && !text.startsWith('--')) return text
  return text.includes('"') ? undefined : `"${text}"`
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
