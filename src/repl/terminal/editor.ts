// The line being typed: takes keys one by one, gathers what is pasted, hands over what is sent.
// What a key does to the line is in edit.ts.
import { REPL_TEXT_CHARS_MAX } from '../../core/limits.ts'
import { type EditState, type Rows, startEditing } from './edit-state.ts'
import { edit } from './edit.ts'
import { chordOf, type Key } from './keys.ts'
import { cleaned, replaced } from './line.ts'
import { accepted, begunAnew, givenUp, remembered } from './recall.ts'

/** What is pasted may be colourful: what acts on a terminal is longer than what it is about. */
const PASTED_CHARS_MAX = 4 * REPL_TEXT_CHARS_MAX
/** What ends a paste: where it came slowly, in two pieces, the decoder took it for several keys. */
const PASTE_END = '\x1b[201~'

export interface EditorInit {
  /** Lines typed before, newest first. */
  readonly history: readonly string[]
  readonly historyLinesMax: number
  readonly rows: Rows
  readonly onLine: (line: string) => void
}

export class Editor {
  readonly #init: EditorInit
  #state: EditState
  #pasted: string | undefined
  /** The end of what came in a paste. */
  #tail = ''

  constructor(init: EditorInit) {
    this.#init = init
    this.#state = startEditing(init.history)
  }

  get line(): string {
    return this.#state.text
  }

  /** Where keys type, in UTF-16 units; never within a character. */
  get cursor(): number {
    return this.#state.cursor
  }

  /** What is looked for among the lines typed before, while it is. */
  get search(): { readonly words: string; readonly isFound: boolean } | undefined {
    const { search } = this.#state
    return search && { words: search.words, isFound: search.found >= 0 }
  }

  /** Whatever comes belongs to the text. */
  get isPasting(): boolean {
    return this.#pasted !== undefined
  }

  /** Takes a key that means nothing to the screen. */
  press(key: Key): void {
    if (this.#paste(key)) return
    if (chordOf(key) === 'return') this.#send()
    else this.#state = edit(this.#state, key, this.#init.rows)
  }

  /** Puts something else in place of the line. */
  set(text: string): void {
    this.#replace([0, this.line.length], text)
  }

  /** Replaces the end of what stands before the cursor. */
  replaceBefore(old: string, text: string): void {
    this.#replace([this.cursor - old.length, this.cursor], text)
  }

  /** Ends a search with the line as it was before. */
  giveUpSearch(): void {
    this.#state = givenUp(this.#state)
  }

  /** Empties the line, which cannot be undone. @returns what it was */
  take(): string {
    const { line } = this
    this.remember('')
    return line
  }

  /** Begins anew. A line is among those typed before, and what waited while it was sought, too. */
  remember(line: string): void {
    const { history, begun } = this.#state
    const { historyLinesMax } = this.#init
    const waiting = remembered(history, begun.get(-1)?.text ?? '', historyLinesMax)
    this.#state = begunAnew(this.#state, remembered(waiting, line, historyLinesMax))
  }

  #replace(range: readonly [from: number, to: number], text: string): void {
    const next = replaced(accepted(this.#state), range, cleaned(text))
    this.#state = { ...next, last: undefined, isGoingOn: false }
  }

  #send(): void {
    const { line } = this
    this.remember(line)
    this.#init.onLine(line)
  }

  /** What is pasted is text to its end: no line of it is sent, no key in it acts. */
  #paste(key: Key): boolean {
    const { name, sequence = '' } = key
    if (name === 'paste-start') {
      this.#pasted = ''
      return true
    }
    if (this.#pasted === undefined) return name === 'paste-end'
    this.#tail = (this.#tail + sequence).slice(-PASTE_END.length)
    if (this.#pasted.length < PASTED_CHARS_MAX) this.#pasted += sequence
    if (this.#tail !== PASTE_END) return true
    const pasted = this.#pasted.replace(PASTE_END, '')
    this.#pasted = undefined
    // Whoever selects a line often has the break behind it too.
    this.#replace([this.cursor, this.cursor], pasted.replace(/[\r\n]+$/, ''))
    return true
  }
}
