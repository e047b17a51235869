// Help, made from the table of commands and the topics.
import { fit, wrapWords } from '../cli/width.ts'
import { TidingsError } from '../core/errors.ts'
import { COMMAND_TOPICS, type CommandTopic, FIRST_COMMANDS } from './command-topics.ts'
import { commandNamed, COMMANDS, type ReplCommand, usage } from './commands.ts'
import { lineColumns, type Look, paint } from './look.ts'
import { nearest } from './parse.ts'
import { TOPICS } from './topics.ts'

const NAME_COLUMNS = 16
const TOPIC_COLUMNS = 14
/** Topics stand side by side, the right ones so many columns from the left. */
const CELL_COLUMNS = 40

/** `name   summary`, the summary below itself where it is long. */
function entry(name: string, summary: string, look: Look): string[] {
  const [first = '', ...more] = wrapWords(summary, lineColumns(look) - NAME_COLUMNS - 2)
  const indent = ' '.repeat(NAME_COLUMNS + 2)
  return [
    `  ${paint(look, 'strong', fit(name, NAME_COLUMNS))}${first}`,
    ...more.map((line) => indent + line),
  ]
}

/** Commands in a row or two each; `/help COMMAND` tells what is left out. */
function entries(names: readonly string[], look: Look): string[] {
  return names.flatMap((name) => {
    const [what = ''] = (commandNamed(name)?.summary ?? '').split(/[;:] /)
    return entry(`/${name}`, what, look)
  })
}

/** What one needs first, on one screen. */
export function overview(look: Look): string {
  const columns = lineColumns(look)
  return [
    ...wrapWords(
      'Text goes to the open conversation; @name opens one, #name a group; @name TEXT sends ' +
        'without opening. // sends text that begins with a slash.',
      columns,
    ),
    '',
    ...entries(FIRST_COMMANDS, look),
    '',
    ...wrapWords(
      'By topic, with /help TOPIC; /help COMMAND tells more, and /help all of all:',
      columns,
    ),
    ...inColumns(
      Object.entries(COMMAND_TOPICS).map(([name, { summary }]) => [name, summary]),
      look,
    ),
    ...wrapWords(`Topics to read: ${Object.keys(TOPICS).join(', ')}.`, columns),
  ].join('\n')
}

/** Names with what they are, side by side where there is room. */
function inColumns(all: readonly (readonly [string, string])[], look: Look): string[] {
  const cells = all.map(([name, summary]) => {
    const plain = `  ${fit(name, TOPIC_COLUMNS)}${summary}`
    const gap = ' '.repeat(Math.max(1, CELL_COLUMNS - plain.length))
    return { shown: plain.replace(name, paint(look, 'strong', name)), gap }
  })
  if (lineColumns(look) < 2 * CELL_COLUMNS - 1) return cells.map(({ shown }) => shown)
  const half = Math.ceil(cells.length / 2)
  return cells.slice(0, half).map(({ shown, gap }, i) => {
    const right = cells[half + i]
    return right ? shown + gap + right.shown : shown
  })
}

/** All that there is, by topics. */
function everything(look: Look): string {
  const pages = Object.values(COMMAND_TOPICS).map(({ title, commands }) => {
    return [paint(look, 'strong', title), ...entries(commands, look)].join('\n')
  })
  const topics = Object.entries(TOPICS).flatMap(([name, { summary }]) => entry(name, summary, look))
  const head = paint(look, 'strong', 'To read, with /help TOPIC')
  return [...pages, [head, ...topics].join('\n')].join('\n\n')
}

/** @throws `bad_input` when there is nothing of that name */
export function helpFor(topic: string, look: Look): string {
  // The signs that are doubled at the beginning of a text are explained there.
  if (/^(?:\/{1,2}|@{1,2}|#{1,2})$/.test(topic)) return TOPICS['talk']?.text ?? ''
  const name = topic.replace(/^\//, '').toLowerCase().replaceAll(/\s+/g, ' ').trim()
  if (name === 'all') return everything(look)
  const command = commandNamed(name)
  const found = COMMAND_TOPICS[name]
  const pages = [
    ...(command ? [commandHelp(command, look)] : []),
    ...(found ? [topicHelp(found, look)] : []),
  ]
  if (pages.length > 0) return pages.join('\n\n')
  const read = TOPICS[name]
  const text = (look.words ? read?.plain : undefined) ?? read?.text
  if (text !== undefined) return text
  const family = familyOf(name)
  if (family.length > 0) return entries(family, look).join('\n')
  const near = nearest(name, [...COMMANDS.map((known) => known.name), ...topicNames()])
  const hint = near === undefined ? '/help all lists what there is.' : `/help ${near}?`
  throw new TidingsError('bad_input', `There is no help on "${topic}". ${hint}`)
}

/** What `/help` takes beside commands. */
export function topicNames(): string[] {
  return ['all', ...Object.keys(COMMAND_TOPICS), ...Object.keys(TOPICS)]
}

function topicHelp({ title, commands }: CommandTopic, look: Look): string {
  // What is no more than the command stands above already.
  const examples = commands.flatMap((name) => {
    const all = commandNamed(name)?.examples ?? []
    return all.find((example) => example !== `/${name}`) ?? []
  })
  const shown = listed(examples, lineColumns(look))
  return [
    paint(look, 'strong', title),
    ...entries(commands, look),
    ...(shown.length > 0 ? [paint(look, 'faint', 'For example:'), ...shown] : []),
  ].join('\n')
}

/** As many in a row as fit, none of them broken. */
function listed(all: readonly string[], columns: number): string[] {
  const rows: string[] = []
  for (const each of all) {
    const row = rows.at(-1)
    const longer = `${row ?? ''}   ${each}`
    if (row !== undefined && longer.length <= columns) rows[rows.length - 1] = longer
    else rows.push(`  ${each}`)
  }
  return rows
}

/** Commands of two words that begin so: `group create`, `group join`. */
function familyOf(name: string): string[] {
  return COMMANDS.map((command) => command.name).filter((each) => each.startsWith(`${name} `))
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

/**
 * @param rest what stands behind the name
 * @throws `unknown_command`, with the nearest one
 */
export function requireCommand(name: string, rest = ''): ReturnType<typeof commandNamed> & object {
  const command = commandNamed(name)
  if (command) return command
  const hint = hintFor(name, rest.trimStart().split(/\s/, 1)[0] ?? '')
  throw new TidingsError('unknown_command', `There is no command /${name}; ${hint}`)
}

/** What may have been meant: a command that there is, one of those that begin so, or a text. */
function hintFor(name: string, next: string): string {
  const names = COMMANDS.map((known) => known.name)
  const families = [...new Set(names.flatMap((each) => /^(\S+) /.exec(each)?.[1] ?? []))]
  const [first = '', second = next] = name.split(' ')
  const alone = families.includes(first)
    ? undefined
    : nearest(
        name,
        names.filter((each) => !each.includes(' ')),
      )
  const family = nearest(first, families)
  const meant =
    alone ?? (family && second && nearest(`${family} ${second}`, familyOf(family))) ?? ''
  if (meant !== '') return `did you mean /${meant}?`
  if (family !== undefined) return `/help ${family} lists what there is`
  return '/help all lists them; to send it as text, begin with //'
}
