// The body of a message, and the pieces that bodies share; change-bodies.ts, group-bodies.ts and
// other-bodies.ts have the others. Reading one checks all of it and makes as little as it can: the
// order needs only the deps of an entry, some hundred thousand times a second.
import type { EntryRef, TextBody, TimerBody } from '../core/entry.ts'
import { type AccountId, type DeviceId, ID_BYTES, idFromBytes, idToBytes } from '../core/id.ts'
import { EXPIRES_SECONDS_MAX, MENTIONS_MAX, NUMBER_MAX, TEXT_BYTES_MAX } from '../core/limits.ts'
import { type Reader, utf8Text } from './reader.ts'
import { Writer } from './writer.ts'

// Of Text.
const TEXT_TEXT = 1
const TEXT_ACTION = 2
const TEXT_REPLY_TO = 3
const TEXT_MENTIONS = 4
const TEXT_EXPIRES = 20
// Of Timer.
const TIMER_SECONDS = 1
// Of Ref, and of Dep.
const REF_DEVICE = 1
const REF_SEQ = 2

/** A text body that was checked, its fields as views. */
export interface ScannedText {
  readonly text: Uint8Array
  readonly action: boolean
  readonly replyTo: EntryRef | undefined
  readonly mentions: readonly Uint8Array[] | undefined
  /** Seconds; 0 for none. */
  readonly expires: number
}

export function writeText({ text, action, replyTo, mentions, expires }: TextBody): Uint8Array {
  const writer = new Writer(64 + Buffer.byteLength(text)).string(TEXT_TEXT, text)
  writer.bool(TEXT_ACTION, action === true)
  if (replyTo) writer.message(TEXT_REPLY_TO, writeRef(replyTo))
  for (const account of mentions ?? []) writer.bytes(TEXT_MENTIONS, idToBytes(account))
  return writer.uint(TEXT_EXPIRES, expires ?? 0).finish()
}

export function scanText(reader: Reader): ScannedText {
  let text: Uint8Array | undefined
  let action = false
  let replyTo: EntryRef | undefined
  let mentions: Uint8Array[] | undefined
  let expires = 0
  while (reader.next()) {
    const { field } = reader
    if (field === TEXT_TEXT) text = reader.once('text').utf8(1, TEXT_BYTES_MAX)
    else if (field === TEXT_ACTION) action = reader.once('action').bool()
    else if (field === TEXT_REPLY_TO) replyTo = readRef(reader.once('reply_to').message('ref'))
    else if (field === TEXT_MENTIONS) {
      mentions ??= []
      scanMention(reader.each('mentions'), mentions)
    } else if (field === TEXT_EXPIRES) {
      expires = reader.once('expires').uint(1, EXPIRES_SECONDS_MAX)
    } else reader.skip()
  }
  return { text: reader.required(text, 'text'), action, replyTo, mentions, expires }
}

/** The seconds of a text that was checked; 0 for none. */
export function expiresOf(reader: Reader): number {
  while (reader.next()) {
    if (reader.field === TEXT_EXPIRES) return reader.uint(1, EXPIRES_SECONDS_MAX)
    reader.skip()
  }
  return 0
}

export function writeTimer({ seconds }: TimerBody): Uint8Array {
  return new Writer(8).uint(TIMER_SECONDS, seconds).finish()
}

/** Its seconds; absent is 0. */
export function scanTimer(reader: Reader): number {
  let seconds = 0
  while (reader.next()) {
    if (reader.field === TIMER_SECONDS)
      seconds = reader.once('seconds').uint(0, EXPIRES_SECONDS_MAX)
    else reader.skip()
  }
  return seconds
}

export function textBody({ text, action, replyTo, mentions, expires }: ScannedText): TextBody {
  return {
    kind: 'text',
    text: utf8Text(text),
    ...(action && { action }),
    ...(replyTo && { replyTo }),
    ...(mentions && { mentions: mentions.map((id) => idFromBytes<AccountId>(id)) }),
    ...(expires > 0 && { expires }),
  }
}

export function writeRef({ device, seq }: EntryRef): Writer {
  return new Writer(48).bytes(REF_DEVICE, idToBytes(device)).uint(REF_SEQ, seq)
}

export function readRef(reader: Reader): EntryRef {
  const { device, seq } = scanRef(reader)
  return { device: idFromBytes<DeviceId>(device), seq }
}

/** The device as a view: whoever only compares it needs no text. */
export function scanRef(reader: Reader): { readonly device: Uint8Array; readonly seq: number } {
  let device: Uint8Array | undefined
  let seq: number | undefined
  while (reader.next()) {
    if (reader.field === REF_DEVICE) device = reader.once('device').bytes(ID_BYTES, ID_BYTES)
    else if (reader.field === REF_SEQ) seq = reader.once('seq').uint(1, NUMBER_MAX)
    else reader.skip()
  }
  return { device: reader.required(device, 'device'), seq: reader.required(seq, 'seq') }
}

export function scanMention(reader: Reader, mentions: Uint8Array[]): void {
  if (mentions.length === MENTIONS_MAX) reader.fail(`are more than ${MENTIONS_MAX}`)
  const account = reader.bytes(ID_BYTES, ID_BYTES)
  const previous = mentions.at(-1)
  if (previous && Buffer.compare(previous, account) >= 0) {
    reader.fail('are not in ascending order, or there twice')
  }
  mentions.push(account)
}
