// Which argument or option of a command stands where one types. Goes by the same rules as whoever
// reads the whole command afterwards (arguments.ts).
import { isOption, optionNamed, takeArgument } from './arguments.ts'
import type { ReplArgument, ReplCommand, ReplOption } from './commands.ts'
import type { Directory } from './directory.ts'
import { type PlacedWord, placedWords } from './parse.ts'

/** Something that may be meant by the end of the line. */
export type Slot = {
  /** From here to the end of the line. */
  readonly at: number
} & (
  | { readonly kind: 'argument'; readonly of: ReplArgument }
  | { readonly kind: 'value'; readonly of: ReplOption }
  /** Names of options that are not given yet. */
  | { readonly kind: 'options'; readonly options: readonly ReplOption[] }
)

/** What is likely meant comes first; of those at one place any may be. */
export function slotsAt(command: ReplCommand, rest: string, directory: Directory): Slot[] {
  const { done, current } = wordsOf(rest)
  const given = readOptions(command, done)
  if (!given) return []
  const { words, awaiting, named, end } = given
  if (awaiting) return [{ kind: 'value', of: awaiting, at: current.at }]
  const left = command.options.filter((option) => !named.has(option))
  const options: Slot = { kind: 'options', options: left, at: current.at }
  if (isOption(current) || (current.text === '-' && !current.quoted)) return [options]
  const found = argumentSlots(command, words, current, directory).filter(({ at }) => at >= end)
  const isNext = current.text === '' && !current.quoted
  // Behind a space another argument begins, unless the name before it goes on.
  if (!isNext) return found
  const here = found.filter(({ at }) => at === current.at)
  // What must be given comes before what may be.
  const isWanted = here.some((slot) => slot.kind === 'argument' && slot.of.required)
  return [
    ...here,
    ...(isWanted ? [] : [options]),
    ...found.filter((slot) => !here.includes(slot)).toReversed(),
  ]
}

/** The words that are whole, and the one at the end that is being typed, which may be empty. */
function wordsOf(rest: string): { done: PlacedWord[]; current: PlacedWord } {
  const done = placedWords(rest)
  const last = done.at(-1)
  if (last?.end === rest.length) return { done: done.slice(0, -1), current: last }
  const { length } = rest
  return { done, current: { text: '', quoted: false, isOpen: false, at: length, end: length } }
}

interface Options {
  /** What is left of the words. */
  readonly words: PlacedWord[]
  readonly named: ReadonlySet<ReplOption>
  /** Whose value comes next. */
  readonly awaiting: ReplOption | undefined
  /** Where the last option ends, its value included. */
  readonly end: number
}

/** Undefined when there is no such option. */
function readOptions(command: ReplCommand, all: readonly PlacedWord[]): Options | undefined {
  const words: PlacedWord[] = []
  const named = new Set<ReplOption>()
  let end = 0
  let awaiting: ReplOption | undefined
  for (const word of all) {
    if (awaiting) {
      awaiting = undefined
      end = word.end
    } else if (isOption(word)) {
      const option = optionNamed(command, word.text)
      if (!option) return undefined
      named.add(option)
      if (option.type !== 'boolean') awaiting = option
      end = word.end
    } else words.push(word)
  }
  return { words, named, awaiting, end }
}

function argumentSlots(
  { args }: ReplCommand,
  words: PlacedWord[],
  current: PlacedWord,
  directory: Directory,
): Slot[] {
  const slots: Slot[] = []
  for (const [i, of] of args.entries()) {
    slots.push({ kind: 'argument', of, at: words[0]?.at ?? current.at })
    const isLast = i === args.length - 1
    // What names a message may be left out.
    if (words.length === 0 && of.completes !== 'message') break
    const isMessage = of.completes === 'message'
    const taken = takeArgument(of, isMessage ? words : [...words, current], directory, isLast)
    if (!isMessage) words.splice(0, taken.length)
  }
  return slots
}
