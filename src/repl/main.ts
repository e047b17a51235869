// The REPL's front door: attaches to the profile's daemon, or starts a node in this process when
// none runs, and opens the screen on it.
import path from 'node:path'

import type { RunningNode } from '../api/running.ts'
import type { CliContext } from '../cli/context.ts'
import { prepareProfile } from '../cli/first-run.ts'
import { isTidingsError } from '../core/errors.ts'
import type { ReplClient } from './repl-client.ts'
import { openRepl } from './repl.ts'

/** Ends in good order: what was typed is accepted, and a node in this process stops. */
const END_SIGNALS = ['SIGTERM', 'SIGHUP'] as const

/**
 * @returns the exit code
 * @throws what starting a node throws, when none runs
 */
export async function runRepl(context: CliContext): Promise<number> {
  const { streams, places } = context
  const { client, inside } = await reachNode(context)
  const profile = await context.profile()
  const end = new AbortController()
  const stop = (): void => end.abort()
  for (const name of END_SIGNALS) process.once(name, stop)
  try {
    return await openRepl({
      profile: places.profile,
      client,
      connect: () => context.connect(),
      stopInside: inside && (() => inside.stop()),
      hasPassword: profile?.locked ?? false,
      input: streams.stdin,
      output: streams.stdout,
      errors: streams.stderr,
      interactive: streams.stdin.isTTY === true && streams.stdout.isTTY === true,
      env: process.env,
      historyFile: path.join(places.state, `${places.profile}.history`),
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
  const password = await prepareProfile(context)
  const { stderr } = context.streams
  const onWarning = (message: string): void => void stderr.write(`${message}\n`)
  const inside = await context.startNode({ password, onWarning })
  try {
    return { client: await context.connect(), inside }
  } catch (error) {
    await inside.stop()
    throw error
  }
}
