// From the words behind a command to the parameters of its method.
import { isTidingsError, TidingsError } from '../core/errors.ts'
import { spanSeconds } from '../core/time-span.ts'
import {
  type Given,
  type ReplArgument,
  type ReplCommand,
  type ReplOption,
  usage,
} from './commands.ts'
import type { Directory } from './directory.ts'
import { meaning } from './meaning.ts'
import { nearest, splitWords, type Word } from './parse.ts'
import { isWhich } from './which-message.ts'

export type ParamValue = string | number | boolean
export type ParamValues = Record<string, ParamValue>

/** They take the open conversation when no first argument is given. */
const MAY_MEAN_OPEN = ['history', 'pins', 'whois', 'verify', 'disappear', 'export']

export interface People {
  readonly directory: Directory
  /** The account whose conversation is open. */
  readonly open: string | undefined
}

/** @throws `bad_input`, `unknown_name`, `ambiguous_name` */
export function readArguments(command: ReplCommand, rest: string, people: People): ParamValues {
  const values: ParamValues = {}
  const missing = readInto(values, command, rest, people)
  if (missing !== undefined) throw misused(command, missing)
  return values
}

/**
 * Reads what is given so far into `values`: more may follow.
 *
 * @returns in words what is missing; undefined when all is there that must be
 * @throws as readArguments, with what stood before in `values`
 */
export function readInto(
  values: ParamValues,
  command: ReplCommand,
  rest: string,
  people: People,
): string | undefined {
  const { words, missing: noValue } = takeOptions(command, splitWords(rest), values, people)
  let missing: string | undefined
  const last = command.args.length - 1
  for (const [i, arg] of command.args.entries()) {
    const isOfNext = i === 0 && command.name === 'disappear' && isTimer(words, people.directory)
    const mine = isOfNext ? [] : takeArgument(arg, words, people.directory, i === last)
    if (mine.length > 0) {
      values[arg.name] = meaning(arg, joined(mine, arg), people.directory)
    } else if (i === 0 && MAY_MEAN_OPEN.includes(command.name) && people.open)
      values[arg.name] = people.open
    else if (arg.required) missing ??= `${arg.name.toUpperCase()} is missing`
  }
  if (words.length > 0) throw misused(command, `nothing is known to do with "${joined(words)}"`)
  return noValue ?? missing
}

/** `/disappear 1d` names nobody. */
function isTimer(words: readonly Word[], directory: Directory): boolean {
  const typed = joined(words)
  if (directory.isName(typed)) return false
  return typed.toLowerCase() === 'off' || spanSeconds(typed) !== undefined
}

/** The same as far as it can be read: what is half typed cannot. */
export function givenSoFar(command: ReplCommand, rest: string, people: People): ParamValues {
  const values: ParamValues = {}
  try {
    readInto(values, command, rest, people)
  } catch (error) {
    if (!isTidingsError(error)) throw error
  }
  return values
}

function joined(words: readonly Word[], { phrases = false }: Partial<ReplArgument> = {}): string {
  return words.map(({ text, quoted }) => (quoted && phrases ? `"${text}"` : text)).join(' ')
}

function misused(command: ReplCommand, why: string): TidingsError {
  const end = why.endsWith('?') ? '' : '.'
  return new TidingsError('bad_input', `/${command.name}: ${why}${end} Usage: ${usage(command)}`)
}

/** Takes `--name value` out of the words. @returns the other words, and what has no value */
function takeOptions(
  command: ReplCommand,
  all: readonly Word[],
  values: ParamValues,
  { directory }: People,
): { words: Word[]; missing: string | undefined } {
  const words: Word[] = []
  for (let i = 0; i < all.length; i++) {
    const word = all[i]
    if (!word) break
    if (!isOption(word)) {
      words.push(word)
      continue
    }
    const option = optionNamed(command, word.text)
    if (!option) throw misused(command, noOption(command, word.text))
    if (option.type === 'boolean') {
      values[option.name] = true
      continue
    }
    const value = all[++i]
    if (!value) return { words, missing: `--${option.flag} wants a value` }
    values[option.name] = optionValue(command, option, value, directory)
  }
  return { words, missing: undefined }
}

/** Whether a word can only be the name of an option. */
export function isOption({ text, quoted }: Word): boolean {
  return !quoted && text.startsWith('--')
}

export function optionNamed(command: ReplCommand, word: string): ReplOption | undefined {
  return command.options.find(({ flag }) => `--${flag}` === word)
}

function noOption({ options }: ReplCommand, word: string): string {
  const near = nearest(
    word,
    options.map(({ flag }) => `--${flag}`),
  )
  return `there is no option ${word}${near === undefined ? '' : `; did you mean ${near}?`}`
}

function optionValue(
  command: ReplCommand,
  option: ReplOption,
  word: Word,
  directory: Directory,
): string | number {
  if (option.type !== 'number') {
    return meaning({ ...option, name: `--${option.flag}` }, word.text, directory)
  }
  const number = Number(word.text)
  if (word.text.trim() !== '' && Number.isFinite(number)) return number
  throw misused(command, `--${option.flag} wants a number, not "${word.text}"`)
}

/**
 * Takes the words of an argument: what names a message, if it does; all that there are for the last
 * one; else a known name of several words, or one word.
 */
export function takeArgument<W extends Word>(
  { completes }: Given,
  words: W[],
  directory: Directory,
  isLast: boolean,
): W[] {
  if (completes === 'message') {
    const [first] = words
    return first && !first.quoted && isWhich(first.text) ? words.splice(0, 1) : []
  }
  if (isLast) return words.splice(0)
  const most = completes === undefined ? 1 : words.length - 1
  for (let count = most; count > 1; count--) {
    if (directory.isName(joined(words.slice(0, count)))) return words.splice(0, count)
  }
  return words.splice(0, 1)
}
