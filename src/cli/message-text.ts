// A message as the command line shows it, and what it answers as every front end does.
import { styleText } from 'node:util'

import type { ShownGap } from '../api/shapes-keeping.ts'
import type { Message } from '../api/shapes.ts'
import { printable } from '../core/text.ts'
import { formatTimeSpan } from '../core/time-span.ts'

/** What of a message is shown of one, wherever it comes from. */
type Shown = Pick<
  Message,
  'sentAt' | 'authorName' | 'kind' | 'text' | 'action' | 'replyTo' | 'timer'
>

export function messageText(message: Message): string {
  const { own, kind, timer, disappearsAt } = message
  const until = disappearsAt === null ? '' : `, disappears ${localTime(disappearsAt)}`
  const isMine = own && kind !== 'group'
  const mark = isMine
    ? dim(`(${standing(message)}${until})`)
    : dim(until === '' ? '' : `(${until.slice(2)})`)
  return timer === null && mark !== '' ? `${wordsOf(message)}  ${mark}` : wordsOf(message)
}

/** Where an own message stands; in a group with how many. */
function standing({ state, deliveredTo, readBy, of }: Message): string {
  if (of < 2 || state === 'queued') return state
  return state === 'read' ? `read ${readBy}/${of}` : `${state} ${deliveredTo}/${of}`
}

/** Without where it stands. */
export function wordsOf(message: Shown): string {
  const { sentAt, authorName, kind, text, action, replyTo, timer } = message
  if (timer !== null) {
    return `${dim(localTime(sentAt))}  ${printable(authorName)} ${timerWords(timer)}`
  }
  const isKnown = kind === 'text' || kind === 'group'
  const body = isKnown ? text : '(a kind of message that this version does not know)'
  const [first = '', ...more] = printable(body, { lines: true }).split('\n')
  const name = bold(printable(authorName))
  const head = `${dim(localTime(sentAt))}  ${action ? `* ${name}` : `${name}:`} ${first}`
  const quote = replyTo ? [dim(`    > ${quoteText(replyTo)}`)] : []
  return [head, ...more.map((line) => `    ${line}`), ...quote].join('\n')
}

/** What somebody did who set it, told in the third person. */
export function timerWords(seconds: number): string {
  if (seconds === 0) return 'set messages to stay'
  return `set messages to disappear after ${formatTimeSpan(seconds)}`
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
export function quoteText({ author, authorName, text }: NonNullable<Message['replyTo']>): string {
  if (author === null) return 'a message that is not here'
  return `${printable(authorName)}: ${printable(text)}`
}

export function localTime(iso: string): string {
  const time = new Date(iso)
  const two = (value: number): string => String(value).padStart(2, '0')
  const day = [time.getFullYear(), two(time.getMonth() + 1), two(time.getDate())].join('-')
  return `${day} ${two(time.getHours())}:${two(time.getMinutes())}`
}

/** Colour only where standard output is a terminal that has it. */
export function bold(text: string): string {
  return styleText('bold', text)
}

export function dim(text: string): string {
  return styleText('dim', text)
}
