// Help, made from the table of commands and the topics.
import { fit, wrapWords } from '../cli/width.ts'
import { TidingsError } from '../core/errors.ts'
import { commandNamed, COMMANDS, type ReplCommand, usage } from './commands.ts'
import { lineColumns, type Look, paint } from './look.ts'
import { nearest } from './parse.ts'
import { TOPICS } from './topics.ts'

const NAME_COLUMNS = 16

/** `name   summary`, the summary below itself where it is long. */
function entry(name: string, summary: string, look: Look): string[] {
  const [first = '', ...more] = wrapWords(summary, lineColumns(look) - NAME_COLUMNS - 2)
  const indent = ' '.repeat(NAME_COLUMNS + 2)
  return [
    `  ${paint(look, 'strong', fit(name, NAME_COLUMNS))}${first}`,
    ...more.map((line) => indent + line),
  ]
}

export function overview(look: Look): string {
  const topics = Object.entries(TOPICS).map(([name, { summary }]) => [name, summary] as const)
  return [
    'Text goes to the open conversation; @name opens one, #name a group; @name TEXT sends ' +
      'without opening.',
    '',
    ...COMMANDS.flatMap(({ name, summary }) => entry(`/${name}`, summary, look)),
    '',
    '/help COMMAND tells more of a command, /help TOPIC explains:',
    ...topics.flatMap(([name, summary]) => entry(name, summary, look)),
  ]
    .flatMap((line) =>
      line.length > lineColumns(look) ? wrapWords(line, lineColumns(look)) : line,
    )
    .join('\n')
}

/** @throws `bad_input` when there is nothing of that name */
export function helpFor(topic: string, look: Look): string {
  const name = topic.replace(/^\//, '').toLowerCase()
  const command = commandNamed(name)
  if (command) return commandHelp(command, look)
  const found = TOPICS[name]
  if (found) return found.text
  const family = familyOf(name)
  if (family.length > 0) {
    return family.flatMap((each) => entry(`/${each.name}`, each.summary, look)).join('\n')
  }
  const near = nearest(name, [...COMMANDS.map((known) => known.name), ...Object.keys(TOPICS)])
  const hint = near === undefined ? '/help lists all.' : `/help ${near}?`
  throw new TidingsError('bad_input', `There is no help on "${topic}". ${hint}`)
}

/** Commands of two words that begin so: `group create`, `group join`. */
function familyOf(name: string): readonly ReplCommand[] {
  return COMMANDS.filter((command) => command.name.startsWith(`${name} `))
}

function commandHelp(command: ReplCommand, look: Look): string {
  const columns = lineColumns(look)
  const options = command.options.flatMap(({ flag, summary }) => entry(`--${flag}`, summary, look))
  return [
    ...wrapWords(paint(look, 'strong', usage(command)), columns, '    '),
    ...wrapWords(`${command.summary}.`, columns),
    ...(command.detail === undefined ? [] : wrapWords(command.detail, columns)),
    ...options,
    ...command.examples.map((example) => `  ${paint(look, 'faint', 'for example')} ${example}`),
  ].join('\n')
}

/** @throws `unknown_command`, with the nearest one */
export function requireCommand(name: string): ReturnType<typeof commandNamed> & object {
  const command = commandNamed(name)
  if (command) return command
  const near = nearest(
    name,
    COMMANDS.map((known) => known.name),
  )
  const meant = near === undefined ? '/help lists them all' : `did you mean /${near}?`
  const hint = familyOf(name).length > 0 ? `/help ${name} lists what there is` : meant
  throw new TidingsError('unknown_command', `There is no command /${name}; ${hint}`)
}
