// The bytes of what the store keeps of changes: what one device did to one message, and which
// message a pin holds. As records.ts has it: the first byte is the version of the layout, and what
// does not read back exactly is damage.
import type { ChangesBy, ReactionSpot, Spot, SwitchSpot } from '../core/changes.ts'
import type { EntryRef } from '../core/entry.ts'
import { type DeviceId, ID_BYTES, idFromBytes, idToBytes } from '../core/id.ts'
import { EDITS_KEPT_MAX, EMOJI_BYTES_MAX, REACTIONS_PER_ACCOUNT_MAX } from '../core/limits.ts'
import { Reader } from './reader.ts'
import { Writer } from './writer.ts'

const VERSION = 1

export function encodeChanges(changes: ChangesBy): Uint8Array {
  const { device, edits, isDeleted, reactions, pin } = changes
  const writer = new Writer(64)
    .number(VERSION)
    .raw(idToBytes(device))
    .number(isDeleted ? 1 : 0)
  writer.number(edits.length)
  for (const spot of edits) writeSpot(writer, spot)
  writer.number(reactions.length)
  for (const reaction of reactions) {
    const emoji = Buffer.from(reaction.emoji)
    writeSpot(writer, reaction)
    writer
      .number(reaction.removed ? 1 : 0)
      .number(emoji.byteLength)
      .raw(emoji)
  }
  writer.number(pin ? 1 : 0)
  if (pin) writeSpot(writer, pin).number(pin.removed ? 1 : 0)
  return writer.finish()
}

/** @throws TidingsError `database_damaged` */
export function decodeChanges(bytes: Uint8Array): ChangesBy {
  const reader = open(bytes, 'stored changes')
  const device = idFromBytes<DeviceId>(reader.raw('device', ID_BYTES))
  const isDeleted = readFlag(reader, 'deleted')
  const edits: Spot[] = []
  const editCount = reader.number('edits', 0, EDITS_KEPT_MAX)
  for (let i = 0; i < editCount; i++) edits.push(readSpot(reader))
  const reactions: ReactionSpot[] = []
  const reactionCount = reader.number('reactions', 0, REACTIONS_PER_ACCOUNT_MAX)
  for (let i = 0; i < reactionCount; i++) reactions.push(readReaction(reader))
  let pin: SwitchSpot | undefined
  if (readFlag(reader, 'pin')) pin = { ...readSpot(reader), removed: readFlag(reader, 'removed') }
  reader.finish()
  return { device, edits, isDeleted, reactions, pin }
}

export function encodePin({ device, seq }: EntryRef): Uint8Array {
  return new Writer(48).number(VERSION).raw(idToBytes(device)).number(seq).finish()
}

/** @throws TidingsError `database_damaged` */
export function decodePin(bytes: Uint8Array): EntryRef {
  const reader = open(bytes, 'stored pin')
  const device = idFromBytes<DeviceId>(reader.raw('device', ID_BYTES))
  const seq = reader.number('seq', 1)
  reader.finish()
  return { device, seq }
}

function writeSpot(writer: Writer, { seq, logical }: Spot): Writer {
  return writer.number(seq).number(logical)
}

function readSpot(reader: Reader): Spot {
  return { seq: reader.number('seq', 1), logical: reader.number('logical', 1) }
}

function readReaction(reader: Reader): ReactionSpot {
  const spot = readSpot(reader)
  const removed = readFlag(reader, 'removed')
  const lengthBytes = reader.number('emoji length', 1, EMOJI_BYTES_MAX)
  return { ...spot, removed, emoji: Buffer.from(reader.raw('emoji', lengthBytes)).toString('utf8') }
}

function readFlag(reader: Reader, name: string): boolean {
  return reader.number(name, 0, 1) === 1
}

function open(bytes: Uint8Array, what: string): Reader {
  const reader = new Reader(bytes, what, 'database_damaged')
  reader.number('layout version', VERSION, VERSION)
  return reader
}
