// Completion in the shell: a few lines for each shell that ask this program, which knows its
// commands from the table of methods and its names from the running node.
import type { Command } from 'commander'

import { type Client, connect } from '../../api/client.ts'
import { type CommandSpec, type MethodName, METHODS, type MethodSpec } from '../../api/methods.ts'
import { TidingsError } from '../../core/errors.ts'
import type { CliContext } from '../context.ts'
import type { Bind, Invocation } from './action.ts'

/** A person waits for this: a node that does not answer in time has nothing to offer. */
const NAMES_TIMEOUT_MS = 400
const SHORT_ID_CHARS = 8

const SCRIPTS: Readonly<Record<string, string>> = {
  bash: `# eval "$(tidings completion bash)"
_tidings() {
  local IFS=$'\\n'
  COMPREPLY=($(tidings __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
  COMPREPLY=("\${COMPREPLY[@]// /\\\\ }")
}
complete -F _tidings tidings
`,
  zsh: `# eval "$(tidings completion zsh)"
_tidings() {
  local -a found
  found=("\${(@f)$(tidings __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  compadd -a found
}
compdef _tidings tidings
`,
  fish: `# tidings completion fish | source
complete -c tidings -f -a '(tidings __complete -- (commandline -opc)[2..] (commandline -ct))'
`,
}

export function addCompletionCommands(program: Command, bind: Bind): void {
  const script = program
    .command('completion')
    .argument('<shell>', Object.keys(SCRIPTS).join(', '))
    .summary('Print a script that completes commands in your shell')
    .description('Print a script that completes commands and names in your shell.')
    .addHelpText('after', '\nExamples:\n  $ eval "$(tidings completion bash)"')
  bind(script, async ({ output, given }) => {
    const shell = String(given[0])
    const text = SCRIPTS[shell]
    const shells = Object.keys(SCRIPTS).join(', ')
    if (!text) throw new TidingsError('bad_input', `"${shell}" is no shell of: ${shells}`)
    await output.write(text)
  })

  const complete = program.command('__complete', { hidden: true }).argument('[words...]')
  bind(complete, (invocation) => printCandidates(program, invocation))
}

async function printCandidates(
  program: Command,
  { context, output, given }: Invocation,
): Promise<void> {
  const words = (given[0] as readonly string[] | undefined) ?? []
  const partial = words.at(-1) ?? ''
  const candidates = await candidatesFor(program, words.slice(0, -1), partial, context)
  const fitting = candidates.filter((candidate) => candidate.startsWith(partial))
  if (fitting.length > 0) await output.write(`${fitting.join('\n')}\n`)
}

async function candidatesFor(
  program: Command,
  before: readonly string[],
  partial: string,
  context: CliContext,
): Promise<readonly string[]> {
  let command = program
  let args: string[] = []
  const option = valued(before)
  for (const word of before) {
    // bash takes the sign before a name for a word of its own.
    if (word.startsWith('-') || word === '@') continue
    const next = command.commands.find((candidate) => candidate.name() === word)
    if (next) [command, args] = [next, []]
    else args = [...args, word]
  }
  if (partial.startsWith('-')) {
    const options = [...command.options, ...program.options]
    return options.flatMap(({ long, hidden }) => (long && !hidden ? [long] : []))
  }
  if (command.commands.length > 0) {
    return command.commands.map((each) => each.name()).filter((name) => !name.startsWith('_'))
  }
  if (command.name() === 'completion') return Object.keys(SCRIPTS)
  const spec = specOf(command, program)
  const argument = option && spec?.completes?.[option] ? option : spec?.args[args.length]
  const kind = argument === undefined ? undefined : spec?.completes?.[argument]
  const names = kind === undefined ? [] : await namesFor(kind, context)
  return partial.startsWith('@') ? names.map((name) => `@${name}`) : names
}

/** The option whose value comes next, if it may have one. */
function valued(before: readonly string[]): string | undefined {
  const words = before.at(-1) === '@' ? before.slice(0, -1) : before
  return /^--(\w+)$/.exec(words.at(-1) ?? '')?.[1]
}

function specOf(command: Command, program: Command): CommandSpec | undefined {
  const group = command.parent === program ? '' : `${command.parent?.name()}.`
  const spec: MethodSpec | undefined = METHODS[`${group}${command.name()}` as MethodName]
  return spec?.command
}

type Kind = NonNullable<CommandSpec['completes']>[string]

async function namesFor(kind: Kind, { places }: CliContext): Promise<string[]> {
  // Nobody picks one of many ids by its beginning.
  if (kind === 'message') return []
  try {
    const signal = AbortSignal.timeout(NAMES_TIMEOUT_MS)
    await using client = await connect({ socketPath: places.socket, signal })
    const people = await askPeople(client, kind, signal)
    return [...new Set(people.map(wordFor))].filter((word) => word !== '')
  } catch {
    // No node, no names: a shell's prompt is no place to say so.
    return []
  }
}

interface Named {
  readonly name: string
  readonly account: string | null
}

async function askPeople(
  client: Client,
  kind: Kind,
  signal: AbortSignal,
): Promise<readonly Named[]> {
  if (kind === 'nearby') return client.nearby({}, { signal })
  const contacts = await client.contacts({}, { signal })
  const wanted = contacts.filter(({ state }) => (state === 'incoming') === (kind === 'request'))
  const people = wanted.map(({ name, alias, account }) => ({ name: alias || name, account }))
  return kind === 'author' ? [{ name: 'me', account: null }, ...people] : people
}

/** Strangers choose their names, and a shell runs what it completes: `x;reboot` stays an id. */
function wordFor({ name, account }: Named): string {
  const isPlain = /^[\p{L}\p{N}][\p{L}\p{M}\p{N} ._-]*$/u.test(name)
  return isPlain ? name : (account?.slice(0, SHORT_ID_CHARS) ?? '')
}
