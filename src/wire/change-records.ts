// The bytes of what the store keeps of changes: what one device did to one message, and which
// message a pin holds. As records.ts has it: the first byte is the version of the layout, and what
// does not read back exactly is damage.
import type { ChangesBy, ReactionSpot, Spot, SwitchSpot } from '../core/changes.ts'
import type { EntryRef } from '../core/entry.ts'
import { type DeviceId, ID_BYTES, idFromBytes, idToBytes } from '../core/id.ts'
import {
  EDITS_KEPT_MAX,
  EMOJI_BYTES_MAX,
  REACTIONS_KEPT_MAX,
  SWITCHES_KEPT_MAX,
} from '../core/limits.ts'
import { Reader } from './reader.ts'
import { Writer } from './writer.ts'

const VERSION = 2

export function encodeChanges(changes: ChangesBy): Uint8Array {
  const { device, edits, deletions, reactions, pins } = changes
  const writer = new Writer(64).number(VERSION).raw(idToBytes(device))
  for (const spots of [edits, deletions]) {
    writer.number(spots.length)
    for (const spot of spots) writeSpot(writer, spot)
  }
  writer.number(reactions.length)
  for (const reaction of reactions) {
    const emoji = Buffer.from(reaction.emoji)
    writeSwitch(writer, reaction).number(emoji.byteLength).raw(emoji)
  }
  writer.number(pins.length)
  for (const pin of pins) writeSwitch(writer, pin)
  return writer.finish()
}

/** @throws TidingsError `database_damaged` */
export function decodeChanges(bytes: Uint8Array): ChangesBy {
  const reader = open(bytes, 'stored changes')
  const device = idFromBytes<DeviceId>(reader.raw('device', ID_BYTES))
  const list = <T>(name: string, most: number, read: (reader: Reader) => T): T[] =>
    Array.from({ length: reader.number(name, 0, most) }, () => read(reader))
  const edits = list('edits', EDITS_KEPT_MAX, readSpot)
  const deletions = list('deletions', SWITCHES_KEPT_MAX, readSpot)
  const reactions = list('reactions', REACTIONS_KEPT_MAX, readReaction)
  const pins = list('pins', SWITCHES_KEPT_MAX, readSwitch)
  reader.finish()
  return { device, edits, deletions, reactions, pins }
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

function writeSwitch(writer: Writer, spot: SwitchSpot): Writer {
  return writeSpot(writer, spot).number(spot.removed ? 1 : 0)
}

function readSwitch(reader: Reader): SwitchSpot {
  return { ...readSpot(reader), removed: reader.number('removed', 0, 1) === 1 }
}

function readReaction(reader: Reader): ReactionSpot {
  const spot = readSwitch(reader)
  const lengthBytes = reader.number('emoji length', 1, EMOJI_BYTES_MAX)
  return { ...spot, emoji: Buffer.from(reader.raw('emoji', lengthBytes)).toString('utf8') }
}

function open(bytes: Uint8Array, what: string): Reader {
  const reader = new Reader(bytes, what, 'database_damaged')
  reader.number('layout version', VERSION, VERSION)
  return reader
}
