// Frames of which one field is out of range: for each rule of docs/PROTOCOL.md, section 8, what
// breaks it. Made by the plain writer, since the codec refuses to.
import { idToBytes } from '../../src/core/id.ts'
import {
  ADDRESS_CHARS_MAX,
  CLOCK_DEVICES_MAX,
  CLOCKS_PER_FRAME_MAX,
  DEPS_MAX,
  DEVICES_MAX,
  ENTRY_BYTES_MAX,
  NUMBER_MAX,
  RUN_BYTES_MAX,
  RUN_ENTRIES_MAX,
  TEXT_BYTES_MAX,
  WALL_TIME_MS_MAX,
} from '../../src/core/limits.ts'
import { encodeEntry } from '../../src/wire/entry.ts'
import { Writer } from '../../src/wire/writer.ts'
import type { Foe } from './foe.ts'

type Fill = (writer: Writer) => Writer
export type BadFrame = readonly [name: string, bytes: Uint8Array]

const make = (fill: Fill): Writer => fill(new Writer())
const id = (byte: number): Uint8Array => new Uint8Array(32).fill(byte)
/** Ascending ids. */
const ids = (count: number): Uint8Array[] =>
  Array.from({ length: count }, (_, i) => {
    const bytes = Buffer.alloc(32)
    bytes.writeUInt32BE(i)
    return bytes
  })
/** 2^53, which `number` refuses to write. */
const TOO_MUCH = Uint8Array.of(0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10)
const tooMuch = (writer: Writer, field: number): Writer => writer.number(field * 8).raw(TOO_MUCH)
const zero = (writer: Writer, field: number): Writer => writer.number(field * 8).number(0)

function frame(kind: number, fill: Fill): Uint8Array {
  return new Writer().message(kind, make(fill)).finish()
}

/** As the first frame. */
export function badHellos(foe: Foe): BadFrame[] {
  const { devices } = foe.hello()
  const list = make((w) =>
    w
      .bytes(1, idToBytes(devices.account))
      .uint(2, 1)
      .bytes(3, idToBytes(foe.device.id))
      .bytes(4, devices.signature),
  )
  const signature = new Uint8Array(64)
  const hello = (fill: Fill, own: Writer = list): Uint8Array =>
    frame(1, (w) => fill(w.uint(1, 1).message(2, own)))
  const named = (fill: Fill, own?: Writer): Uint8Array => hello((w) => fill(w.string(3, 'M')), own)
  const listOf = (fill: Fill): Uint8Array => named((w) => w, make(fill))
  return [
    ['hello without a version', frame(1, (w) => w.message(2, list).string(3, 'M'))],
    [
      'version 2^32',
      frame(1, (w) =>
        w
          .uint(1, 2 ** 32)
          .message(2, list)
          .string(3, 'M'),
      ),
    ],
    ['version twice', named((w) => w.uint(1, 1))],
    ['no device list', frame(1, (w) => w.uint(1, 1).string(3, 'M'))],
    ['no devices', listOf((w) => w.bytes(1, id(1)).uint(2, 1).bytes(4, signature))],
    ['65 devices', listOf((w) => manyDevices(w).bytes(4, signature))],
    [
      'devices not in order',
      listOf((w) =>
        w.bytes(1, id(1)).uint(2, 1).bytes(3, id(3)).bytes(3, id(2)).bytes(4, signature),
      ),
    ],
    [
      'an account of 31 bytes',
      listOf((w) => w.bytes(1, id(1).subarray(1)).uint(2, 1).bytes(3, id(2)).bytes(4, signature)),
    ],
    ['a list of version 0', listOf((w) => w.bytes(1, id(1)).bytes(3, id(2)).bytes(4, signature))],
    [
      'a list of version 2^53',
      listOf((w) =>
        tooMuch(w.bytes(1, id(1)), 2)
          .bytes(3, id(2))
          .bytes(4, signature),
      ),
    ],
    [
      'a list signature of 63 bytes',
      listOf((w) => w.bytes(1, id(1)).uint(2, 1).bytes(3, id(2)).bytes(4, signature.subarray(1))),
    ],
    ['no name', hello((w) => w)],
    ['a name of 65 bytes', hello((w) => w.string(3, 'm'.repeat(65)))],
    ['a name with a line break', hello((w) => w.string(3, 'a\nb'))],
    ['a name with an escape', hello((w) => w.string(3, '\u001b[2J'))],
    ['a name that turns text around', hello((w) => w.string(3, 'a\u202eb'))],
    ['a name with nothing to see', hello((w) => w.string(3, '\u200b'))],
    ['a name that is not UTF-8', hello((w) => w.bytes(3, Uint8Array.of(0xff)))],
    ['an agent of 65 characters', named((w) => w.string(4, 'a'.repeat(65)))],
    ['an agent with a control character', named((w) => w.string(4, 'a\u0007'))],
    ['nine addresses', named((w) => nineAddresses(w))],
    [
      'an address of 129 characters',
      named((w) => w.string(6, `/${'a'.repeat(ADDRESS_CHARS_MAX)}`)),
    ],
    ['an address that is none', named((w) => w.string(6, '10.0.0.1'))],
    [
      'an epoch of 7 bytes',
      named((w) =>
        w.message(
          5,
          make((t) => t.bytes(1, new Uint8Array(7))),
        ),
      ),
    ],
    ['a list that is a number', frame(1, (w) => w.uint(1, 1).uint(2, 1).string(3, 'M'))],
    ['two kinds in one frame', Buffer.concat([named((w) => w), frame(10, (w) => w)])],
    ['a group', Buffer.concat([named((w) => w), Uint8Array.of(0x7b, 0x7c)])],
    ['a frame that is cut short', named((w) => w).subarray(0, -1)],
  ]
}

function manyDevices(writer: Writer): Writer {
  writer.bytes(1, id(1)).uint(2, 1)
  for (const device of ids(DEVICES_MAX + 1)) writer.bytes(3, device)
  return writer
}

function nineAddresses(writer: Writer): Writer {
  for (let i = 0; i < 9; i++) writer.string(6, '/ip4/127.0.0.1/tcp/1')
  return writer
}

/** Of a contact, in a session. */
export function badFrames(foe: Foe): BadFrame[] {
  return [...badWords(), ...badClocks(foe), ...badRuns(foe)]
}

function badWords(): BadFrame[] {
  const log = (w: Writer): Writer => w.bytes(1, id(1)).bytes(2, id(2))
  return [
    ['a contact without a request', frame(2, (w) => w.string(2, 'hi'))],
    ['a request of 65 characters', frame(2, (w) => w.string(1, 'r'.repeat(65)))],
    ['a request that is no word', frame(2, (w) => w.string(1, 'a b'))],
    ['a text of 1025 bytes', frame(2, (w) => w.string(1, 'r').string(2, 'x'.repeat(1025)))],
    ['a text that is not UTF-8', frame(2, (w) => w.string(1, 'r').bytes(2, Uint8Array.of(0xc0)))],
    ['a decline of nothing', frame(3, (w) => w)],
    ['a want from 0', frame(6, (w) => log(w).uint(4, 1).uint(5, 1))],
    ['a want that ends before it begins', frame(6, (w) => log(w).uint(3, 2).uint(4, 1).uint(5, 1))],
    ['a want of no credit', frame(6, (w) => log(w).uint(3, 1).uint(4, 1))],
    ['a want to 2^53', frame(6, (w) => tooMuch(log(w).uint(3, 1), 4).uint(5, 1))],
    ['a want of no log', frame(6, (w) => w.uint(3, 1).uint(4, 1).uint(5, 1))],
    ['a credit of 0', frame(7, log)],
    ['a credit of 2^53', frame(7, (w) => tooMuch(log(w), 3))],
    ['a read of nothing', frame(9, (w) => w)],
    ['a bye whose code is no word', frame(12, (w) => w.string(1, 'a b'))],
    [
      'a bye with 257 bytes of reason',
      frame(12, (w) => w.string(1, 'a').string(2, 'x'.repeat(257))),
    ],
    ['no kind and no byte', new Uint8Array()],
    ['field number 0', Uint8Array.of(0x02, 0x00)],
    [
      'a number of more bytes than it needs',
      frame(6, (w) => log(w).number(24).raw(Uint8Array.of(0x81, 0x00))),
    ],
    ['a number without end', Uint8Array.of(0x78, ...new Uint8Array(10).fill(0xff))],
  ]
}

function badClocks(foe: Foe): BadFrame[] {
  const own = idToBytes(foe.conversation)
  const clock = (fill: Fill): Uint8Array =>
    frame(4, (w) =>
      w.message(
        2,
        make((c) => fill(c.bytes(1, own))),
      ),
    )
  const seq = (device: Uint8Array, fill: Fill): Writer => make((w) => fill(w.bytes(1, device)))
  const token = make((w) => w.bytes(1, new Uint8Array(8)).uint(2, 1))
  const many =
    (count: number, add: (w: Writer, each: Uint8Array) => unknown): Fill =>
    (w) => {
      for (const each of ids(count)) add(w, each)
      return w
    }
  return [
    [
      '513 clocks',
      frame(
        4,
        many(CLOCKS_PER_FRAME_MAX + 1, (w, each) =>
          w.message(
            2,
            make((c) => c.bytes(1, each)),
          ),
        ),
      ),
    ],
    [
      '2049 devices in a clock',
      clock(
        many(CLOCK_DEVICES_MAX + 1, (w, each) =>
          w.message(
            2,
            seq(each, (s) => s.uint(2, 1)),
          ),
        ),
      ),
    ],
    [
      'a conversation of 31 bytes',
      frame(4, (w) =>
        w.message(
          2,
          make((c) => c.bytes(1, id(1).subarray(1))),
        ),
      ),
    ],
    ['a clock of no conversation', frame(4, (w) => w.message(2, new Writer()))],
    [
      'a device at 0',
      clock((w) =>
        w.message(
          2,
          seq(id(1), (s) => zero(s, 2)),
        ),
      ),
    ],
    [
      'a device at 2^53',
      clock((w) =>
        w.message(
          2,
          seq(id(1), (s) => tooMuch(s, 2)),
        ),
      ),
    ],
    [
      'a device twice',
      clock((w) =>
        w
          .message(
            2,
            seq(id(1), (s) => s.uint(2, 1)),
          )
          .message(
            2,
            seq(id(1), (s) => s.uint(2, 2)),
          ),
      ),
    ],
    ['a token without a digest', frame(4, (w) => w.message(3, token))],
    ['a digest of 15 bytes', frame(4, (w) => w.message(3, token).bytes(4, new Uint8Array(15)))],
    ['a reset of 2', frame(4, (w) => w.uint(1, 2))],
  ]
}

function badRuns(foe: Foe): BadFrame[] {
  const entry = encodeEntry({ wallTimeMs: 1, deps: [], body: { kind: 'text', text: 'INVALID' } })
  interface Parts {
    readonly first?: number
    readonly entries?: readonly Uint8Array[]
    readonly hashBytes?: number
    readonly signatureBytes?: number
  }
  const run = ({
    first = 1,
    entries = [entry],
    hashBytes = 32,
    signatureBytes = 64,
  }: Parts): Uint8Array =>
    frame(8, (w) => {
      w.bytes(1, idToBytes(foe.conversation)).bytes(2, idToBytes(foe.device.id))
      w.number(24).number(first).bytes(4, new Uint8Array(hashBytes))
      for (const each of entries) w.bytes(5, each)
      return w.bytes(6, new Uint8Array(signatureBytes))
    })
  const text = (w: Writer, words: string): Writer =>
    w.message(
      16,
      make((t) => t.string(1, words)),
    )
  const one = (fill: Fill): Uint8Array => run({ entries: [make(fill).finish()] })
  const dep = (device: Uint8Array, seq: number): Writer =>
    make((w) => zeroOr(w.bytes(1, device), seq))
  const zeroOr = (w: Writer, seq: number): Writer => (seq === 0 ? zero(w, 2) : w.uint(2, seq))
  const large = make((w) => text(w, 'x'.repeat(TEXT_BYTES_MAX))).finish()
  return [
    ['a run of nothing', run({ entries: [] })],
    ['a run from 0', run({ first: 0 })],
    ['a run past 2^53 - 1', run({ first: NUMBER_MAX, entries: [entry, entry] })],
    ['a hash of 31 bytes', run({ hashBytes: 31 })],
    ['a signature of 63 bytes', run({ signatureBytes: 63 })],
    ['4097 entries', run({ entries: Array.from({ length: RUN_ENTRIES_MAX + 1 }, () => entry) })],
    [
      'entries of more than 128 KiB',
      run({ entries: Array.from({ length: RUN_BYTES_MAX / TEXT_BYTES_MAX + 2 }, () => large) }),
    ],
    ['an entry of more than 64 KiB', one((w) => w.bytes(17, new Uint8Array(ENTRY_BYTES_MAX)))],
    ['an entry without a body', one((w) => w.uint(1, 5))],
    ['an entry with two bodies', one((w) => text(text(w, 'INVALID'), 'INVALID'))],
    [
      'a text of nothing',
      one((w) =>
        w.message(
          16,
          make((t) => t.bytes(1, new Uint8Array())),
        ),
      ),
    ],
    ['a text of 32769 bytes', one((w) => text(w, 'x'.repeat(TEXT_BYTES_MAX + 1)))],
    [
      'a text that is not UTF-8',
      one((w) =>
        w.message(
          16,
          make((t) => t.bytes(1, Uint8Array.of(0xed, 0xa0, 0x80))),
        ),
      ),
    ],
    ['a time after the year 9999', one((w) => text(w.uint(1, WALL_TIME_MS_MAX + 1), 'INVALID'))],
    [
      '257 deps',
      one((w) =>
        text(
          ids(DEPS_MAX + 1).reduce((all, each) => all.message(2, dep(each, 1)), w),
          'INVALID',
        ),
      ),
    ],
    [
      'deps that descend',
      one((w) => text(w.message(2, dep(id(2), 1)).message(2, dep(id(1), 1)), 'INVALID')),
    ],
    ['a dep on entry 0', one((w) => text(w.message(2, dep(id(1), 0)), 'INVALID'))],
  ]
}
