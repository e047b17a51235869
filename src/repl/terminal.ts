// The screen on a terminal: readline edits the line at the bottom, and everything else is written
// above it, without disturbing it however many rows it takes.
//
// readline remembers on which row of its line the cursor stands (`prevRows`) and goes up by so many
// rows before it draws. That is wrong after something was written in between, which it would erase;
// after pasted text, which it writes without counting rows; and after the terminal changed width.
// So this class sets it right each time. It is not a documented property, but an old one.
import { createInterface, type Interface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'

import { isWidthCertain, lineRows, wrapWords } from '../cli/width.ts'
import type { Completion } from './complete.ts'
import { lineColumns, type Look } from './look.ts'
import type { Screen } from './screen.ts'

const COLUMNS_DEFAULT = 80
const ROWS_DEFAULT = 24
const ERASE_BELOW = '\x1b[J'
const INTERRUPT_HINT = '(Ctrl+C again or Ctrl+D leaves)'

export interface TerminalComponents {
  readonly input: Readable
  readonly output: Writable & { readonly columns?: number; readonly rows?: number }
}

export interface TerminalInit {
  readonly color: boolean
  readonly unicode: boolean
  /** Lines typed before, newest first. */
  readonly history: string[]
  readonly historyLinesMax: number
  readonly complete: (before: string) => Completion
  readonly onLine: (line: string) => void
  /** The person leaves, or the input is over. */
  readonly onEnd: () => void
}

interface CountsRows {
  prevRows: number
  /** False for all but the last character of input that came at once. */
  readonly isCompletionEnabled?: boolean
}

interface Key {
  readonly ctrl?: boolean
  readonly name?: string
}

/** The last thing written, as long as it can still be changed. */
interface LastBlock {
  readonly key: string
  readonly rows: number
}

export class Terminal implements Screen {
  readonly #output: TerminalComponents['output']
  readonly #init: TerminalInit
  readonly #readline: Interface & CountsRows
  #last: LastBlock | undefined
  /** While a line is handed over: the rows that it takes above the cursor. */
  #typedRows: number | undefined
  #isHandingOver = false
  #wasInterrupted = false
  #isClosing = false
  #isClosed = false
  #hasPrompt = false

  constructor({ input, output }: TerminalComponents, init: TerminalInit) {
    this.#output = output
    this.#init = init
    const readline: Interface & Partial<CountsRows> = createInterface({
      input,
      output,
      prompt: '',
      terminal: true,
      history: init.history,
      historySize: init.historyLinesMax,
      removeHistoryDuplicates: true,
      completer: (before: string) => this.#complete(before),
    })
    this.#readline = Object.assign(readline, { prevRows: 0 })
    this.#readline.on('line', (line) => this.#handOver(line))
    this.#readline.on('SIGINT', () => this.#interrupted())
    this.#readline.on('close', () => this.#closed())
    // The terminal is gone: its window was closed.
    this.#readline.on('error', () => this.close())
    this.#readline.on('SIGCONT', () => (this.#last = undefined))
    input.prependListener('keypress', (_text: unknown, key?: Key) => this.#pressed(key))
    output.prependListener('resize', () => this.#resized())
  }

  get look(): Look {
    const { color, unicode } = this.#init
    return { color, unicode, columns: this.#columns }
  }

  get #columns(): number {
    return this.#output.columns || COLUMNS_DEFAULT
  }

  setPrompt(prompt: string): void {
    if (this.#hasPrompt && prompt === this.#readline.getPrompt()) return
    this.#hasPrompt = true
    this.#readline.setPrompt(prompt)
    if (!this.#isHandingOver && !this.#isClosed) this.#readline.prompt(true)
  }

  print(text: string, key?: string): void {
    this.#draw(text, 0, key)
  }

  replace(key: string, text: string, newKey: string): boolean {
    if (this.#last?.key !== key) return false
    const { rows } = this.#last
    const rowsMax = this.#output.rows || ROWS_DEFAULT
    // What has scrolled off cannot be changed.
    if (rows + this.#cursorRows >= rowsMax) return false
    this.#draw(text, rows, newKey)
    return true
  }

  echo(text: string, key: string): boolean {
    if (this.#typedRows === undefined) return false
    this.#draw(text, this.#typedRows, key)
    return true
  }

  say(text: string): void {
    const columns = lineColumns(this.look)
    this.print(
      text
        .split('\n')
        .flatMap((line) => wrapWords(line, columns))
        .join('\n'),
    )
  }

  error(text: string): void {
    this.say(text)
  }

  /** Ends the editing of lines and gives the terminal back. Safe to call twice. */
  close(): void {
    if (this.#isClosing) return
    // On a terminal that is gone, leaving raw mode fails, and readline reports it from in here.
    this.#isClosing = true
    this.#readline.close()
  }

  get #cursorRows(): number {
    return this.#isHandingOver || this.#isClosed ? 0 : this.#readline.getCursorPos().rows
  }

  /** Writes `text` over the `over` rows above the line being typed. */
  #draw(text: string, over: number, key: string | undefined): void {
    const up = this.#cursorRows + over
    this.#output.write(`\r${up > 0 ? `\x1b[${up}A` : ''}${ERASE_BELOW}${text}\n`)
    this.#readline.prevRows = 0
    this.#typedRows = undefined
    this.#last = key === undefined ? undefined : this.#block(key, text)
    if (!this.#isHandingOver && !this.#isClosed) this.#readline.prompt(true)
  }

  #block(key: string, text: string): LastBlock | undefined {
    const lines = stripVTControlCharacters(text).split('\n')
    if (!lines.every(isWidthCertain)) return undefined
    const rows = lines.reduce((sum, line) => sum + lineRows(line, this.#columns), 0)
    return { key, rows }
  }

  #handOver(line: string): void {
    const typed = stripVTControlCharacters(this.#readline.getPrompt()) + line
    this.#last = undefined
    this.#typedRows = isWidthCertain(typed) ? this.#typedLineRows(typed) : undefined
    this.#isHandingOver = true
    try {
      this.#init.onLine(line)
    } finally {
      this.#isHandingOver = false
      this.#typedRows = undefined
    }
    if (!this.#isClosed) this.#readline.prompt()
  }

  /** Unknown for a line that fills its last row: whether readline wrapped it depends on pasting. */
  #typedLineRows(typed: string): number | undefined {
    const rows = lineRows(typed, this.#columns)
    if (rows !== lineRows(`${typed} `, this.#columns)) return undefined
    return rows < (this.#output.rows || ROWS_DEFAULT) ? rows : undefined
  }

  #pressed(key: Key | undefined): void {
    if (key?.ctrl && key.name === 'l') this.#last = undefined
    if (key?.name !== 'c') this.#wasInterrupted = false
    if (this.#isClosed) return
    // Within a paste only keys other than characters, and the last one, may draw the line anew.
    const isPasted = this.#readline.isCompletionEnabled === false
    const isCharacter = key?.ctrl !== true && (key?.name?.length ?? 0) <= 1
    if (isPasted && isCharacter) return
    this.#readline.prevRows = this.#readline.getCursorPos().rows
  }

  /** Most terminals wrap what is on them anew, some do not: rather leave a rest than erase. */
  #resized(): void {
    this.#last = undefined
    if (this.#isClosed) return
    const { rows } = this.#readline.getCursorPos()
    this.#readline.prevRows = Math.min(rows, this.#readline.prevRows)
  }

  #complete(before: string): Completion {
    const found = this.#init.complete(before)
    // readline lists several below the line, which then counts as written.
    if (found[0].length > 1) this.#last = undefined
    return found
  }

  #interrupted(): void {
    if (this.#readline.line !== '') {
      // End of line, then erase to its beginning.
      this.#readline.write(null, { ctrl: true, name: 'e' })
      this.#readline.write(null, { ctrl: true, name: 'u' })
    } else if (this.#wasInterrupted) {
      this.close()
      return
    } else {
      this.print(INTERRUPT_HINT)
    }
    this.#wasInterrupted = true
  }

  /** An empty prompt goes; a line that was begun stays, and what follows comes below it. */
  #closed(): void {
    const isEmpty = this.#readline.line === ''
    if (!this.#isHandingOver) this.#output.write(isEmpty ? `\r${ERASE_BELOW}` : '\n')
    this.#isClosed = true
    this.#init.onEnd()
  }
}
