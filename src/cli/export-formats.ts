// An exported conversation as text: JSON Lines for programs and archives, Markdown and plain text
// for people. Each makes its text item by item, so that a conversation of any length needs no
// room.
import { stripVTControlCharacters } from 'node:util'

import type { Result } from '../api/client.ts'
import { EXPORT_FORMAT, EXPORT_MAJOR, EXPORT_MINOR } from '../core/export-format.ts'
import { printableJson } from '../core/text.ts'
import { MarkdownFormat } from './export-markdown.ts'
import { gapText, messageText } from './message-text.ts'

export const EXPORT_FORMATS = ['jsonl', 'markdown', 'text'] as const
export type ExportFormatName = (typeof EXPORT_FORMATS)[number]

export type ExportPage = Result<'export'>
export type ExportItem = ExportPage['items'][number]

export interface ExportFormat {
  /** What stands before the first item. */
  begin(page: ExportPage, exportedAt: string): string
  item(item: ExportItem): string
}

const JSON_LINES: ExportFormat = {
  begin({ conversation, name, members }, exportedAt) {
    const version = `${EXPORT_MAJOR}.${EXPORT_MINOR}`
    const what = { type: 'header', format: EXPORT_FORMAT, version }
    return `${printableJson({ ...what, conversation, name, members, exportedAt })}\n`
  },
  item: (item) => `${printableJson(item.type === 'gap' ? item : item.message)}\n`,
}

const PLAIN_TEXT: ExportFormat = {
  begin: () => '',
  item(item) {
    const text = item.type === 'gap' ? gapText(item) : messageText(item.message)
    // Nobody's text has controls in it any more: only colour goes.
    return `${stripVTControlCharacters(text)}\n`
  },
}

export function makeFormat(name: ExportFormatName): ExportFormat {
  if (name === 'markdown') return new MarkdownFormat()
  return name === 'jsonl' ? JSON_LINES : PLAIN_TEXT
}
