// Where the REPL draws: a terminal where each conversation has a place of its own, above the line
// being typed, or a plain stream. Everything above the drawing knows only this.
import type { Look } from './look.ts'
import type { ShownMessage } from './messages.ts'
import type { Tab } from './view/status-row.ts'

/** A message, or words of this program. */
export type Block = ShownMessage | string

export interface Keyed {
  readonly block: Block
  readonly key?: string | undefined
}

export interface Screen {
  /** As it is now: a terminal's width changes. */
  readonly look: Look
  /** Each conversation is seen by itself; what is said in others is not among it. */
  readonly hasPlaces: boolean
  /** Adds to what is in view. With a key, `replace` can change it. */
  print(block: Block, key?: string): void
  /**
   * Writes in place of what was printed with `key`; `newKey` replaces it in turn.
   *
   * @returns false when it is not possible (any more); nothing was written then
   */
  replace(key: string, block: Block, newKey: string): boolean
  /** Takes something away that was printed. @returns false when it stays */
  remove(key: string): boolean
  /**
   * Writes a message in place of the typed line that it comes from.
   *
   * @returns false when the typed line stands for itself; nothing was written then
   */
  echo(message: ShownMessage, key: string): boolean
  /**
   * Brings a conversation into view, or with undefined what belongs to none.
   *
   * @returns whether what was said there is held already; else `fill` gives it
   */
  enter(conversation: string | undefined): boolean
  /** What was said in a conversation before anything that was printed there. */
  fill(conversation: string, blocks: readonly Keyed[], mayHaveEarlier: boolean): void
  /** Adds to a conversation that is not in view, where that is held. */
  keep(conversation: string, block: Block, key: string): void
  /** Writes words of this program: like `print`, broken between words where the screen ends. */
  say(text: string): void
  /** Something failed. On a plain stream this goes to standard error. */
  error(text: string): void
  /** What happens just now, gone when it is over; empty for nothing. */
  passing(text: string): void
  /** The conversations that there are, in the order of their numbers. */
  showTabs(tabs: readonly Tab[]): void
  /**
   * Puts words where one types, to go on with.
   *
   * @returns false when something is typed there already, or nobody types here
   */
  offer(text: string): boolean
  /** What stands before the line being typed. */
  setPrompt(prompt: string): void
}
