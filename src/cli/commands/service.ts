// `service`: has the system start the node of the profile at login, and again when it fails.
import { stat } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import type { Command } from 'commander'

import type { Service, ServiceCommand, ServiceState } from '../../api/service.ts'
import { TidingsError } from '../../core/errors.ts'
import type { CliContext } from '../context.ts'
import { readPasswordFile } from '../prompt.ts'
import { installedText, type ServiceReport, serviceText } from '../service-text.ts'
import { type Bind, type Invocation, optionalText } from './action.ts'
import { whoRuns } from './node.ts'

const EXIT_NO_DAEMON = 3
/** A start takes less than a second; repairing a large database may take long. */
const READY_MAX_MS = 30_000
const READY_LOOK_MS = 100
/** Where a user's folders are, if the user moved them: the service has to look there too. */
const FOLDER_VARIABLES = ['XDG_CONFIG_HOME', 'XDG_DATA_HOME', 'XDG_STATE_HOME']

export function addServiceCommands(program: Command, bind: Bind): void {
  const group = program.command('service').summary('Have the node started when you log in')
  group.description(
    'Have the system start the node of the profile when you log in, and again when it fails: a ' +
      'user unit of systemd on Linux, a launchd agent on macOS.',
  )
  const install = group
    .command('install')
    .option(
      '--password-file <file>',
      "a file that holds the profile's password, read at each start",
    )
    .summary('Make the service, and start the node')
    .description(
      'Make the service, and start the node unless one runs. Again, it writes the service anew.',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  $ tidings service install\n' +
        '  $ tidings --profile work service install --password-file ~/.tidings-work',
    )
  bind(install, installService)
  const uninstall = group.command('uninstall').summary('Stop the node, and take the service away')
  bind(uninstall.description('Stop the node of the service, and take it away.'), uninstallService)
  const status = group.command('status').summary('Tell whether the service is there and runs')
  bind(
    status.description('Tell whether the service is there and runs; exit code 3 when not.'),
    showService,
  )
}

async function installService({ context, output, options }: Invocation): Promise<void> {
  const file = optionalText(options['passwordFile'])
  const passwordFile = file === undefined ? undefined : path.resolve(file)
  await checkProfile(context, passwordFile, (words) => output.note(`tidings: ${words}`))
  await context.checkSettings()
  const service = await serviceFor(context, passwordFile)
  const [before, nodePid] = await Promise.all([service.state(), whoRuns(context)])
  const changed = await service.install()
  const { profile } = context.places
  if (nodePid !== undefined && nodePid !== before.pid) {
    // Two nodes of one profile cannot run: whoever started this one decides.
    const report = { profile, ...(await service.state()), nodePid }
    return output.result(report, (shown) => installedText(shown, context.typed))
  }
  if (nodePid === undefined || changed) await service.start(nodePid !== undefined)
  const state = await untilReady(context, service)
  const report = { profile, ...state, nodePid: state.pid }
  await output.result(report, (shown) => installedText(shown, context.typed))
}

async function uninstallService({ context, output }: Invocation): Promise<void> {
  const service = await serviceFor(context)
  const was = await service.uninstall()
  const report = await reportOn(context, service)
  await output.result(report, () => {
    if (was) return `Took away ${report.file}; the node of the service is stopped.`
    return 'There was no service.'
  })
}

async function showService({ context, output }: Invocation): Promise<number> {
  const report = await reportOn(context, await serviceFor(context))
  await output.result(report, (shown) => serviceText(shown, context.typed))
  return report.pid !== null && report.pid === report.nodePid ? 0 : EXIT_NO_DAEMON
}

async function reportOn(context: CliContext, service: Service): Promise<ServiceReport> {
  const [state, running] = await Promise.all([service.state(), whoRuns(context)])
  return { profile: context.places.profile, ...state, nodePid: running ?? null }
}

/**
 * Whether the node can start with nobody there.
 *
 * @throws `unknown_profile`, `profile_locked`, `wrong_password`, `bad_input`
 */
async function checkProfile(
  context: CliContext,
  passwordFile: string | undefined,
  warn: (words: string) => void,
): Promise<void> {
  const { profile, dataDir } = context.places
  const known = await context.profile()
  if (!known) {
    const words = `there is no profile "${profile}"; make it with: tidings profile create NAME`
    throw new TidingsError('unknown_profile', words)
  }
  if (!known.locked) {
    if (passwordFile === undefined) return
    throw new TidingsError(
      'bad_input',
      `the profile "${profile}" has no password: no file is needed`,
    )
  }
  if (passwordFile === undefined) {
    const words =
      `the profile "${profile}" has a password, and nobody is there to type it when the node ` +
      'starts: put it into a file that only you can read, and give --password-file FILE; or ' +
      `start the node yourself with: ${context.startCommand}`
    throw new TidingsError('profile_locked', words)
  }
  const password = await readPasswordFile(passwordFile)
  const { checkPassword } = await import('../../daemon/service/service.ts')
  await checkPassword(dataDir, profile, password)
  const { mode } = await stat(passwordFile)
  if ((mode & 0o077) !== 0) warn(`others can read ${passwordFile}: chmod 600 ${passwordFile}`)
}

async function serviceFor(context: CliContext, passwordFile?: string): Promise<Service> {
  const { serviceOf } = await import('../../daemon/service/service.ts')
  return serviceOf(commandFor(context, passwordFile))
}

/** The node as it is started here, with everything that a shell would add written out. */
function commandFor({ places, logLevel }: CliContext, passwordFile?: string): ServiceCommand {
  const { profile, folder, home, config, configNamed, data, log } = places
  const launcher = path.resolve(process.argv[1] ?? '')
  const flags = [
    '--profile',
    profile,
    ...(home === undefined ? [] : ['--home', home]),
    ...(configNamed ? ['--config', config] : []),
    ...(logLevel === undefined ? [] : ['--log', logLevel]),
  ]
  const password = passwordFile === undefined ? [] : ['--password-file', passwordFile]
  const args = [process.execPath, launcher, ...flags, 'start', '--no-input', ...password]
  const given = home === undefined ? FOLDER_VARIABLES : []
  const env = given.flatMap((name) => {
    const value = process.env[name]
    return value ? [[name, value] as const] : []
  })
  return { profile, folder, args, env: Object.fromEntries(env), data, log }
}

/** Resolves once the node of the service answers. @throws `service_failed`, `timeout` */
async function untilReady(context: CliContext, service: Service): Promise<ServiceState> {
  for (let waitedMs = 0; ; waitedMs += READY_LOOK_MS) {
    const state = await service.state()
    const { pid, exitCode, state: is } = state
    if (pid !== null && (await whoRuns(context)) === pid) return state
    const advice = `see: tidings logs; ${service.trouble}`
    if (is === 'failed' || is === 'restarting') {
      const how = exitCode === null ? '' : ` with ${exitCode}`
      const words = `the service is installed, but its node ended${how}; ${advice}`
      throw new TidingsError('service_failed', words)
    }
    if (waitedMs > READY_MAX_MS) {
      throw new TidingsError('timeout', `the node of the service does not answer yet; ${advice}`)
    }
    await sleep(READY_LOOK_MS, undefined, { signal: context.signal }).catch(() => {
      throw context.signal.reason
    })
  }
}
