// Exporting a conversation from the running node, page by page, to wherever it goes. The command
// and the REPL do it the same way.
import type { Client, Params } from '../api/client.ts'
import { checkParams } from '../api/params.ts'
import { TidingsError } from '../core/errors.ts'
import {
  type ExportFormat,
  type ExportFormatName,
  type ExportItem,
  makeFormat,
} from './export-formats.ts'
import { gapText } from './message-text.ts'
import type { ExportedConversation } from './render-keeping.ts'

export interface ExportRequest {
  readonly conversation: string
  readonly format: ExportFormatName
  /** Days or times as people write them. */
  readonly since?: string | undefined
  readonly until?: string | undefined
}

export interface Exported {
  readonly messages: number
  /** Entries that it does not have, and in words whose and why, a line each. */
  readonly missing: number
  readonly notes: readonly string[]
}

type Caller = Pick<Client, 'call'>

/** @param write resolves when there is room for more; false when nobody reads it any more */
export async function exportConversation(
  client: Caller,
  request: ExportRequest,
  write: (text: string) => Promise<boolean>,
  signal: AbortSignal,
): Promise<Exported> {
  const tally = new Tally()
  const format = makeFormat(request.format)
  const params = exportParams(request)
  let cursor: string | undefined
  do {
    const given = cursor === undefined ? params : { ...params, cursor }
    const page = await client.call('export', given, { signal })
    const begin = cursor === undefined ? format.begin(page, new Date().toISOString()) : ''
    const text = begin + page.items.map((item) => taken(item, format, tally)).join('')
    if (!(await write(text))) break
    cursor = page.next ?? undefined
  } while (cursor !== undefined)
  return tally
}

/** The same into a file, which appears when it is whole. @param file an absolute path */
export async function exportToFile(
  client: Caller,
  request: ExportRequest,
  { file, force }: { file: string; force: boolean },
  signal: AbortSignal,
): Promise<{ result: ExportedConversation; notes: readonly string[] }> {
  exportParams(request)
  const { writeWhole } = await import('../daemon/export-file.ts')
  return writeWhole({ file, force }, async (handle) => {
    let bytes = 0
    const write = async (text: string): Promise<boolean> => {
      const piece = Buffer.from(text)
      await handle.appendFile(piece)
      bytes += piece.byteLength
      if (signal.aborted) throw new TidingsError('interrupted', 'interrupted')
      return true
    }
    const { messages, missing, notes } = await exportConversation(client, request, write, signal)
    return { result: { file, bytes, messages, missing }, notes }
  })
}

/** @throws `bad_input` */
export function exportParams({ conversation, since, until }: ExportRequest): Params<'export'> {
  return checkParams('export', {
    conversation,
    ...(since !== undefined && { sentFrom: timeOf(since, 'since', 0) }),
    ...(until !== undefined && { sentBefore: timeOf(until, 'until', 1) }),
  })
}

function taken(item: ExportItem, format: ExportFormat, tally: Tally): string {
  tally.take(item)
  return format.item(item)
}

class Tally implements Exported {
  messages = 0
  missing = 0
  readonly #gaps = new Map<string, Extract<ExportItem, { type: 'gap' }>>()

  take(item: ExportItem): void {
    if (item.type === 'message') {
      this.messages += 1
      return
    }
    const count = item.last - item.first + 1
    this.missing += count
    // Damage in many places is one line.
    const key = `${item.reason} ${item.author}`
    const before = this.#gaps.get(key)
    this.#gaps.set(key, before ? { ...before, last: before.last + count } : item)
  }

  get notes(): string[] {
    return [...this.#gaps.values()].map((gap) => `not in the export: ${gapText(gap).slice(1, -1)}`)
  }
}

/**
 * A day is meant in the reader's own zone: from its beginning, or up to its end.
 *
 * @throws `bad_input`
 */
function timeOf(text: string, option: string, days: number): string {
  const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text) ?? []
  if (year !== undefined) {
    const date = new Date(Number(year), Number(month) - 1, Number(day))
    const isThere = date.getMonth() === Number(month) - 1 && date.getDate() === Number(day)
    date.setDate(date.getDate() + days)
    if (isThere) return date.toISOString()
  }
  const isTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)?$/.test(text)
  const time = new Date(isTime ? text : Number.NaN)
  if (!Number.isNaN(time.getTime())) return time.toISOString()
  const words = `--${option} is a day like 2026-05-04, or a time like 2026-05-04T12:00`
  throw new TidingsError('bad_input', words)
}
