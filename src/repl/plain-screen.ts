// The screen where there is no terminal to draw on: lines in, lines out, no prompt, no escapes. A
// terminal that understands no escapes (TERM=dumb) is one of these with a prompt.
import type { Writable } from 'node:stream'

import type { Look } from './look.ts'
import { dayLine, dayName, formatMessage } from './messages.ts'
import type { Block, Keyed, Screen } from './screen.ts'

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
