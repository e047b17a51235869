// An exported conversation as Markdown (CommonMark): a heading for each day, a paragraph for each
// message. Whatever looks like Markdown or HTML in what people wrote is escaped, so that it reads
// as it was written, and nobody's words make a heading, a picture or a link to where they do not
// say.
import type { Message } from '../api/shapes.ts'
import { printable } from '../core/text.ts'
import { messageMarks } from './change-text.ts'
import type { ExportFormat, ExportItem, ExportPage } from './export-formats.ts'
import { bodyText, gapText, localTime, quoteText, standing } from './message-text.ts'

/** What begins or ends something in the middle of a line, in common extensions too. */
const INLINE = /[\\`*_~[\]<>&|$^]/g
/** What makes a heading, a list, a rule or a table of a line that begins so. */
const AT_BEGINNING = /^(\d{0,9})([#+=:.)-])/

export class MarkdownFormat implements ExportFormat {
  #day = ''

  begin({ name, members }: ExportPage, exportedAt: string): string {
    const who = members.map((member) => escaped(member.name)).join(', ')
    const lines = [`# Conversation with ${escaped(name)}`, '']
    return [...lines, `${who}. Exported ${localTime(exportedAt)}.`, ''].join('\n')
  }

  item(item: ExportItem): string {
    if (item.type === 'gap') return `\n*${escaped(gapText(item))}*\n`
    const { message } = item
    const day = dayName(message.sentAt)
    const heading = day === this.#day ? '' : `\n## ${day}\n`
    this.#day = day
    return `${heading}\n${paragraph(message)}\n`
  }
}

function paragraph(message: Message): string {
  const { sentAt, authorName, action, replyTo, timer, deleted } = message
  const time = localTime(sentAt).slice(-5)
  const name = escaped(authorName)
  const body = bodyText(message)
  if (timer !== null && !deleted) return `${time} *${name} ${body}*`
  const who = action ? `**\\* ${name}**` : `**${name}:**`
  const lines = printable(body, { lines: true }).split('\n').map(line)
  const stands = standing(message)
  const marks = `${messageMarks(message)}${stands === '' ? '' : ` (${stands})`}`
  const quote = replyTo ? `> ${escaped(quoteText(replyTo))}\n\n` : ''
  // A backslash at its end breaks a line where it was broken.
  return `${quote}${time} ${who} ${lines.join('\\\n')}${marks.replace(INLINE, '\\$&')}`
}

/** A line that is no first one: its beginning could mean something, and so could its indent. */
function line(text: string, index: number): string {
  if (text.trim() === '') return '&nbsp;'
  if (index === 0) return escapedLine(text)
  const [indent = ''] = /^[ \t]*/.exec(text) ?? []
  const spaces = '&nbsp;'.repeat(indent.replaceAll('\t', '    ').length)
  return spaces + escapedLine(text.slice(indent.length))
}

/** Text on one line that shows as it is. */
function escaped(text: string): string {
  return escapedLine(printable(text))
}

function escapedLine(text: string): string {
  return text.replace(INLINE, '\\$&').replace(AT_BEGINNING, '$1\\$2')
}

function dayName(iso: string): string {
  const format = { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' } as const
  return new Intl.DateTimeFormat('en-GB', format).format(new Date(iso))
}
