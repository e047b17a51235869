// What can stand where one types: a command, an option, one of a few words, a name of some kind, a
// file. Commands and options are commander's; which kind of name, the table of methods says.
import type { Argument, Command, Option } from 'commander'

import { type MethodName, METHODS, type MethodSpec } from '../../api/methods.ts'
import { TOPICS } from '../topics.ts'
import {
  isOption,
  optionsOf,
  pathOf,
  type Place,
  placeOf,
  readOption,
  takesValue,
} from './place.ts'

type Completes = NonNullable<NonNullable<MethodSpec['command']>['completes']>[string]

/** What a running node knows the names of. */
export type LiveKind = Completes | 'profile'

export interface Candidate {
  readonly word: string
  /** For shells that show it; may be empty. */
  readonly description: string
}

/** What is asked for, and the part of the word that stands before it: `--in=`. */
export type Asked = { readonly prefix: string; readonly typed: string } & (
  | { readonly type: 'words'; readonly words: readonly Candidate[] }
  | { readonly type: 'names'; readonly kind: LiveKind }
  | { readonly type: 'file' }
  | { readonly type: 'dir' }
)

type Slot = LiveKind | 'topic' | readonly string[]

/** Of what is not in the table of methods. */
const SLOTS: Readonly<Record<string, Readonly<Record<string, Slot>>>> = {
  '': { profile: 'profile' },
  help: { topic: 'topic' },
  export: { conversation: 'conversation' },
}

/** The commands and parameters that are named above. */
export const SLOT_NAMES: readonly (readonly [command: string, name: string])[] = Object.entries(
  SLOTS,
).flatMap(([command, names]) => Object.keys(names).map((name) => [command, name] as const))

export function askedFor(place: Place, typed: string): Asked {
  const { command, args, awaiting, optionsEnded } = place
  if (awaiting) return valueOf(place, awaiting, '', typed)
  if (!optionsEnded && isOption(typed)) {
    const { option, value } = readOption(command, typed)
    if (value === undefined) return { type: 'words', words: optionWords(place), prefix: '', typed }
    if (!option || !takesValue(option)) return none(typed)
    return valueOf(place, option, typed.slice(0, -value.length || undefined), value)
  }
  if (command.commands.length > 0) {
    const words = args.length === 0 ? commandWords(command) : []
    return { type: 'words', words, prefix: '', typed }
  }
  const last = command.registeredArguments.at(-1)
  const argument = command.registeredArguments[args.length] ?? (last?.variadic ? last : undefined)
  return argument ? valueOf(place, argument, '', typed) : none(typed)
}

/** Whom or what an argument or an option of the command names; undefined when it is free. */
export function slotOf(command: Command, name: string): Slot | undefined {
  const path = pathOf(command)
  const spec: MethodSpec | undefined = METHODS[path.replaceAll(' ', '.') as MethodName]
  const given = spec?.command?.completes?.[name] ?? spec?.command?.suggests?.[name]
  return given ?? SLOTS[path]?.[name] ?? SLOTS['']?.[name]
}

function valueOf(place: Place, of: Argument | Option, prefix: string, typed: string): Asked {
  const name = 'flags' in of ? of.attributeName() : of.name()
  const words = (all: readonly string[]): Asked => {
    const candidates = all.map((word) => ({ word, description: '' }))
    return { type: 'words', words: candidates, prefix, typed }
  }
  if (of.argChoices) return words(of.argChoices)
  const slot = slotOf(place.command, name)
  if (slot === 'topic') return { type: 'words', words: topicWords(place), prefix, typed }
  if (typeof slot === 'string') return { type: 'names', kind: slot, prefix, typed }
  if (slot) return words(slot)
  const shown = 'flags' in of ? (/[<[](\w+)/.exec(of.flags)?.[1] ?? '') : name
  if (shown === 'file' || shown === 'dir') return { type: shown, prefix, typed }
  return none(typed)
}

function commandWords(command: Command): Candidate[] {
  return command.commands
    .filter((each) => !each.name().startsWith('_'))
    .map((each) => ({ word: each.name(), description: each.summary() }))
}

/** Options that were not given yet; of those with a value, one may come again. */
function optionWords({ command, options }: Place): Candidate[] {
  const isFree = (option: Option): boolean =>
    takesValue(option) || !options.has(option.attributeName())
  const isAbout = (option: Option): boolean => option.long !== '--version' || !command.parent
  const words = optionsOf(command)
    .filter((option) => isFree(option) && isAbout(option))
    .map(({ long, description }) => ({ word: long ?? '', description }))
  return [...words, { word: '--help', description: 'show help' }]
}

/** `help contact` goes on with the commands of that group. */
function topicWords({ command, args }: Place): Candidate[] {
  const program = command.parent ?? command
  if (args.length > 0) return commandWords(placeOf(program, args).command)
  const topics = Object.entries(TOPICS).map(([word, { summary }]) => {
    return { word, description: summary }
  })
  return [...commandWords(program), ...topics]
}

function none(typed: string): Asked {
  return { type: 'words', words: [], prefix: '', typed }
}
