// The rows of a screen that a message or words of this program take: times below each other, names
// in a column of their own and only where another one speaks, words broken at spaces and below
// themselves, a line where a day begins.
import wrapAnsi from 'wrap-ansi'

import { stringWidth, truncate } from '../../cli/width.ts'
import { printable } from '../../core/text.ts'
import { lineColumns, type Look, paint, sign } from '../look.ts'
import { clockTime, dayLine, mark, quoteLine, type ShownMessage } from '../messages.ts'
import type { Block } from '../screen.ts'
import { markedUp } from './mark-up.ts'

const TIME_COLUMNS = 6
/** Fewer columns for words than these look worse than none kept free. */
const WORDS_COLUMNS_MIN = 12
const NOTE_INDENT = 2
const TAB = '    '
/** Before words that address the user, as the row of conversations counts them; no colour does. */
const CALLED = '@'

export interface Neighbour {
  /** The day of the last message before, if there is one. */
  readonly day: string | undefined
  /** Who spoke last, with nothing in between. */
  readonly speaker: string | undefined
}

export interface Layout {
  readonly look: Look
  readonly nameColumns: number
}

export function blockRows(block: Block, before: Neighbour, layout: Layout): string[] {
  if (typeof block === 'string') return noteRows(block, layout.look)
  const rows = messageRows(block, before, layout)
  const isNewDay = before.day !== block.sentAt.toDateString()
  return isNewDay && !block.aside ? [dayLine(block.sentAt, layout.look), ...rows] : rows
}

/** Words of this program, which may have been laid out: what fits stays as it is. */
export function noteRows(text: string, look: Look): string[] {
  // A tab moves the cursor and leaves what stood there before.
  const plain = text.replaceAll('\t', TAB).split('\n')
  const lines = look.color ? coloursCarried(plain) : plain
  return lines.flatMap((line) => wrapped(line, lineColumns(look), NOTE_INDENT))
}

const SGR = /\p{Cc}\[(\d+)m/gu
/** What ends which styles, as `look` uses them. */
const ENDS: Readonly<Record<string, RegExp>> = { 22: /^[12]$/, 24: /^4$/, 27: /^7$/, 39: /^3\d$/ }

/** Each row is drawn by itself: a style that goes on from the line before begins it again. */
function coloursCarried(lines: readonly string[]): string[] {
  let on: string[] = []
  return lines.map((line) => {
    const begin = on.map((code) => `\u001b[${code}m`).join('')
    for (const [, code = ''] of line.matchAll(SGR)) {
      const ends = ENDS[code]
      on = ends ? on.filter((each) => !ends.test(each)) : [...on, code]
    }
    return begin + line
  })
}

function messageRows(message: ShownMessage, before: Neighbour, layout: Layout): string[] {
  const { look } = layout
  const time = paint(look, 'faint', `${clockTime(message.sentAt, look)} `)
  const { label, labelColumns, text } = called(message, labelled(message, before, layout), look)
  const columns = lineColumns(look)
  const isNarrow = columns - TIME_COLUMNS - labelColumns < WORDS_COLUMNS_MIN
  const indent = isNarrow ? 2 : TIME_COLUMNS + labelColumns
  const lines = markedUp(text, look)
  const end = `${message.marks ?? ''}${standing(message, look)}`
  const last = lines.at(-1)
  if (end !== '' && last) last.text += paint(look, 'faint', end)
  const rows = lines.flatMap((line) => {
    const room = columns - indent - stringWidth(line.margin)
    const hard = line.isCode ? { wordWrap: false, trim: false } : {}
    return wrapAnsi(line.text, Math.max(1, room), { hard: true, ...hard })
      .split('\n')
      .map((row) => line.margin + row)
  })
  const [first = '', ...more] = rows
  const begin =
    isNarrow && labelColumns > 0 ? [`${time}${label}`, `  ${first}`] : [time + label + first]
  const margin = ' '.repeat(indent)
  const quote = message.quote === undefined ? [] : [quoteLine(message.quote, look, margin)]
  return [...begin, ...more.map((row) => margin + row), ...quote]
}

interface Labelled {
  readonly label: string
  readonly labelColumns: number
  readonly text: string
}

/** Who speaks, in the column of names; what somebody does has the name among its words. */
function labelled(
  message: ShownMessage,
  before: Neighbour,
  { look, nameColumns }: Layout,
): Labelled {
  const { who, own, mentionsYou } = message
  const text = printable(message.text, { lines: true })
  const tone = mentionsYou ? 'called' : own ? 'own' : 'name'
  if (message.action || message.event) {
    const name = paint(look, tone, message.action ? `* ${who}` : who)
    return { label: '', labelColumns: 0, text: `${name} ${text}` }
  }
  if (message.aside)
    return { label: '', labelColumns: 0, text: `${paint(look, tone, `${who}:`)} ${text}` }
  const labelColumns = nameColumns + 2
  const isSame = before.speaker === who && before.day === message.sentAt.toDateString()
  if (isSame) return { label: ' '.repeat(labelColumns), labelColumns, text }
  const name = `${truncate(who, nameColumns, sign(look, '…', '~'))}:`
  const gap = ' '.repeat(Math.max(1, labelColumns - stringWidth(name)))
  return { label: paint(look, tone, name) + gap, labelColumns, text }
}

function called({ mentionsYou }: ShownMessage, labelled: Labelled, look: Look): Labelled {
  if (!mentionsYou) return labelled
  const label = `${labelled.label}${paint(look, 'called', CALLED)} `
  return { ...labelled, label, labelColumns: labelled.labelColumns + CALLED.length + 1 }
}

function standing({ own, event, state, reach }: ShownMessage, look: Look): string {
  return own && !event ? mark(state, look, reach) : ''
}

/** A line broken at spaces, what follows below its own beginning. */
function wrapped(line: string, columns: number, indent: number): string[] {
  if (stringWidth(line) <= columns) return [line]
  const lead = /^ */.exec(line)?.[0] ?? ''
  const margin = ' '.repeat(Math.min(lead.length + indent, Math.floor(columns / 2)))
  const room = columns - margin.length
  const [first = '', ...more] = wrapAnsi(line.slice(lead.length), room, { hard: true }).split('\n')
  return [lead + first, ...more.map((row) => margin + row)]
}
