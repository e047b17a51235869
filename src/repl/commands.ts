// The REPL's commands: those of the API's table that have a slash name, and the few that concern
// only this screen, in one list of one form. Help, completion and argument reading derive from it.
import * as v from 'valibot'

import { type CommandSpec, type MethodName, METHODS } from '../api/methods.ts'
import { COMMAND_TOPICS } from './command-topics.ts'
import type { Completes, Given, ReplCommand, ReplOption } from './command-types.ts'
import { LOCAL_COMMANDS, type LocalCommand } from './local-commands.ts'

export type { Given, ReplArgument, ReplCommand, ReplOption } from './command-types.ts'
export type { LocalCommand, LocalName } from './local-commands.ts'

/** A command that the node carries out. */
export interface MethodCommand extends ReplCommand {
  readonly method: MethodName
}

interface Described {
  readonly type: string
  readonly wrapped?: Described
  /** Of a picklist. */
  readonly options?: readonly string[]
}

interface Parameter {
  readonly type: string
  readonly optional: boolean
  readonly summary: string
  readonly choices: readonly string[] | undefined
}

/** The schema inside `optional(…)`, and whether there was one. */
function unwrap(schema: Described): Parameter {
  const inner = schema.type === 'optional' && schema.wrapped ? schema.wrapped : schema
  const summary = v.getDescription(inner as v.GenericSchema) ?? ''
  const choices = inner.type === 'picklist' ? inner.options : undefined
  return { type: inner.type, optional: inner !== schema, summary, choices }
}

function optionType(type: string): ReplOption['type'] {
  return type === 'number' || type === 'boolean' ? type : 'string'
}

/** An example of the command line as one types it here; undefined when it is for scripts. */
export function slashExample(method: string, slash: string, example: string): string | undefined {
  const prefix = `tidings ${method.replaceAll('.', ' ')}`
  const rest = example.startsWith(prefix) ? example.slice(prefix.length) : undefined
  if (rest === undefined || !/^(\s|$)/.test(rest)) return undefined
  return /[$|]|--(json|watch|wait)\b/.test(rest) ? undefined : `/${slash}${rest}`
}

/** Where all are for scripts, the command alone is one. */
function slashExamples(method: string, slash: string, examples: readonly string[]): string[] {
  const here = examples.flatMap((example) => slashExample(method, slash, example) ?? [])
  return here.length > 0 ? here : [`/${slash}`]
}

/** Kinds of things that only somebody who types has to know. */
const KINDS: Readonly<Record<string, Readonly<Record<string, Completes>>>> = {
  edit: { text: 'text' },
  react: { emoji: 'emoji' },
  'archive import': { file: 'file' },
  'group remove': { who: 'member' },
  'group promote': { who: 'member' },
  'group demote': { who: 'member' },
}

/** Messages are meant in another way here than in scripts. */
const MORE: Readonly<Record<string, Pick<ReplCommand, 'detail' | 'examples'>>> = {
  edit: {
    detail:
      'Without an id it is your newest message in the open conversation; ^2 is the one of yours ' +
      'before it.',
    examples: ['/edit At four, not five.', '/edit ^2 At four.'],
  },
  delete: {
    detail:
      'Without an id it is your newest message in the open conversation; ^2 is the one of yours ' +
      'before it. What others have received stays in their logs, though no program shows it.',
    examples: ['/delete', '/delete ^2'],
  },
  undo: {
    detail:
      'Takes back the message that you sent last in the open conversation, as long as it has not ' +
      'left this device and is some seconds old. What has left, /delete takes back.',
    examples: ['/undo'],
  },
  react: {
    detail:
      'Without an id it is the newest message that is not yours; ^2 is the one before it, as in ' +
      '/reply.',
    examples: ['/react 👍', '/react ^2 👍', '/react 👍 --remove'],
  },
  pin: {
    detail: 'Without an id it is the newest message that is not yours; ^2 is the one before it.',
    examples: ['/pin', '/pin ^2'],
  },
  unpin: {
    detail: 'Without an id it is the newest message that is pinned; ^2 is the one before it.',
    examples: ['/unpin', '/unpin ^2'],
  },
  edits: {
    detail: 'Without an id it is the newest message that was edited; ^2 is the one before it.',
    examples: ['/edits', '/edits ^2'],
  },
}

function fromMethod(method: MethodName): MethodCommand[] {
  const spec = METHODS[method]
  const command: CommandSpec | undefined = 'command' in spec ? spec.command : undefined
  if (command?.slash === undefined) return []
  const { args, slash, examples } = command
  const completes: Readonly<Record<string, Completes>> = { ...command.completes, ...KINDS[slash] }
  const entries = Object.entries(spec.params.entries as Record<string, Described>).map(
    ([name, schema]) => ({ name, ...unwrap(schema) }),
  )
  const given = (name: string): Given => ({
    completes: completes[name],
    choices: entries.find((entry) => entry.name === name)?.choices,
    suggests: command.suggests?.[name],
  })
  return [
    {
      method,
      name: slash,
      summary: spec.summary,
      args: args.map((name) => ({
        name,
        // Without an id the newest message is meant that fits.
        required:
          completes[name] !== 'message' &&
          entries.find((entry) => entry.name === name)?.optional === false,
        ...given(name),
        phrases: command.rest === 'phrases' && name === args.at(-1),
      })),
      options: entries
        .filter(({ name }) => !args.includes(name))
        .map(({ name, type, summary }) => {
          const flag = name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
          return { name, flag, type: optionType(type), summary, ...given(name) }
        }),
      examples: slashExamples(method, slash, examples),
      ...MORE[slash],
    },
  ]
}

const METHOD_COMMANDS: readonly MethodCommand[] = (Object.keys(METHODS) as MethodName[]).flatMap(
  fromMethod,
)

const ORDER = Object.values(COMMAND_TOPICS).flatMap(({ commands }) => commands)

function rank({ name }: ReplCommand): number {
  const at = ORDER.indexOf(name)
  return at < 0 ? ORDER.length : at
}

export const COMMANDS: readonly (MethodCommand | LocalCommand)[] = [
  ...METHOD_COMMANDS,
  ...LOCAL_COMMANDS,
].toSorted((a, b) => rank(a) - rank(b))

export function commandNamed(name: string): MethodCommand | LocalCommand | undefined {
  return COMMANDS.find((command) => command.name === name)
}

/** `/history CONVERSATION [--limit N] [--before TEXT]` */
export function usage(command: ReplCommand): string {
  const args = command.args.map(({ name, required }) =>
    required ? name.toUpperCase() : `[${name.toUpperCase()}]`,
  )
  const values = { string: ' TEXT', number: ' N', boolean: '' }
  const options = command.options.map(({ flag, type }) => `[--${flag}${values[type]}]`)
  return [`/${command.name}`, ...args, ...options].join(' ')
}
