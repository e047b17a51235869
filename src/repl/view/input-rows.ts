// The line being typed as rows of the screen: broken where it has breaks and where the screen ends,
// and of many rows those around the cursor.
import { graphemes, stringWidth } from '../../cli/width.ts'
import { BREAK_SIGN } from '../line-breaks.ts'

export interface InputRows {
  readonly rows: readonly string[]
  /** The row of the cursor, and what of that row stands before it. */
  readonly row: number
  readonly before: string
}

const TAB = '    '

export function inputRows(
  prompt: string,
  { line, cursor }: { readonly line: string; readonly cursor: number },
  { columns, rowsMax }: { readonly columns: number; readonly rowsMax: number },
): InputRows {
  const promptColumns = Math.min(stringWidth(prompt), Math.floor(columns / 2))
  const margin = ' '.repeat(promptColumns)
  const room = Math.max(2, columns - promptColumns)
  const rows: string[] = []
  let row = 0
  let before = ''
  let at = 0
  for (const part of line.split(BREAK_SIGN)) {
    const begin = rows.length === 0 ? prompt : margin
    const cursorIn = cursor >= at && cursor <= at + part.length ? cursor - at : undefined
    for (const [index, piece] of pieces(part, room).entries()) {
      const start = index === 0 && rows.length === 0 ? begin : margin
      if (cursorIn !== undefined && cursorIn >= piece.at) {
        row = rows.length
        before = start + drawn(part.slice(piece.at, cursorIn))
      }
      rows.push(start + drawn(piece.text))
    }
    at += part.length + BREAK_SIGN.length
  }
  const first = Math.max(0, Math.min(row - rowsMax + 1, rows.length - rowsMax))
  return { rows: rows.slice(first, first + rowsMax), row: row - first, before }
}

/** The parts of a line that fill a row each; the cursor may stand behind the last one's end. */
function pieces(text: string, room: number): { at: number; text: string }[] {
  const all: { at: number; text: string }[] = []
  let piece = ''
  let width = 0
  let at = 0
  for (const grapheme of graphemes(text)) {
    const columns = stringWidth(drawn(grapheme))
    if (width + columns > room - 1) {
      all.push({ at, text: piece })
      at += piece.length
      piece = ''
      width = 0
    }
    piece += grapheme
    width += columns
  }
  all.push({ at, text: piece })
  return all
}

function drawn(text: string): string {
  return text.replaceAll('\t', TAB)
}
