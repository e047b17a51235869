// Commands about profiles: they need no node, only the files.
import type { Command } from 'commander'

import { TidingsError } from '../../core/errors.ts'
import { printable } from '../../core/text.ts'
import type { Output } from '../output.ts'
import { askNewPassword, askSecret, readPasswordFile } from '../prompt.ts'
import { type Bind, type Invocation, optionalText } from './action.ts'
import { addBackupCommands } from './backup.ts'
import { whoRuns } from './node.ts'

/** How often a person who waits is told how far it is. */
const PROGRESS_EVERY_MS = 1000

export function addProfileCommands(program: Command, bind: Bind): void {
  const group = program.command('profile').description('Who uses Tidings on this machine.')
  group.summary('Create and list profiles, change passwords, back up')

  const create = group
    .command('create')
    .argument('<name>', "the profile's name, and yours as others see it")
    .option('--no-password', 'do not ask for a password')
    .option('--password-file <file>', 'a file that holds the password')
    .summary('Register on this machine')
    .description('Register a user of this machine: keys and a database of their own.')
    .addHelpText('after', '\nExamples:\n  $ tidings profile create alice')
  bind(create, createProfile)

  const list = group.command('list').summary('List the profiles of this machine')
  bind(list.description('List the profiles of this machine.'), listProfiles)

  const passwd = group
    .command('passwd')
    .option('--password-file <file>', 'a file that holds the password of now')
    .option('--new-password-file <file>', 'a file that holds the new password')
    .option('--no-password', 'take the password away')
    .summary('Set, change or remove the password')
    .description('Set, change or remove the password of the profile.')
    .addHelpText('after', '\nExamples:\n  $ tidings --profile alice profile passwd')
  bind(passwd, changePassword)
  addBackupCommands(group, bind)
}

async function createProfile({ context, output, given, options }: Invocation): Promise<void> {
  const name = String(given[0])
  const file = optionalText(options['passwordFile'])
  const wantsNone = options['password'] === false
  if (wantsNone && file !== undefined) {
    throw new TidingsError('bad_input', '--no-password and --password-file exclude each other')
  }
  let password: string | undefined
  if (file !== undefined) password = await readPasswordFile(file)
  else if (!wantsNone && context.canAsk) password = await askNewPassword(context.streams)
  const created = await context.createProfile({ profile: name, name, password })
  await output.result(created, ({ profile, account }) => {
    const how = password === undefined ? 'without a password' : 'with a password'
    return `Created the profile ${printable(profile)} ${how}: ${account}`
  })
}

async function listProfiles({ context, output }: Invocation): Promise<void> {
  await output.result(await context.profiles(), (profiles) => {
    if (profiles.length === 0) return 'No profiles yet. "tidings profile create NAME" makes one.'
    const lines = profiles.map(({ profile, name, locked, problem }) => {
      const note = problem === null ? (locked ? '  (password)' : '') : `  (${problem})`
      return printable(`${profile}${name === profile ? '' : `  ${name}`}${note}`)
    })
    return lines.join('\n')
  })
}

async function changePassword({ context, output, options }: Invocation): Promise<void> {
  const { streams, canAsk } = context
  const { profile } = context.places
  const known = await context.profile()
  if (!known) throw new TidingsError('unknown_profile', `there is no profile "${profile}"`)
  // Before anything is asked: the database is sealed anew, and a node has it open.
  const running = await whoRuns(context)
  if (running !== undefined) {
    const runs = `a node runs for the profile "${profile}" (pid ${running})`
    throw new TidingsError('already_running', `${runs}; stop it: ${context.typed('stop')}`)
  }
  const file = optionalText(options['passwordFile'])
  const newFile = optionalText(options['newPasswordFile'])
  if (options['password'] === false && newFile !== undefined) {
    throw new TidingsError('bad_input', '--no-password and --new-password-file exclude each other')
  }
  let from
  if (!known.locked) from = undefined
  else if (file !== undefined) from = await readPasswordFile(file)
  else if (canAsk) from = await askSecret(streams, `Password of ${profile}: `)
  else {
    const message = `the profile "${profile}" needs its password: give --password-file`
    throw new TidingsError('profile_locked', message)
  }
  let to
  if (newFile !== undefined) to = await readPasswordFile(newFile)
  else if (options['password'] !== false) {
    if (!canAsk) {
      throw new TidingsError('bad_input', 'give --new-password-file, or --no-password for none')
    }
    to = await askNewPassword(streams)
  }
  const onProgress = progressNotes(output, Date.now())
  const damage = await context.changePassword({ from, to, onProgress })
  for (const words of damage) output.note(`tidings: ${words}`)
  const locked = to !== undefined
  await output.result({ profile, name: known.name, locked }, () => {
    return locked ? 'The password is changed.' : 'The profile has no password now.'
  })
}

/** Tells how far it is, once it takes longer than a moment, and not more often than that. */
function progressNotes(output: Output, startedAtMs: number): (share: number) => void {
  let toldAtMs = startedAtMs
  return (share) => {
    if (Date.now() - toldAtMs < PROGRESS_EVERY_MS) return
    toldAtMs = Date.now()
    output.note(`tidings: sealing the database anew: ${Math.floor(100 * share)} %`)
  }
}
