// The screen on a terminal, all of it: what was said in one conversation, below it a row that tells
// of the others, below that the line being typed. Every change is a change of what is held; what is
// drawn follows from it, at most so often as the terminal takes it.
import { printable } from '../../core/text.ts'
import { type Look, paint } from '../look.ts'
import type { ShownMessage } from '../messages.ts'
import type { Block, Keyed, Screen } from '../screen.ts'
import { frameOf, heightOf, type Scene } from '../view/frame.ts'
import { Pace } from '../view/pace.ts'
import { Painter } from '../view/painter.ts'
import { Places } from '../view/places.ts'
import { NUMBERED_TABS, type Tab, tabBeside, unreadTab } from '../view/status-row.ts'
import type { TerminalComponents, TerminalInit } from './init.ts'
import type { Key, KeyAction } from './keys.ts'
import { Tty } from './tty.ts'
import { Typing } from './typing.ts'

const COLUMNS_DEFAULT = 80
const ROWS_DEFAULT = 24

export class Terminal implements Screen {
  readonly hasPlaces = true
  readonly #output: TerminalComponents['output']
  readonly #init: TerminalInit
  readonly #typing: Typing
  readonly #painter: Painter
  readonly #tty: Tty
  readonly #places = new Places(() => this.#changed())
  #prompt = ''
  #passing = ''
  #tabs: readonly Tab[] = []
  #isClosed = false
  readonly #pace = new Pace(() => this.#draw())
  /** Said once the terminal is given back. */
  readonly lastWords: string[] = []

  constructor(components: TerminalComponents, init: TerminalInit) {
    this.#output = components.output
    this.#init = init
    this.#typing = new Typing({
      ...init,
      onLine: (line) => this.#entered(line),
      onHint: (words) => this.print(words),
      onLeave: () => this.close(),
    })
    this.#painter = new Painter(components.output)
    this.#tty = new Tty(components, this.#painter, {
      onKey: (key) => this.#pressed(key),
      onInterrupt: () => init.onInterrupt(),
      onRedraw: () => this.#redraw(),
      onDrain: () => this.#changed(),
      onEnd: () => this.close(),
    })
  }

  get look(): Look {
    const { color, unicode, links = false } = this.#init
    return { color, unicode, links, columns: this.#output.columns || COLUMNS_DEFAULT }
  }

  setPrompt(prompt: string): void {
    this.#prompt = prompt
    this.#changed()
  }

  print(block: Block, key?: string): void {
    if (this.#isClosed && typeof block === 'string') this.lastWords.push(block)
    this.#places.print(block, key)
    // What is longer than the screen is read from its beginning.
    if (typeof block === 'string') {
      this.#places.current.showLast(heightOf(this.#scene), this.look)
    }
    this.#changed()
  }

  say(text: string): void {
    this.print(text)
  }

  error(text: string): void {
    this.print(`${paint(this.look, 'bad', '!')} ${text}`)
  }

  replace(key: string, block: Block, newKey: string): boolean {
    const isDone = this.#places.replace(key, block, newKey)
    if (isDone) this.#changed()
    return isDone
  }

  remove(key: string): boolean {
    const isDone = this.#places.remove(key)
    if (isDone) this.#changed()
    return isDone
  }

  echo(message: ShownMessage, key: string): boolean {
    this.#places.current.toEnd()
    this.print(message, key)
    return true
  }

  enter(conversation: string | undefined): boolean {
    const isHeld = this.#places.enter(conversation)
    this.#changed()
    return isHeld
  }

  fill(conversation: string, blocks: readonly Keyed[], mayHaveEarlier: boolean): void {
    this.#places.fill(conversation, blocks, mayHaveEarlier)
    this.#changed()
  }

  keep(conversation: string, block: Block, key: string): void {
    this.#places.keep(conversation, block, key)
  }

  passing(text: string): void {
    if (text === this.#passing) return
    this.#passing = text
    this.#changed()
  }

  showTabs(tabs: readonly Tab[]): void {
    this.#tabs = tabs
    this.#changed()
  }

  offer(text: string): boolean {
    const isTaken = !this.#isClosed && this.#typing.offer(text)
    if (isTaken) this.#changed()
    return isTaken
  }

  /** Has a text edited by another program, and puts what it became into the line. */
  async edit(text: string): Promise<void> {
    let edited = text
    try {
      edited = await this.#tty.lend(() => this.#init.onEditor(text))
    } catch (error) {
      const words = printable(error instanceof Error ? error.message : String(error))
      this.error(words)
      if (this.#isClosed) this.#output.write(`${words}\n`)
    }
    this.#typing.set(edited)
    this.#changed()
  }

  /** Gives the terminal back as it was. Safe to call twice. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#pace.stop()
    this.#places.stop()
    this.#tty.close()
    this.#init.onEnd()
  }

  #entered(line: string): void {
    this.#places.current.toEnd()
    // What is answered below stands alone without the question; a message is its own answer.
    if (/^\/(?!\/|(?:me|reply)\s)/.test(line)) {
      const words = printable(line.replaceAll('\n', ' '))
      this.print(paint(this.look, 'faint', words))
    }
    this.#init.onLine(line)
  }

  #pressed(key: Key): void {
    if (this.#isClosed) return
    const action = this.#typing.press(key)
    if (action !== undefined) this.#act(action, key)
    this.#changed(true)
  }

  #act(action: KeyAction, { name }: Key): void {
    switch (action) {
      case 'pageUp':
      case 'pageDown':
        return this.#turn(action === 'pageUp' ? 1 : -1)
      case 'tab':
        return this.#switchTo(this.#tabs[(Number(name) + 9) % NUMBERED_TABS])
      case 'previous':
      case 'next':
        return this.#switchTo(tabBeside(this.#tabs, action === 'next' ? 1 : -1))
      case 'unread': {
        const tab = unreadTab(this.#tabs)
        return tab ? this.#switchTo(tab) : this.print('Nothing is unread.')
      }
      case 'home':
        this.#typing.putAside()
        return this.#init.onSwitch(undefined)
      case 'editor':
        return void this.edit(this.#typing.line)
      case 'redraw':
        return this.#redraw()
      case 'suspend':
        return this.#tty.suspend()
      case 'complete':
      case 'interrupt':
        throw new TypeError(`${action} is a matter of the line`)
    }
  }

  #turn(direction: 1 | -1): void {
    const view = { height: heightOf(this.#scene), look: this.look }
    this.#places.turn(direction, view, this.#init.onEarlier)
  }

  /** What was begun stays where it was typed. */
  #switchTo(tab: Tab | undefined): void {
    if (!tab || tab.isOpen) return
    this.#typing.putAside()
    // The next key goes on from there, however soon it comes.
    this.#tabs = this.#tabs.map((each) => ({ ...each, isOpen: each === tab }))
    this.#init.onSwitch(tab.conversation)
  }

  #redraw(): void {
    this.#painter.forget()
    this.#changed(true)
  }

  #changed(now = false): void {
    if (!this.#isClosed) this.#pace.soon(now)
  }

  #draw(): void {
    // `onDrain` draws what it became until then.
    if (this.#isClosed || this.#tty.isAway || this.#painter.isBusy) return
    this.#painter.draw(frameOf(this.#scene))
  }

  get #scene(): Scene {
    const { layout, line, cursor, hits, searchPrompt } = this.#typing
    return {
      transcript: this.#places.current,
      tabs: this.#tabs,
      passing: this.#passing,
      layout,
      prompt: searchPrompt ?? this.#prompt,
      line,
      cursor,
      hits,
      look: this.look,
      rowsMax: this.#output.rows || ROWS_DEFAULT,
    }
  }
}
