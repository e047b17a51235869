// A terminal small enough to be believed: rows of cells, a cursor, a region that scrolls, and of
// all escapes only those that every terminal since the VT100 knows, beside modes that may be
// ignored. Whatever else is written to it is a failure.
import { Writable } from 'node:stream'

import { graphemes, stringWidth } from '../../../src/cli/width.ts'

interface Cell {
  readonly text: string
  /** SGR codes in force, and the link. */
  readonly style: string
}

/** Modes that do no more than a terminal without them does. */
const IGNORED = new Set(['?2026', '?2004', '?1004', '?1049', '?25'])
const TOKEN = new RegExp(
  [
    '\u001b\\[(?<params>[?\\d;]*)(?<final>[A-Za-z])',
    '\u001b\\]8;;(?<link>\\P{Cc}*)\u001b\\\\',
    '(?<up>\u001bM)',
    '(?<feed>\n)',
    '(?<words>\\P{Cc}+)',
  ].join('|'),
  'gu',
)

export class ModelTerminal extends Writable {
  readonly columns: number
  readonly rows: number
  #cells: Cell[][]
  #row = 0
  #column = 0
  #top = 0
  #bottom: number
  #wraps = true
  #sgr: string[] = []
  #link = ''
  /** Bytes written so far. */
  bytes = 0

  constructor(columns: number, rows: number) {
    super()
    this.columns = columns
    this.rows = rows
    this.#bottom = rows - 1
    // What was on the screen before.
    const junk: Cell = { text: '#', style: '31' }
    this.#cells = Array.from({ length: rows }, () => Array.from({ length: columns }, () => junk))
  }

  /** Each row as text and style of each cell, blank ones at its end left out. */
  get screen(): string[] {
    return this.#cells.map((row) => {
      const end = row.findLastIndex(({ text, style }) => text !== ' ' || style !== '')
      return row
        .slice(0, end + 1)
        .map(({ text, style }) => (style === '' ? text : `<${style}>${text}`))
        .join('')
    })
  }

  get cursor(): { readonly row: number; readonly column: number } {
    return { row: this.#row, column: this.#column }
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.bytes += chunk.length
    const text = chunk.toString()
    let read = 0
    for (const token of text.matchAll(TOKEN)) {
      if (token.index !== read) throw new TypeError(`unknown: ${JSON.stringify(text.slice(read))}`)
      read += token[0].length
      this.#take(token.groups ?? {})
    }
    if (read !== text.length) throw new TypeError(`unknown: ${JSON.stringify(text.slice(read))}`)
    done()
  }

  #take({ params = '', final, link, up, feed, words }: Record<string, string | undefined>): void {
    if (link !== undefined) this.#link = link
    else if (up !== undefined) this.#reverseFeed()
    else if (feed !== undefined) this.#feed()
    else if (words !== undefined) for (const sign of graphemes(words)) this.#put(sign)
    else this.#control(params, final ?? '')
  }

  #control(params: string, final: string): void {
    const [first = 0, second = 0] = params.split(';').map(Number)
    switch (final) {
      case 'H':
        this.#row = Math.max(1, first) - 1
        this.#column = Math.max(1, second) - 1
        return
      case 'J':
        if (params !== '2') throw new TypeError(`J ${params}`)
        this.#cells = this.#cells.map((row) => row.map(() => this.#blank))
        return
      case 'K':
        this.#cells[this.#row]?.fill(this.#blank, this.#column)
        return
      case 'r':
        return this.#region(params === '' ? [1, this.rows] : [first, second])
      case 'm':
        for (const code of params.split(';')) this.#style(code)
        return
      case 'h':
      case 'l':
        if (params === '?7') this.#wraps = final === 'h'
        else if (!IGNORED.has(params)) throw new TypeError(`mode ${params}`)
        return
      default:
        throw new TypeError(`CSI ${params} ${final}`)
    }
  }

  /** A terminal ignores a region of less than two rows. */
  #region([top = 1, bottom = 1]: number[]): void {
    if (top >= bottom || bottom > this.rows) throw new TypeError(`region ${top} to ${bottom}`)
    this.#top = top - 1
    this.#bottom = bottom - 1
    this.#row = 0
    this.#column = 0
  }

  #style(code: string): void {
    const off: Record<string, RegExp> = { 22: /^[12]$/, 24: /^4$/, 27: /^7$/, 39: /^3\d$/ }
    const ends = off[code]
    if (code === '0' || code === '') this.#sgr = []
    else if (ends) this.#sgr = this.#sgr.filter((on) => !ends.test(on))
    else this.#sgr = [...this.#sgr.filter((on) => on !== code), code].toSorted()
  }

  get #blank(): Cell {
    return { text: ' ', style: this.#sgr.join() }
  }

  #put(sign: string): void {
    const width = stringWidth(sign)
    const style = [...this.#sgr, this.#link].filter((part) => part !== '').join()
    if (this.#column + width > this.columns) {
      if (this.#wraps) throw new TypeError('a row went on below')
      this.#column = Math.max(0, this.columns - width)
    }
    const row = this.#cells[this.#row] ?? []
    const at = this.#column
    if (width > 0) row[at] = { text: sign, style }
    // What has no width by itself joins what stands before it, or takes no place.
    else if (row[at - 1]) row[at - 1] = { text: (row[at - 1]?.text ?? '') + sign, style }
    for (let more = 1; more < width; more++) row[at + more] = { text: '', style }
    this.#column += width
  }

  #feed(): void {
    this.#column = 0
    if (this.#row !== this.#bottom) this.#row++
    else this.#shift(this.#top, this.#bottom)
  }

  #reverseFeed(): void {
    if (this.#row !== this.#top) this.#row--
    else this.#shift(this.#bottom, this.#top)
  }

  /** Takes a row away, and puts an empty one elsewhere. */
  #shift(from: number, to: number): void {
    this.#cells.splice(from, 1)
    this.#cells.splice(
      to,
      0,
      Array.from({ length: this.columns }, () => this.#blank),
    )
  }
}
