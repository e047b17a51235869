// `profile export` and `profile import`: a profile as one encrypted file, and back. An export asks
// the running node, which owns the database, or opens it where none runs.
import path from 'node:path'

import type { Command } from 'commander'

import type { ExportedProfile, ExportOptions, ImportedProfile } from '../../api/running.ts'
import { formatByteSize } from '../../core/byte-size.ts'
import { isTidingsError, TidingsError } from '../../core/errors.ts'
import { printable } from '../../core/text.ts'
import type { CliContext } from '../context.ts'
import { watchNode } from '../patience.ts'
import { askSecret, askSecretTwice, readPasswordFile } from '../prompt.ts'
import { counted } from '../status-text.ts'
import { type Bind, type Invocation, optionalText } from './action.ts'

export function addBackupCommands(group: Command, bind: Bind): void {
  const save = group
    .command('export')
    .argument('<file>', 'the backup to write')
    .option('--password-file <file>', "a file that holds the profile's password, or the backup's")
    .option('--force', 'replace a file that is there')
    .summary('Write an encrypted backup')
    .description(
      'Write an encrypted backup: account key, contacts and history. It has the password of the ' +
        'profile, or for a profile without one a password of its own.',
    )
    .addHelpText('after', '\nExamples:\n  $ tidings --profile alice profile export alice.tidings')
  bind(save, exportProfile)

  const load = group
    .command('import')
    .argument('<file>', 'a backup')
    .argument('[name]', 'what the profile is called here; else as it was')
    .option('--password-file <file>', "a file that holds the backup's password")
    .option('--new-password-file <file>', 'a file that holds another password for the profile')
    .option('--no-password', 'keep the profile without a password')
    .summary('Make a profile of a backup')
    .description(
      'Make a profile of a backup, with its password. It is a new device of the same person: ' +
        'the machine that the backup comes from may go on.',
    )
    .addHelpText('after', '\nExamples:\n  $ tidings profile import alice.tidings')
  bind(load, importProfile)
}

async function exportProfile({ context, output, given, options }: Invocation): Promise<void> {
  const file = path.resolve(String(given[0]))
  const force = options['force'] === true
  const password = await exportPassword(context, optionalText(options['passwordFile']))
  const exported = await exportBy({ context, output }, { file, password, force })
  for (const words of exported.damage) output.note(`tidings: not in the backup: ${words}`)
  await output.result(exported, exportedText)
}

async function exportBy(
  { context, output }: Pick<Invocation, 'context' | 'output'>,
  options: ExportOptions,
): Promise<ExportedProfile> {
  try {
    await using client = await context.connect()
    using _watch = watchNode(context, client, output)
    return await client.profile.export(options, { signal: context.signal })
  } catch (error) {
    if (!isTidingsError(error, 'no_daemon')) throw error
  }
  return context.exportProfile(options)
}

/** The password of the profile, or where it has none, one for the backup. */
async function exportPassword(context: CliContext, file: string | undefined): Promise<string> {
  const { streams, canAsk } = context
  const { profile } = context.places
  const known = await context.profile()
  if (!known) throw new TidingsError('unknown_profile', `there is no profile "${profile}"`)
  if (file !== undefined) return readPasswordFile(file)
  if (known.locked) {
    if (canAsk) return askSecret(streams, `Password of ${printable(profile)}: `)
    const message = `the profile "${profile}" needs its password: give --password-file`
    throw new TidingsError('profile_locked', message)
  }
  if (canAsk) return askSecretTwice(streams, 'Password for the backup: ')
  throw new TidingsError('bad_input', 'a backup needs a password: give --password-file')
}

async function importProfile({ context, output, given, options }: Invocation): Promise<void> {
  const passwordFile = optionalText(options['passwordFile'])
  const newPasswordFile = optionalText(options['newPasswordFile'])
  const wantsNone = options['password'] === false
  if (wantsNone && newPasswordFile !== undefined) {
    throw new TidingsError('bad_input', '--no-password and --new-password-file exclude each other')
  }
  const password = await importPassword(context, passwordFile)
  let newPassword: string | undefined = password
  if (wantsNone) newPassword = undefined
  else if (newPasswordFile !== undefined) newPassword = await readPasswordFile(newPasswordFile)
  const imported = await context.importProfile({
    file: path.resolve(String(given[0])),
    profile: optionalText(given[1]),
    password,
    newPassword,
  })
  await output.result(imported, importedText)
}

async function importPassword({ streams, canAsk }: CliContext, file?: string): Promise<string> {
  if (file !== undefined) return readPasswordFile(file)
  if (canAsk) return askSecret(streams, 'Password of the backup: ')
  throw new TidingsError('profile_locked', 'a backup needs its password: give --password-file')
}

export function exportedText({ file, bytes, contacts, messages }: ExportedProfile): string {
  return `Wrote ${printable(file)} (${formatByteSize(bytes)}): ${contentText(contacts, messages)}`
}

function importedText({ profile, account, contacts, messages }: ImportedProfile): string {
  return `Made the profile ${printable(profile)} (${account}): ${contentText(contacts, messages)}`
}

/** @param entries in which messages are edited, deleted and reacted to, too */
function contentText(contacts: number, entries: number): string {
  return `${counted(contacts, 'contact')}, ${entries} messages and changes`
}
