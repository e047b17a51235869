// `export`: a conversation as text, on standard output or in a file; `archive import` takes one.
import path from 'node:path'

import type { Command } from 'commander'

import { checkParams } from '../../api/params.ts'
import { choiceOption } from '../arguments.ts'
import { EXPORT_FORMATS, type ExportFormatName } from '../export-formats.ts'
import { exportConversation, exportParams, type ExportRequest, exportToFile } from '../exporting.ts'
import { watchNode } from '../patience.ts'
import { exportedConversationText, RENDER_KEEPING } from '../render-keeping.ts'
import { type Bind, type Invocation, optionalText } from './action.ts'

const EXIT_INTERRUPTED = 130

export function addExportCommand(program: Command, bind: Bind): void {
  const command = program
    .command('export')
    .argument('<conversation>', '@name, #group, account id or prefix, conversation id')
    .addOption(
      choiceOption(
        '--format <format>',
        'jsonl for programs and archives, or for people',
        EXPORT_FORMATS,
      ).default('jsonl'),
    )
    .option('--output <file>', 'write a file, which appears when it is whole')
    .option('--since <date>', "only what was sent from this day or time on, by its author's clock")
    .option('--until <date>', 'only what was sent up to the end of this day, or before this time')
    .option('--force', 'replace a file that is there')
    .summary('Write a whole conversation as text, oldest first')
    .description(
      'Write a whole conversation, oldest first, to standard output or a file. What is missing ' +
        'or not readable is said in its place, and on standard error. It is not encrypted.',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  $ tidings export @bob --output bob.jsonl\n' +
        '  $ tidings export @bob --format markdown --since 2026-05-01 > may.md',
    )
  bind(command, runExport)
}

async function runExport({ context, output, given, options }: Invocation): Promise<number> {
  const request: ExportRequest = {
    conversation: String(given[0]),
    format: options['format'] as ExportFormatName,
    since: optionalText(options['since']),
    until: optionalText(options['until']),
  }
  exportParams(request)
  const { signal } = context
  const file = optionalText(options['output'])
  await using client = await context.connect()
  using _watch = watchNode(context, client, output)
  if (file !== undefined) {
    const target = { file: path.resolve(file), force: options['force'] === true }
    const { result, notes } = await exportToFile(client, request, target, signal)
    for (const note of notes) output.note(`tidings: ${note}`)
    await output.result(result, exportedConversationText)
    return 0
  }
  const write = async (text: string): Promise<boolean> => {
    await output.write(text)
    return !output.gone.aborted
  }
  const { notes } = await exportConversation(client, request, write, signal)
  for (const note of notes) output.note(`tidings: ${note}`)
  return signal.aborted ? EXIT_INTERRUPTED : 0
}

/** The node reads the file, and does not know in which folder this command runs. */
export async function importArchive(invocation: Invocation): Promise<void> {
  const { context, output, given, options } = invocation
  const name = optionalText(options['name'])
  const file = path.resolve(String(given[0]))
  const params = checkParams('archive.import', { file, ...(name !== undefined && { name }) })
  await using client = await context.connect()
  using _watch = watchNode(context, client, output)
  const archive = await client.archive.import(params, { signal: context.signal })
  await output.result(archive, RENDER_KEEPING['archive.import'])
}
