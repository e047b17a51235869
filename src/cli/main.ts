// The command line: reads the arguments, runs one command, and turns whatever happens into an exit
// code and words. bin/tidings.js loads this file.
import { fstatSync } from 'node:fs'
import process from 'node:process'

import { CommanderError, type Command } from 'commander'

import { findPlaces } from '../api/places.ts'
import type { LogLevel } from '../api/running.ts'
import { readVersion } from '../api/version.ts'
import { TidingsError, toTidingsError } from '../core/errors.ts'
import type { Action, Bind } from './commands/action.ts'
import { startNode, whoRuns } from './commands/node.ts'
import { CliContext, type Interruption, type Streams } from './context.ts'
import { Output } from './output.ts'
import { buildProgram, openRepl } from './program.ts'
import { usageError } from './usage-error.ts'

async function runCommand(argv: readonly string[], streams: Streams): Promise<number> {
  const output = new Output(streams, asksForJson(argv))
  let exitCode = 0
  const invoke = async (
    action: Action,
    given: readonly unknown[],
    options: Record<string, unknown>,
  ): Promise<void> => {
    const context = contextFor(program, streams)
    exitCode = (await action({ context, output, given, options })) ?? 0
  }
  const bind: Bind = (command, action) => {
    command.action((...all: unknown[]) => invoke(action, all.slice(0, -2), command.opts()))
  }
  const program = buildProgram(bind)
  program.configureOutput({ writeOut: (text) => void streams.stdout.write(text) })
  try {
    const { operands, unknown } = program.parseOptions([...argv])
    if (program.opts()['version'] === true) await output.write(`${readVersion()}\n`)
    else if (operands.length + unknown.length === 0) await invoke(withoutCommand, [], {})
    else await program.parseAsync([...argv], { from: 'user' })
    return output.fault ? output.fail(output.fault) : exitCode
  } catch (error) {
    if (error instanceof CommanderError) {
      return error.exitCode === 0 ? 0 : output.fail(usageError(error, program, argv))
    }
    return output.fail(toTidingsError(error))
  }
}

/** A person gets the chat; a script or a service gets a node, unless one runs to talk to. */
const withoutCommand: Action = async (invocation) => {
  const { context } = invocation
  const isTerminal = context.streams.stdin.isTTY === true && context.streams.stdout.isTTY === true
  if (isTerminal || (await whoRuns(context)) !== undefined) return openRepl(invocation)
  if (isFed()) invocation.output.note('Standard input is not read; "tidings repl" reads it.')
  return startNode(invocation)
}

/** Somebody may have written lines to be sent. */
function isFed(): boolean {
  const stdin = fstatSync(0)
  return stdin.isFIFO() || stdin.isFile()
}

function contextFor(program: Command, streams: Streams): CliContext {
  const { profile, home, config, json, log, input, plain } = program.opts<{
    profile?: string
    home?: string
    config?: string
    json?: true
    log?: LogLevel
    /** Not there at all until commander has parsed a command. */
    input?: boolean
    plain?: true
  }>()
  return new CliContext({
    places: findPlaces({ profile, home, config }),
    home,
    json: json === true,
    mayAsk: input !== false,
    plain,
    logLevel: log,
    streams,
    interruption: listenForInterrupt(),
  })
}

/** The first Ctrl+C ends what goes on in good order; a second one ends the process. */
function listenForInterrupt(): Interruption {
  const abort = new AbortController()
  const onInterrupt = (): void => abort.abort(new TidingsError('interrupted', 'interrupted'))
  process.once('SIGINT', onInterrupt)
  return { signal: abort.signal, release: () => void process.off('SIGINT', onInterrupt) }
}

/** Known even where the arguments cannot be read, since the error depends on it. */
function asksForJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--')
  return argv.slice(0, end < 0 ? undefined : end).includes('--json')
}

const { stdin, stdout, stderr } = process
process.exitCode = await runCommand(process.argv.slice(2), { stdin, stdout, stderr })
// A terminal left listening would keep the process; whatever was asked is answered.
stdin.unref?.()
