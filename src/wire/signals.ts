// The frames that are no part of any log: how far somebody has read, and that they are typing. The
// numbers are the fields of tidings.proto.
import type { ConversationClock, ReadFrame, TypingFrame } from '../core/frames.ts'
import { type ConversationId, type DeviceId, idToBytes } from '../core/id.ts'
import { readId } from './ids.ts'
import type { Reader } from './reader.ts'
import { addSeq, readClock, writeClock } from './session-parts.ts'
import { Writer } from './writer.ts'

export function writeRead({ clock, yours }: ReadFrame): Writer {
  const writer = new Writer().message(1, writeClock(clock))
  for (const [device, seq] of yours ?? []) {
    if (seq > 0) writer.message(2, new Writer(48).bytes(1, idToBytes(device)).uint(2, seq))
  }
  return writer
}

export function readRead(reader: Reader): ReadFrame {
  let clock: ConversationClock | undefined
  const yours = new Map<DeviceId, number>()
  while (reader.next()) {
    if (reader.field === 1) clock = readClock(reader.once('clock').message('clock'))
    else if (reader.field === 2) addSeq(reader.each('yours'), yours)
    else reader.skip()
  }
  const read = { type: 'read' as const, clock: reader.required(clock, 'clock') }
  return yours.size > 0 ? { ...read, yours } : read
}

export function writeTyping({ conversation, stopped }: TypingFrame): Writer {
  return new Writer(48).bytes(1, idToBytes(conversation)).bool(2, stopped)
}

export function readTyping(reader: Reader): TypingFrame {
  let conversation: ConversationId | undefined
  let stopped = false
  while (reader.next()) {
    if (reader.field === 1) conversation = readId<ConversationId>(reader, 'conversation')
    else if (reader.field === 2) stopped = reader.once('stopped').bool()
    else reader.skip()
  }
  return {
    type: 'typing',
    conversation: reader.required(conversation, 'conversation'),
    stopped,
  }
}
