// The bodies of entries that change a message: Edit, Delete, Reaction, Pin. All begin with what
// they change. The order needs to know what was changed, and not the words, so an edit's are
// views.
import type { Change } from '../core/changes.ts'
import { isEmoji } from '../core/emoji.ts'
import type { Body, ChangeBody, EntryRef } from '../core/entry.ts'
import { type AccountId, idFromBytes, idToBytes } from '../core/id.ts'
import { EMOJI_BYTES_MAX, TEXT_BYTES_MAX } from '../core/limits.ts'
import { readRef, scanMention, writeRef } from './bodies.ts'
import { type Reader, utf8Text } from './reader.ts'
import { Writer } from './writer.ts'

/** Field numbers of Entry. */
export const CHANGE_TAGS: { readonly [K in ChangeBody['kind']]: number } = {
  edit: 17,
  delete: 18,
  reaction: 19,
  pin: 20,
}

// Of all four.
const TARGET = 1
// Of Edit.
const EDIT_TEXT = 2
const EDIT_MENTIONS = 3
// Of Reaction.
const REACTION_EMOJI = 2
const REACTION_REMOVED = 3
// Of Pin.
const PIN_REMOVED = 2

/** A change that was checked, the words of an edit as views. */
export interface ScannedChange {
  readonly change: Change
  readonly text?: Uint8Array
  readonly mentions?: readonly Uint8Array[]
}

export function writeChange(body: ChangeBody): Uint8Array {
  const length = body.kind === 'edit' ? Buffer.byteLength(body.text) : 0
  const writer = new Writer(128 + length).message(TARGET, writeRef(body.target))
  switch (body.kind) {
    case 'edit':
      writer.string(EDIT_TEXT, body.text)
      for (const account of body.mentions ?? []) writer.bytes(EDIT_MENTIONS, idToBytes(account))
      return writer.finish()
    case 'delete':
      return writer.finish()
    case 'reaction':
      return writer.string(REACTION_EMOJI, body.emoji).bool(REACTION_REMOVED, body.removed).finish()
    case 'pin':
      return writer.bool(PIN_REMOVED, body.removed).finish()
  }
}

export function changeBody({ change, text, mentions }: ScannedChange): ChangeBody {
  if (change.kind !== 'edit') return change
  return {
    ...change,
    text: utf8Text(text ?? new Uint8Array()),
    ...(mentions && { mentions: mentions.map((id) => idFromBytes<AccountId>(id)) }),
  }
}

export function isChangeBody(body: Body): body is ChangeBody {
  return Object.hasOwn(CHANGE_TAGS, body.kind)
}

/** Undefined for another kind of body. @throws TidingsError `protocol_error` */
export function scanChange(tag: number, open: () => Reader): ScannedChange | undefined {
  switch (tag) {
    case CHANGE_TAGS.edit:
      return scanEdit(open())
    case CHANGE_TAGS.delete:
      return scanDelete(open())
    case CHANGE_TAGS.reaction:
      return scanReaction(open())
    case CHANGE_TAGS.pin:
      return scanPin(open())
  }
  return undefined
}

function scanEdit(reader: Reader): ScannedChange {
  let target: EntryRef | undefined
  let text: Uint8Array | undefined
  let mentions: Uint8Array[] | undefined
  while (reader.next()) {
    const { field } = reader
    if (field === TARGET) target = readRef(reader.once('target').message('ref'))
    else if (field === EDIT_TEXT) text = reader.once('text').utf8(1, TEXT_BYTES_MAX)
    else if (field === EDIT_MENTIONS) {
      mentions ??= []
      scanMention(reader.each('mentions'), mentions)
    } else reader.skip()
  }
  const change = { kind: 'edit', target: reader.required(target, 'target') } as const
  const words = { text: reader.required(text, 'text') }
  return { change, ...words, ...(mentions && { mentions }) }
}

function scanDelete(reader: Reader): ScannedChange {
  let target: EntryRef | undefined
  while (reader.next()) {
    if (reader.field === TARGET) target = readRef(reader.once('target').message('ref'))
    else reader.skip()
  }
  return { change: { kind: 'delete', target: reader.required(target, 'target') } }
}

function scanReaction(reader: Reader): ScannedChange {
  let target: EntryRef | undefined
  let emoji: string | undefined
  let removed = false
  while (reader.next()) {
    const { field } = reader
    if (field === TARGET) target = readRef(reader.once('target').message('ref'))
    else if (field === REACTION_EMOJI) {
      emoji = reader.once('emoji').text(1, EMOJI_BYTES_MAX)
      if (!isEmoji(emoji)) reader.fail('is not one emoji')
    } else if (field === REACTION_REMOVED) removed = reader.once('removed').bool()
    else reader.skip()
  }
  const what = { target: reader.required(target, 'target') }
  return {
    change: { kind: 'reaction', ...what, emoji: reader.required(emoji, 'emoji'), removed },
  }
}

function scanPin(reader: Reader): ScannedChange {
  let target: EntryRef | undefined
  let removed = false
  while (reader.next()) {
    const { field } = reader
    if (field === TARGET) target = readRef(reader.once('target').message('ref'))
    else if (field === PIN_REMOVED) removed = reader.once('removed').bool()
    else reader.skip()
  }
  return { change: { kind: 'pin', target: reader.required(target, 'target'), removed } }
}
