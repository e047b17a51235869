// docs/CLI.md: every command, its options and examples, and what they share.
import { METHODS, type MethodSpec } from '../src/api/methods.ts'
import { ANY_ERRORS } from '../src/api/spec.ts'
import { buildProgram } from '../src/cli/program.ts'
import { errorCodesOf, TOPICS } from '../src/cli/topics.ts'
import { ENVIRONMENT } from '../src/core/environment.ts'
import { ERROR_CODES, type ErrorCode, EXIT_CODES } from '../src/core/errors.ts'
import { type CommandPage, globalOptions, pagesOf, type Term } from './commands.ts'
import { table } from './markdown.ts'

/** Any command that asks the node may end so. */
const ANY_CALL = [...ANY_ERRORS, 'bad_name', 'interrupted', 'no_daemon'] as const
/** Of what commands do beside the method: `--wait`, `--file`; not to wait for ever. */
const MORE_ERRORS: Readonly<Record<string, readonly ErrorCode[]>> = {
  send: [...METHODS.wait.errors, 'file_unusable'],
  status: ['timeout'],
  stop: ['timeout'],
}

/** docs/CLI.md */
export function cliDocument(): string {
  const program = buildProgram(() => {})
  const pages = pagesOf(program)
  return [
    '# The command line\n',
    'Generated from what the program knows of its commands by `node tools/docs.ts`; `--check`',
    'verifies it. `tidings help COMMAND` and `man tidings` show the same, but for the error codes',
    'of each command.\n',
    '`tidings` without a command opens the chat; where there is no terminal it runs a node,',
    'unless one runs to talk to. `tidings repl` is the chat in any case.\n',
    '## Options of every command\n',
    terms('option', globalOptions(program)),
    '## Commands\n',
    table(
      ['command', ''],
      pages.map(({ path, summary }) => [link(path), summary]),
    ),
    `Whatever asks the node may end with ${exitsOf(ANY_CALL)}.`,
    'What else a command may end with stands with it.\n',
    ...pages.map(describeCommand),
    '## Environment\n',
    'A flag wins over a variable, a variable over the configuration file. One that is empty counts',
    'as not set. `tidings help environment` shows this list.\n',
    table(
      ['variable', ''],
      Object.entries(ENVIRONMENT).map(([name, meaning]) => [`\`${name}\``, meaning]),
    ),
    '## Exit codes\n',
    table(
      ['exit code', 'meaning', 'error codes'],
      Object.entries(EXIT_CODES).map(([exit, meaning]) => {
        const codes = errorCodesOf(Number(exit)).map((code) => `\`${code}\``)
        return [exit, meaning, codes.join(', ')]
      }),
    ),
    ...['who', 'scripts', 'files'].map((name) => {
      return `## Help on ${name}\n\n\`\`\`text\n${TOPICS[name]?.text}\n\`\`\`\n`
    }),
  ].join('\n')
}

function describeCommand(page: CommandPage): string {
  const { path, usage, description, args, options, examples, notes } = page
  return [
    `### tidings ${path}\n`,
    `${description}\n`,
    `\`\`\`text\n${usage}\n\`\`\`\n`,
    ...(args.length > 0 ? [terms('argument', args)] : []),
    ...(options.length > 0 ? [terms('option', options)] : []),
    ...(examples.length > 0
      ? [`\`\`\`console\n${examples.map((line) => `$ ${line}`).join('\n')}\n\`\`\`\n`]
      : []),
    ...(notes === '' ? [] : [`\`\`\`text\n${notes}\n\`\`\`\n`]),
    ...exitCodesOf(path),
  ].join('\n')
}

/** Of a command that is a method: how else it may end. */
function exitCodesOf(path: string): string[] {
  const name = path.replaceAll(' ', '.')
  const spec: MethodSpec | undefined = METHODS[name as keyof typeof METHODS]
  if (!spec?.command) return []
  const codes = [...spec.errors, ...(MORE_ERRORS[name] ?? [])]
  return codes.length === 0 ? [] : [`Exit codes: ${exitsOf(codes)}.\n`]
}

function exitsOf(codes: readonly ErrorCode[]): string {
  const exits = Object.keys(EXIT_CODES).flatMap((exit) => {
    const some = [...new Set(codes)].filter((code) => ERROR_CODES[code].exit === Number(exit))
    return some.length === 0 ? [] : [`${exit} (${some.map((code) => `\`${code}\``).join(', ')})`]
  })
  return exits.join(', ')
}

function terms(what: string, all: readonly Term[]): string {
  const rows = all.map(({ term, description }) => [`\`${term}\``, description])
  return table([what, 'meaning'], rows)
}

function link(path: string): string {
  return `[${path}](#tidings-${path.replaceAll(' ', '-')})`
}
