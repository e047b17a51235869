// Tab: what could stand at the end of what is typed. A pure function of the text before the cursor
// and of what is known around it. Nothing is suggested that the parser would refuse.
import { graphemes } from '../cli/width.ts'
import { isTidingsError } from '../core/errors.ts'
import { givenSoFar, readInto } from './arguments.ts'
import { type Candidate, groupsAtFirst, mentioned, people } from './candidates-people.ts'
import { candidates, type Place } from './candidates.ts'
import { commandNamed, COMMANDS, type ReplCommand } from './commands.ts'
import { parseLine, placedWords } from './parse.ts'
import { type Slot, slotsAt } from './slots.ts'
import type { Surroundings } from './surroundings.ts'
import { WHICH } from './which-message.ts'

export interface Hit {
  /** What comes into the line. */
  readonly text: string
  /** What is shown where there are several. */
  readonly shown: string
}

export interface Completion {
  readonly hits: readonly Hit[]
  /** The end of the line, in place of which a hit stands. */
  readonly replaces: string
}

/** Fewer characters of an id are more likely a name. */
const ID_CHARS_MIN = 4
export const NOTHING: Completion = { hits: [], replaces: '' }
/** Commands whose words are sent as they are. */
const SAYING = ['me', 'reply', 'edit']

/** @param before the line up to the cursor, its breaks as line feeds */
export function complete(before: string, around: Surroundings): Completion {
  const line = parseLine(before)
  switch (line.kind) {
    case 'nothing':
      return NOTHING
    case 'command':
      return inCommand(before, around)
    case 'text':
      return inText(before, around.open?.conversation, around)
    case 'mention':
      return addressed(before, line.rest, around)
    case 'group': {
      const found = matching(groupsAtFirst(around.directory), before, before)
      if (found.hits.length > 0) return found
      const group = around.directory.groups.split(line.rest)?.group
      return inText(before, group?.conversation ?? around.open?.conversation, around)
    }
  }
}

/** What all hits begin with, to stand in place of `replaces`; undefined when that adds nothing. */
export function common({ hits, replaces }: Completion): string | undefined {
  const [only, ...more] = hits.map(({ text }) => text)
  if (only === undefined || more.length === 0) return only
  let shared = graphemes(only)
  for (const other of more.map(graphemes)) {
    const differs = shared.findIndex((char, i) => fold(char) !== fold(other[i] ?? ''))
    if (differs >= 0) shared = shared.slice(0, differs)
  }
  const whole = shared.join('')
  // Where one of them ends, another may go on.
  const text = [only, ...more].some(({ length }) => length === whole.length)
    ? whole.trimEnd()
    : whole
  const goesOn = fold(unquoted(text)).startsWith(fold(unquoted(replaces)))
  return goesOn && text !== replaces ? text : undefined
}

/** Whom a line goes to, or somebody who is mentioned in what they are told. */
function addressed(before: string, rest: string, around: Surroundings): Completion {
  const { directory } = around
  const all = people(directory, { name: 'open' })
  const found = matching(all, before, unquoted(before).slice(1), '@')
  if (found.hits.length > 0) return found
  const name = directory.splitName(rest)
  if (name.rest === '') return NOTHING
  try {
    return inText(before, directory.find(name.name).conversation, around)
  } catch (error) {
    if (isTidingsError(error)) return NOTHING
    throw error
  }
}

/** The names of people in a text, after an at sign that begins a word. */
function inText(
  text: string,
  conversation: string | undefined,
  { members, directory }: Surroundings,
): Completion {
  const [replaces, typed = ''] = /(?<![\p{L}\p{N}\p{M}_@])@([^@]*)$/u.exec(text) ?? []
  // Without a conversation it is a text for nobody.
  if (replaces === undefined || conversation === undefined) return NOTHING
  return matching(mentioned(conversation, members, directory), replaces, typed, '@')
}

function inCommand(before: string, around: Surroundings): Completion {
  const [head = ''] = /^\/(?:(?:group|archive)\s+)?\S+\s+/i.exec(before) ?? []
  const command = head === '' ? undefined : commandNamed(nameIn(head))
  const rest = before.slice(head.length)
  if (!command) return commandNames(before)
  if (SAYING.includes(command.name)) return inWords(command, rest, around)
  return inArguments(command, rest, around)
}

function nameIn(head: string): string {
  const line = parseLine(head)
  return line.kind === 'command' ? line.name : ''
}

function commandNames(before: string): Completion {
  const typed = before.replace(/\s+/, ' ')
  const all = COMMANDS.map(({ name }) => asItIs(`/${name}`))
  return matching(all, before, typed)
}

/** Of `/reply ^2 words` and its like. */
function inWords(command: ReplCommand, rest: string, around: Surroundings): Completion {
  const [of] = command.args
  const { open } = around
  if (of?.completes === 'message' && /^\S*$/.test(rest)) {
    const place = { command, of, isOption: false, values: {}, typed: rest }
    const found = matching(candidates(place, around), rest, rest)
    if (found.hits.length > 0) return found
  }
  const text = command.name === 'me' ? rest : (WHICH.exec(rest)?.[2] ?? '')
  // An at sign at its beginning is one in a text.
  return inText(` ${text}`, open?.conversation, around)
}

function inArguments(command: ReplCommand, rest: string, around: Surroundings): Completion {
  const { directory, open } = around
  const slots = slotsAt(command, rest, directory)
  const places = [...new Set(slots.map(({ at }) => at))]
  for (const at of places) {
    const before = rest.slice(0, at)
    const replaces = rest.slice(at)
    // Something is going to follow.
    const values = givenSoFar(command, `${before}?`, { directory, open: open?.to })
    const place = { command, values, typed: unquoted(replaces) }
    const there = slots.filter((slot) => slot.at === at)
    const inSlots = (isWanted: (slot: Slot) => boolean): Hit[] =>
      there.filter(isWanted).flatMap((slot) => inSlot(slot, place, replaces, around).hits)
    const given = inSlots(({ kind }) => kind !== 'options')
    const hits = given.length > 0 ? given : inSlots(({ kind }) => kind === 'options')
    // Of hits in one place all or none are accepted: what matters is what stands before them.
    const [first] = hits
    if (first && isAccepted(command, before + first.text, around)) return { hits, replaces }
  }
  return NOTHING
}

function isAccepted(
  command: ReplCommand,
  rest: string,
  { directory, open }: Surroundings,
): boolean {
  // Of a folder with spaces the quote is open.
  const whole = placedWords(rest).at(-1)?.isOpen === true ? `${rest}"` : rest
  try {
    readInto({}, command, whole, { directory, open: open?.to })
    return true
  } catch (error) {
    if (isTidingsError(error)) return false
    throw error
  }
}

type Typed = Pick<Place, 'command' | 'values' | 'typed'>

/** Kinds of people, whose names may have their sign. */
const PEOPLE: readonly unknown[] = [
  'contact',
  'request',
  'member',
  'conversation',
  'author',
  'nearby',
]

function inSlot(slot: Slot, place: Typed, replaces: string, around: Surroundings): Completion {
  const { typed } = place
  if (slot.kind === 'options') {
    const names = slot.options.map(({ flag }) => `--${flag}`)
    return matching(names.map(asItIs), replaces, typed)
  }
  const { of } = slot
  const all = candidates({ ...place, of, isOption: slot.kind === 'value' }, around)
  if (!typed.startsWith('@') || !PEOPLE.includes(of.completes))
    return matching(all, replaces, typed)
  const signed = all.filter(({ isGroup }) => isGroup !== true)
  return matching(signed, replaces, typed.slice(1), '@')
}

function asItIs(name: string): Candidate {
  return { names: [name], word: name, shown: name }
}

function matching(
  all: readonly Candidate[],
  replaces: string,
  typed: string,
  sign: '@' | '' = '',
): Completion {
  const wanted = fold(typed)
  const hits = new Map<string, Hit>()
  for (const candidate of all) {
    if (!isMeant(candidate, wanted)) continue
    const { word, shown, goesOn = false } = candidate
    const text = `${sign}${word}${goesOn ? '' : ' '}`
    hits.set(text, { text, shown })
  }
  return { hits: [...hits.values()], replaces }
}

function isMeant({ names, id, word }: Candidate, wanted: string): boolean {
  const all = names.length > 0 ? [...names, unquoted(word)] : []
  if (all.some((name) => fold(name).startsWith(wanted))) return true
  return wanted.length >= ID_CHARS_MIN && id?.startsWith(wanted.replace(/^#/, '')) === true
}

function fold(text: string): string {
  return text.normalize('NFC').toLowerCase()
}

/** What a name says that is in quotes, closed or not; `@"Bob Lab` has its sign before them. */
function unquoted(text: string): string {
  const quoted = /^([@#]?)"([^"]*)"?$/.exec(text)
  return quoted ? `${quoted[1]}${quoted[2]}` : text
}
