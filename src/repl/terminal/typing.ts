// Typing on a terminal: the line, what Tab finds for it, Ctrl+C, and telling that it changed.
import { common } from '../complete.ts'
import { InputLayout } from '../view/input-layout.ts'
import { Editor } from './editor.ts'
import type { TerminalInit } from './init.ts'
import { actionOf, chordOf, type Key, type KeyAction } from './keys.ts'
import { cleaned } from './line.ts'

/** They bring another conversation into view. */
const SWITCHES: ReadonlySet<KeyAction | undefined> = new Set([
  'tab',
  'previous',
  'next',
  'unread',
  'home',
])
const INTERRUPT_HINT = '(Ctrl+C again or Ctrl+D leaves)'

export interface TypingInit extends Pick<
  TerminalInit,
  'history' | 'historyLinesMax' | 'complete' | 'onEdit' | 'onAside'
> {
  readonly onLine: (line: string) => void
  readonly onHint: (words: string) => void
  readonly onLeave: () => void
}

export class Typing {
  readonly #init: TypingInit
  readonly #editor: Editor
  /** How the line stands in rows. */
  readonly layout = new InputLayout()
  /** What could be meant, until the next key. */
  #hits: readonly string[] = []
  /** The line as it was told last. */
  #known = ''
  #wasInterrupted = false

  constructor(init: TypingInit) {
    this.#init = init
    const { history, historyLinesMax } = init
    const onLine = (line: string): void => {
      this.#known = ''
      init.onLine(line)
    }
    this.#editor = new Editor({ history, historyLinesMax, rows: this.layout, onLine })
  }

  get line(): string {
    return this.#editor.line
  }

  get cursor(): number {
    return this.#editor.cursor
  }

  get hits(): readonly string[] {
    return this.#hits
  }

  /** What stands before the line while lines typed before are looked through. */
  get searchPrompt(): string | undefined {
    const { search } = this.#editor
    if (!search) return undefined
    return `(search: ${search.words}${search.isFound || search.words === '' ? '' : ' not found'}) `
  }

  /** Takes a key. @returns what it is for on the screen, if it is not for the line */
  press(key: Key): KeyAction | undefined {
    this.#hits = []
    const action = this.#editor.isPasting ? undefined : actionOf(key)
    if (action !== 'interrupt') this.#wasInterrupted = false
    // What was found was typed elsewhere, and is not what was begun here.
    if (SWITCHES.has(action)) this.#editor.giveUpSearch()
    if (action === 'complete') this.#complete()
    else if (action === 'interrupt' && !this.#editor.search) this.#interrupted()
    else if (this.#isLeaving(key)) this.#init.onLeave()
    else if (action === undefined || action === 'interrupt') this.#editor.press(key)
    else return action
    this.#tell()
    return undefined
  }

  /** Puts words into the line to go on with, if nothing is there. */
  offer(text: string): boolean {
    if (this.line !== '' || this.#editor.search || cleaned(text) !== text) return false
    this.#editor.set(text)
    this.#known = this.line
    return true
  }

  /** Puts something else in place of the line. */
  set(text: string): void {
    this.#editor.set(text)
    this.#tell()
  }

  /** Empties the line, which is to be gone on with later. */
  putAside(): void {
    if (this.line !== '') {
      const line = this.#editor.take()
      if (!this.#init.onAside(line)) this.#editor.remember(line)
    }
    this.#known = ''
  }

  #tell(): void {
    const { line, search, isPasting } = this.#editor
    if (line === this.#known || search || isPasting) return
    this.#known = line
    this.#init.onEdit(line)
  }

  #complete(): void {
    const completion = this.#init.complete(this.line.slice(0, this.cursor))
    const text = common(completion)
    if (text !== undefined) this.#editor.replaceBefore(completion.replaces, text)
    if (completion.hits.length > 1) this.#hits = completion.hits.map(({ shown }) => shown)
  }

  /** Ctrl+D where nothing is typed. */
  #isLeaving(key: Key): boolean {
    const { search, isPasting } = this.#editor
    return chordOf(key) === 'C-d' && this.line === '' && !search && !isPasting
  }

  #interrupted(): void {
    if (this.line !== '') this.putAside()
    else if (this.#wasInterrupted) return this.#init.onLeave()
    else this.#init.onHint(INTERRUPT_HINT)
    this.#wasInterrupted = true
  }
}
