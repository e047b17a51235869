// What `tmux capture-pane -e` gives, as text with its colours: SGR sequences become what they mean
// for the characters behind them.

/** How a piece of a row is drawn; colours by their number among the first 16. */
export interface Style {
  readonly foreground?: number | undefined
  readonly background?: number | undefined
  readonly bold?: boolean
  readonly dim?: boolean
  readonly underline?: boolean
  readonly inverse?: boolean
}

export interface Piece {
  readonly text: string
  readonly style: Style
}

const SGR = /\p{Cc}\[([\d;:]*)m/u
/** Links, and shifts of character sets. */
const OTHER = /\p{Cc}\]\P{Cc}*\p{Cc}\\|(?!\p{Cc}\[)\p{Cc}/gu

/** Pieces of each row; a style goes on from one row to the next. */
export function readCells(rows: readonly string[]): Piece[][] {
  let style: Style = {}
  return rows.map((row) => {
    const pieces: Piece[] = []
    for (const [index, part] of row.replaceAll(OTHER, '').split(SGR).entries()) {
      if (index % 2 === 1) style = part.split(';').map(Number).reduce(changed, style)
      else if (part !== '') pieces.push({ text: part, style })
    }
    return pieces
  })
}

/** @throws RangeError for what no screen of ours should hold */
function changed(style: Style, code: number): Style {
  if (code === 0) return {}
  if (code === 1) return { ...style, bold: true }
  if (code === 2) return { ...style, dim: true }
  if (code === 4) return { ...style, underline: true }
  if (code === 7) return { ...style, inverse: true }
  if (code === 22) return { ...style, bold: false, dim: false }
  if (code === 24) return { ...style, underline: false }
  if (code === 27) return { ...style, inverse: false }
  if (code >= 30 && code <= 37) return { ...style, foreground: code - 30 }
  if (code === 39) return { ...style, foreground: undefined }
  if (code >= 40 && code <= 47) return { ...style, background: code - 40 }
  if (code === 49) return { ...style, background: undefined }
  if (code >= 90 && code <= 97) return { ...style, foreground: code - 82 }
  throw new RangeError(`SGR ${code}`)
}
