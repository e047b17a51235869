// The body of a message, and the pieces that bodies share; change-bodies.ts has the others.
// Reading one checks all of it and makes as little as it can: the order needs only the deps of an
// entry, some hundred thousand times a second.
import type { EntryRef, TextBody } from '../core/entry.ts'
import { type AccountId, type DeviceId, ID_BYTES, idFromBytes, idToBytes } from '../core/id.ts'
import { MENTIONS_MAX, NUMBER_MAX, TEXT_BYTES_MAX } from '../core/limits.ts'
import { type Reader, utf8Text } from './reader.ts'
import { Writer } from './writer.ts'

// Of Text.
const TEXT_TEXT = 1
const TEXT_ACTION = 2
const TEXT_REPLY_TO = 3
const TEXT_MENTIONS = 4
// Of Ref, and of Dep.
const REF_DEVICE = 1
const REF_SEQ = 2

/** A text body that was checked, its fields as views. */
export interface ScannedText {
  readonly text: Uint8Array
  readonly action: boolean
  readonly replyTo: EntryRef | undefined
  readonly mentions: readonly Uint8Array[] | undefined
}

export function writeText({ text, action, replyTo, mentions }: TextBody): Uint8Array {
  const writer = new Writer(64 + Buffer.byteLength(text)).string(TEXT_TEXT, text)
  writer.bool(TEXT_ACTION, action === true)
  if (replyTo) writer.message(TEXT_REPLY_TO, writeRef(replyTo))
  for (const account of mentions ?? []) writer.bytes(TEXT_MENTIONS, idToBytes(account))
  return writer.finish()
}

export function scanText(reader: Reader): ScannedText {
  let text: Uint8Array | undefined
  let action = false
  let replyTo: EntryRef | undefined
  let mentions: Uint8Array[] | undefined
  while (reader.next()) {
    const { field } = reader
    if (field === TEXT_TEXT) text = reader.once('text').utf8(1, TEXT_BYTES_MAX)
    else if (field === TEXT_ACTION) action = reader.once('action').bool()
    else if (field === TEXT_REPLY_TO) replyTo = readRef(reader.once('reply_to').message('ref'))
    else if (field === TEXT_MENTIONS) {
      mentions ??= []
      scanMention(reader.each('mentions'), mentions)
    } else reader.skip()
  }
  return { text: reader.required(text, 'text'), action, replyTo, mentions }
}

export function textBody({ text, action, replyTo, mentions }: ScannedText): TextBody {
  return {
    kind: 'text',
    text: utf8Text(text),
    ...(action && { action }),
    ...(replyTo && { replyTo }),
    ...(mentions && { mentions: mentions.map((id) => idFromBytes<AccountId>(id)) }),
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
