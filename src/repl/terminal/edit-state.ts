// All that the line editor knows: the line, what was cut from lines, the lines typed before.
import { EMPTY_LINE, type Line } from './line.ts'

export interface EditState extends Line {
  /** What the key before did, where another one goes on with it. */
  readonly last: Last | undefined
  /** Texts that were cut, newest first. */
  readonly kills: readonly string[]
  /** Lines typed before, newest first. */
  readonly history: readonly string[]
  /** Which of them is being edited; -1 for the one being written. */
  readonly at: number
  /** Those others that were changed and not sent, and the one being written, by their place. */
  readonly begun: ReadonlyMap<number, Line>
  readonly search: Search | undefined
}

type Last =
  | { readonly did: 'kill' }
  /** Put the `index`th cut text there. */
  | { readonly did: 'yank'; readonly from: number; readonly to: number; readonly index: number }
  /** Went to another row, from this column of the screen. */
  | { readonly did: 'row'; readonly column: number }

/** What is looked for among the lines typed before. */
export interface Search {
  readonly words: string
  /** Where it was found; -1 when it was not. */
  readonly found: number
  /** Everything as it was before the search. */
  readonly before: EditState
}

/** The rows of the line as they are on the screen. */
export interface Rows {
  /**
   * The place one row above (-1) or below (1) that is nearest to a column.
   *
   * @param column where the cursor is, if not told
   * @returns undefined when there is no such row
   */
  beside(
    line: Pick<Line, 'text' | 'cursor'>,
    by: -1 | 1,
    column?: number,
  ): { readonly cursor: number; readonly column: number } | undefined
}

/** @param history newest first */
export function startEditing(history: readonly string[]): EditState {
  return {
    ...EMPTY_LINE,
    last: undefined,
    kills: [],
    history,
    at: -1,
    begun: new Map(),
    search: undefined,
  }
}

/** The line alone. */
export function lineIn({ text, cursor, undo, redo }: EditState): Line {
  return { text, cursor, undo, redo, isGoingOn: false }
}
