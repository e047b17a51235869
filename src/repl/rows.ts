// How many rows of a terminal something takes, where that is certain: what a terminal makes of some
// characters is not.
import { stripVTControlCharacters } from 'node:util'

import { isWidthCertain, lineRows, truncate } from '../cli/width.ts'
import { lineColumns, type Look, sign } from './look.ts'

/** Of lines that were written; undefined when nobody can tell. */
export function rowsOf(text: string, columns: number): number | undefined {
  const lines = stripVTControlCharacters(text).split('\n')
  if (!lines.every(isWidthCertain)) return undefined
  return lines.reduce((sum, line) => sum + lineRows(line, columns), 0)
}

/** Unknown for a line that fills its last row: whether readline wrapped it depends on pasting. */
export function typedRowsOf(typed: string, columns: number, rowsMax: number): number | undefined {
  if (!isWidthCertain(typed)) return undefined
  const rows = lineRows(typed, columns)
  if (rows !== lineRows(`${typed} `, columns)) return undefined
  return rows < rowsMax ? rows : undefined
}

/** As much of the words as certainly takes one row. */
export function oneRow(text: string, look: Look): string {
  if (!isWidthCertain(stripVTControlCharacters(text))) return ''
  return truncate(text, lineColumns(look), sign(look, '…', '~'))
}

/** Whether a text can be put where one line is typed: without characters that act. */
export function isOneLine(text: string): boolean {
  return !/\p{Cc}/u.test(text)
}
