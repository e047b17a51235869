// How messages look: `14:02 bob: text`, day lines between days, and where each own message stands.
import type { Contact, Message, MessageState } from '../api/shapes.ts'
import { stringWidth, truncate } from '../cli/width.ts'
import { printable } from '../core/text.ts'
import { lineColumns, type Look, paint, sign } from './look.ts'

/** Continuation lines stand below the words, behind the width of `14:02 `. */
const INDENT = '      '

export interface ShownMessage {
  readonly sentAt: Date
  /** Who speaks, as shown: `you`, `bob`, `you to carol`, `@carol`. */
  readonly who: string
  readonly own: boolean
  readonly text: string
  /** `* bob waves` */
  readonly action?: boolean
  /** What it answers, on one line. */
  readonly quote?: string | undefined
  /** Absent: not known yet. */
  readonly state?: MessageState
}

/** Where an own message stands: words for the state that asks for patience, else signs. */
export function mark(state: MessageState | undefined, look: Look): string {
  switch (state) {
    case 'queued':
      return ' (queued)'
    case 'delivered':
      return sign(look, ' ✓', ' (delivered)')
    case 'read':
      return sign(look, ' ✓✓', ' (read)')
    case 'received':
    case undefined:
      return ''
  }
}

export function formatMessage(message: ShownMessage, look: Look): string {
  const time = paint(look, 'faint', clockTime(message.sentAt, look))
  const name = message.action ? `* ${message.who}` : `${message.who}:`
  const who = paint(look, message.own ? 'own' : 'name', name)
  const text = printable(message.text, { lines: true }).replaceAll('\n', `\n${INDENT}`)
  const state = message.own ? paint(look, 'faint', mark(message.state, look)) : ''
  const quote = message.quote === undefined ? '' : `\n${quoteLine(message.quote, look)}`
  return `${time} ${who} ${text}${state}${quote}`
}

/** Below what answers it, cut to one line. */
function quoteLine(quote: string, look: Look): string {
  const line = `${INDENT}${sign(look, '↳', '>')} ${quote}`
  return paint(look, 'faint', truncate(line, lineColumns(look), sign(look, '…', '~')))
}

/** The words of a message, or what to say of a kind that this version does not know. */
export function messageText(message: Pick<Message, 'kind' | 'text'>): string {
  return message.kind === 'text' ? message.text : '(something that a later version can show)'
}

/** A message as what another one answers. */
export function quoteOf(message: Pick<Message, 'authorName' | 'kind' | 'text'>): string {
  const text = messageText(message).replaceAll(/\s+/g, ' ')
  return `${printable(message.authorName)}: ${printable(text)}`
}

/** The other person of a conversation; the message's own word where no contact is known. */
export function authorLabel(message: Message, label: string | undefined): string {
  return label ?? printable(message.authorName)
}

/** Whether somebody is there to read, in words. */
export function whereabouts({ state, online }: Contact): string {
  switch (state) {
    case 'friend':
      return online ? 'online' : 'offline: messages wait here until they can be delivered'
    case 'requested':
      return 'who has not answered your request yet'
    case 'incoming':
      return 'who asks to become your contact'
    case 'blocked':
      return 'blocked'
    case 'removed':
      return 'no contact of yours'
  }
}

export function clockTime(date: Date, look: Look): string {
  return format(date, look, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
}

export function dayName(date: Date, look: Look): string {
  return format(date, look, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' })
}

/** A day as short as it is understood everywhere: 2026-11-20. */
export function dateName(date: Date, look: Look): string {
  if (Number.isNaN(date.getTime())) return 'no day'
  const zone = look.timeZone === undefined ? {} : { timeZone: look.timeZone }
  return new Intl.DateTimeFormat('sv-SE', zone).format(date)
}

export function dayLine(date: Date, look: Look): string {
  const rule = sign(look, '──', '--')
  return paint(look, 'faint', `${rule} ${dayName(date, look)} ${rule}`)
}

/** Day and time, for moments that may be long ago. */
export function moment(iso: string, look: Look): string {
  const date = new Date(iso)
  return Number.isNaN(date.getTime()) ? 'never' : `${dayName(date, look)}, ${clockTime(date, look)}`
}

function format(date: Date, look: Look, options: Intl.DateTimeFormatOptions): string {
  if (Number.isNaN(date.getTime())) return '--:--'
  const zone = look.timeZone === undefined ? {} : { timeZone: look.timeZone }
  return new Intl.DateTimeFormat('en-GB', { ...options, ...zone }).format(date)
}

/** A line across the screen's width with words in it. */
export function headLine(words: string, look: Look): string {
  const rule = sign(look, '─', '-')
  const line = `${rule}${rule} ${words} `
  const whole = line + rule.repeat(Math.max(2, 48 - stringWidth(line)))
  return paint(look, 'faint', truncate(whole, lineColumns(look), ''))
}
