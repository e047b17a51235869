// The JSON Lines form of an export, as it is read: a header, then a message or a gap a line. A file
// that somebody hands over may hold anything, so each line is checked, and only what is known here
// is kept of it. Fields of later minor versions are passed over, kinds of lines too.
import * as v from 'valibot'

import { isEmoji } from '../../core/emoji.ts'
import { TidingsError } from '../../core/errors.ts'
import { EXPORT_FORMAT, EXPORT_MAJOR, EXPORT_MINOR } from '../../core/export-format.ts'
import { isId } from '../../core/id.ts'
import {
  ARCHIVE_MEMBERS_MAX,
  ENTRY_BYTES_MAX,
  EXPIRES_SECONDS_MAX,
  MENTIONS_MAX,
  REACTION_EMOJI_MAX,
} from '../../core/limits.ts'
import type { ArchivedItem, ArchiveHeader } from './archive-types.ts'

const NAME_CHARS_MAX = 256
const QUOTE_CHARS_MAX = 1024

const short = (most: number) =>
  v.pipe(v.string(), v.maxLength(most), v.check(isWhole, 'is no Unicode'))
const id = v.pipe(v.string(), v.check(isId, 'is no id'))
const name = short(NAME_CHARS_MAX)
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(1))
const time = v.pipe(
  v.string(),
  v.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/, 'is no time'),
  v.check((text) => !Number.isNaN(Date.parse(text)), 'is no time'),
  v.transform((text) => new Date(text).toISOString()),
)
const messageId = v.pipe(v.string(), v.regex(/^[0-9a-v]{26}-[1-9]\d{0,15}$/, 'is no message id'))

const headerSchema = v.object({
  type: v.literal('header'),
  format: v.literal(EXPORT_FORMAT),
  version: v.pipe(v.string(), v.regex(/^\d{1,6}\.\d{1,6}$/, 'is no version')),
  conversation: id,
  name,
  members: v.pipe(
    v.array(v.object({ account: id, name, own: v.boolean() })),
    v.maxLength(ARCHIVE_MEMBERS_MAX),
  ),
  exportedAt: time,
})

const messageSchema = v.object({
  id: messageId,
  conversation: id,
  author: id,
  authorName: name,
  own: v.boolean(),
  seq: count,
  sentAt: time,
  kind: short(64),
  // As much as an entry holds, whatever it is.
  text: short(ENTRY_BYTES_MAX),
  action: v.optional(v.boolean(), false),
  replyTo: v.optional(
    v.nullable(
      v.object({
        id: messageId,
        author: v.nullable(id),
        authorName: name,
        text: short(QUOTE_CHARS_MAX),
        deleted: v.optional(v.boolean(), false),
      }),
    ),
    null,
  ),
  mentions: v.optional(v.pipe(v.array(id), v.maxLength(MENTIONS_MAX)), []),
  timer: v.optional(
    v.nullable(v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(EXPIRES_SECONDS_MAX))),
    null,
  ),
  edited: v.optional(v.boolean(), false),
  deleted: v.optional(v.boolean(), false),
  reactions: v.optional(
    v.pipe(
      v.array(
        v.object({
          emoji: v.pipe(v.string(), v.check(isEmoji, 'is not one emoji')),
          accounts: v.pipe(v.array(id), v.maxLength(ARCHIVE_MEMBERS_MAX)),
          mine: v.boolean(),
        }),
      ),
      v.maxLength(REACTION_EMOJI_MAX),
    ),
    [],
  ),
  pinned: v.optional(v.boolean(), false),
})

const gapSchema = v.object({
  type: v.literal('gap'),
  reason: v.picklist(['unreadable', 'waiting', 'missing']),
  author: id,
  authorName: name,
  first: count,
  last: count,
})

export interface ReadHeader {
  readonly header: ArchiveHeader
  /** Written by a version that knows more than this one. */
  readonly isNewer: boolean
}

/** @throws TidingsError `archive_invalid`, `archive_newer` */
export function readHeader(line: string): ReadHeader {
  const json = parse(line, 1)
  const format = (json as { format?: unknown } | null)?.format
  if (format !== EXPORT_FORMAT) {
    throw invalid(1, 'this is no exported conversation (tidings export --format jsonl)')
  }
  const { version, name: title, conversation, members, exportedAt } = check(headerSchema, json, 1)
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > EXPORT_MAJOR) {
    const words = `this export has the format ${version}, of a newer version of Tidings`
    throw new TidingsError('archive_newer', words)
  }
  if (major < EXPORT_MAJOR) throw invalid(1, `there was never a format ${version}`)
  const header = { conversation, title, members, exportedAt }
  return { header, isNewer: minor > EXPORT_MINOR }
}

/**
 * One line after the header; undefined for a kind of line from a later version.
 *
 * @throws TidingsError `archive_invalid`
 */
export function readLine(
  line: string,
  number: number,
  { header, isNewer }: ReadHeader,
): ArchivedItem | undefined {
  const json = parse(line, number)
  const type = (json as { type?: unknown } | null)?.type
  if (type === undefined) {
    const message = check(messageSchema, json, number)
    if (message.conversation === header.conversation) return { type: 'message', message }
    throw invalid(number, 'the message is of another conversation')
  }
  if (type === 'gap') {
    const gap = check(gapSchema, json, number)
    if (gap.first <= gap.last) return gap
    throw invalid(number, 'the gap ends before it begins')
  }
  if (isNewer && typeof type === 'string' && type !== 'header') return undefined
  throw invalid(number, 'this is neither a message nor a gap')
}

export function invalid(line: number, problem: string, cause?: unknown): TidingsError {
  return new TidingsError('archive_invalid', `line ${line}: ${problem}`, { cause })
}

function parse(line: string, number: number): unknown {
  let json: unknown
  try {
    json = JSON.parse(line)
  } catch (error) {
    throw invalid(number, 'this is not JSON', error)
  }
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json
  throw invalid(number, 'this is no JSON object')
}

function check<S extends v.GenericSchema>(
  schema: S,
  json: unknown,
  number: number,
): v.InferOutput<S> {
  const parsed = v.safeParse(schema, json, { abortEarly: true })
  if (parsed.success) return parsed.output
  const [issue] = parsed.issues
  const where = v.getDotPath(issue) ?? 'the line'
  // The words of the schema library repeat what was given: that may be long, and is not ours.
  const known = issue.type === 'check' || issue.type === 'regex' ? issue.message : 'is not valid'
  throw invalid(number, `"${where}" ${issue.input === undefined ? 'is missing' : known}`)
}

function isWhole(text: string): boolean {
  return text.isWellFormed()
}
