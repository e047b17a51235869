// Reading what is typed where nothing is drawn: from a pipe, or from a terminal in its own way of
// reading lines, of which it also does the editing.
import process from 'node:process'
import type { Readable, Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'

import { readLines } from '../cli/read-lines.ts'
import { aborted } from '../core/aborted.ts'
import { TidingsError } from '../core/errors.ts'
import { REPL_LINE_BYTES_MAX } from '../core/limits.ts'
import { LineJoiner } from './line-joiner.ts'
import { editText } from './outside-editor.ts'
import { PlainScreen } from './plain-screen.ts'
import type { Session } from './session.ts'

/** What takes longer to answer is answered below the next prompt. */
const ANSWER_MAX_MS = 2000
/** A longer line of a terminal may be what it left of one: it cuts them without a word. */
const TERMINAL_LINE_BYTES_MAX = process.platform === 'darwin' ? 1022 : 4094
const MORE_PROMPT = 'More: '
const INTERRUPT_HINT = 'What you typed is gone. Ctrl+C again, or Ctrl+D, leaves.'

export interface PlainDeskContext {
  readonly input: Readable
  readonly output: Writable
  readonly errors: Writable
  /** A person sits at a terminal. */
  readonly interactive: boolean
  readonly env: NodeJS.ProcessEnv
  readonly now: () => Date
  /** The sitting is over. */
  readonly over: AbortSignal
  /** The person leaves. */
  readonly leave: () => void
}

export class PlainDesk {
  readonly screen: PlainScreen
  readonly #with: PlainDeskContext
  readonly #lines = new LineJoiner()
  #wasInterrupted = false
  /** Somebody else has the terminal until then. */
  #away: Promise<unknown> = Promise.resolve()

  constructor(context: PlainDeskContext) {
    this.#with = context
    const { output, errors, interactive: hasPrompt, now } = context
    this.screen = new PlainScreen({ output, errors }, { hasPrompt, now })
  }

  /** As of `PlaceCommands`. */
  get editor(): ((text: string) => Promise<string>) | undefined {
    if (!this.#with.interactive) return undefined
    return (text) => {
      const edited = this.screen.lend(() => editText(text, this.#with))
      this.#away = edited.catch(() => undefined)
      return edited
    }
  }

  /** Hands over lines until the input or the sitting is over. */
  async read(session: Session): Promise<void> {
    const { input, interactive, over } = this.#with
    over.addEventListener('abort', () => input.destroy(), { once: true })
    const stopListening = interactive ? this.#listen() : undefined
    try {
      await Promise.race([session.ready, aborted(over)])
      if (over.aborted) return
      this.screen.ask()
      const chunks = interactive ? chunksAsked(input) : input
      const lineBytesMax = interactive ? TERMINAL_LINE_BYTES_MAX : REPL_LINE_BYTES_MAX
      for await (const line of readLines(chunks, { lineBytesMax })) {
        this.screen.taken()
        this.#wasInterrupted = false
        if (typeof line !== 'string') session.failed(interactive ? cutOff(line) : line)
        else this.#take(line, session)
        await (interactive ? this.#answered(session) : session.room())
        if (over.aborted) break
        this.screen.ask(this.#lines.isOpen ? MORE_PROMPT : undefined)
      }
      const rest = this.#lines.end()
      if (rest !== undefined && !interactive) session.typed(rest)
    } catch (error) {
      // Reading fails when it is cut short from here, or by a terminal that goes away.
      if (!over.aborted && !interactive) throw error
    } finally {
      stopListening?.()
    }
  }

  #take(line: string, session: Session): void {
    const whole = this.#lines.add(line)
    if (typeof whole === 'string') session.typed(whole)
    else if (whole) session.failed(whole)
  }

  async #answered(session: Session): Promise<void> {
    await this.#answeredSoon(session)
    if (!this.screen.isLent) return
    await this.#away
    await this.#answeredSoon(session)
  }

  async #answeredSoon(session: Session): Promise<void> {
    const late = new AbortController()
    const signal = AbortSignal.any([this.#with.over, late.signal])
    const patience = sleep(ANSWER_MAX_MS, undefined, { signal }).catch(() => undefined)
    await Promise.race([session.answered(), patience])
    late.abort()
  }

  /** The terminal has thrown away the line; and comes back after Ctrl+Z. */
  #listen(): () => void {
    const interrupted = (): void => {
      if (this.screen.isLent) return
      if (this.#wasInterrupted) return this.#with.leave()
      this.#wasInterrupted = true
      this.#lines.end()
      this.screen.say(INTERRUPT_HINT)
      this.screen.ask()
    }
    const continued = (): void => this.screen.ask()
    // A terminal that goes away says so twice: here it is the end of what is read.
    this.#with.input.on('error', () => undefined)
    process.on('SIGINT', interrupted).on('SIGCONT', continued)
    return () => void process.off('SIGINT', interrupted).off('SIGCONT', continued)
  }
}

/** In place of what would be sent with its end missing, perhaps in the middle of a letter. */
function cutOff({ code }: TidingsError): TidingsError {
  const most = TERMINAL_LINE_BYTES_MAX.toLocaleString('en')
  const message =
    `not sent: a terminal takes lines of ${most} bytes, and what it gave was longer or no text; ` +
    'longer messages are for /editor'
  return new TidingsError(code, message)
}

/** What is read from a stream, which is read only while somebody waits: else others may. */
async function* chunksAsked(input: Readable): AsyncGenerator<Buffer | string> {
  for (;;) {
    const next = Promise.withResolvers<Buffer | string | undefined>()
    const took = (chunk: Buffer | string): void => {
      input.pause()
      next.resolve(chunk)
    }
    const ended = (): void => next.resolve(undefined)
    input.on('data', took).on('end', ended).on('close', ended).on('error', ended)
    input.resume()
    const chunk = await next.promise
    input.off('data', took).off('end', ended).off('close', ended).off('error', ended)
    if (chunk === undefined) return
    yield chunk
  }
}
