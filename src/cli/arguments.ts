// Commands from the table of methods: positional arguments, options and help of each are what its
// parameters say, so that the two cannot come apart.
import { Argument, type Command, InvalidArgumentError, Option } from 'commander'
import * as v from 'valibot'

import type { CommandSpec, MethodName, MethodSpec } from '../api/methods.ts'
import { nearest } from './nearest.ts'

interface Parameter {
  readonly name: string
  readonly kind: string
  readonly optional: boolean
  readonly description: string
  /** It is one of these words. */
  readonly choices: readonly string[] | undefined
}

/** Adds the command of a method, below a group for `contact.add`. */
export function addCommand(program: Command, name: MethodName, spec: MethodSpec): Command {
  const words = name.split('.')
  const last = words.pop() ?? name
  const command = words.reduce(groupOf, program).command(last).summary(spec.summary)
  const { args = [], rest, examples = [] } = spec.command ?? {}
  const parameters = parametersOf(spec)
  for (const argument of args) {
    const parameter = parameters.find((candidate) => candidate.name === argument)
    if (!parameter) throw new TypeError(`${name} has no parameter ${argument}`)
    const isRest = rest !== undefined && argument === args.at(-1)
    const shown = `${argument}${isRest ? '...' : ''}`
    const optional = parameter.optional || (isRest && rest === 'words_or_stdin')
    const term = optional ? `[${shown}]` : `<${shown}>`
    command.addArgument(choiceArgument(term, parameter.description, parameter.choices))
  }
  for (const parameter of parameters) {
    if (!args.includes(parameter.name)) addOption(command, parameter)
  }
  const lines = examples.map((example) => `  $ ${inShell(example)}`).join('\n')
  return command.description(`${spec.summary}.`).addHelpText('after', `\nExamples:\n${lines}`)
}

/** To a shell `#crew` would begin a comment; at the prompt of the chat it needs no quotes. */
export function inShell(example: string): string {
  return example.replaceAll(/(?<= )#\w+/g, "'$&'")
}

/** The parameters that a command was given, by name. */
export function readParams(
  spec: MethodSpec,
  given: readonly unknown[],
  options: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const args = spec.command?.args ?? []
  const params: Record<string, unknown> = {}
  for (const { name } of parametersOf(spec)) {
    const at = args.indexOf(name)
    const value = at >= 0 ? given[at] : options[name]
    // Words that were not given are no empty text.
    if (value === undefined || (Array.isArray(value) && value.length === 0)) continue
    params[name] = Array.isArray(value) ? joined(value, spec.command?.rest) : value
  }
  return params
}

/** A phrase is one word to the shell, which took its quotation marks. */
function joined(words: readonly string[], rest: CommandSpec['rest']): string {
  return (rest === 'phrases' ? words.map(asPhrase) : words).join(' ')
}

/** Words that belong together, as a search takes them. */
function asPhrase(words: string): string {
  return /\s/.test(words) && !words.includes('"') ? `"${words}"` : words
}

function parametersOf({ params }: MethodSpec): Parameter[] {
  const { entries } = params as v.StrictObjectSchema<v.ObjectEntries, undefined>
  return Object.entries(entries).map(([name, entry]) => {
    const schema = entry as v.GenericSchema
    const optional = isOptional(schema)
    const inner = optional ? schema.wrapped : schema
    const description = v.getDescription(inner) ?? ''
    const choices = isPicklist(inner) ? inner.options : undefined
    return { name, kind: inner.type, optional, description, choices }
  })
}

function isOptional(schema: v.GenericSchema): schema is v.OptionalSchema<v.GenericSchema, unknown> {
  return schema.type === 'optional'
}

function isPicklist(schema: v.GenericSchema): schema is v.PicklistSchema<string[], undefined> {
  return schema.type === 'picklist'
}

function addOption(command: Command, { name, kind, description, choices }: Parameter): void {
  const flag = `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
  if (kind === 'boolean') command.option(flag, description)
  else if (kind === 'number') command.option(`${flag} <number>`, description, readNumber)
  else if (choices) command.addOption(choiceOption(`${flag} <${name}>`, description, choices))
  else command.option(`${flag} <${kind === 'string' ? name : kind}>`, description)
}

/** An option whose value is one of some words; of another one, the nearest is named. */
export function choiceOption(
  flags: string,
  description: string,
  choices: readonly string[],
): Option {
  return new Option(flags, description).choices(choices).argParser(oneOf(choices))
}

/** An argument, of which only some words may be allowed. */
export function choiceArgument(
  term: string,
  description: string,
  choices?: readonly string[],
): Argument {
  const argument = new Argument(term, description)
  return choices ? argument.choices(choices).argParser(oneOf(choices)) : argument
}

function oneOf(choices: readonly string[]): (word: string) => string {
  return (word) => {
    if (choices.includes(word)) return word
    const meant = nearest(word, choices)
    const hint = meant === undefined ? '' : `; did you mean "${meant}"?`
    throw new InvalidArgumentError(`Allowed choices are ${choices.join(', ')}${hint || '.'}`)
  }
}

/** A number as people write it; what is none is refused by the name of its option. */
export function readNumber(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value)) {
    throw new InvalidArgumentError('It must be a number.')
  }
  return value
}

function groupOf(parent: Command, name: string): Command {
  const group = parent.commands.find((candidate) => candidate.name() === name)
  return group ?? parent.command(name)
}
