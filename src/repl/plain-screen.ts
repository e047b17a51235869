// The screen where there is no terminal to draw on: lines in, lines out, no prompt, no escapes. A
// terminal that understands no escapes (TERM=dumb) is one of these with a prompt.
import type { Readable, Writable } from 'node:stream'

import { TidingsError } from '../core/errors.ts'
import { TEXT_BYTES_MAX } from '../core/limits.ts'
import type { Look } from './look.ts'
import { dayLine, dayName, formatMessage } from './messages.ts'
import type { Block, Keyed, Screen } from './screen.ts'

const NEWLINE = 0x0a
/** The longest text, with the name it goes to. */
const LINE_BYTES_MAX = 2 * TEXT_BYTES_MAX
/** A line stays a line, however long: programs read them. */
const PLAIN: Look = { columns: Infinity, color: false, unicode: false }

export interface PlainComponents {
  readonly output: Writable
  readonly errors: Writable
}

export interface PlainInit {
  readonly hasPrompt: boolean
  readonly now: () => Date
}

export class PlainScreen implements Screen {
  readonly look = PLAIN
  readonly hasPlaces = false
  readonly #output: Writable
  readonly #errors: Writable
  readonly #hasPrompt: boolean
  /** The day of the last message that was written. */
  #day: string
  #prompt = ''
  /** The prompt stands at the beginning of the last line. */
  #isAsking = false

  constructor({ output, errors }: PlainComponents, init: PlainInit) {
    this.#output = output
    this.#errors = errors
    this.#hasPrompt = init.hasPrompt
    this.#day = dayName(init.now(), PLAIN)
  }

  print(block: Block): void {
    if (typeof block === 'string') return this.#write(this.#output, block)
    const day = dayName(block.sentAt, PLAIN)
    if (day !== this.#day) this.#write(this.#output, dayLine(block.sentAt, PLAIN))
    this.#day = day
    this.#write(this.#output, formatMessage(block, PLAIN))
  }

  say(text: string): void {
    this.print(text)
  }

  error(text: string): void {
    this.#write(this.#errors, text)
  }

  replace(): boolean {
    return false
  }

  remove(): boolean {
    return false
  }

  echo(): boolean {
    return false
  }

  enter(): boolean {
    return false
  }

  fill(_conversation: string, blocks: readonly Keyed[]): void {
    this.#day = ''
    for (const { block } of blocks) this.print(block)
  }

  keep(): void {}

  passing(): void {}

  showTabs(): void {}

  offer(): boolean {
    return false
  }

  setPrompt(prompt: string): void {
    if (!this.#hasPrompt || (this.#isAsking && this.#prompt === prompt)) return
    this.#prompt = prompt
    this.#ask()
  }

  /** A line was typed: the cursor is on a new one. */
  taken(): void {
    this.#isAsking = false
  }

  #ask(): void {
    this.#output.write(this.#isAsking ? `\n${this.#prompt}` : this.#prompt)
    this.#isAsking = true
  }

  #write(stream: Writable, text: string): void {
    // What is being typed stays on its line.
    const begin = this.#isAsking ? '\n' : ''
    this.#isAsking = false
    stream.write(`${begin}${text}\n`)
    if (begin) this.#ask()
  }
}

/**
 * The lines of a stream, each decoded by itself: one that is not UTF-8, or longer than any message,
 * is an error in place of the line, and the next one is read all the same.
 */
export async function* readLines(input: Readable): AsyncGenerator<string | TidingsError> {
  let begun: Buffer[] = []
  let begunBytes = 0
  for await (const chunk of input as AsyncIterable<Buffer | string>) {
    let rest = Buffer.from(chunk)
    for (let end = rest.indexOf(NEWLINE); end >= 0; end = rest.indexOf(NEWLINE)) {
      yield decodeLine([...begun, rest.subarray(0, end)], begunBytes + end)
      begun = []
      begunBytes = 0
      rest = rest.subarray(end + 1)
    }
    begunBytes += rest.length
    if (begunBytes <= LINE_BYTES_MAX && rest.length > 0) begun.push(rest)
    else if (begunBytes > LINE_BYTES_MAX) begun = []
  }
  if (begunBytes > 0) yield decodeLine(begun, begunBytes)
}

function decodeLine(parts: readonly Buffer[], lengthBytes: number): string | TidingsError {
  if (lengthBytes > LINE_BYTES_MAX) {
    return new TidingsError('text_too_long', `a line is longer than ${LINE_BYTES_MAX} bytes`)
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(parts))
    return text.replace(/\r$/, '')
  } catch (error) {
    return new TidingsError('text_not_utf8', 'a line is not UTF-8', { cause: error })
  }
}
