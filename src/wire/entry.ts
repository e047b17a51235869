// The bytes of an entry: what a device signs, and what every other node stores and forwards as it
// is. One scan decides what is an entry; `decodeEntry` shows it, `entryDeps` reads only what the
// order needs, some hundred thousand times a second (docs/PROTOCOL.md, "Entries").
import { isUtf8 } from 'node:buffer'

import type { Change } from '../core/changes.ts'
import type { Dep, Entry, EntryRef } from '../core/entry.ts'
import { TidingsError } from '../core/errors.ts'
import { type DeviceId, idFromBytes } from '../core/id.ts'
import { DEPS_MAX, ENTRY_BYTES_MAX, TEXT_BYTES_MAX, WALL_TIME_MS_MAX } from '../core/limits.ts'
import { type ScannedText, scanRef, scanText, textBody, writeRef, writeText } from './bodies.ts'
import {
  CHANGE_TAGS,
  changeBody,
  isChangeBody,
  type ScannedChange,
  scanChange,
  writeChange,
} from './change-bodies.ts'
import { type OtherBody, readOther, writeOther } from './other-bodies.ts'
import { isAsciiFrom, plainTextAt } from './plain-text.ts'
import { Reader } from './reader.ts'
import { Writer } from './writer.ts'

// Field numbers of Entry in tidings.proto. All bodies, of later versions too, lie in one range.
export const WALL_TIME = 1
const DEPS = 2
export const BODY_MIN = 16
export const BODY_MAX = 1000
export const BODY_TEXT = 16

const NO_DEPS: readonly Dep[] = []
const PLAIN: OrderedPart = { deps: NO_DEPS, change: undefined, other: undefined }
const NOBODY: readonly Uint8Array[] = []

interface Scan {
  readonly wallTimeMs: number
  readonly deps: readonly Dep[]
  /** Field number of the body. */
  readonly tag: number
  readonly body: Uint8Array
  readonly text: ScannedText | undefined
  readonly changed: ScannedChange | undefined
  readonly other: OtherBody | undefined
}

/** What the order of a conversation is made of, and what follows from where an entry stands. */
export interface OrderedPart {
  readonly deps: readonly Dep[]
  /** What it changes, if it is no message. */
  readonly change: Change | undefined
  /** What it says, if it is neither. */
  readonly other: OtherBody | undefined
}

/**
 * The bytes of an entry, deps in the order that the protocol wants.
 *
 * @throws TidingsError `text_empty`, `text_too_long`, `text_not_utf8`, `protocol_error`
 */
export function encodeEntry(entry: Entry): Uint8Array {
  const { wallTimeMs, deps, body } = entry
  if (body.kind === 'unknown') throw new TypeError('what is not known cannot be written')
  if ('text' in body) checkText(body.text)
  if (body.kind === 'text') return encode(wallTimeMs, deps, BODY_TEXT, writeText(body))
  if (isChangeBody(body)) {
    return encode(wallTimeMs, deps, CHANGE_TAGS[body.kind], writeChange(body))
  }
  const { tag, bytes } = writeOther(body)
  return encode(wallTimeMs, deps, tag, bytes)
}

/**
 * The same message, of whatever kind, to be written again in another place: with other deps, and
 * with the new places of what it names.
 *
 * @throws TidingsError `protocol_error`
 */
export function rewritten(
  bytes: Uint8Array,
  deps: readonly Dep[],
  moved: (ref: EntryRef) => EntryRef,
): Uint8Array {
  const { wallTimeMs, tag, body, text, changed } = scan(bytes)
  if (changed) {
    const change = changeBody(changed)
    const again = { ...change, target: moved(change.target) }
    return encode(wallTimeMs, deps, tag, writeChange(again))
  }
  if (!text?.replyTo) return encode(wallTimeMs, deps, tag, body)
  const replyTo = moved(text.replyTo)
  return encode(wallTimeMs, deps, tag, writeText({ ...textBody(text), replyTo }))
}

/** @throws TidingsError `protocol_error` */
export function decodeEntry(bytes: Uint8Array): Entry {
  const { wallTimeMs, deps, tag, text, changed, other } = scan(bytes)
  if (text) return { wallTimeMs, deps, body: textBody(text) }
  if (changed) return { wallTimeMs, deps, body: changeBody(changed) }
  return { wallTimeMs, deps, body: other ?? { kind: 'unknown', tag } }
}

/**
 * The deps of an entry, which is checked as `decodeEntry` does.
 *
 * @throws TidingsError `protocol_error`
 */
export function entryDeps(bytes: Uint8Array): readonly Dep[] {
  const textAt = plainTextAt(bytes)
  if (textAt > 0 && (isAsciiFrom(bytes, textAt) || isUtf8(bytes.subarray(textAt)))) return NO_DEPS
  return scan(bytes).deps
}

/**
 * What the order needs of an entry, which is checked as `decodeEntry` does, but for the characters
 * of a plain text.
 *
 * @throws TidingsError `protocol_error`
 */
export function orderedPart(bytes: Uint8Array): OrderedPart {
  if (plainTextAt(bytes) > 0) return PLAIN
  const { deps, changed, other } = scan(bytes)
  return { deps, change: changed?.change, other }
}

/**
 * Of a message, the accounts that it addresses, as views; undefined for what is no message.
 *
 * @throws TidingsError `protocol_error`
 */
export function messageMentions(bytes: Uint8Array): readonly Uint8Array[] | undefined {
  if (plainTextAt(bytes) > 0) return NOBODY
  const { text } = scan(bytes)
  return text && (text.mentions ?? NOBODY)
}

/**
 * The text itself, if it can be sent.
 *
 * @throws TidingsError `text_empty`, `text_too_long`, `text_not_utf8`
 */
export function checkText(text: string): string {
  if (text === '') throw new TidingsError('text_empty', 'there is no text to send')
  if (text.length > TEXT_BYTES_MAX || Buffer.byteLength(text) > TEXT_BYTES_MAX) {
    const most = TEXT_BYTES_MAX / 1024
    throw new TidingsError('text_too_long', `a message has at most ${most} KiB of text`)
  }
  if (!text.isWellFormed()) {
    throw new TidingsError('text_not_utf8', 'the text has characters that UTF-8 cannot carry')
  }
  return text
}

function encode(
  wallTimeMs: number,
  deps: readonly Dep[],
  tag: number,
  body: Uint8Array,
): Uint8Array {
  const writer = new Writer(64 + body.byteLength + 48 * deps.length)
  writer.uint(WALL_TIME, wallTimeMs)
  // Ids sort as their bytes do.
  for (const { device, seq } of deps.toSorted((a, b) => (a.device < b.device ? -1 : 1))) {
    writer.message(DEPS, writeRef({ device, seq }))
  }
  const bytes = writer.bytes(tag, body).finish()
  // What others would refuse is refused here; that a text is one was looked at before.
  if (plainTextAt(bytes) === 0) scan(bytes)
  return bytes
}

function scan(bytes: Uint8Array): Scan {
  const reader = new Reader(bytes, 'entry')
  if (bytes.byteLength > ENTRY_BYTES_MAX) reader.fail(`has more than ${ENTRY_BYTES_MAX} bytes`)
  let wallTimeMs = 0
  let deps: Dep[] | undefined
  let previous: Uint8Array | undefined
  let tag = 0
  let body = bytes
  let text: ScannedText | undefined
  let changed: ScannedChange | undefined
  let other: OtherBody | undefined
  while (reader.next()) {
    const { field } = reader
    if (field === WALL_TIME) {
      wallTimeMs = reader.once('wall_time_ms').uint(0, WALL_TIME_MS_MAX)
    } else if (field === DEPS) {
      deps ??= []
      if (deps.length === DEPS_MAX) reader.each('deps').fail(`are more than ${DEPS_MAX}`)
      previous = scanDep(reader.each('deps').message('dep'), previous, deps)
    } else if (field >= BODY_MIN && field <= BODY_MAX) {
      if (tag !== 0) reader.each('body').fail('occurs twice')
      tag = field
      body = reader.each('body').bytes(0, ENTRY_BYTES_MAX)
      if (field === BODY_TEXT) text = scanText(new Reader(body, 'text'))
      else {
        const open = (): Reader => new Reader(body, 'body')
        changed = scanChange(field, open)
        other = changed ? undefined : readOther(field, open)
      }
    } else {
      reader.skip()
    }
  }
  if (tag === 0) reader.each('body').fail('is missing')
  return { wallTimeMs, deps: deps ?? NO_DEPS, tag, body, text, changed, other }
}

/** Reads one dep into `deps`; returns its device, with which the next one is compared. */
function scanDep(reader: Reader, previous: Uint8Array | undefined, deps: Dep[]): Uint8Array {
  const { device, seq } = scanRef(reader)
  if (previous && Buffer.compare(previous, device) >= 0) {
    reader.each('device').fail('is not in ascending order, or there twice')
  }
  deps.push({ device: idFromBytes<DeviceId>(device), seq })
  return device
}
