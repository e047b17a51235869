// The screen on a terminal: readline edits the line at the bottom, and everything else is written
// above it, without disturbing it however many rows it takes.
//
// readline remembers on which row of its line the cursor stands (`prevRows`) and goes up by so many
// rows before it draws. That is wrong after something was written in between, which it would erase;
// after pasted text, which it writes without counting rows; and after the terminal changed width.
// So this class sets it right each time. It is not a documented property, but an old one.
import type { Interface } from 'node:readline'
import { stripVTControlCharacters } from 'node:util'

import { wrapWords } from '../cli/width.ts'
import type { Completion } from './complete.ts'
import { EditWatch } from './edit-watch.ts'
import { BREAK_SIGN, isBreakKey, onOneLine } from './line-breaks.ts'
import { lineColumns, type Look } from './look.ts'
import { isOneLine, oneRow, rowsOf, typedRowsOf } from './rows.ts'
import type { Screen } from './screen.ts'
import {
  type CountsRows,
  endsLine,
  type Key,
  type LastBlock,
  openReadline,
  type TerminalComponents,
  type TerminalInit,
} from './terminal-init.ts'

const COLUMNS_DEFAULT = 80
const ROWS_DEFAULT = 24
const ERASE_BELOW = '\x1b[J'
const INTERRUPT_HINT = '(Ctrl+C again or Ctrl+D leaves)'

export class Terminal implements Screen {
  readonly #output: TerminalComponents['output']
  readonly #init: TerminalInit
  readonly #readline: Interface & CountsRows
  #last: LastBlock | undefined
  /** Stands above the line being typed for as long as it lasts, if it is there (0 or 1 rows). */
  #passing = ''
  #passingRows = 0
  readonly #edits: EditWatch
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
    this.#readline = openReadline({ input, output }, init, (before) => this.#complete(before))
    this.#edits = new EditWatch(this.#readline, (line) => this.#isClosed || init.onEdit(line))
    this.#readline.on('line', (line) => this.#handOver(line))
    this.#readline.on('SIGINT', () => this.#interrupted())
    this.#readline.on('close', () => this.#closed())
    // The terminal is gone: its window was closed.
    this.#readline.on('error', () => this.close())
    this.#readline.on('SIGCONT', () => this.#forget())
    // readline would take a line that was begun for one that is done.
    input.prependListener('end', () => (this.#isClosing = true))
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

  get #rowsMax(): number {
    return this.#output.rows || ROWS_DEFAULT
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
    // What has scrolled off cannot be changed.
    if (rows + this.#passingRows + this.#cursorRows >= this.#rowsMax) return false
    this.#draw(text, rows, newKey)
    return true
  }

  echo(text: string, key: string): boolean {
    if (this.#typedRows === undefined) return false
    this.#draw(text, this.#typedRows, key)
    return true
  }

  passing(text: string): void {
    const line = oneRow(text, this.look)
    if (line === this.#passing) return
    this.#passing = line
    this.#showPassing(line)
  }

  offer(text: string): boolean {
    const line = this.#init.unicode ? onOneLine(text) : text
    if (this.#isClosed || this.#readline.line !== '' || !isOneLine(line)) return false
    this.#readline.write(line)
    this.#edits.is(line)
    return true
  }

  say(text: string): void {
    const columns = lineColumns(this.look)
    const lines = text.split('\n').flatMap((line) => wrapWords(line, columns))
    this.print(lines.join('\n'))
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
    const isTyping = !this.#isHandingOver && !this.#isClosed
    this.#rewrite(over, `${text}\n`, isTyping ? this.#passing : '')
    this.#typedRows = undefined
    const rows = key === undefined ? undefined : rowsOf(text, this.#columns)
    this.#last = key === undefined || rows === undefined ? undefined : { key, rows }
    if (isTyping) this.#readline.prompt(true)
  }

  /** Draws the passing line, or takes it away. */
  #showPassing(line: string): void {
    if (this.#isHandingOver || this.#isClosed || this.#isWithinPaste) return
    if (this.#cursorRows + this.#passingRows + 1 >= this.#rowsMax) return
    this.#rewrite(0, '', line)
    this.#readline.prompt(true)
  }

  #rewrite(over: number, text: string, passing: string): void {
    const up = this.#cursorRows + this.#passingRows + over
    const below = passing === '' ? '' : `${passing}\n`
    this.#output.write(`\r${up > 0 ? `\x1b[${up}A` : ''}${ERASE_BELOW}${text}${below}`)
    this.#passingRows = passing === '' ? 0 : 1
    this.#readline.prevRows = 0
  }

  /** What is above the line being typed cannot be changed any more. */
  #forget(): void {
    this.#last = undefined
    this.#passingRows = 0
  }

  #handOver(line: string): void {
    if (this.#isClosing) return
    const typed = stripVTControlCharacters(this.#readline.getPrompt()) + line
    this.#forget()
    this.#edits.is('')
    this.#typedRows = typedRowsOf(typed, this.#columns, this.#rowsMax)
    this.#isHandingOver = true
    try {
      this.#init.onLine(line)
    } finally {
      this.#isHandingOver = false
      this.#typedRows = undefined
    }
    if (this.#isClosed) return
    this.#readline.prompt()
    if (this.#passing !== '') this.#showPassing(this.#passing)
  }

  #pressed(key: Key | undefined): void {
    if (key?.ctrl && key.name === 'l') this.#forget()
    this.#edits.pressed()
    if (key?.name !== 'c') this.#wasInterrupted = false
    if (this.#isClosed) return
    // Within a paste only keys other than characters, and the last one, may draw the line anew.
    const isCharacter = key?.ctrl !== true && (key?.name?.length ?? 0) <= 1
    if (this.#isWithinPaste && isCharacter) return
    // The line goes up to what was said, and this does not belong there.
    if (this.#passingRows > 0 && endsLine(key, this.#readline.line)) this.#showPassing('')
    this.#readline.prevRows = this.#readline.getCursorPos().rows
    if (this.#init.unicode && isBreakKey(key)) this.#readline.write(BREAK_SIGN)
  }

  get #isWithinPaste(): boolean {
    return this.#readline.isCompletionEnabled === false
  }

  /** Most terminals wrap what is on them anew, some do not: rather leave a rest than erase. */
  #resized(): void {
    this.#forget()
    if (this.#isClosed) return
    const { rows } = this.#readline.getCursorPos()
    this.#readline.prevRows = Math.min(rows, this.#readline.prevRows)
  }

  #complete(before: string): Completion {
    const found = this.#init.complete(before)
    // readline lists several below the line, which then counts as written.
    if (found[0].length > 1) this.#forget()
    return found
  }

  #interrupted(): void {
    if (this.#readline.line !== '') {
      this.#init.onAside(this.#readline.line)
      this.#edits.is('')
      // End of line, then erase to its beginning.
      this.#readline.write(null, { ctrl: true, name: 'e' })
      this.#readline.write(null, { ctrl: true, name: 'u' })
    } else if (this.#wasInterrupted) {
      return this.close()
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
