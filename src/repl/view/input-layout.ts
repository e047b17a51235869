// The line being typed as rows of the screen: broken where it has breaks and where the screen ends,
// and of many rows those around the cursor. Rows are remembered, and those before a change stay as
// they are, so that a key in a long text costs little.
import { eachGrapheme, stringWidth } from '../../cli/width.ts'

export interface InputRows {
  readonly rows: readonly string[]
  /** The row of the cursor, and what of that row stands before it. */
  readonly row: number
  readonly before: string
}

interface Typed {
  readonly text: string
  /** In UTF-16 units of the text. */
  readonly cursor: number
}

/** A part of the text that fills a row. */
interface Row {
  readonly at: number
  readonly end: number
  /** Where the next row begins, behind a break if there is one; undefined at the end. */
  readonly next: number | undefined
}

const TAB = '    '
const PLAIN = /^[\x20-\x7e]*$/
/** A character hardly ever has more units for each of its columns. */
const UNITS_PER_COLUMN = 8
/** Characters whose columns are remembered: to measure one costs as much as all else. */
const MEASURED_MAX = 4096
/**
 * Rows that a change reaches back: the one that begins there, that of the character which it joins,
 * and the one before, into which that character may fit now. One more where it ends a pair of
 * units of which the first was alone.
 */
const ROWS_TOUCHED = 4

export class InputLayout {
  #text = ''
  /** Columns of a row, one of which stays free for the cursor. */
  #room = Infinity
  /** From the beginning of the text as far as they were asked for. */
  #rows: Row[] = []
  readonly #measured = new Map<string, number>()

  /** What is drawn behind a prompt; what is below the prompt begins below the text. */
  rows(
    prompt: string,
    { line: text, cursor }: { readonly line: string; readonly cursor: number },
    { columns, rowsMax }: { readonly columns: number; readonly rowsMax: number },
  ): InputRows {
    const promptColumns = Math.min(stringWidth(prompt), Math.floor(columns / 2))
    const margin = ' '.repeat(promptColumns)
    this.#lay(text, Math.max(2, columns - promptColumns))
    const row = this.#rowAt(cursor)
    const first = Math.max(0, row - rowsMax + 1)
    const rows: string[] = []
    for (let index = first; index < first + rowsMax; index++) {
      const shown = this.#row(index)
      if (!shown) break
      rows.push((index === 0 ? prompt : margin) + drawn(text.slice(shown.at, shown.end)))
    }
    const begin = this.#row(row)?.at ?? 0
    const before = (row === 0 ? prompt : margin) + drawn(text.slice(begin, cursor))
    return { rows, row: row - first, before }
  }

  /**
   * The place one row above (-1) or below (1) that is nearest to a column, where rows are as wide
   * as they were drawn last.
   *
   * @param column where the cursor is, if not told
   * @returns undefined when there is no such row
   */
  beside(
    { text, cursor }: Typed,
    by: -1 | 1,
    column?: number,
  ): { readonly cursor: number; readonly column: number } | undefined {
    this.#lay(text, this.#room)
    const index = this.#rowAt(cursor)
    const target = this.#row(index + by)
    if (!target) return undefined
    const wanted = column ?? columnsOf(text.slice(this.#row(index)?.at, cursor))
    // The end of a row that goes on is the beginning of the next one.
    const isWrapped = target.next === target.end
    let at = target.at
    let width = 0
    for (const character of eachGrapheme(text.slice(target.at, target.end))) {
      width += this.#columnsOf(character)
      if (width > wanted || (isWrapped && at + character.length >= target.end)) break
      at += character.length
    }
    return { cursor: at, column: wanted }
  }

  /** Forgets those rows that are not of this text, or not so wide. */
  #lay(text: string, room: number): void {
    if (room !== this.#room) this.#rows = []
    else if (text !== this.#text) {
      const same = commonLength(text, this.#text)
      this.#rows.length = Math.max(0, countUpTo(this.#rows, same) - ROWS_TOUCHED)
    }
    this.#text = text
    this.#room = room
  }

  #row(index: number): Row | undefined {
    while (this.#rows.length <= index && this.#addRow());
    return this.#rows[index]
  }

  /** The row in which the cursor stands: between two rows it is the lower one. */
  #rowAt(cursor: number): number {
    while ((this.#rows.at(-1)?.at ?? -1) <= cursor && this.#addRow());
    return Math.max(0, countUpTo(this.#rows, cursor) - 1)
  }

  /** @returns false when all of the text is in rows */
  #addRow(): boolean {
    const last = this.#rows.at(-1)
    if (last && last.next === undefined) return false
    const at = last?.next ?? 0
    const found = this.#text.indexOf('\n', at)
    const lineEnd = found < 0 ? this.#text.length : found
    const end = this.#rowEnd(at, lineEnd)
    const next = end < lineEnd ? end : found < 0 ? undefined : lineEnd + 1
    this.#rows.push({ at, end, next })
    return true
  }

  /** Where a row ends that begins there: with at least one character, and otherwise what fits. */
  #rowEnd(at: number, lineEnd: number): number {
    const columns = this.#room - 1
    if (columns === Infinity) return lineEnd
    // With the character behind the row, so that nothing joins what is in it.
    if (PLAIN.test(this.#text.slice(at, Math.min(lineEnd, at + columns + 1)))) {
      return Math.min(lineEnd, at + columns)
    }
    const enough = at + UNITS_PER_COLUMN * (columns + 1)
    const end = enough < lineEnd ? this.#filled(at, enough) : undefined
    return end ?? this.#filled(at, lineEnd) ?? lineEnd
  }

  /** @returns undefined when all that is up to `end` fits */
  #filled(at: number, end: number): number | undefined {
    let width = 0
    let place = at
    for (const character of eachGrapheme(this.#text.slice(at, end))) {
      width += this.#columnsOf(character)
      if (width > this.#room - 1 && place > at) return place
      place += character.length
    }
    return undefined
  }

  #columnsOf(character: string): number {
    let columns = this.#measured.get(character)
    if (columns === undefined) {
      columns = columnsOf(character)
      if (this.#measured.size >= MEASURED_MAX) this.#measured.clear()
      this.#measured.set(character, columns)
    }
    return columns
  }
}

/** How many of the rows begin there or before. */
function countUpTo(rows: readonly Row[], place: number): number {
  let low = 0
  let high = rows.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((rows[middle]?.at ?? 0) <= place) low = middle + 1
    else high = middle
  }
  return low
}

/** How long the common beginning is; it may end within a character. */
function commonLength(one: string, other: string): number {
  let low = 0
  let high = Math.min(one.length, other.length)
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (one.slice(low, middle) === other.slice(low, middle)) low = middle
    else high = middle - 1
  }
  return low
}

function columnsOf(text: string): number {
  return stringWidth(drawn(text))
}

function drawn(text: string): string {
  return text.includes('\t') ? text.replaceAll('\t', TAB) : text
}
