// From the words behind a command to the parameters of its method. Names of contacts become
// account ids here, so that a name means for the node exactly whom it meant on this screen.
import { isTidingsError, TidingsError } from '../core/errors.ts'
import { isId } from '../core/id.ts'
import { type ReplArgument, type ReplCommand, type ReplOption, usage } from './commands.ts'
import type { Directory } from './directory.ts'
import { splitWords, type Word } from './parse.ts'
import { isWhich } from './which-message.ts'

export type ParamValue = string | number | boolean
export type ParamValues = Record<string, ParamValue>

/** Commands that change nothing take the open conversation when no first argument is given. */
const MAY_MEAN_OPEN = ['history', 'pins', 'whois', 'verify', 'disappear', 'export']

export interface People {
  readonly directory: Directory
  /** The account whose conversation is open. */
  readonly open: string | undefined
}

/** @throws `bad_input`, `unknown_name`, `ambiguous_name` */
export function readArguments(command: ReplCommand, rest: string, people: People): ParamValues {
  const values: ParamValues = {}
  const words = takeOptions(command, splitWords(rest), values, people.directory)
  const last = command.args.length - 1
  for (const [i, arg] of command.args.entries()) {
    const mine =
      arg.completes === 'message'
        ? takeMessage(words)
        : i === last
          ? words.splice(0)
          : takeName(arg, words, people.directory)
    if (mine.length > 0) values[arg.name] = meaning(arg, joined(mine, arg), people.directory)
    else if (i === 0 && MAY_MEAN_OPEN.includes(command.name) && people.open)
      values[arg.name] = people.open
    else if (arg.required) throw misused(command, `${arg.name.toUpperCase()} is missing`)
  }
  if (words.length > 0) throw misused(command, `nothing is known to do with "${joined(words)}"`)
  return values
}

function joined(words: readonly Word[], { phrases = false }: Partial<ReplArgument> = {}): string {
  return words.map(({ text, quoted }) => (quoted && phrases ? `"${text}"` : text)).join(' ')
}

function misused(command: ReplCommand, why: string): TidingsError {
  return new TidingsError('bad_input', `/${command.name}: ${why}. Usage: ${usage(command)}`)
}

/** Takes `--name value` out of the words. @returns the other words */
function takeOptions(
  command: ReplCommand,
  words: readonly Word[],
  values: ParamValues,
  directory: Directory,
): Word[] {
  const others: Word[] = []
  for (let i = 0; i < words.length; i++) {
    const word = words[i]
    if (!word) break
    if (word.quoted || !word.text.startsWith('--')) {
      others.push(word)
      continue
    }
    const option = command.options.find(({ flag }) => `--${flag}` === word.text)
    if (!option) throw misused(command, `there is no option ${word.text}`)
    if (option.type === 'boolean') values[option.name] = true
    else values[option.name] = optionValue(command, option, words[++i], directory)
  }
  return others
}

function optionValue(
  command: ReplCommand,
  option: ReplOption,
  word: Word | undefined,
  directory: Directory,
): string | number {
  if (!word) throw misused(command, `--${option.flag} wants a value`)
  if (option.type !== 'number') return meaning(option, word.text, directory)
  const number = Number(word.text)
  if (word.text.trim() !== '' && Number.isFinite(number)) return number
  throw misused(command, `--${option.flag} wants a number, not "${word.text}"`)
}

/** The words of an argument that others follow: a known name of several words, else one word. */
function takeName(arg: ReplArgument, words: Word[], directory: Directory): Word[] {
  for (let count = words.length - 1; count > 1 && arg.completes; count--) {
    if (directory.isName(joined(words.slice(0, count)))) return words.splice(0, count)
  }
  return words.splice(0, 1)
}

/** The word that names a message, if there is one. */
function takeMessage(words: Word[]): Word[] {
  const [first] = words
  return first && !first.quoted && isWhich(first.text) ? words.splice(0, 1) : []
}

function meaning(
  { completes }: Pick<ReplOption, 'completes'>,
  typed: string,
  directory: Directory,
): string {
  const name = completes === undefined ? typed : typed.replace(/^@/, '')
  switch (completes) {
    case 'contact':
      return contactOr(name, directory, mayBeOther(name, directory))
    case 'request':
      return directory.find(name, 'request').account
    case 'group':
      return groupOr(name, directory)
    case 'conversation':
      if (name.startsWith('#')) return groupOr(name, directory)
      // The node also knows who was a contact once.
      return isId(name) ? name : contactOr(name, directory, true)
    case 'author':
      return name.toLowerCase() === 'me' ? 'me' : contactOr(name, directory, true)
    case 'nearby':
      return nearbyName(name, directory)
    case 'message':
    case 'topic':
    case 'alerts':
    case undefined:
      return name
  }
}

/** The account of a contact; of somebody else as typed, for the node, where that may be meant. */
function contactOr(name: string, directory: Directory, mayBeOther: boolean): string {
  try {
    return directory.find(name).account
  } catch (error) {
    if (mayBeOther && isTidingsError(error, 'unknown_name')) return name
    throw error
  }
}

/** The conversation of a group; one that is not known here, or only nearby, as typed. */
function groupOr(name: string, directory: Directory): string {
  const found = directory.splitGroup(name.replace(/^#/, ''))
  return found?.rest === '' ? found.group.conversation : name
}

/** An address, an invite link, or somebody nearby. */
function mayBeOther(name: string, directory: Directory): boolean {
  return (
    /[:/]/.test(name) || directory.nearby.some((node) => [node.name, node.account].includes(name))
  )
}

/** The whole name of the one nearby node whose name begins so; else as typed, for the node. */
function nearbyName(typed: string, directory: Directory): string {
  const names = directory.nearby.map(({ name }) => name)
  if (names.includes(typed)) return typed
  const wanted = typed.toLowerCase()
  const begun = names.filter((name) => name.toLowerCase().startsWith(wanted))
  return begun.length === 1 && begun[0] !== undefined ? begun[0] : typed
}
