// Commands about profiles: they need no node, only the files.
import type { Command } from 'commander'

import { TidingsError } from '../../core/errors.ts'
import { printable } from '../../core/text.ts'
import { askNewPassword, askSecret, readPasswordFile } from '../prompt.ts'
import { type Bind, type Invocation, optionalText } from './action.ts'

export function addProfileCommands(program: Command, bind: Bind): void {
  const group = program.command('profile').description('Who uses Tidings on this machine.')
  group.summary('Create and list profiles, change passwords')

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
  await context.changePassword(from, to)
  const locked = to !== undefined
  await output.result({ profile, name: profile, locked }, () => {
    return locked ? 'The password is changed.' : 'The profile has no password now.'
  })
}
