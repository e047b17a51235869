// Sends lines, each as a message, in order. Many are under way at once, so that the node signs and
// syncs them together; never more than a bound, so that of a long pipe little is in memory.
import type { Result } from '../api/client.ts'
import { TidingsError, toTidingsError } from '../core/errors.ts'
import { SEND_LINES_PENDING_BYTES_MAX, SEND_LINES_PENDING_MAX } from '../core/limits.ts'
import { isBlank } from '../core/text.ts'

type Sent = Result<'send'>

/** What the node answered, and to which line of the input, from 1. */
export type SentLine = { readonly line: number } & Sent

export interface LineSenderInit {
  /** Whom the first message goes to; it tells the conversation of the others. */
  readonly to: string
  /** Only one message is under way at a time: the node looks something up for each. */
  readonly oneByOne: boolean
  readonly send: (to: string, text: string) => Promise<Sent>
  /** Called in the order of the lines, the next one when it resolved. */
  readonly onSent: (sent: SentLine) => Promise<void>
  /** A line that cannot be sent, and is named in the message; others can. */
  readonly onRefused: (error: TidingsError) => void
  /** Nothing more can be sent: see `fault`. */
  readonly onFault: () => void
  /** Aborted when no more lines are taken. */
  readonly signal: AbortSignal
}

/** What is wrong with a line and not with what goes on around it. */
const OF_THE_LINE: ReadonlySet<string> = new Set(['text_empty', 'text_too_long', 'text_not_utf8'])

export class LineSender {
  readonly #init: LineSenderInit
  #to: string
  #isKnown = false
  #line = 0
  #sent = 0
  #refused = 0
  #lost = 0
  #fault: TidingsError | undefined
  /** Messages under way, and their bytes. */
  #pending = 0
  #pendingBytes = 0
  #wake: (() => void) | undefined
  #reported: Promise<void> = Promise.resolve()

  constructor(init: LineSenderInit) {
    this.#init = init
    this.#to = init.to
    init.signal.addEventListener('abort', () => this.#wake?.(), { once: true })
  }

  /** Messages that are on disk. */
  get sent(): number {
    return this.#sent
  }

  /** Lines that were no message. */
  get refused(): number {
    return this.#refused
  }

  /** Messages that the node was given and has not answered: they may be on disk or not. */
  get unanswered(): number {
    return this.#pending + this.#lost
  }

  /** Why nothing more can be sent. */
  get fault(): TidingsError | undefined {
    return this.#fault
  }

  /** Takes the next line; resolves when there is room for another one. */
  async take(line: string | TidingsError): Promise<void> {
    this.#line += 1
    if (line instanceof TidingsError) return this.#refuse(line)
    if (isBlank(line)) return
    const bytes = Buffer.byteLength(line)
    await this.#room(bytes)
    if (this.#fault || this.#init.signal.aborted) return
    this.#pending += 1
    this.#pendingBytes += bytes
    const number = this.#line
    const answer = this.#init.send(this.#to, line).catch(toTidingsError)
    this.#reported = this.#reported.then(async () => {
      await this.#report(number, await answer)
      this.#pending -= 1
      this.#pendingBytes -= bytes
      this.#wake?.()
    })
  }

  /** Nothing more is sent. */
  fail(error: TidingsError): void {
    if (this.#fault) return
    this.#fault = error
    this.#wake?.()
    this.#init.onFault()
  }

  /** Resolves when everything that was taken is answered and reported. */
  async settled(): Promise<void> {
    await this.#reported
  }

  async #room(bytes: number): Promise<void> {
    const { signal, oneByOne } = this.#init
    const isFull = (): boolean => {
      // Nothing follows the first message before it is known where they go.
      if (oneByOne || !this.#isKnown) return this.#pending > 0
      const isMuch = this.#pendingBytes + bytes > SEND_LINES_PENDING_BYTES_MAX
      return this.#pending >= SEND_LINES_PENDING_MAX || (this.#pending > 0 && isMuch)
    }
    while (isFull() && !this.#fault && !signal.aborted) {
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }

  async #report(line: number, answer: Sent | TidingsError): Promise<void> {
    if (!(answer instanceof TidingsError)) {
      this.#sent += 1
      this.#to = answer.conversation
      this.#isKnown = true
      return this.#init.onSent({ line, ...answer })
    }
    const { code, message } = answer
    if (OF_THE_LINE.has(code)) {
      return this.#refuse(new TidingsError(code, `line ${line}: ${message}`, { cause: answer }))
    }
    if (code === 'no_daemon') this.#lost += 1
    this.fail(answer)
  }

  #refuse(error: TidingsError): void {
    this.#refused += 1
    this.#init.onRefused(error)
  }
}
