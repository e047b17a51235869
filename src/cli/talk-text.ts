// What goes with conversations beside their messages, as the command line shows it.
import type { Result } from '../api/client.ts'
import type { Event, Message, Standing, Tellings } from '../api/shapes.ts'
import { printable } from '../core/text.ts'
import { bodyText, firstLine, localTime } from './message-text.ts'
import { columns } from './width.ts'

export function conversationsText(conversations: Result<'conversations'>): string {
  const rows = conversations.map(({ draft, lastMessage, ...standing }) => [
    printable(standing.name),
    unreadWords(standing),
    mutedWords(standing),
    draft === '' ? '' : `draft: ${firstLine(draft)}`,
    lastMessage ? localTime(lastMessage.sentAt) : '',
    lastMessage ? summary(lastMessage) : '',
  ])
  if (rows.length === 0) return 'No conversations yet.'
  const used = (column: number): boolean => rows.some((row) => row[column] !== '')
  // Most of the time nothing is muted, and there is no draft.
  const shown = rows.map((row) => row.filter((_, i) => (i !== 2 && i !== 3) || used(i)))
  return columns(shown).join('\n')
}

function summary(message: Message): string {
  const { timer, authorName, deleted } = message
  const body = bodyText(message)
  return firstLine(timer === null || deleted ? body : `${authorName} ${body}`)
}

/** `3 unread, 1 mention`; empty when all is read. */
export function unreadWords({ unread, mentions }: Pick<Standing, 'unread' | 'mentions'>): string {
  if (unread === 0) return ''
  if (mentions === 0) return `${unread} unread`
  return `${unread} unread, ${mentions} mention${mentions === 1 ? '' : 's'}`
}

/** `muted until 2026-11-20 18:00, mentions too`; empty when it is not. */
export function mutedWords({ muted, mutedUntil, mutedAll }: Standing): string {
  if (!muted) return ''
  const until = mutedUntil === null ? '' : ` until ${localTime(mutedUntil)}`
  return `muted${until}${mutedAll ? ', mentions too' : ''}`
}

export function mutedLine(standing: Standing): string {
  return `${printable(standing.name)} is ${mutedWords(standing) || 'not muted'}`
}

export function draftText({ text }: Result<'draft'>): string {
  if (text === '') return 'There is no draft.'
  const lines = text.split(/\r?\n/)
  return lines.map((line) => printable(line)).join('\n')
}

export function tellingsText({ read, typing, conversations }: Tellings): string {
  const word = (told: boolean): string => (told ? 'told' : 'not told')
  return [
    `Contacts are ${word(read)} how far you have read.`,
    `Contacts are ${word(typing)} that you are typing.`,
    ...conversations.map((one) => {
      const reading = one.read === null ? [] : [`${word(one.read)} how far you have read`]
      const writing = one.typing === null ? [] : [`${word(one.typing)} that you are typing`]
      return `${printable(one.name)} is ${[...reading, ...writing].join(', ')}.`
    }),
  ].join('\n')
}

export function typingText({ name, typing }: Extract<Event, { type: 'typing' }>): string {
  return `${printable(name)} ${typing ? 'is typing' : 'stopped typing'}`
}

export function standingText(standing: Standing): string {
  const words = [unreadWords(standing) || 'nothing unread', mutedWords(standing)]
  return `${printable(standing.name)}: ${words.filter((part) => part !== '').join(', ')}`
}
