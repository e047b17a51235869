// Frames as bytes, and the one door by which bytes from other nodes come in: what `decodeFrame`
// returns keeps every rule of docs/PROTOCOL.md that can be told from one frame alone. Signatures
// are checked further in, where it is known whether they matter.
import type { Frame } from '../core/frames.ts'
import { idToBytes } from '../core/id.ts'
import { FRAME_BYTES_MAX } from '../core/limits.ts'
import { readDeviceList, writeDeviceList } from './devices.ts'
import { readDialBack, readDialedBack, writeDialBack, writeDialedBack } from './dial-back.ts'
import { readFork, writeFork } from './fork-frame.ts'
import {
  clipped,
  readBye,
  readClocks,
  readContact,
  readCredit,
  readDecline,
  readEmpty,
  readClocksWanted,
  readHello,
  readWant,
  writeClocks,
  writeClocksWanted,
  writeHello,
  writeLog,
} from './frame-kinds.ts'
import { frameBytes } from './framing.ts'
import {
  readGroupKey,
  readGroups,
  readInvite,
  readJoin,
  writeGroupKey,
  writeGroups,
  writeInvite,
} from './group-frames.ts'
import { Reader } from './reader.ts'
import { readRun, writeRun } from './session-parts.ts'
import { readRead, readTyping, writeRead, writeTyping } from './signals.ts'
import { Writer } from './writer.ts'

/** @throws RangeError when a frame holds more than a frame may: a mistake in this program */
export function encodeFrame(frame: Frame): Uint8Array {
  return frameWriter(frame).finish()
}

/** The bytes of a frame as they go onto the stream. @throws RangeError as `encodeFrame` */
export function streamBytes(frame: Frame): Uint8Array {
  return frameBytes(frameWriter(frame))
}

function frameWriter(frame: Frame): Writer {
  const [field, body] = write(frame)
  const writer = body.asField(field)
  if (writer.byteLength > FRAME_BYTES_MAX) {
    throw new RangeError(`a ${frame.type} frame of ${writer.byteLength} bytes cannot be sent`)
  }
  return writer
}

function write(frame: Frame): [field: number, writer: Writer] {
  switch (frame.type) {
    case 'hello':
      return [1, writeHello(frame)]
    case 'contact':
      return [2, new Writer().string(1, frame.request).string(2, frame.text)]
    case 'decline':
      return [3, new Writer().string(1, frame.request)]
    case 'clocks':
      return [4, writeClocks(frame)]
    case 'clocks_wanted':
      return [5, writeClocksWanted(frame)]
    case 'want':
      return [6, writeLog(frame).uint(3, frame.first).uint(4, frame.last).uint(5, frame.credit)]
    case 'credit':
      return [7, writeLog(frame).uint(3, frame.credit)]
    case 'run':
      return [8, writeRun(frame.run)]
    case 'read':
      return [9, writeRead(frame)]
    case 'ping':
      return [10, new Writer(0)]
    case 'pong':
      return [11, new Writer(0)]
    case 'bye':
      return [12, new Writer().string(1, frame.code).string(2, clipped(frame.reason))]
    case 'fork':
      return [13, writeFork(frame)]
    case 'devices':
      return [14, writeDeviceList(frame.list)]
    case 'group_invite':
      return [16, writeInvite(frame)]
    case 'groups_wanted':
      return [17, new Writer(0)]
    case 'groups':
      return [18, writeGroups(frame)]
    case 'group_join':
      return [19, new Writer().bytes(1, idToBytes(frame.conversation))]
    case 'group_key':
      return [20, writeGroupKey(frame)]
    case 'typing':
      return [15, writeTyping(frame)]
    case 'dial_back':
      return [21, writeDialBack(frame)]
    case 'dialed_back':
      return [22, writeDialedBack(frame)]
    case 'unknown':
      throw new TypeError('an unknown frame cannot be sent')
  }
}

const READERS = new Map<number, readonly [name: string, read: (reader: Reader) => Frame]>([
  [1, ['hello', readHello]],
  [2, ['contact', readContact]],
  [3, ['decline', readDecline]],
  [4, ['clocks', readClocks]],
  [5, ['clocks_wanted', readClocksWanted]],
  [6, ['want', readWant]],
  [7, ['credit', readCredit]],
  [8, ['run', (reader) => ({ type: 'run', run: readRun(reader) })]],
  [9, ['read', readRead]],
  [10, ['ping', (reader) => readEmpty(reader, { type: 'ping' })]],
  [11, ['pong', (reader) => readEmpty(reader, { type: 'pong' })]],
  [12, ['bye', readBye]],
  [13, ['fork', readFork]],
  [14, ['devices', (reader) => ({ type: 'devices', list: readDeviceList(reader) })]],
  [16, ['group_invite', readInvite]],
  [17, ['groups_wanted', (reader) => readEmpty(reader, { type: 'groups_wanted' })]],
  [18, ['groups', readGroups]],
  [19, ['group_join', readJoin]],
  [20, ['group_key', readGroupKey]],
  [15, ['typing', readTyping]],
  [21, ['dial back', readDialBack]],
  [22, ['dialed back', readDialedBack]],
])

/**
 * Byte fields of the frame are views into `bytes`.
 *
 * @throws TidingsError `protocol_error`
 */
export function decodeFrame(bytes: Uint8Array): Frame {
  const reader = new Reader(bytes, 'frame')
  if (bytes.byteLength > FRAME_BYTES_MAX) reader.fail(`has more than ${FRAME_BYTES_MAX} bytes`)
  if (bytes.byteLength === 0) reader.each('kind').fail('is missing')
  let frame: Frame | undefined
  while (reader.next()) {
    const kind = READERS.get(reader.field)
    if (!kind) {
      reader.skip()
      continue
    }
    if (frame) reader.each('kind').fail('occurs twice')
    const [name, read] = kind
    frame = read(reader.each('kind').message(name))
  }
  return frame ?? { type: 'unknown' }
}
