// `logs`: what the node of the profile wrote to its log, whether or not it runs now.
import type { FileHandle } from 'node:fs/promises'

import { type Command, InvalidArgumentError, Option } from 'commander'

import { TidingsError } from '../../core/errors.ts'
import { LOG_LINES_DEFAULT } from '../../core/limits.ts'
import { printable } from '../../core/text.ts'
import { endOfLines, linesAfter, linesBackwards, type LogPlace, openLogFile } from '../log-file.ts'
import {
  isOfLevel,
  LINE_LEVELS,
  type LineLevel,
  logJson,
  type LogLine,
  logText,
  readLogLine,
} from '../log-text.ts'
import type { Bind, Invocation } from './action.ts'

const EXIT_INTERRUPTED = 130

export function addLogsCommand(program: Command, bind: Bind): void {
  const logs = program
    .command('logs')
    .option('-f, --follow', 'go on with what is written, until Ctrl+C')
    .option(
      '-n, --lines <number>',
      `how many of the newest lines (${LOG_LINES_DEFAULT})`,
      readCount,
    )
    .addOption(
      new Option('--level <level>', 'only lines of this level and above').choices(LINE_LEVELS),
    )
    .summary("Show what the node's log says")
    .description(
      "Show the newest lines of the node's log, oldest first, also when it does not run. " +
        'With --json, each line as the node wrote it.',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  $ tidings logs\n  $ tidings logs -f --level warn\n' +
        '  $ tidings logs -n 1000 --json | jq .msg',
    )
  bind(logs, showLogs)
}

function readCount(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It must be a whole number.')
}

async function showLogs(invocation: Invocation): Promise<number> {
  const { context, output, options } = invocation
  const { log } = context.places
  const count = (options['lines'] as number | undefined) ?? LOG_LINES_DEFAULT
  const least = (options['level'] as LineLevel | undefined) ?? 'debug'
  const textOf = output.json ? logJson : logText
  const write = (line: LogLine): Promise<void> => output.write(`${textOf(line)}\n`)
  const { lines, place } = await newest(log, count, least)
  if (!place.file) await tellOfNone(invocation)
  for (const line of lines) await write(line)
  if (options['follow'] !== true) {
    await place.file?.close()
    return 0
  }
  using _watch = output.watchReader()
  const until = AbortSignal.any([context.signal, output.gone])
  for await (const text of linesAfter(log, place, until)) {
    const line = readLogLine(text)
    if (isOfLevel(line, least)) await write(line)
  }
  return context.signal.aborted ? EXIT_INTERRUPTED : 0
}

interface Newest {
  readonly lines: readonly LogLine[]
  /** What was read ends here, behind a whole line. */
  readonly place: LogPlace
}

/** The newest lines, oldest first; of the file before this one too, where this one has too few. */
async function newest(log: string, count: number, least: LineLevel): Promise<Newest> {
  const found: LogLine[] = []
  const gather = async (file: FileHandle, end: number): Promise<void> => {
    if (found.length >= count) return
    for await (const text of linesBackwards(file, end)) {
      const line = readLogLine(text)
      if (text !== '' && isOfLevel(line, least)) found.push(line)
      if (found.length >= count) return
    }
  }
  const file = await openLogFile(log)
  const offset = file ? await endOfLines(file) : 0
  if (file) await gather(file, offset)
  const before = found.length < count ? await openLogFile(`${log}.1`) : undefined
  if (before) {
    // The log may have been moved there just now.
    const isOther = !file || (await before.stat()).ino !== (await file.stat()).ino
    if (isOther) await gather(before, await endOfLines(before))
    await before.close()
  }
  return { lines: found.toReversed(), place: { file, offset } }
}

/** Nothing was ever logged. @throws `unknown_profile` */
async function tellOfNone({ context, output }: Invocation): Promise<void> {
  const { profile, log } = context.places
  const known = await context.profile()
  if (!known) throw new TidingsError('unknown_profile', `there is no profile "${profile}"`)
  output.note(`tidings: no log yet; it will be ${printable(log)}`)
}
