// The line being typed. readline edits it, with the keys and the history that every shell has, and
// writes to nowhere: what is seen is drawn from `line` and `cursor`. Breaks in it are signs
// (line-breaks.ts). Looking through what was typed before (Ctrl+R) is done here.
import { createInterface, type Interface } from 'node:readline'
import { PassThrough, Writable } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'

import { graphemes } from '../../cli/width.ts'
import { BREAK_SIGN, onOneLine } from '../line-breaks.ts'
import type { Key } from './keys.ts'

export interface EditorInit {
  /** Lines typed before, newest first. */
  readonly history: readonly string[]
  readonly historyLinesMax: number
  readonly onLine: (line: string) => void
}

/** What is looked for among the lines typed before. */
interface Search {
  readonly words: string
  /** Where in the history it was found; -1 when it was not. */
  readonly at: number
  /** What was typed before the search began. */
  readonly line: string
}

export class Editor {
  readonly #readline: Interface
  #history: string[]
  readonly #linesMax: number
  #search: Search | undefined
  #pasted: string | undefined

  constructor({ history, historyLinesMax, onLine }: EditorInit) {
    this.#history = [...history]
    this.#linesMax = historyLinesMax
    this.#readline = createInterface({
      input: new PassThrough(),
      output: new Writable({ write: (_chunk, _encoding, done) => done() }),
      prompt: '',
      terminal: true,
      history: [...history],
      historySize: historyLinesMax,
      removeHistoryDuplicates: true,
    })
    this.#readline.on('line', (line) => {
      this.#remember(line)
      onLine(line)
    })
  }

  get line(): string {
    return this.#readline.line
  }

  /** Where keys type, in UTF-16 units. */
  get cursor(): number {
    return this.#readline.cursor
  }

  /** `(found words)`, to show in place of the prompt while lines are looked for. */
  get search(): { readonly words: string; readonly found: boolean } | undefined {
    return this.#search && { words: this.#search.words, found: this.#search.at >= 0 }
  }

  get isPasting(): boolean {
    return this.#pasted !== undefined
  }

  /** Takes a key that means nothing to the screen. */
  press(text: string | undefined, key: Key): void {
    if (this.#paste(text, key) || this.#searching(text, key)) return
    if (key.name === 'enter' || (key.name === 'return' && key.meta)) return this.insert('\n')
    if ((key.name === 'up' || key.name === 'down') && this.#moveRow(key.name)) return
    // What a key with Alt types is no text, and readline would type it.
    if (key.meta && !EDITING_WITH_ALT.has(key.name ?? '')) return
    for (let times = this.#timesOf(key); times > 0; times--) this.#readline.write(text ?? null, key)
  }

  /** Types a text as it is. */
  insert(text: string): void {
    const line = onOneLine(text.replaceAll(/\r\n?/g, '\n'))
    this.#readline.write(stripVTControlCharacters(line).replaceAll(NOT_TEXT, ''))
  }

  /** Puts something else in place of the line. */
  set(text: string): void {
    this.take()
    if (text !== '') this.insert(text)
  }

  /** Empties the line. @returns what it was */
  take(): string {
    const { line } = this
    this.#search = undefined
    this.#readline.write(null, { ctrl: true, name: 'e' })
    this.#readline.write(null, { ctrl: true, name: 'u' })
    return line
  }

  /** Replaces the end of what stands before the cursor. */
  replaceBefore(old: string, text: string): void {
    for (const _ of old) this.#readline.write(null, { name: 'backspace' })
    this.insert(text)
  }

  close(): void {
    this.#readline.close()
  }

  #remember(line: string): void {
    if (line.trim() === '') return
    this.#history = [line, ...this.#history.filter((other) => other !== line)]
    this.#history.length = Math.min(this.#history.length, this.#linesMax)
  }

  /** What is pasted is text to its end: no line of it is sent, no key in it acts. */
  #paste(text: string | undefined, key: Key): boolean {
    if (key.name === 'paste-start') this.#pasted = ''
    else if (key.name === 'paste-end') {
      const pasted = this.#pasted ?? ''
      this.#pasted = undefined
      this.#endSearch(true)
      this.insert(pasted.replace(/[\r\n]+$/, ''))
    } else if (this.#pasted !== undefined) this.#pasted += text ?? key.sequence ?? ''
    else return false
    return true
  }

  /** Whether a key belonged to looking for a line. */
  #searching(text: string | undefined, key: Key): boolean {
    if (key.ctrl && key.name === 'r') {
      const { words, at, line } = this.#search ?? { words: '', at: -1, line: this.line }
      const next = words === '' ? -1 : this.#find(words, at + 1)
      this.#search = { words, at: next >= 0 ? next : at, line }
      this.#showFound()
      return true
    }
    const search = this.#search
    if (!search) return false
    const isGivenUp = key.name === 'escape' || (key.ctrl && ['g', 'c'].includes(key.name ?? ''))
    if (isGivenUp) {
      this.set(search.line)
      return true
    }
    const isText = text !== undefined && !key.ctrl && !key.meta && !NOT_TEXT_ONCE.test(text)
    if (!isText && key.name !== 'backspace') {
      this.#endSearch(true)
      return false
    }
    const words = isText ? search.words + text : search.words.slice(0, -1)
    this.#search = { ...search, words, at: words === '' ? -1 : this.#find(words, 0) }
    this.#showFound()
    return true
  }

  #find(words: string, from: number): number {
    const wanted = words.toLowerCase()
    return this.#history.findIndex((line, i) => i >= from && line.toLowerCase().includes(wanted))
  }

  #showFound(): void {
    const search = this.#search
    if (!search || search.at < 0) return
    const found = this.#history[search.at] ?? ''
    this.set(found)
    this.#search = search
  }

  #endSearch(keepsLine: boolean): void {
    if (!this.#search) return
    if (!keepsLine) this.set(this.#search.line)
    this.#search = undefined
  }

  /** readline steps over code points; whoever reads sees characters made of several. */
  #timesOf({ name = '', ctrl, meta }: Key): number {
    if (ctrl || meta) return 1
    const { line, cursor } = this
    if (name === 'left' || name === 'backspace') {
      return Array.from(graphemes(line.slice(0, cursor)).at(-1) ?? '').length || 1
    }
    if (name !== 'right' && name !== 'delete') return 1
    return Array.from(graphemes(line.slice(cursor))[0] ?? '').length || 1
  }

  /** Up and down within a text of several lines. @returns whether there was a line to go to */
  #moveRow(to: 'up' | 'down'): boolean {
    const { line, cursor } = this
    const begin = line.lastIndexOf(BREAK_SIGN, cursor - 1) + 1
    const end = line.indexOf(BREAK_SIGN, cursor)
    if (to === 'up' ? begin === 0 : end < 0) return false
    const column = cursor - begin
    const target =
      to === 'up'
        ? placeIn(line, line.lastIndexOf(BREAK_SIGN, begin - 2) + 1, column)
        : placeIn(line, end + 1, column)
    const steps = Array.from(line.slice(Math.min(cursor, target), Math.max(cursor, target))).length
    const name = target < cursor ? 'left' : 'right'
    for (let i = 0; i < steps; i++) this.#readline.write(null, { name })
    return true
  }
}

/** Keys with Alt that edit: by words. */
const EDITING_WITH_ALT = new Set(['b', 'f', 'd', 'y', 'backspace', 'delete'])
/** Characters that act, but for the tab. */
const NOT_TEXT = /(?!\t)\p{Cc}/gu
const NOT_TEXT_ONCE = /\p{Cc}/u

/** So many units into the line that begins there, or at its end. */
function placeIn(text: string, begin: number, column: number): number {
  const end = text.indexOf(BREAK_SIGN, begin)
  return Math.min(begin + column, end < 0 ? text.length : end)
}
