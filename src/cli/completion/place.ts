// Where in the command line one is: which command the words name, which arguments and options it
// was given, and what comes next. Pure, and read from the commands as commander knows them.
import type { Command, Option } from 'commander'

export interface Place {
  readonly command: Command
  /** Positional arguments so far. */
  readonly args: readonly string[]
  /** Options so far, by their names in code; of one without a value an empty text. */
  readonly options: ReadonlyMap<string, string>
  /** The option whose value comes next. */
  readonly awaiting: Option | undefined
  /** After `--` nothing is an option any more. */
  readonly optionsEnded: boolean
}

/** @param words all that stands before the one that is being typed, without the program's name */
export function placeOf(program: Command, words: readonly string[]): Place {
  let command = program
  let args: string[] = []
  let awaiting: Option | undefined
  let optionsEnded = false
  const options = new Map<string, string>()
  for (const word of words) {
    if (awaiting) {
      options.set(awaiting.attributeName(), word)
      awaiting = undefined
    } else if (!optionsEnded && word === '--') optionsEnded = true
    else if (!optionsEnded && isOption(word)) {
      const { option, value } = readOption(command, word)
      if (option && takesValue(option) && value === undefined) awaiting = option
      else if (option) options.set(option.attributeName(), value ?? '')
    } else {
      const next = args.length === 0 ? commandNamed(command, word) : undefined
      if (next) command = next
      else args = [...args, word]
    }
  }
  return { command, args, options, awaiting, optionsEnded }
}

/** `contact add`; empty for the program itself. */
export function pathOf(command: Command): string {
  const words: string[] = []
  for (let at: Command | null = command; at?.parent; at = at.parent) words.unshift(at.name())
  return words.join(' ')
}

/** The options that may be given: those of the command, and the program's. */
export function optionsOf(command: Command): readonly Option[] {
  const all: Option[] = []
  for (let at: Command | null = command; at; at = at.parent) all.push(...at.options)
  return all.filter(({ hidden }) => !hidden)
}

/** `--in=@b` is the option and what there is of its value. */
export function readOption(
  command: Command,
  word: string,
): { option: Option | undefined; value: string | undefined } {
  const [, flag = word, value] = /^(--[^=]+)=(.*)$/s.exec(word) ?? []
  const option = optionsOf(command).find(({ long, short }) => long === flag || short === flag)
  return { option, value }
}

export function takesValue(option: Option): boolean {
  return option.required || option.optional
}

/** A dash by itself stands for standard input. */
export function isOption(word: string): boolean {
  return word.startsWith('-') && word !== '-'
}

function commandNamed(parent: Command, name: string): Command | undefined {
  return parent.commands.find((candidate) => candidate.name() === name)
}
