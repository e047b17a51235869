// Running a command that others may ask for: without a shell, for a limited time, with whatever it
// started, and keeping a limited part of what it prints.
import { type ChildProcess, spawn } from 'node:child_process'
import { stripVTControlCharacters } from 'node:util'

import { ended } from './ended.ts'

export interface LimitedCommand {
  /** The program and its arguments, as they are. */
  readonly argv: readonly [program: string, ...args: string[]]
  /** For its standard input. */
  readonly input: string
  readonly env: NodeJS.ProcessEnv
  readonly timeoutMs: number
  /** Of what it prints, the beginning; the rest is thrown away. */
  readonly outputBytesMax: number
}

export interface Outcome {
  /** In words: "done", "exit 3", "stopped after 10 s". */
  readonly end: string
  readonly output: string
}

/** Between asking its processes to end and ending them. */
const GRACE_MS = 1000

/**
 * Runs a command to its end. When the signal aborts, it ends early.
 *
 * @throws the signal's reason, once nothing of the command runs any more
 */
export async function runLimited(command: LimitedCommand, signal: AbortSignal): Promise<Outcome> {
  signal.throwIfAborted()
  const { argv, input, env, timeoutMs, outputBytesMax } = command
  const [program, ...args] = argv
  // A group of its own: whatever it starts ends with it, unless it leaves that group.
  const child = spawn(program, args, { env, detached: true, stdio: 'pipe' })
  const output = new Beginning(outputBytesMax)
  child.stdout.on('data', (chunk: Buffer) => output.add(chunk))
  child.stderr.on('data', (chunk: Buffer) => output.add(chunk))
  // It may be over before it has read what it was given.
  child.stdin.on('error', () => {}).end(input)

  const timeout = AbortSignal.timeout(timeoutMs)
  const stopping = AbortSignal.any([signal, timeout])
  let grace: NodeJS.Timeout | undefined
  stopping.addEventListener('abort', () => {
    signalGroup(child, 'SIGTERM')
    grace = setTimeout(() => signalGroup(child, 'SIGKILL'), GRACE_MS)
  })
  let end
  try {
    const { code, signal } = await ended(child, () => signalGroup(child, 'SIGKILL'))
    end = signal ? `ended by ${signal}` : code === 0 ? 'done' : `exit ${code}`
  } catch (error) {
    end = `cannot be run: ${(error as NodeJS.ErrnoException).code}`
  }
  clearTimeout(grace)
  signal.throwIfAborted()
  if (timeout.aborted) end = `stopped after ${timeoutMs / 1000} s`
  return { end, output: output.text() }
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, signal)
  } catch (error) {
    // ESRCH: nothing of it is left. EPERM, on macOS: nothing that is not over.
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ESRCH' && code !== 'EPERM') throw error
  }
}

/** The beginning of what is printed, as text. */
class Beginning {
  readonly #bytesMax: number
  readonly #kept: Buffer[] = []
  #bytes = 0

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  add(chunk: Buffer): void {
    const room = Math.max(0, this.#bytesMax - this.#bytes)
    if (room > 0) this.#kept.push(chunk.subarray(0, room))
    this.#bytes += chunk.length
  }

  text(): string {
    // With `stream` a character that was cut in two is left away.
    const decoder = new TextDecoder()
    const text = stripVTControlCharacters(
      decoder.decode(Buffer.concat(this.#kept), { stream: true }),
    ).trimEnd()
    const most = this.#bytesMax.toLocaleString('en')
    if (this.#bytes <= this.#bytesMax) return text
    return `${text}\n(the first ${most} of ${this.#bytes.toLocaleString('en')} bytes)`
  }
}
