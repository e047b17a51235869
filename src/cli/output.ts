// What leaves a command: results on standard output, as text or as JSON, everything else on
// standard error. A reader that has seen enough (`| head`) is no failure.
import { ERROR_CODES, type TidingsError } from '../core/errors.ts'
import { printable } from '../core/text.ts'
import type { Streams } from './context.ts'

export class Output {
  readonly json: boolean
  readonly #streams: Streams
  readonly #gone = new AbortController()

  constructor(streams: Streams, json: boolean) {
    this.json = json
    this.#streams = streams
    streams.stdout.on('error', () => this.#gone.abort())
    streams.stderr.on('error', () => {})
  }

  /** Aborted once nobody reads the results any more. */
  get gone(): AbortSignal {
    return this.#gone.signal
  }

  /** A result: the value with `--json`, else the text that `render` makes of it. */
  async result<T>(value: T, render: (value: T) => string): Promise<void> {
    if (this.json) return this.write(`${JSON.stringify(value)}\n`)
    const text = render(value)
    if (text !== '') await this.write(text.endsWith('\n') ? text : `${text}\n`)
  }

  /** Resolves when there is room for more. */
  async write(text: string): Promise<void> {
    const { stdout } = this.#streams
    if (this.gone.aborted || stdout.write(text)) return
    await new Promise<void>((resolve) => {
      stdout.once('drain', resolve)
      this.gone.addEventListener('abort', () => resolve(), { once: true })
    })
  }

  /** For the person at the terminal, beside the results. */
  note(text: string): void {
    this.#streams.stderr.write(`${text}\n`)
  }

  /** @returns the exit code that belongs to the error */
  fail({ code, message }: TidingsError): number {
    const line = this.json
      ? JSON.stringify({ error: { code, message } })
      : `tidings: ${printable(message, { lines: true })}`
    this.#streams.stderr.write(`${line}\n`)
    return ERROR_CODES[code].exit
  }
}
