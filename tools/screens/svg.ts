// A captured screen as a picture: SVG with the text as text, on a background of its own, dark or
// light as whoever looks prefers. Every piece stands where its column is, whatever font there is.
import { graphemes, stringWidth } from '../../src/cli/width.ts'
import type { Piece, Style } from './cells.ts'

/** Of one character, in units of the picture. */
const CELL = { width: 8.4, height: 18 }
const FONT_SIZE = 14
const PADDING = 14
/** From the top of a row to where its letters stand. */
const BASELINE = 13.5
const MONOSPACE =
  "ui-monospace,'SF Mono','Cascadia Mono','DejaVu Sans Mono',Menlo,Consolas,monospace"

/** Of terminals that are widely used: their first eight colours, letters and background. */
const DARK = {
  paper: '#171421',
  ink: '#d0cfcc',
  colors: '#5e5c64 #f66151 #33d17a #e9ad0c #5a9be8 #d670d6 #33c7de #ffffff',
}
const LIGHT = {
  paper: '#ffffff',
  ink: '#24292f',
  colors: '#24292f #c01c28 #1a7f37 #a2734c #0550ae #a347ba #1b7c83 #6e7781',
}

const rules = ({ paper, ink, colors }: typeof DARK): string =>
  [
    `.p{fill:${paper}}.i{fill:${ink}}`,
    ...colors.split(' ').map((color, index) => `.c${index}{fill:${color}}`),
  ].join('')

/** @param title what the screen shows, for whoever does not see it */
export function toSvg(rows: readonly (readonly Piece[])[], columns: number, title: string): string {
  const width = Math.ceil(columns * CELL.width + 2 * PADDING)
  const height = rows.length * CELL.height + 2 * PADDING
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" ` +
      `width="${width}" height="${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    '<style>',
    `text{font:${FONT_SIZE}px ${MONOSPACE};white-space:pre}`,
    rules(DARK),
    '.d{opacity:.65}.b{font-weight:700}.u{text-decoration:underline}',
    `@media (prefers-color-scheme:light){${rules(LIGHT)}.d{opacity:.75}}`,
    '</style>',
    `<rect class="p" width="100%" height="100%" rx="8"/>`,
    ...rows.flatMap((row, index) => {
      const top = PADDING + index * CELL.height
      return [...backgrounds(row, top), ...drawnRow(row, top)]
    }),
    '</svg>',
    '',
  ].join('\n')
}

/** One for all neighbours of one colour: between two there would be a line. */
function backgrounds(row: readonly Piece[], top: number): string[] {
  const out: { fill: string | undefined; from: number; to: number }[] = []
  let column = 0
  for (const { text, style } of row) {
    const fill = paper(style)
    const to = column + stringWidth(text)
    const last = out.at(-1)
    if (last && last.fill === fill) last.to = to
    else out.push({ fill, from: column, to })
    column = to
  }
  return out.flatMap(({ fill, from, to }) => {
    if (fill === undefined) return []
    const x = number(PADDING + from * CELL.width)
    const size = `width="${number((to - from) * CELL.width)}" height="${CELL.height}"`
    return [`<rect class="${fill}" x="${x}" y="${top}" ${size}/>`]
  })
}

function drawnRow(row: readonly Piece[], top: number): string[] {
  const out: string[] = []
  let column = 0
  for (const { text, style } of row) {
    for (const run of runs(text)) {
      const columns = stringWidth(run)
      const blank = run.length - run.trimStart().length
      const words = run.trim()
      if (words !== '') out.push(drawnText(words, style, { column: column + blank, top }))
      column += columns
    }
  }
  return out
}

function drawnText(words: string, style: Style, at: { column: number; top: number }): string {
  const x = number(PADDING + at.column * CELL.width)
  const length = number(stringWidth(words) * CELL.width)
  const stretched = ` textLength="${length}" lengthAdjust="spacingAndGlyphs"`
  return (
    `<text class="${ink(style)}" x="${x}" y="${at.top + BASELINE}"` +
    `${stretched}>${escaped(words)}</text>`
  )
}

/**
 * Characters whose place follows from the place of the first: those that every font has in one
 * width. All others stand by themselves, but for words that are read from the right.
 */
function runs(text: string): string[] {
  const all: string[] = []
  let kind = ''
  for (const grapheme of graphemes(text)) {
    const now = /^[\x20-\x7e]$/.test(grapheme)
      ? 'plain'
      : RIGHT_TO_LEFT.test(grapheme)
        ? 'right'
        : ''
    const goesOn = (now === kind && now !== '') || (kind === 'right' && grapheme === ' ')
    if (goesOn) all[all.length - 1] += grapheme
    else all.push(grapheme)
    if (!(goesOn && grapheme === ' ')) kind = now
  }
  return all
}

const RIGHT_TO_LEFT = /^[\p{Script_Extensions=Hebrew}\p{Script_Extensions=Arabic}]/u

function ink(style: Style): string {
  const color = style.inverse ? style.background : style.foreground
  const fill = color === undefined ? (style.inverse ? 'p' : 'i') : `c${color % 8}`
  const more = [style.bold && 'b', style.dim && 'd', style.underline && 'u'].filter(Boolean)
  return [fill, ...more].join(' ')
}

/** Undefined for the paper itself. */
function paper(style: Style): string | undefined {
  const color = style.inverse ? style.foreground : style.background
  if (color !== undefined) return `c${color % 8}`
  return style.inverse ? 'i' : undefined
}

function number(value: number): string {
  return String(Math.round(value * 10) / 10)
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
