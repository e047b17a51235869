// The REPL's front door: attaches to the profile's daemon, or starts a node in this process when
// none runs, and opens the screen on it.
import { setTimeout as sleep } from 'node:timers/promises'

import { type ChatSettings, NOTIFY_DEFAULTS, type RunningNode } from '../api/running.ts'
import type { CliContext } from '../cli/context.ts'
import { prepareProfile } from '../cli/first-run.ts'
import { isTidingsError } from '../core/errors.ts'
import type { ReplClient } from './repl-client.ts'
import { openRepl } from './repl.ts'

/** How long a node that is being started elsewhere is waited for, and how often asked. */
const STARTING_MAX_MS = 5000
const STARTING_POLL_MS = 100

const PIPED: ChatSettings = { notify: NOTIFY_DEFAULTS, plain: true }

/** Ends in good order: what was typed is accepted, and a node in this process stops. */
const END_SIGNALS = ['SIGTERM', 'SIGHUP'] as const

/**
 * @returns the exit code
 * @throws `bad_config`; what starting a node throws, when none runs
 */
export async function runRepl(context: CliContext): Promise<number> {
  const { streams, places } = context
  const interactive = streams.stdin.isTTY === true && streams.stdout.isTTY === true
  // Nothing is pointed out where nobody sits.
  const settings = interactive ? await context.chatSettings() : PIPED
  const { client, inside } = await reachNode(context)
  const profile = await context.profile()
  const end = new AbortController()
  const stop = (): void => end.abort()
  // A terminal that goes away says so twice: by itself, and when its shell ends.
  for (const name of END_SIGNALS) process.on(name, stop)
  try {
    return await openRepl({
      startCommand: context.startCommand,
      client,
      connect: () => context.connect(),
      stopInside: inside && (() => inside.stop()),
      hasPassword: profile?.locked ?? false,
      input: streams.stdin,
      output: streams.stdout,
      errors: streams.stderr,
      interactive,
      env: process.env,
      historyFile: places.history,
      ...settings,
      now: () => new Date(),
      signal: AbortSignal.any([context.signal, end.signal]),
    })
  } finally {
    for (const name of END_SIGNALS) process.off(name, stop)
  }
}

async function reachNode(
  context: CliContext,
): Promise<{ client: ReplClient; inside: RunningNode | undefined }> {
  try {
    return { client: await context.connect(), inside: undefined }
  } catch (error) {
    if (!isTidingsError(error, 'no_daemon')) throw error
  }
  await context.checkSettings()
  const password = await prepareProfile(context)
  const { stderr } = context.streams
  const onWarning = (message: string): void => void stderr.write(`${message}\n`)
  let inside
  try {
    inside = await context.startNode({ password, onWarning })
  } catch (error) {
    if (!isTidingsError(error, 'already_running')) throw error
    return { client: await connectSoon(context, error), inside: undefined }
  }
  try {
    return { client: await context.connect(), inside }
  } catch (error) {
    await inside.stop()
    throw error
  }
}

/** A node that somebody started at the same moment takes a while until it can be reached. */
async function connectSoon(context: CliContext, reason: Error): Promise<ReplClient> {
  for (const end = Date.now() + STARTING_MAX_MS; Date.now() < end; await sleep(STARTING_POLL_MS)) {
    try {
      return await context.connect()
    } catch (error) {
      if (!isTidingsError(error, 'no_daemon')) throw error
    }
  }
  throw reason
}
