// A message as the command line shows it, and what it answers as every front end does.
import { styleText } from 'node:util'

import type { ShownGap } from '../api/shapes-keeping.ts'
import type { Edit, Event, Message } from '../api/shapes.ts'
import { printable } from '../core/text.ts'
import { timerWords } from '../core/time-span.ts'
import { changeWords, messageMarks } from './change-text.ts'
import { truncate } from './width.ts'

const UNKNOWN = '(a kind of message that this version does not know)'

type Quoted = NonNullable<Message['replyTo']>

/** What of a message is shown of one, wherever it comes from: archives do not tell all. */
type Shown = Pick<Message, 'sentAt' | 'authorName' | 'kind' | 'text' | 'action' | 'timer'> &
  Partial<Pick<Message, 'deleted'>> & { readonly replyTo: ShownQuote | null }
type ShownQuote = Omit<Quoted, 'deleted'> & Partial<Pick<Quoted, 'deleted'>>

export function messageText(message: Message): string {
  const { timer, disappearsAt } = message
  const stands = standing(message)
  const until = disappearsAt === null ? '' : `disappears ${localTime(disappearsAt)}`
  const mark = [stands, until].filter((words) => words !== '').join(', ')
  const isMarked = timer === null && mark !== ''
  const marks = dim(messageMarks(message))
  return `${wordsOf(message)}${marks}${isMarked ? `  ${dim(`(${mark})`)}` : ''}`
}

/** Where an own message stands; in a group with how many. */
export function standing(message: Message): string {
  const { own, kind, state, deliveredTo, readBy, of } = message
  if (!own || kind === 'group') return ''
  if (of < 2 || state === 'queued') return state
  return state === 'read' ? `read ${readBy}/${of}` : `${state} ${deliveredTo}/${of}`
}

/** What a message says, or what is to be said in place of it. */
export function bodyText({ deleted, timer, kind, text }: Omit<Shown, 'replyTo'>): string {
  if (deleted === true) return '(deleted)'
  if (timer !== null) return timerWords(timer)
  return kind === 'text' || kind === 'group' ? text : UNKNOWN
}

/** Without where it stands. */
export function wordsOf(message: Shown): string {
  const { sentAt, authorName, action, replyTo, timer, deleted } = message
  const body = bodyText(message)
  if (timer !== null && deleted !== true) {
    return `${dim(localTime(sentAt))}  ${printable(authorName)} ${body}`
  }
  const [first = '', ...more] = printable(body, { lines: true }).split('\n')
  const name = bold(printable(authorName))
  const head = `${dim(localTime(sentAt))}  ${action ? `* ${name}` : `${name}:`} ${first}`
  const quote = replyTo ? [dim(`    > ${quoteText(replyTo)}`)] : []
  return [head, ...more.map((line) => `    ${line}`), ...quote].join('\n')
}

/** One wording of a message. */
export function editText({ sentAt, text }: Edit): string {
  const whole = printable(text, { lines: true }).replaceAll('\t', '    ')
  const [first = '', ...more] = whole.split('\n')
  return [`${dim(localTime(sentAt))}  ${first}`, ...more.map((line) => `    ${line}`)].join('\n')
}

/** Somebody changed a message. */
export function changedText(event: Extract<Event, { type: 'changed' }>): string {
  const words = changeWords(event, bold(printable(event.byName)))
  if (event.change === 'deleted') return words
  return `${words} ${printable(bodyText(event.message))}`
}

/** What is not there, in words: of an export, or of an archive. */
export function gapText({ reason, authorName, first, last }: Omit<ShownGap, 'type'>): string {
  const count = last - first + 1
  const what = `${count} ${count === 1 ? 'message' : 'messages'} of ${printable(authorName)}`
  return `[${what} ${GAPS[reason]}]`
}

const GAPS = {
  unreadable: 'not readable: damaged on this disk',
  waiting: 'here, waiting for what was written before',
  missing: 'not received yet',
} as const

/** What a message answers, on one line. */
export function quoteText(quote: ShownQuote): string {
  const { author, authorName, text, deleted } = quote
  if (author === null) return 'a message that is not here'
  if (deleted) return `${printable(authorName)}: (deleted)`
  return `${printable(authorName)}: ${printable(text)}`
}

/** The beginning of a text, where there is room for a line. */
export function firstLine(text: string): string {
  const COLUMNS = 60
  const [line = ''] = text.split(/\r?\n/)
  const shown = printable(line)
  return truncate(line === text ? shown : `${shown}…`, COLUMNS)
}

export function localTime(iso: string): string {
  const time = new Date(iso)
  const two = (value: number): string => String(value).padStart(2, '0')
  const day = [time.getFullYear(), two(time.getMonth() + 1), two(time.getDate())].join('-')
  return `${day} ${two(time.getHours())}:${two(time.getMinutes())}`
}

export function localSeconds(iso: string): string {
  return `${localTime(iso)}:${String(new Date(iso).getSeconds()).padStart(2, '0')}`
}

/** Colour only where standard output is a terminal that has it. */
export function bold(text: string): string {
  return styleText('bold', text)
}

export function dim(text: string): string {
  return styleText('dim', text)
}
