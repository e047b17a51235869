// The terminal as a device: taken whole, key by key, and given back as it was, also for a while
// (Ctrl+Z, an editor).
import process from 'node:process'
import { emitKeypressEvents, type Interface } from 'node:readline'

import type { Painter } from '../view/painter.ts'
import type { TerminalComponents } from './init.ts'
import type { Key } from './keys.ts'

/** Escape by itself is told from the beginning of another key after so long. */
const ESCAPE_MS = 50
/** Who still runs so long after stopping itself was not stopped. */
const STOP_MS = 100

export interface TtyInit {
  readonly onKey: (key: Key) => void
  /** The program was told to end as by Ctrl+C, which itself is a key here. */
  readonly onInterrupt: () => void
  /** Everything is to be drawn anew. */
  readonly onRedraw: () => void
  /** The terminal can take more. */
  readonly onDrain: () => void
  /** Nobody types any more. */
  readonly onEnd: () => void
}

export class Tty {
  readonly #with: TerminalComponents
  readonly #painter: Painter
  readonly #init: TtyInit
  readonly #onKey = (_text: string | undefined, key: Key): void => {
    const isEnter = this.#isTypedBefore && key.name === 'enter'
    this.#init.onKey(isEnter ? { ...key, name: 'return' } : key)
  }
  readonly #onContinue = (): void => this.#continued()
  readonly #onExit = (): void => this.leave()
  readonly #onInterrupt = (): void => {
    // Whoever has the terminal is meant; all its programs are told.
    if (!this.#isLent) this.#init.onInterrupt()
  }
  #isAway = true
  #isLent = false
  #isClosed = false
  #isTypedBefore = false

  constructor(components: TerminalComponents, painter: Painter, init: TtyInit) {
    const { input, output } = components
    this.#with = components
    this.#painter = painter
    this.#init = init
    // The decoder reads no more than this of whoever asks for keys.
    emitKeypressEvents(input, { escapeCodeTimeout: ESCAPE_MS } as unknown as Interface)
    // Where Enter was pressed before the terminal was taken, a line feed is read.
    input.prependOnceListener('data', () => (this.#isTypedBefore = true))
    input.on('keypress', this.#onKey)
    input.once('data', () => (this.#isTypedBefore = false))
    input.on('end', init.onEnd)
    // The terminal is gone: its window was closed.
    input.on('error', init.onEnd)
    output.on('resize', init.onRedraw)
    output.on('drain', init.onDrain)
    process.on('SIGCONT', this.#onContinue)
    process.on('SIGINT', this.#onInterrupt)
    // Whatever ends the program, the shell gets its screen back.
    process.once('exit', this.#onExit)
    this.enter()
  }

  /** Somebody else has the terminal. */
  get isAway(): boolean {
    return this.#isAway
  }

  enter(): void {
    this.#isAway = false
    this.#setRawMode(true)
    this.#with.input.resume()
    this.#painter.enter()
    this.#init.onRedraw()
  }

  leave(): void {
    this.#isAway = true
    this.#painter.leave()
    this.#setRawMode(false)
    this.#with.input.pause()
  }

  /** Gives the terminal to another program until that is done. */
  async lend<T>(to: () => Promise<T>): Promise<T> {
    this.leave()
    this.#isLent = true
    try {
      return await to()
    } finally {
      this.#isLent = false
      if (!this.#isClosed) this.enter()
    }
  }

  /** Stops the program, until the shell says to go on. */
  suspend(): void {
    if (process.platform === 'win32') return
    this.leave()
    // With all that is one job to the shell, as the key does it elsewhere: npm, or a launcher.
    process.kill(0, 'SIGTSTP')
    // Where no shell waits (a terminal that was opened with this program in it) nothing stops.
    setTimeout(() => {
      if (this.#isAway && !this.#isClosed) this.enter()
    }, STOP_MS)
  }

  close(): void {
    const { input, output } = this.#with
    this.#isClosed = true
    process.off('SIGCONT', this.#onContinue)
    process.off('SIGINT', this.#onInterrupt)
    process.off('exit', this.#onExit)
    input.off('keypress', this.#onKey)
    input.off('end', this.#init.onEnd)
    output.off('resize', this.#init.onRedraw)
    output.off('drain', this.#init.onDrain)
    this.leave()
  }

  /** Also after a stop from outside: whoever was there meanwhile has changed the screen. */
  #continued(): void {
    // An editor that was stopped as well has the terminal again.
    if (this.#isLent) return
    if (!this.#isAway) this.leave()
    // Of another size of the terminal only those are told who have it.
    process.kill(process.pid, 'SIGWINCH')
    this.enter()
  }

  #setRawMode(isRaw: boolean): void {
    try {
      this.#with.input.setRawMode?.(isRaw)
    } catch {
      // The terminal is gone, which the stream tells by itself.
    }
  }
}
