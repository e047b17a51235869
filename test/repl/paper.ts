// A screen for tests that keeps all that it is given to show, in words and in rows.
import type { Look } from '../../src/repl/look.ts'
import { dayLine, formatMessage } from '../../src/repl/messages.ts'
import type { Block, Keyed, Screen } from '../../src/repl/screen.ts'
import { blockRows } from '../../src/repl/view/block-rows.ts'
import { statusRow, type Tab } from '../../src/repl/view/status-row.ts'

export class Paper implements Screen {
  readonly hasPlaces: boolean = false
  readonly look: Look
  readonly lines: string[] = []

  constructor(look: Look = { columns: 80, color: false, unicode: true }) {
    this.look = look
  }

  print = (block: Block): void => {
    if (typeof block === 'string') return this.say(block)
    this.say(dayLine(block.sentAt, this.look))
    this.say(formatMessage(block, this.look))
  }

  say = (text: string): void => void this.lines.push(...text.split('\n'))
  error = (text: string): void => void this.lines.push(`! ${text}`)
  setPrompt = (_prompt: string): void => {}
  passing = (_text: string): void => {}
  showTabs = (_tabs: readonly Tab[]): void => {}
  // What is put where one types is not shown but edited.
  offer = (): boolean => false
  replace = (_key: string, _block: Block, _newKey: string): boolean => false
  remove = (): boolean => false
  echo = (_block: Block): boolean => false
  enter = (): boolean => false
  fill = (_conversation: string, blocks: readonly Keyed[]): void => {
    for (const { block } of blocks) this.print(block)
  }
  keep = (_conversation: string, _message: Block): void => {}
}

/** Takes everything for something to draw, as a terminal with places for conversations does. */
export class Canvas extends Paper {
  override readonly hasPlaces = true

  override print = (block: Block): void => {
    const layout = { look: this.look, nameColumns: 16 }
    this.lines.push(...blockRows(block, { day: undefined, speaker: undefined }, layout))
  }

  override setPrompt = (text: string): void => void this.lines.push(text)
  override passing = (text: string): void => void this.lines.push(text)
  override showTabs = (tabs: readonly Tab[]): void =>
    void this.lines.push(statusRow(tabs, '', this.look))

  override echo = (block: Block): boolean => {
    this.print(block)
    return true
  }

  override replace = (_key: string, block: Block): boolean => this.echo(block)
  override keep = (_conversation: string, message: Block): void => this.print(message)
}
