// Tells a conversation how a build goes: that it started, and how it ended, after how long, with
// its last lines. Of use for anything that takes long: CI, backups, simulations.
//
//   node examples/build-notifier.ts '#crew' -- make -j4
//   { make -j4 2>&1; echo "exit $?"; } | node examples/build-notifier.ts '#crew' --name firmware
//
// In front of a command it passes on what that prints and ends with its exit code. At the end of a
// pipe it cannot know how the command ended, unless the last line says so, as above: that is its
// exit code then. Options: --name NAME, --lines N (of the output's end, 10; at most 50).
//
// A build does not fail because nobody can be told: that goes to standard error.
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import path from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { parseArgs, stripVTControlCharacters } from 'node:util'

import { connect } from '../src/api/client.ts'
import { ended } from './ended.ts'

/** A node that does not answer holds up no build for longer. */
const TELL_MAX_MS = 10_000
/** Of the output this much is kept, */
const KEPT_BYTES = 64 * 1024
/** of a line this much is shown, and of all lines: a message has at most 32 KiB. */
const LINE_CHARS = 300
const SHOWN_BYTES = 24 * 1024
const LINES_MAX = 50

/** How it ended, as far as is known. */
interface Result {
  readonly how: string
  readonly code: number
}

/** The end of an output that may have any length. */
class Ending {
  readonly #chunks: Buffer[] = []
  #bytes = 0

  add(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#bytes += chunk.length
    for (;;) {
      const [first] = this.#chunks
      if (!first || this.#bytes - first.length < KEPT_BYTES) return
      this.#bytes -= first.length
      this.#chunks.shift()
    }
  }

  lines(): string[] {
    const text = Buffer.concat(this.#chunks).subarray(-KEPT_BYTES).toString()
    // Of a line that was drawn over and over, the last state.
    const lines = stripVTControlCharacters(text)
      .split('\n')
      .map((line) => line.trimEnd().split('\r').at(-1) ?? '')
    return lines.filter((line) => line !== '')
  }
}

const { to, command, name, count } = readArguments(process.argv.slice(2))
const ending = new Ending()
const beganAt = performance.now()
const started = tell(`${name}: started`)
const { how, code } = await (command ? wrap(command) : listen())
const shown = ending
  .lines()
  .slice(-count)
  .map((line) => line.slice(0, LINE_CHARS))
const last = Buffer.from(shown.join('\n')).subarray(-SHOWN_BYTES).toString()
await tell(`${name}: ${how} after ${duration(performance.now() - beganAt)}\n${last}`, await started)
process.exitCode = code

interface Arguments {
  readonly to: string
  readonly command: readonly [string, ...string[]] | undefined
  readonly name: string
  readonly count: number
}

function readArguments(argv: readonly string[]): Arguments {
  const at = argv.includes('--') ? argv.indexOf('--') : argv.length
  const options = { name: { type: 'string' }, lines: { type: 'string', default: '10' } } as const
  const args = argv.slice(0, at)
  let parsed
  try {
    parsed = parseArgs({ args, options, allowPositionals: true })
  } catch (error) {
    // An option of the command, say, where the "--" before that was left out.
    return usage((error as Error).message)
  }
  const { positionals, values } = parsed
  const [to] = positionals
  const [program, ...rest] = argv.slice(at + 1)
  const count = Number(values.lines)
  if (to === undefined || positionals.length > 1 || !(count >= 1 && count <= LINES_MAX)) {
    return usage()
  }
  const command = program === undefined ? undefined : ([program, ...rest] as const)
  return { to, command, name: values.name ?? path.basename(program ?? 'build'), count }
}

function usage(reason?: string): never {
  if (reason !== undefined) console.error(`build-notifier: ${reason}`)
  console.error("usage: build-notifier.ts '#crew' [--name NAME] [--lines N] [-- COMMAND…]")
  process.exit(2)
}

/** @returns the id of the message */
async function tell(text: string, reply?: string): Promise<string | undefined> {
  try {
    const signal = AbortSignal.timeout(TELL_MAX_MS)
    await using client = await connect({ signal })
    const how = reply === undefined ? {} : { reply }
    return (await client.send({ to, text: text.trimEnd(), ...how }, { signal })).id
  } catch (error) {
    console.error(`build-notifier: ${to} is not told: ${(error as Error).message}`)
    return undefined
  }
}

async function wrap([program, ...args]: readonly [string, ...string[]]): Promise<Result> {
  const child = spawn(program, args, { stdio: ['inherit', 'pipe', 'pipe'] })
  // Ctrl+C reaches both, and how the command takes it is worth telling.
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  const passing = [pass(child.stdout, process.stdout), pass(child.stderr, process.stderr)]
  try {
    const { code, signal } = await ended(child)
    await Promise.all(passing)
    if (signal) return { how: `failed (${signal})`, code: 128 + constants.signals[signal] }
    return resultOf(code ?? 1)
  } catch (error) {
    console.error(`build-notifier: ${(error as Error).message}`)
    return { how: 'failed (it cannot be run)', code: 127 }
  }
}

/** The end of a pipe. */
async function listen(): Promise<Result> {
  // Ctrl+C ends what is before it in the pipe, and so this.
  process.once('SIGINT', () => {})
  await pass(process.stdin, process.stdout)
  const exit = /^exit (\d{1,3})$/.exec(ending.lines().at(-1) ?? '')
  return exit ? resultOf(Number(exit[1])) : { how: 'ended', code: 0 }
}

function resultOf(code: number): Result {
  return { how: code === 0 ? 'passed' : `failed (exit ${code})`, code }
}

/** Passes on what comes, at the speed at which it is taken; also when nobody reads it any more. */
async function pass(from: Readable, to: Writable): Promise<void> {
  to.on('error', () => {})
  try {
    for await (const chunk of from as AsyncIterable<Buffer>) {
      ending.add(chunk)
      await new Promise<void>((resolve) => void to.write(chunk, () => resolve()))
    }
  } catch (error) {
    // What the command left behind still holds its output open: nobody waits for that.
    if ((error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error
  }
}

function duration(ms: number): string {
  const seconds = Math.round(ms / 1000)
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)]
  if (hours > 0) return `${hours} h ${minutes} min`
  return minutes > 0 ? `${minutes} min ${seconds % 60} s` : `${seconds} s`
}
