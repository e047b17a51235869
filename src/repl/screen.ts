// Where the REPL draws: a terminal with a line being typed below what was said, or a plain stream.
// Everything above the drawing knows only this.
import type { Look } from './look.ts'

export interface Screen {
  /** As it is now: a terminal's width changes. */
  readonly look: Look
  /**
   * Writes lines above the line being typed. With a key, `replace` can change them for as long as
   * they are the last thing written.
   */
  print(text: string, key?: string): void
  /**
   * Writes in place of what was last printed with `key`; `newKey` replaces it in turn.
   *
   * @returns false when it is not possible (any more); nothing was written then
   */
  replace(key: string, text: string, newKey: string): boolean
  /**
   * Writes a message in place of the typed line that it comes from.
   *
   * @returns false when the typed line stands for itself; nothing was written then
   */
  echo(text: string, key: string): boolean
  /** Writes words of this program: like `print`, broken between words where the screen ends. */
  say(text: string): void
  /** Something failed. On a plain stream this goes to standard error. */
  error(text: string): void
  /** A line above the one being typed that goes when it is over; empty for none. */
  passing(text: string): void
  /**
   * Puts words where one types, to go on with.
   *
   * @returns false when something is typed there already, or nobody types here
   */
  offer(text: string): boolean
  /** What stands before the line being typed. */
  setPrompt(prompt: string): void
}
