// The REPL's commands: those of the API's table that have a slash name, and the few that concern
// only this screen, in one list of one form. Help, completion and argument reading derive from it.
import * as v from 'valibot'

import { type CommandSpec, type MethodName, METHODS } from '../api/methods.ts'
import type * as spec from '../api/spec.ts'

export type Completes = spec.Completes | 'topic'

export interface ReplArgument {
  readonly name: string
  readonly required: boolean
  readonly completes: Completes | undefined
  /** Words in quotation marks keep them. */
  readonly phrases?: boolean
}

export interface ReplOption {
  readonly name: string
  readonly type: 'string' | 'number' | 'boolean'
  readonly summary: string
  readonly completes: Completes | undefined
}

export interface ReplCommand {
  /** Without the slash. */
  readonly name: string
  readonly summary: string
  readonly args: readonly ReplArgument[]
  readonly options: readonly ReplOption[]
  readonly examples: readonly string[]
  /** More to know, for `/help NAME`. */
  readonly detail?: string
}

/** A command that the node carries out. */
export interface MethodCommand extends ReplCommand {
  readonly method: MethodName
}

/** A command of this screen. */
export interface LocalCommand extends ReplCommand {
  readonly name: LocalName
}

export type LocalName =
  | 'requests'
  | 'open'
  | 'close'
  | 'me'
  | 'reply'
  | 'jump'
  | 'logout'
  | 'quit'
  | 'help'

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
        required: entries.find((entry) => entry.name === name)?.optional === false,
        completes: completes?.[name],
        phrases: command.rest === 'phrases' && name === args.at(-1),
      })),
      options: entries
        .filter(({ name }) => !args.includes(name))
        .map(({ name, type, summary }) => ({
          name,
          type: optionType(type),
          summary,
          completes: completes?.[name],
        })),
      examples: examples.flatMap((example) => slashExample(method, slash, example) ?? []),
    },
  ]
}

const METHOD_COMMANDS: readonly MethodCommand[] = (Object.keys(METHODS) as MethodName[]).flatMap(
  fromMethod,
)

const LOCAL_COMMANDS: readonly LocalCommand[] = [
  {
    name: 'requests',
    summary: 'List who asks to become your contact',
    args: [],
    options: [],
    examples: ['/requests'],
  },
  {
    name: 'open',
    summary: 'Open a conversation: what you type then goes there',
    args: [{ name: 'who', required: true, completes: 'contact' }],
    options: [],
    examples: ['/open bob', '@bob'],
  },
  {
    name: 'close',
    summary: 'Close the open conversation',
    args: [],
    options: [],
    examples: ['/close'],
  },
  {
    name: 'me',
    summary: 'Say what you do, in the third person',
    args: [{ name: 'text', required: true, completes: undefined }],
    options: [],
    examples: ['/me waves'],
  },
  {
    name: 'reply',
    summary: 'Answer a message of the open conversation, with a quote of it',
    args: [
      { name: 'which', required: false, completes: undefined },
      { name: 'text', required: true, completes: undefined },
    ],
    options: [],
    examples: ['/reply At four.', '/reply ^2 That one I meant.'],
    detail:
      'Without more it answers the newest message that is not yours; ^2 is the one before it, ^3 ' +
      'the one before that. The id of a message, as /history --json shows it, names any.',
  },
  {
    name: 'jump',
    summary: 'Show a message that /search found, with what was said around it',
    args: [{ name: 'number', required: true, completes: undefined }],
    options: [],
    examples: ['/jump 2'],
  },
  {
    name: 'logout',
    summary: 'Leave and lock the profile',
    args: [],
    options: [],
    examples: ['/logout'],
    detail:
      'A node that runs inside this program is stopped. A daemon of a profile with a password is ' +
      'stopped too, since as long as it runs anybody at this account can read and write without ' +
      'the password; the next start asks for it. A daemon of a profile without a password goes ' +
      'on: it has nothing to lock, and messages keep arriving.',
  },
  {
    name: 'quit',
    summary: 'Leave; a daemon goes on, a node inside this program stops',
    args: [],
    options: [],
    examples: ['/quit'],
  },
  {
    name: 'help',
    summary: 'List the commands, or explain one of them or a topic',
    args: [{ name: 'topic', required: false, completes: 'topic' }],
    options: [],
    examples: ['/help', '/help add', '/help start'],
  },
]

/** In the order in which help shows them: people, conversations, this node, leaving. */
const ORDER = (
  'nearby add requests accept reject contacts ' +
  'open close reply me history search jump sync ' +
  'whois verify rename quota block unblock remove ' +
  'whoami name invite status doctor ' +
  'help logout quit'
).split(' ')

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
  const options = command.options.map(({ name, type }) => `[--${name}${values[type]}]`)
  return [`/${command.name}`, ...args, ...options].join(' ')
}
