// Commands about the node as a process: start, stop, status, doctor, paths.
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

import { type Command, InvalidArgumentError, Option } from 'commander'

import { ACCEPT_POLICIES, type AcceptPolicy, type Ready } from '../../api/running.ts'
import type { NotRunning } from '../../api/shapes-command.ts'
import { API_VERSION } from '../../api/version.ts'
import { isTidingsError, TidingsError, toTidingsError } from '../../core/errors.ts'
import { NODE_ASK_TIMEOUT_MS, SHUTDOWN_MAX_MS } from '../../core/limits.ts'
import { printable } from '../../core/text.ts'
import { choiceOption } from '../arguments.ts'
import type { CliContext } from '../context.ts'
import { prepareProfile } from '../first-run.ts'
import { inTime } from '../patience.ts'
import { RENDER } from '../render.ts'
import { type Action, type Bind, type Invocation, optionalText } from './action.ts'

const EXIT_NO_DAEMON = 3
/** `doctor` found something wrong. */
const EXIT_FOUND = 1
/** How often `stop` looks whether the process is gone, and how long beyond the node's own limit. */
const GONE_POLL_MS = 20
const GONE_GRACE_MS = 2000

export function addNodeCommands(program: Command, bind: Bind): void {
  const start = program
    .command('start')
    .summary('Run the node')
    .description(
      'Run the node of the profile; without --detach it stays in the foreground. A new profile ' +
        'is asked about; with --no-input it is made without that.',
    )
    .option('--detach', 'run in the background, return when it is ready')
    .option('--listen <multiaddr>', 'where to listen; again for more', collect)
    .addOption(
      choiceOption('--accept <policy>', 'contact requests: ask, auto, never', ACCEPT_POLICIES),
    )
    .option('--password-file <file>', "a file that holds the profile's password")
    .addOption(new Option('--child').hideHelp())
    .addHelpText('after', '\nExamples:\n  $ tidings start --detach\n  $ tidings start --no-input')
  bind(start, ({ options, ...rest }) => {
    return options['child'] === true ? startChild() : startNode({ options, ...rest })
  })

  const paths = program.command('paths').summary('Show where everything lies')
  paths.description('Show where configuration, data, state, socket and log of the profile lie.')
  bind(paths, showPaths)
}

export const NODE_ACTIONS: Readonly<Record<'status' | 'stop' | 'doctor', Action>> = {
  status: showStatus,
  stop: stopNode,
  doctor: examine,
}

export async function startNode({ context, output, options }: Invocation): Promise<number> {
  if (options['detach'] !== true) (await import('../../daemon/memory.ts')).becomeFrugal()
  context.releaseSignals()
  const running = await whoRuns(context)
  if (running !== undefined) {
    const { profile } = context.places
    const message = `a node runs for the profile "${profile}" already (pid ${running})`
    throw new TidingsError('already_running', message)
  }
  const settings = {
    listen: options['listen'] as string[] | undefined,
    accept: options['accept'] as AcceptPolicy | undefined,
  }
  await context.checkSettings(settings)
  const password = await prepareProfile(context, optionalText(options['passwordFile']))
  const given = { password, ...settings }
  if (options['detach'] === true) {
    const { startDetached } = await import('../../daemon/detach.ts')
    const { FRUGAL_FLAGS } = await import('../../daemon/memory.ts')
    const { places, logLevel } = context
    const child = [...FRUGAL_FLAGS, ...process.execArgv, process.argv[1] ?? '', 'start', '--child']
    const command = { file: process.execPath, args: child }
    const ready = await startDetached(command, { places, logLevel, ...given })
    await output.result(ready, readyText)
    return 0
  }
  const warn = (message: string): void => output.note(`tidings: ${printable(message)}`)
  const { serveUntilStopped } = await import('../../daemon/process.ts')
  const node = await context.startNode({ ...given, onWarning: warn })
  const report = (message: string): void => output.note(message)
  // Signals are taken care of before anybody can know that there is something to signal.
  const served = serveUntilStopped(node, { detached: false, report })
  await output.result(node.ready, readyText)
  return served
}

/** The process that `start --detach` leaves behind. */
async function startChild(): Promise<number> {
  const { readDetachedOptions, reportStart } = await import('../../daemon/detach.ts')
  const { runNode } = await import('../../daemon/run.ts')
  const { serveUntilStopped } = await import('../../daemon/process.ts')
  let node
  try {
    node = await runNode(await readDetachedOptions())
  } catch (error) {
    reportStart(toTidingsError(error))
    return 1
  }
  const report = (message: string): void => void process.stderr.write(`${message}\n`)
  const served = serveUntilStopped(node, { detached: true, report })
  reportStart(node.ready)
  return served
}

/**
 * The process id of the node, or undefined when none runs. One that hangs does not answer: whoever
 * starts another finds it by its lock.
 */
export async function whoRuns(context: CliContext): Promise<number | undefined> {
  const patience = AbortSignal.timeout(NODE_ASK_TIMEOUT_MS)
  try {
    await using client = await context.connect()
    return (await client.status({}, { signal: patience })).pid
  } catch (error) {
    if (isTidingsError(error, 'no_daemon') || patience.aborted) return undefined
    throw error
  }
}

function readyText({ name, account, addresses, pid }: Ready): string {
  const where = addresses.length === 0 ? 'no address yet' : addresses.join('\n  ')
  return `Ready: ${printable(name)} (${account}), pid ${pid}\n  ${where}`
}

function collect(value: string, list: readonly string[] = []): string[] {
  if (!value.startsWith('/')) {
    throw new InvalidArgumentError('Write it like /ip4/0.0.0.0/tcp/4001.')
  }
  return [...list, value]
}

async function showStatus({ context, output }: Invocation): Promise<number> {
  try {
    await using client = await context.connect()
    const status = await inTime(context, (signal) => client.status({}, { signal }))
    await output.result(status, RENDER.status)
    return 0
  } catch (error) {
    if (!isTidingsError(error, 'no_daemon')) throw error
  }
  const { profile } = context.places
  const nothing = { pid: null, uptimeMs: null, account: null, peerId: null, name: null }
  const counts = { addresses: [], peers: 0, connections: [], nearby: 0, rssBytes: 0 }
  const unknown = { queue: null, traffic: null, databaseBytes: null }
  const told: NotRunning = {
    running: false,
    apiVersion: API_VERSION,
    profile,
    ...nothing,
    ...counts,
    ...unknown,
  }
  await output.result(told, () => `not running (profile "${profile}")`)
  return EXIT_NO_DAEMON
}

async function stopNode({ context, output }: Invocation): Promise<void> {
  await using client = await context.connect()
  const { pid, answer } = await inTime(context, async (signal) => ({
    pid: (await client.status({}, { signal })).pid,
    answer: await client.stop({}, { signal }),
  }))
  const { signal } = context
  await Promise.race([client.closed, interrupted(signal)])
  for (let waitedMs = 0; await isAlive(pid); waitedMs += GONE_POLL_MS) {
    if (waitedMs > SHUTDOWN_MAX_MS + GONE_GRACE_MS) {
      throw new TidingsError('timeout', `the node (pid ${pid}) does not end`)
    }
    signal.throwIfAborted()
    await sleep(GONE_POLL_MS)
  }
  await output.result({ ...answer, running: false, pid }, () => 'stopped')
}

function interrupted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

/** A process that ended and was not waited for by its parent is as good as gone. */
async function isAlive(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  const [, state] = /\) ([A-Z])/.exec(stat) ?? []
  return state !== 'Z' && state !== 'X'
}

async function examine({ context, output }: Invocation): Promise<number> {
  try {
    await using client = await context.connect()
    await inTime(context, (signal) => client.status({}, { signal }))
    if (context.canAsk) output.note('Asking others; this takes some seconds.')
    const checks = await client.doctor({}, { signal: context.signal })
    await output.result(checks, RENDER.doctor)
    return checks.every(({ ok }) => ok) ? 0 : EXIT_FOUND
  } catch (error) {
    const hangs = isTidingsError(error, 'timeout')
    if (!hangs && !isTidingsError(error, 'no_daemon')) throw error
    await output.result(await context.examineWithoutNode(hangs), RENDER.doctor)
    return hangs ? EXIT_FOUND : EXIT_NO_DAEMON
  }
}

async function showPaths({ context, output }: Invocation): Promise<void> {
  const { config, data, state, socket, log } = context.places
  await output.result({ config, data, state, socket, log }, (all) => {
    return Object.entries(all)
      .map(([name, place]) => `${name.padEnd(6)}  ${place}`)
      .join('\n')
  })
}
