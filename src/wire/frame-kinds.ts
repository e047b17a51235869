// The kinds of frames, each read with all its rules, and written where that is more than a line.
// The numbers are the fields of tidings.proto.
import type {
  ByeFrame,
  ClocksFrame,
  ClocksWantedFrame,
  ContactFrame,
  ConversationClock,
  CreditFrame,
  DeclineFrame,
  DeviceList,
  Frame,
  HelloFrame,
  ResumeToken,
  WantFrame,
} from '../core/frames.ts'
import { type ConversationId, type DeviceId, ID_BYTES, idFromBytes, idToBytes } from '../core/id.ts'
import {
  ADDRESS_CHARS_MAX,
  AGENT_BYTES_MAX,
  CLOCKS_PER_FRAME_MAX,
  CLOCKS_WANTED_MAX,
  CODE_CHARS_MAX,
  HELLO_ADDRESSES_MAX,
  NAME_BYTES_MAX,
  NUMBER_MAX,
  REASON_BYTES_MAX,
  REQUEST_TEXT_BYTES_MAX,
} from '../core/limits.ts'
import { DIGEST_BYTES } from '../core/sync/digest.ts'
import { isDisplayName } from '../core/text.ts'
import { readDeviceList, writeDeviceList } from './devices.ts'
import { readId } from './ids.ts'
import type { Reader } from './reader.ts'
import { readClock, readToken, writeClock, writeToken } from './session-parts.ts'
import { Writer } from './writer.ts'

/** `uint32` in the schema. */
const VERSION_MAX = 2 ** 32 - 1
const CODE = /^[A-Za-z0-9_-]+$/
const AGENT = /^[ -~]*$/
const ADDRESS = /^\/[!-~]+$/

export function writeHello(hello: HelloFrame): Writer {
  const writer = new Writer(320)
    .uint(1, hello.version)
    .message(2, writeDeviceList(hello.devices))
    .string(3, hello.name)
    .string(4, hello.agent)
  if (hello.resume) writer.message(5, writeToken(hello.resume))
  for (const address of hello.addresses) writer.string(6, address)
  return writer
}

export function readHello(reader: Reader): HelloFrame {
  let version: number | undefined
  let devices: DeviceList | undefined
  let name: string | undefined
  let agent = ''
  let resume: ResumeToken | undefined
  const addresses: string[] = []
  while (reader.next()) {
    if (reader.field === 1) version = reader.once('version').uint(1, VERSION_MAX)
    else if (reader.field === 2) {
      devices = readDeviceList(reader.once('devices').message('device list'))
    } else if (reader.field === 3) {
      name = reader.once('name').text(1, NAME_BYTES_MAX)
      if (!isDisplayName(name)) reader.fail('has characters that no name may have')
    } else if (reader.field === 4) {
      agent = reader.once('agent').text(0, AGENT_BYTES_MAX)
      if (!AGENT.test(agent)) reader.fail('has characters that are not printable ASCII')
    } else if (reader.field === 5) {
      resume = readToken(reader.once('resume').message('resume token'))
    } else if (reader.field === 6) addresses.push(readAddress(reader, addresses.length))
    else reader.skip()
  }
  return {
    type: 'hello',
    version: reader.required(version, 'version'),
    devices: reader.required(devices, 'devices'),
    name: reader.required(name, 'name'),
    agent,
    addresses,
    ...(resume && { resume }),
  }
}

function readAddress(reader: Reader, count: number): string {
  reader.each('addresses')
  if (count >= HELLO_ADDRESSES_MAX) reader.fail(`are more than ${HELLO_ADDRESSES_MAX}`)
  const address = reader.text(1, ADDRESS_CHARS_MAX)
  if (!ADDRESS.test(address)) reader.fail('are not all multiaddrs')
  return address
}

export function readContact(reader: Reader): ContactFrame {
  let request: string | undefined
  let text = ''
  while (reader.next()) {
    if (reader.field === 1) request = readCode(reader, 'request')
    else if (reader.field === 2) text = reader.once('text').text(0, REQUEST_TEXT_BYTES_MAX)
    else reader.skip()
  }
  return { type: 'contact', request: reader.required(request, 'request'), text }
}

export function readDecline(reader: Reader): DeclineFrame {
  let request: string | undefined
  while (reader.next()) {
    if (reader.field === 1) request = readCode(reader, 'request')
    else reader.skip()
  }
  return { type: 'decline', request: reader.required(request, 'request') }
}

export function writeClocks(frame: ClocksFrame): Writer {
  const writer = new Writer(64 + 128 * frame.clocks.length).bool(1, frame.reset)
  for (const clock of frame.clocks) writer.message(2, writeClock(clock))
  if (frame.token) writer.message(3, writeToken(frame.token))
  return frame.digest ? writer.bytes(4, frame.digest) : writer
}

export function writeClocksWanted({ conversations = [] }: ClocksWantedFrame): Writer {
  const writer = new Writer(34 * conversations.length)
  for (const id of conversations) writer.bytes(1, idToBytes(id))
  return writer
}

/** Of one that names none, all are wanted. */
export function readClocksWanted(reader: Reader): ClocksWantedFrame {
  const conversations: ConversationId[] = []
  while (reader.next()) {
    if (reader.field === 1) {
      reader.each('conversations')
      if (conversations.length === CLOCKS_WANTED_MAX) reader.fail('are too many')
      conversations.push(idFromBytes<ConversationId>(reader.bytes(ID_BYTES, ID_BYTES)))
    } else reader.skip()
  }
  return { type: 'clocks_wanted', ...(conversations.length > 0 && { conversations }) }
}

export function readClocks(reader: Reader): ClocksFrame {
  let reset = false
  const clocks: ConversationClock[] = []
  let token: ResumeToken | undefined
  let digest: Uint8Array | undefined
  while (reader.next()) {
    if (reader.field === 1) reset = reader.once('reset').bool()
    else if (reader.field === 2) {
      reader.each('clocks')
      if (clocks.length === CLOCKS_PER_FRAME_MAX)
        reader.fail(`are more than ${CLOCKS_PER_FRAME_MAX}`)
      clocks.push(readClock(reader.message('clock')))
    } else if (reader.field === 3) token = readToken(reader.once('token').message('token'))
    else if (reader.field === 4) digest = reader.once('digest').bytes(DIGEST_BYTES, DIGEST_BYTES)
    else reader.skip()
  }
  if (!token !== !digest) reader.each('token and digest').fail('do not go without each other')
  return { type: 'clocks', reset, clocks, ...(token && { token }), ...(digest && { digest }) }
}

export function writeLog(log: { conversation: ConversationId; device: DeviceId }): Writer {
  return new Writer().bytes(1, idToBytes(log.conversation)).bytes(2, idToBytes(log.device))
}

export function readWant(reader: Reader): WantFrame {
  let conversation: ConversationId | undefined
  let device: DeviceId | undefined
  let first: number | undefined
  let last: number | undefined
  let credit: number | undefined
  while (reader.next()) {
    if (reader.field === 1) conversation = readId<ConversationId>(reader, 'conversation')
    else if (reader.field === 2) device = readId<DeviceId>(reader, 'device')
    else if (reader.field === 3) first = reader.once('first').uint(1, NUMBER_MAX)
    else if (reader.field === 4) last = reader.once('last').uint(1, NUMBER_MAX)
    else if (reader.field === 5) credit = reader.once('credit').uint(1, NUMBER_MAX)
    else reader.skip()
  }
  const want = {
    conversation: reader.required(conversation, 'conversation'),
    device: reader.required(device, 'device'),
    first: reader.required(first, 'first'),
    last: reader.required(last, 'last'),
    credit: reader.required(credit, 'credit'),
  }
  if (want.last < want.first) reader.each('last').fail('comes before first')
  return { type: 'want', ...want }
}

export function readCredit(reader: Reader): CreditFrame {
  let conversation: ConversationId | undefined
  let device: DeviceId | undefined
  let credit: number | undefined
  while (reader.next()) {
    if (reader.field === 1) conversation = readId<ConversationId>(reader, 'conversation')
    else if (reader.field === 2) device = readId<DeviceId>(reader, 'device')
    else if (reader.field === 3) credit = reader.once('credit').uint(1, NUMBER_MAX)
    else reader.skip()
  }
  return {
    type: 'credit',
    conversation: reader.required(conversation, 'conversation'),
    device: reader.required(device, 'device'),
    credit: reader.required(credit, 'credit'),
  }
}

export function readBye(reader: Reader): ByeFrame {
  let code: string | undefined
  let reason = ''
  while (reader.next()) {
    if (reader.field === 1) code = readCode(reader, 'code')
    else if (reader.field === 2) reason = reader.once('reason').text(0, REASON_BYTES_MAX)
    else reader.skip()
  }
  return { type: 'bye', code: reader.required(code, 'code'), reason }
}

/** A kind without fields, so far. */
export function readEmpty<T extends Frame>(reader: Reader, frame: T): T {
  while (reader.next()) reader.skip()
  return frame
}

/** As much of the words as a Bye may carry: why a session ends must not itself be an error. */
export function clipped(reason: string): string {
  const bytes = Buffer.from(reason)
  if (bytes.byteLength <= REASON_BYTES_MAX) return reason
  let end = REASON_BYTES_MAX
  // Not within a character: its later bytes are 10xxxxxx.
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1
  return bytes.toString('utf8', 0, end)
}

function readCode(reader: Reader, name: string): string {
  const code = reader.once(name).text(1, CODE_CHARS_MAX)
  if (!CODE.test(code)) reader.fail('is not a word of letters, digits, _ and -')
  return code
}
