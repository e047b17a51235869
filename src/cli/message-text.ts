// A message as the command line shows it, and what it answers as every front end does.
import { styleText } from 'node:util'

import type { Message } from '../api/shapes.ts'
import { printable } from '../core/text.ts'

export function messageText(message: Message): string {
  const { sentAt, authorName, own, kind, text, action, replyTo } = message
  const isKnown = kind === 'text' || kind === 'group'
  const body = isKnown ? text : '(a kind of message that this version does not know)'
  const [first = '', ...more] = printable(body, { lines: true }).split('\n')
  const name = bold(printable(authorName))
  const head = `${dim(localTime(sentAt))}  ${action ? `* ${name}` : `${name}:`} ${first}`
  const quote = replyTo ? [dim(`    > ${quoteText(replyTo)}`)] : []
  const lines = [head, ...more.map((line) => `    ${line}`), ...quote]
  return `${lines.join('\n')}${own && kind === 'text' ? `  ${dim(`(${standing(message)})`)}` : ''}`
}

/** Where an own message stands; in a group with how many. */
export function standing({ state, deliveredTo, readBy, of }: Message): string {
  if (of < 2 || state === 'queued') return state
  return state === 'read' ? `read ${readBy}/${of}` : `${state} ${deliveredTo}/${of}`
}

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
