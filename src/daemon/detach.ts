// Starting a node that stays when its terminal goes: a process of its own in a session of its own,
// which tells through a pipe whether it is ready or why not. The password goes to it through a pipe
// too, never through its arguments or its environment.
import { spawn } from 'node:child_process'
import { closeSync, openSync, writeSync } from 'node:fs'
import path from 'node:path'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'

import type { Ready, StartOptions } from '../api/running.ts'
import { ERROR_CODES, type ErrorCode, TidingsError } from '../core/errors.ts'
import { makeFolders } from '../store/durable-files.ts'
import { frugalEnvironment } from './memory.ts'
import { usable } from './usable.ts'

/** The pipe that the child reports by, beside the three that every process has. */
const REPORT_DESCRIPTOR = 3

/** What the child is told: everything but what cannot be sent. */
export type DetachedOptions = Omit<StartOptions, 'onWarning'>

type Report = Ready | { readonly error: { readonly code: ErrorCode; readonly message: string } }

export interface Command {
  readonly file: string
  readonly args: readonly string[]
}

/**
 * Resolves once the child is ready; it then lives on by itself.
 *
 * @throws the child's error; `home_unusable` when there is no place for its log
 */
export async function startDetached(command: Command, options: DetachedOptions): Promise<Ready> {
  const { log } = options.places
  const state = path.dirname(log)
  usable(state, () => makeFolders(state))
  // Whatever the runtime itself has to say, say on running out of memory, lands in the log.
  const lastWords = usable(log, () => openSync(log, 'a', 0o600))
  try {
    const child = spawn(command.file, command.args, {
      detached: true,
      stdio: ['pipe', 'ignore', lastWords, 'pipe'],
      env: frugalEnvironment(),
      // A daemon keeps no folder in use.
      cwd: path.parse(log).root,
    })
    const failed = new Promise<never>((_, reject) => {
      child.once('error', (cause: NodeJS.ErrnoException) => {
        reject(new TidingsError('internal', `no process can be started (${cause.code})`, { cause }))
      })
    })
    // Without room for its pipes there is not even that much of it.
    if (child.pid === undefined) await failed
    const [input, , , output] = child.stdio
    // A child that is gone already says so by ending its own pipe.
    input?.on('error', () => {})
    input?.end(JSON.stringify(options))
    const report = await Promise.race([text(output as Readable), failed])
    child.unref()
    return readReport(report, log)
  } finally {
    closeSync(lastWords)
  }
}

/** The child's side: what it was told. */
export async function readDetachedOptions(): Promise<DetachedOptions> {
  return JSON.parse(await text(process.stdin)) as DetachedOptions
}

/** The child's side: says how it went, and closes the pipe for the parent to go on. */
export function reportStart(report: Ready | TidingsError): void {
  const value: Report =
    report instanceof TidingsError
      ? { error: { code: report.code, message: report.message } }
      : report
  try {
    writeSync(REPORT_DESCRIPTOR, JSON.stringify(value))
    closeSync(REPORT_DESCRIPTOR)
  } catch {
    // The parent is gone and nobody waits for the answer; the node goes on.
  }
}

function readReport(line: string, log: string): Ready {
  let report: Report | undefined
  try {
    report = JSON.parse(line) as Report
  } catch {
    throw new TidingsError('internal', `the node ended before it was ready; see ${log}`)
  }
  if (!('error' in report)) return report
  const { code, message } = report.error
  throw new TidingsError(Object.hasOwn(ERROR_CODES, code) ? code : 'internal', message)
}
