// How messages look: `14:02 bob: text`, day lines between days, and where each own message stands.
import type { Message, MessageState } from '../api/shapes.ts'
import { messageMarks, messageMarkWords } from '../cli/change-text.ts'
import { quoteText } from '../cli/message-text.ts'
import { stringWidth, truncate } from '../cli/width.ts'
import { printable } from '../core/text.ts'
import { formatTimeSpan, timerWords } from '../core/time-span.ts'
import type { Directory } from './directory.ts'
import { lineColumns, type Look, paint, sign } from './look.ts'

/** Continuation lines stand below the words, behind the width of `14:02 `. */
const INDENT = '      '
/** Enough of a message to know it again. */
const QUOTE_SPOKEN_COLUMNS = 60

export type Reach = Pick<Message, 'deliveredTo' | 'readBy' | 'of'>

export interface ShownMessage {
  readonly sentAt: Date
  /** Who speaks, as shown: `you`, `bob`, `you to carol`, `@carol`. */
  readonly who: string
  readonly own: boolean
  readonly text: string
  /** `* bob waves` */
  readonly action?: boolean
  /** It tells what somebody did to the conversation: `bob set messages to stay`. */
  readonly event?: boolean
  /** It addresses the user. */
  readonly mentionsYou?: boolean
  /** When it is not shown any more, in ms since 1970. */
  readonly disappearsAtMs?: number | undefined
  /** It is pointed out beside another conversation. */
  readonly aside?: boolean | undefined
  /** What it answers, on one line. */
  readonly quote?: string | undefined
  /** The id of that. */
  readonly answers?: string | undefined
  /** Absent: not known yet. */
  readonly state?: MessageState
  /** With how many others it is, of how many. */
  readonly reach?: Reach
  /** That it was edited, what people think of it. */
  readonly marks?: string
}

/** @param isOpen whether its conversation is open, or is the only one that is shown */
export function toShown(
  message: Message,
  directory: Directory,
  isOpen: boolean,
  look: Pick<Look, 'words'>,
): ShownMessage {
  return {
    sentAt: new Date(message.sentAt),
    who: speaker(message, directory, isOpen, look),
    own: message.own,
    text: messageText(message),
    mentionsYou: message.mentionsYou && !message.own,
    aside: !isOpen,
    disappearsAtMs: message.disappearsAt === null ? undefined : Date.parse(message.disappearsAt),
    action: message.action,
    event: (message.timer !== null || message.kind === 'group') && !message.deleted,
    quote: message.replyTo ? quoteText(message.replyTo) : undefined,
    answers: message.replyTo?.id,
    state: message.state,
    reach: { deliveredTo: message.deliveredTo, readBy: message.readBy, of: message.of },
    marks: look.words ? messageMarkWords(message) : messageMarks(message),
  }
}

/**
 * `bob`, in another conversation `@bob` or `#crew bob`, in words `bob to you` or `bob in #crew`;
 * `you`, or `you to bob`.
 */
function speaker(
  message: Message,
  directory: Directory,
  isOpen: boolean,
  { words }: Pick<Look, 'words'>,
): string {
  const partner = directory.partner(message.conversation)
  const name = directory.called(message.author, message.authorName)
  const isGroup = partner !== undefined && partner.contact === undefined
  if (message.own && !message.action) {
    const label = partner?.label ?? printable(message.authorName)
    return isOpen ? 'you' : youElsewhere(message, label)
  }
  if (isOpen || (message.own && !isGroup)) {
    return message.own ? printable(message.authorName) : name
  }
  if (words) return isGroup ? `${name} in ${partner.label}` : `${name} to you`
  return isGroup ? `${partner.label} ${name}` : `@${name}`
}

/** One's own name in front of what was said in a conversation that is not open. */
function youElsewhere({ timer }: Message, label: string): string {
  return timer === null ? `you to ${label}` : `you, with ${label},`
}

/**
 * Where an own message stands: words for the state that asks for patience, else signs, and in a
 * group with how many.
 */
export function mark(state: MessageState | undefined, look: Look, reach?: Reach): string {
  const { deliveredTo = 0, readBy = 0, of = 1 } = reach ?? {}
  const among = (count: number): string => (of > 1 ? ` ${count}/${of}` : '')
  const inWords = (word: string, by: string, count: number): string =>
    ` (${word}${look.words && of > 1 ? ` ${by} ${count} of ${of}` : among(count)})`
  switch (state) {
    case 'queued':
      return ' (queued)'
    case 'delivered':
      return sign(look, ` ✓${among(deliveredTo)}`, inWords('delivered', 'to', deliveredTo))
    case 'read':
      return sign(look, ` ✓✓${among(readBy)}`, inWords('read', 'by', readBy))
    case 'received':
    case undefined:
      return ''
  }
}

export function formatMessage(message: ShownMessage, look: Look): string {
  if (look.words) return messageInWords(message, look)
  const time = paint(look, 'faint', clockTime(message.sentAt, look))
  const plain = message.event ? message.who : `${message.who}:`
  const name = message.action ? `* ${message.who}` : plain
  const who = paint(look, message.own ? 'own' : 'name', name)
  const text = printable(message.text, { lines: true }).replaceAll('\n', `\n${INDENT}`)
  const isMine = message.own && !message.event
  const state = isMine ? paint(look, 'faint', mark(message.state, look, message.reach)) : ''
  const marks = message.marks ? paint(look, 'faint', message.marks) : ''
  const quote = message.quote === undefined ? '' : `\n${quoteLine(message.quote, look)}`
  return `${time} ${who} ${text}${marks}${state}${quote}`
}

/** `14:02 bob, 2 lines, mentions you: Yes.`; only the text's own lines are more. */
function messageInWords(message: ShownMessage, look: Look): string {
  const { sentAt, who, own, event, action, quote, marks = '', state, reach } = message
  const lines = printable(message.text, { lines: true }).split('\n')
  const about = [
    ...(action && !event ? ['an action'] : []),
    ...(lines.length > 1 ? [`${lines.length} lines`] : []),
    ...(message.mentionsYou && !event ? ['mentions you'] : []),
    ...(quote === undefined ? [] : [`answering "${truncate(quote, QUOTE_SPOKEN_COLUMNS, '...')}"`]),
  ]
  const name = [who, ...about].join(', ')
  const stands = own && !event ? mark(state, look, reach) : ''
  const text = lines.join(`\n${INDENT}`)
  return `${clockTime(sentAt, look)} ${name}${event ? '' : ':'} ${text}${marks}${stands}`
}

/** Below what answers it, cut to one line. */
export function quoteLine(quote: string, look: Look, indent = INDENT): string {
  const line = `${indent}${sign(look, '↳', '>')} ${quote}`
  return paint(look, 'faint', truncate(line, lineColumns(look), sign(look, '…', '~')))
}

/** For how long messages are shown, as the end of a line. */
export function untilWhen(seconds: number): string {
  return seconds > 0 ? `; messages disappear after ${formatTimeSpan(seconds)}` : ''
}

/** The words of a message, or what to say of a kind that this version does not know. */
export function messageText({
  timer,
  ...message
}: Pick<Message, 'deleted' | 'kind' | 'text' | 'timer'>): string {
  if (message.deleted) return '(deleted)'
  if (timer !== null) return timerWords(timer)
  const isKnown = message.kind === 'text' || message.kind === 'group'
  return isKnown ? message.text : '(something that a later version can show)'
}

/** A message as what another one answers. */
export function quoteOf(
  message: Pick<Message, 'authorName' | 'deleted' | 'kind' | 'text' | 'timer'>,
): string {
  const text = messageText(message).replaceAll(/\s+/g, ' ')
  return `${printable(message.authorName)}: ${printable(text)}`
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
  if (look.words) return `${dayName(date, look)}.`
  const rule = sign(look, '──', '--')
  const line = `${rule} ${dayName(date, look)} ${rule}`
  return paint(look, 'faint', truncate(line, lineColumns(look), ''))
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
  if (look.words) return `${words}.`
  const rule = sign(look, '─', '-')
  const line = `${rule}${rule} ${words} `
  const whole = line + rule.repeat(Math.max(2, 48 - stringWidth(line)))
  return paint(look, 'faint', truncate(whole, lineColumns(look), ''))
}
