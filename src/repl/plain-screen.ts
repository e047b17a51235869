// The screen that is only a stream, for pipes, for screen readers (`--plain`) and for terminals
// that understand no escapes (TERM=dumb): lines are written one after the other, each happening in
// words and on a line of its own, and nothing that was written changes.
//
// On a terminal, which reads and shows what is typed by itself, nobody here knows whether a line is
// begun. So whatever comes meanwhile takes a line of its own below it; the line goes on there, and
// is whole for whoever reads it. The prompt is an answer to a line: it is not said again for each
// happening, since it would be heard behind every message.
import type { Writable } from 'node:stream'

import { PLAIN_LINES_HELD_MAX } from '../core/limits.ts'
import type { Look } from './look.ts'
import { dayLine, dayName, formatMessage } from './messages.ts'
import type { Block, Keyed, Screen } from './screen.ts'

/** A line stays a line, however long: readers and programs want it so. */
const PLAIN: Look = { columns: Infinity, color: false, unicode: false, words: true }

export interface PlainComponents {
  readonly output: Writable
  readonly errors: Writable
}

export interface PlainInit {
  /** Somebody types at a terminal. */
  readonly hasPrompt: boolean
  readonly now: () => Date
}

interface Line {
  readonly stream: Writable
  readonly text: string
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
  /** The prompt was said, and a line may be begun where the cursor is. */
  #isAsking = false
  /** What came while somebody else has the terminal, and how many lines that is too much of. */
  #held: Line[] | undefined
  #dropped = 0

  constructor({ output, errors }: PlainComponents, init: PlainInit) {
    this.#output = output
    this.#errors = errors
    this.#hasPrompt = init.hasPrompt
    this.#day = dayName(init.now(), PLAIN)
  }

  print(block: Block): void {
    if (typeof block === 'string') return this.#write(this.#output, block)
    const day = dayName(block.sentAt, PLAIN)
    const begin = day === this.#day ? '' : `${dayLine(block.sentAt, PLAIN)}\n`
    this.#day = day
    this.#write(this.#output, begin + formatMessage(block, PLAIN))
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

  /** For the next time that it asks. */
  setPrompt(prompt: string): void {
    this.#prompt = prompt
  }

  /** The next line may be typed. */
  ask(prompt = this.#prompt): void {
    if (!this.#hasPrompt) return
    this.#output.write(prompt)
    this.#isAsking = true
  }

  /** A line was typed: the cursor is on a new one. */
  taken(): void {
    this.#isAsking = false
  }

  /** Somebody else has the terminal. */
  get isLent(): boolean {
    return this.#held !== undefined
  }

  /** Gives the terminal to somebody else: what comes is told afterwards. */
  async lend<T>(to: () => Promise<T>): Promise<T> {
    this.#held = []
    try {
      return await to()
    } finally {
      const lines = this.#held
      this.#held = undefined
      if (this.#dropped > 0) this.say(`${this.#dropped} lines before this were not shown.`)
      this.#dropped = 0
      for (const { stream, text } of lines) this.#write(stream, text)
    }
  }

  /** Whoever writes next begins a line. */
  close(): void {
    if (this.#isAsking) this.#output.write('\n')
    this.#isAsking = false
  }

  #write(stream: Writable, text: string): void {
    if (!this.#held) stream.write(`${this.#isAsking ? '\n' : ''}${text}\n`)
    else if (this.#held.push({ stream, text }) > PLAIN_LINES_HELD_MAX) {
      this.#held.shift()
      this.#dropped++
    }
  }
}
