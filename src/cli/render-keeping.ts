// What is kept, and for how long, as text: the setting of a conversation, archives, and the
// summary of an export.
import type * as v from 'valibot'

import type { Result } from '../api/client.ts'
import type { exportedConversation } from '../api/shapes-command.ts'
import type { ShownArchive, ShownArchivedItem } from '../api/shapes-keeping.ts'
import { formatByteSize } from '../core/byte-size.ts'
import { printable } from '../core/text.ts'
import { formatTimeSpan } from '../core/time-span.ts'
import { dim, gapText, localTime, wordsOf } from './message-text.ts'

/** What a script is told of an export that went into a file. */
export type ExportedConversation = v.InferOutput<typeof exportedConversation>

const UNPROVEN = 'An archive: nothing proves what it says, since an export has no signatures.'

export const RENDER_KEEPING = {
  disappear: ({ seconds, setBy, setByName }: Result<'disappear'>): string => {
    const who = setBy === null ? '' : `, set by ${printable(setByName)}`
    if (seconds === 0) return `Messages here stay${who}.`
    return `New messages here disappear after ${formatTimeSpan(seconds)}${who}.`
  },
  // The command makes text of its pages by itself.
  export: (): string => '',
  'archive.import': (archive: ShownArchive): string => `Imported ${archiveLine(archive)}`,
  'archive.list': (archives: readonly ShownArchive[]): string => {
    if (archives.length > 0) return archives.map(archiveLine).join('\n')
    return 'No archives. "tidings archive import FILE" takes an exported conversation.'
  },
  'archive.show': ({ archive, items }: Result<'archive.show'>): string => {
    const title = `${printable(archive.name)}: ${printable(archive.title)}`
    const head = `${title}, exported ${localTime(archive.exportedAt)} by ${exporter(archive)}`
    const lines = items.map(itemText)
    return [head, UNPROVEN, ...(lines.length > 0 ? lines : ['Nothing to show.'])].join('\n')
  },
  'archive.remove': (archive: ShownArchive): string => `Removed ${archiveLine(archive)}`,
} as const

export function exportedConversationText(exported: ExportedConversation): string {
  const { file, bytes, messages } = exported
  return `Wrote ${printable(file)} (${formatByteSize(bytes)}): ${messages} messages`
}

function archiveLine(archive: ShownArchive): string {
  const { name, messages, firstSentAt, lastSentAt } = archive
  const from = firstSentAt === null ? '' : localTime(firstSentAt)
  const to = lastSentAt === null ? '' : localTime(lastSentAt)
  const when = from === '' ? '' : `, ${from} to ${to}`
  return `${printable(name)}: ${messages} messages${when}, exported by ${exporter(archive)}`
}

function exporter({ members }: ShownArchive): string {
  return printable(members.find(({ own }) => own)?.name ?? 'somebody')
}

function itemText(item: ShownArchivedItem): string {
  const number = dim(String(item.number).padStart(6))
  const text = item.type === 'gap' ? gapText(item) : wordsOf(item.message)
  return `${number}  ${text.replaceAll('\n', `\n${' '.repeat(8)}`)}`
}
