// What leaves a command: results on standard output, as text or as JSON, everything else on
// standard error. A reader that has seen enough (`| head`) is no failure; a full disk is one.
import { ERROR_CODES, TidingsError } from '../core/errors.ts'
import { printable, printableJson } from '../core/text.ts'
import type { Streams } from './context.ts'
import { watchPipe } from './pipe-watch.ts'

/** The reader went away, or the terminal. */
const GONE = new Set<string | undefined>(['EPIPE', 'EIO', 'ERR_STREAM_DESTROYED'])

export class Output {
  readonly json: boolean
  readonly #streams: Streams
  readonly #gone = new AbortController()
  #fault: TidingsError | undefined

  constructor(streams: Streams, json: boolean) {
    this.json = json
    this.#streams = streams
    streams.stdout.on('error', (error) => this.#lost(error))
    streams.stderr.on('error', () => {})
  }

  /** Aborted once nobody reads the results any more. */
  get gone(): AbortSignal {
    return this.#gone.signal
  }

  /** For whoever may have nothing to write for long: `gone` is aborted then too. */
  watchReader(): Disposable {
    return watchPipe(() => this.#gone.abort())
  }

  /** Why results did not arrive though somebody wants them; whatever is done is done. */
  get fault(): TidingsError | undefined {
    return this.#fault
  }

  /** A result: the value with `--json`, else the text that `render` makes of it. */
  async result<T>(value: T, render: (value: T) => string): Promise<void> {
    if (this.json) return this.write(`${printableJson(value)}\n`)
    const text = render(value)
    if (text !== '') await this.write(text.endsWith('\n') ? text : `${text}\n`)
  }

  /** Resolves when the text is written, or cannot be any more. */
  async write(text: string): Promise<void> {
    if (this.gone.aborted) return
    await new Promise<void>((resolve) => {
      this.#streams.stdout.write(text, (error) => {
        if (error) this.#lost(error)
        resolve()
      })
    })
  }

  /** For the person at the terminal, beside the results. */
  note(text: string): void {
    this.#streams.stderr.write(`${text}\n`)
  }

  /** @returns the exit code that belongs to the error */
  fail({ code, message }: TidingsError): number {
    const line = this.json
      ? printableJson({ error: { code, message } })
      : `tidings: ${printable(message, { lines: true })}`
    this.#streams.stderr.write(`${line}\n`)
    return ERROR_CODES[code].exit
  }

  #lost(error: NodeJS.ErrnoException): void {
    if (!GONE.has(error.code)) {
      const code = error.code === 'ENOSPC' ? 'disk_full' : 'internal'
      const message = `the result cannot be written: ${error.message}`
      this.#fault ??= new TidingsError(code, message, { cause: error })
    }
    this.#gone.abort()
  }
}
