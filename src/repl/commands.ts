// The REPL's commands: those of the API's table that have a slash name, and the few that concern
// only this screen, in one list of one form. Help, completion and argument reading derive from it.
import * as v from 'valibot'

import { type CommandSpec, type MethodName, METHODS } from '../api/methods.ts'
import type { ReplCommand, ReplOption } from './command-types.ts'
import { LOCAL_COMMANDS, type LocalCommand } from './local-commands.ts'

export type { Completes, ReplArgument, ReplCommand, ReplOption } from './command-types.ts'
export type { LocalCommand, LocalName } from './local-commands.ts'

/** A command that the node carries out. */
export interface MethodCommand extends ReplCommand {
  readonly method: MethodName
}

interface Described {
  readonly type: string
  readonly wrapped?: Described
}

/** The schema inside `optional(…)`, and whether there was one. */
function unwrap(schema: Described): { type: string; optional: boolean; summary: string } {
  const inner = schema.type === 'optional' && schema.wrapped ? schema.wrapped : schema
  const summary = v.getDescription(inner as v.GenericSchema) ?? ''
  return { type: inner.type, optional: inner !== schema, summary }
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
  const { args, slash, completes, examples } = command
  const entries = Object.entries(spec.params.entries as Record<string, Described>).map(
    ([name, schema]) => ({ name, ...unwrap(schema) }),
  )
  return [
    {
      method,
      name: slash,
      summary: spec.summary,
      args: args.map((name) => ({
        name,
        // Without an id the newest message is meant that fits.
        required:
          completes?.[name] !== 'message' &&
          entries.find((entry) => entry.name === name)?.optional === false,
        completes: completes?.[name],
        phrases: command.rest === 'phrases' && name === args.at(-1),
      })),
      options: entries
        .filter(({ name }) => !args.includes(name))
        .map(({ name, type, summary }) => {
          const flag = name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
          return { name, flag, type: optionType(type), summary, completes: completes?.[name] }
        }),
      examples: examples.flatMap((example) => slashExample(method, slash, example) ?? []),
      ...MORE[slash],
    },
  ]
}

const METHOD_COMMANDS: readonly MethodCommand[] = (Object.keys(METHODS) as MethodName[]).flatMap(
  fromMethod,
)

/** In the order in which help shows them: people, conversations, this node, leaving. */
const ORDER = (
  'nearby add requests accept reject contacts ' +
  'open close reply me edit delete undo react pin unpin pins edits ' +
  'conversations history earlier later search jump read mute unmute notify ' +
  'sync export archive disappear group ' +
  'whois verify rename quota block unblock remove ' +
  'whoami name invite tell status doctor ' +
  'help logout quit'
).split(' ')

function rank({ name }: ReplCommand): number {
  // All that is done with groups stands together.
  const at = ORDER.indexOf(name.split(' ')[0] ?? name)
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
