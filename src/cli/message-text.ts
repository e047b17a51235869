// A message as the command line shows it, and what it answers as every front end does.
import { styleText } from 'node:util'

import type { Edit, Event, Message } from '../api/shapes.ts'
import { printable } from '../core/text.ts'
import { changeWords, messageMarks } from './change-text.ts'

const UNKNOWN = '(a kind of message that this version does not know)'

export function messageText(message: Message): string {
  const { sentAt, authorName, own, kind, text, action, replyTo, state } = message
  const body = message.deleted ? '(deleted)' : kind === 'text' ? text : UNKNOWN
  const [first = '', ...more] = printable(body, { lines: true }).split('\n')
  const name = bold(printable(authorName))
  const head = `${dim(localTime(sentAt))}  ${action ? `* ${name}` : `${name}:`} ${first}`
  const quote = replyTo ? [dim(`    > ${quoteText(replyTo)}`)] : []
  const lines = [head, ...more.map((line) => `    ${line}`), ...quote]
  const marks = messageMarks(message)
  return `${lines.join('\n')}${dim(marks)}${own ? `  ${dim(`(${state})`)}` : ''}`
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
  return `${words} ${printable(event.message.text)}`
}

/** What a message answers, on one line. */
export function quoteText(quote: NonNullable<Message['replyTo']>): string {
  const { author, authorName, text, deleted } = quote
  if (author === null) return 'a message that is not here'
  if (deleted) return `${printable(authorName)}: (deleted)`
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
