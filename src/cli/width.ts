// How many columns a text takes on a terminal, which counts neither UTF-16 units nor code points:
// East Asian characters and emoji take two, combining marks none. `string-width` knows; this cuts,
// fills and wraps by it.
import { createRequire } from 'node:module'
import { stripVTControlCharacters } from 'node:util'

import type measure from 'string-width'

/** Loaded when a text needs it: a command that answers in ASCII is done before that. */
const require = createRequire(import.meta.url)
let measured: typeof measure | undefined

const NO_WIDTH = /^[\p{Mn}\p{Me}\p{Cf}\p{Cc}\u1160-\u11ff]/u
const PLAIN_ASCII = /^[\x20-\x7e]*$/

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' })

/** What a reader takes for one character. */
export function graphemes(text: string): string[] {
  return PLAIN_ASCII.test(text)
    ? text.split('')
    : [...segmenter.segment(text)].map((s) => s.segment)
}

/** The same, one by one. */
export function* eachGrapheme(text: string): Generator<string> {
  if (PLAIN_ASCII.test(text)) yield* text
  else for (const { segment } of segmenter.segment(text)) yield segment
}

export function stringWidth(text: string): number {
  if (PLAIN_ASCII.test(text)) return text.length
  measured ??= (require('string-width') as { default: typeof measure }).default
  return measured(text)
}

/** The text cut to so many columns, with `more` at the end when something is missing. */
export function truncate(text: string, columns: number, more = '…'): string {
  if (stringWidth(text) <= columns) return text
  const room = columns - stringWidth(more)
  let kept = ''
  let width = 0
  for (const grapheme of graphemes(text)) {
    width += stringWidth(grapheme)
    if (width > room) break
    kept += grapheme
  }
  return kept + more
}

/** Cut or filled with spaces to exactly so many columns. */
export function fit(text: string, columns: number): string {
  const cut = truncate(text, columns)
  return cut + ' '.repeat(Math.max(0, columns - stringWidth(cut)))
}

/**
 * Rows that one line takes on a terminal that wraps at `columns`. A wide character that does not
 * fit at the end of a row goes to the next one; a line that fills its last row ends on that row.
 */
export function lineRows(line: string, columns: number): number {
  let rows = 1
  let column = 0
  for (const grapheme of graphemes(line)) {
    const width = stringWidth(grapheme)
    if (column + width > columns) {
      rows++
      column = 0
    }
    column += width
  }
  return rows
}

/**
 * Whether every terminal agrees on the width of the text. They do not where several code points
 * make one sign, and then what is drawn must not be computed upon.
 */
export function isWidthCertain(text: string): boolean {
  if (PLAIN_ASCII.test(text)) return true
  return graphemes(text).every((sign) => [...sign].length === 1 && !NO_WIDTH.test(sign))
}

/** The text, which may have colours, broken between words into lines of so many columns at most. */
export function wrapWords(text: string, columns: number, indent = ''): string[] {
  const lines: string[] = []
  const begin = /^ */.exec(text)?.[0] ?? ''
  let line = ''
  for (const word of text.slice(begin.length).split(' ')) {
    const margin = lines.length === 0 ? begin : begin + indent
    const width = stringWidth(stripVTControlCharacters(`${margin}${line} ${word}`))
    // A word that fits on no line is left to the terminal, where it is.
    const fitsNowhere = stringWidth(word) > columns - begin.length - indent.length
    if (line === '' || width <= columns || fitsNowhere) {
      line = line === '' ? word : `${line} ${word}`
    } else {
      lines.push(margin + line)
      line = word
    }
  }
  lines.push((lines.length === 0 ? begin : begin + indent) + line)
  return lines
}

/** Rows of cells as lines, each column as wide as its widest cell. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, i) =>
    Math.max(...rows.map((row) => stringWidth(row[i] ?? ''))),
  )
  return rows.map((row) =>
    row
      .map((cell, i) => fit(cell, widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}
