// Frames: every kind comes back as it was, and every rule of its fields is kept at this door.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import * as fc from 'fast-check'

import { isTidingsError } from '../../src/core/errors.ts'
import type { Frame } from '../../src/core/frames.ts'
import { type AccountId, idFromBytes, idToBytes } from '../../src/core/id.ts'
import {
  CLOCK_DEVICES_MAX,
  CLOCKS_PER_FRAME_MAX,
  DEVICES_MAX,
  ENTRY_BYTES_MAX,
  FRAME_BYTES_MAX,
  GROUP_VOUCHERS_MAX,
  NAME_BYTES_MAX,
  NUMBER_MAX,
  REASON_BYTES_MAX,
  REQUEST_TEXT_BYTES_MAX,
  RUN_BYTES_MAX,
  RUN_ENTRIES_MAX,
} from '../../src/core/limits.ts'
import { encodeEntry } from '../../src/wire/entry.ts'
import { decodeFrame, encodeFrame } from '../../src/wire/frames.ts'
import { groupId } from '../../src/wire/group-bodies.ts'
import { Reader } from '../../src/wire/reader.ts'
import { Writer } from '../../src/wire/writer.ts'
import { comparable, FRAMES, frame } from './arbitraries.ts'

const REFUSED = { code: 'protocol_error' }
const ID = new Uint8Array(32).fill(1)
const ID_TEXT = idFromBytes<AccountId>(ID)
const SIGNATURE = new Uint8Array(64)
const ENTRY = encodeEntry({ wallTimeMs: 1, deps: [], body: { kind: 'text', text: 'hi' } })

const inFrame = (kind: number, message: Writer): Uint8Array =>
  new Writer().message(kind, message).finish()
const id = (i: number): Uint8Array => {
  const bytes = Buffer.alloc(32)
  bytes.writeUInt32BE(i)
  return bytes
}
const log = (): Writer => new Writer().bytes(1, ID).bytes(2, ID)
const deviceList = (count = 1): Writer => {
  const writer = new Writer().bytes(1, ID).uint(2, 1)
  for (let i = 0; i < count; i++) writer.bytes(3, id(i))
  return writer.bytes(4, SIGNATURE)
}
const hello = (name: Uint8Array | string, devices: Writer = deviceList()): Uint8Array =>
  inFrame(1, new Writer().uint(1, 1).message(2, devices).bytes(3, Buffer.from(name)))
const run = (entries: readonly Uint8Array[], first = 1): Uint8Array => {
  const writer = log().uint(3, first).bytes(4, ID)
  for (const entry of entries) writer.bytes(5, entry)
  return inFrame(8, writer.bytes(6, SIGNATURE))
}
const clock = (devices: number): Writer => {
  const writer = new Writer().bytes(1, ID)
  for (let i = 0; i < devices; i++) writer.message(2, new Writer().bytes(1, id(i)).uint(2, 1))
  return writer
}
const clocks = (count: number): Uint8Array => {
  const writer = new Writer()
  for (let i = 0; i < count; i++) writer.message(2, new Writer().bytes(1, id(i)))
  return inFrame(4, writer)
}
/** Of a group that a list of one device makes. */
const groupEntry = encodeEntry({
  wallTimeMs: 1,
  deps: [],
  body: {
    kind: 'group_create',
    nonce: ID.subarray(16),
    name: 'crew',
    topic: '',
    open: false,
    devices: { account: ID_TEXT, version: 1, devices: [idFromBytes(ID)], signature: SIGNATURE },
    displayName: 'Ann',
  },
})
const runOfGroup = (conversation: Uint8Array): Writer =>
  new Writer()
    .bytes(1, conversation)
    .bytes(2, ID)
    .uint(3, 1)
    .bytes(4, ID)
    .bytes(5, ENTRY)
    .bytes(6, SIGNATURE)
const voucher = (conversation = idToBytes(groupId(groupEntry))): Writer =>
  new Writer().message(1, deviceList()).message(2, runOfGroup(conversation))
const groupInvite = (...vouchers: readonly Writer[]): Uint8Array => {
  const writer = new Writer().bytes(1, ID).bytes(2, groupEntry).string(3, 'crew')
  for (const each of vouchers) writer.message(6, each)
  return inFrame(16, writer)
}
const token = (): Writer => new Writer().bytes(1, new Uint8Array(8)).uint(2, 5)
/** An entry of exactly that many bytes, 32 KiB of them text at most. */
const entryOf = (size: number): Uint8Array => {
  const field = new Writer().bytes(3, new Uint8Array(size - ENTRY.byteLength - 4)).finish()
  return Buffer.concat([ENTRY, field])
}

for (const [type, arbitrary] of Object.entries(FRAMES)) {
  test(`a ${type} frame reads back as it was written`, () => {
    fc.assert(
      fc.property(arbitrary as fc.Arbitrary<Frame>, (value) => {
        assert.deepEqual(comparable(decodeFrame(encodeFrame(value))), comparable(value))
      }),
    )
  })
}

test('the bytes of a frame are views, not copies', () => {
  const bytes = run([ENTRY])
  const decoded = decodeFrame(bytes)
  assert.ok(decoded.type === 'run')
  assert.equal(decoded.run.entries[0]?.buffer, bytes.buffer)
})

test('a frame of a later version is unknown, whatever is in it', () => {
  assert.deepEqual(decodeFrame(inFrame(90, new Writer().uint(1, 5))), { type: 'unknown' })
  assert.deepEqual(decodeFrame(new Writer().uint(100, 5).finish()), { type: 'unknown' })
})

test('fields of later versions are passed over in every frame', () => {
  fc.assert(
    fc.property(frame, (value) => {
      const bytes = encodeFrame(value)
      const beside = Buffer.concat([bytes, new Writer().bytes(99, ID).finish()])
      assert.deepEqual(comparable(decodeFrame(beside)), comparable(value))

      const { field, inner } = kindOf(bytes)
      const within = Buffer.concat([inner, new Writer().uint(31, 7).finish()])
      const rebuilt = new Writer().bytes(field, within).finish()
      assert.deepEqual(comparable(decodeFrame(rebuilt)), comparable(value))
    }),
  )
})

/** The kind of a frame, and the message in it: what follows the key and the length. */
function kindOf(bytes: Uint8Array): { field: number; inner: Uint8Array } {
  const reader = new Reader(bytes, 'frame')
  assert.ok(reader.next())
  return { field: reader.field, inner: reader.each('kind').bytes(0, bytes.byteLength) }
}

test('a display name of one sign, of the longest size, and of any script is taken', () => {
  for (const name of [
    'A',
    'Zoë',
    '王小明',
    'محمد',
    '👩‍👩‍👧',
    'x'.repeat(NAME_BYTES_MAX),
    'O\u2019Neil 3',
  ]) {
    const decoded = decodeFrame(hello(name))
    assert.ok(decoded.type === 'hello' && decoded.name === name)
  }
})

const place = (seq: number): Writer => new Writer().bytes(1, ID).uint(2, seq)

const NO_FRAMES: Record<string, Uint8Array> = {
  'no bytes': new Uint8Array(),
  'two kinds': new Writer().message(10, new Writer()).message(11, new Writer()).finish(),
  'one kind twice': new Writer().message(10, new Writer()).message(10, new Writer()).finish(),
  'a kind that is a number': new Writer().uint(10, 1).finish(),
  'typing nowhere': inFrame(15, new Writer().bool(2, true)),
  'typing in half a conversation': inFrame(15, new Writer().bytes(1, ID.subarray(16))),
  'typing that is stopped twice over': inFrame(15, new Writer().bytes(1, ID).uint(2, 2)),
  'a dial back without a port': inFrame(21, new Writer()),
  'a dial back to a port that none is': inFrame(21, new Writer().uint(1, 65_536)),
  'dialed back, heard somehow': inFrame(22, new Writer().uint(2, 3)),
  'dialed back after the year 9999': inFrame(22, new Writer().uint(3, 253_402_300_800_000)),
  'a read mark for others alone': inFrame(9, new Writer().message(2, place(1))),
  'read marks that name a device twice': inFrame(
    9,
    new Writer().message(1, new Writer().bytes(1, ID)).message(2, place(1)).message(2, place(2)),
  ),
  'a hello without a list': inFrame(1, new Writer().uint(1, 1).bytes(3, Buffer.from('Ann'))),
  'a hello of version 0': inFrame(
    1,
    new Writer().message(2, deviceList()).bytes(3, Buffer.from('Ann')),
  ),
  'a hello without a name': inFrame(1, new Writer().uint(1, 1).message(2, deviceList())),
  'an empty name': hello(''),
  'a name over the limit': hello('x'.repeat(NAME_BYTES_MAX + 1)),
  'a name that is not UTF-8': hello(Buffer.of(0x41, 0xff)),
  'a name with an escape': hello('Ann\u001b[31m'),
  'a name with a line feed': hello('Ann\nBob'),
  'a name that turns the line around': hello('Ann\u202etxt'),
  'a name of spaces': hello('   '),
  'an agent with a control': inFrame(
    1,
    new Writer()
      .uint(1, 1)
      .message(2, deviceList())
      .bytes(3, Buffer.from('Ann'))
      .bytes(4, Buffer.of(7)),
  ),
  'a list without devices': hello('Ann', deviceList(0)),
  'a list of too many devices': hello('Ann', deviceList(DEVICES_MAX + 1)),
  'a list of one device twice': hello(
    'Ann',
    new Writer().bytes(1, ID).uint(2, 1).bytes(3, ID).bytes(3, ID).bytes(4, SIGNATURE),
  ),
  'a list of version 0': hello('Ann', new Writer().bytes(1, ID).bytes(3, ID).bytes(4, SIGNATURE)),
  'a list with a short signature': hello(
    'Ann',
    new Writer().bytes(1, ID).uint(2, 1).bytes(3, ID).bytes(4, SIGNATURE.subarray(1)),
  ),
  'a contact without a request': inFrame(2, new Writer().string(2, 'hi')),
  'a request of odd characters': inFrame(2, new Writer().string(1, 'a b')),
  'a contact text over the limit': inFrame(
    2,
    new Writer().string(1, 'r1').string(2, 'x'.repeat(REQUEST_TEXT_BYTES_MAX + 1)),
  ),
  'a decline without a request': inFrame(3, new Writer()),
  'a clock without a conversation': inFrame(4, new Writer().message(2, new Writer())),
  'a clock with a device at 0': inFrame(
    4,
    new Writer().message(2, new Writer().bytes(1, ID).message(2, new Writer().bytes(1, ID))),
  ),
  'a clock with a device twice': inFrame(
    4,
    new Writer().message(2, clock(1).message(2, new Writer().bytes(1, id(0)).uint(2, 2))),
  ),
  'a reset that is 2': inFrame(4, new Writer().uint(1, 2)),
  'a token without a digest': inFrame(4, new Writer().message(3, token())),
  'a digest without a token': inFrame(4, new Writer().bytes(4, new Uint8Array(16))),
  'a token with a short epoch': inFrame(
    4,
    new Writer().message(3, new Writer().bytes(1, new Uint8Array(7))).bytes(4, new Uint8Array(16)),
  ),
  'a want from 0': inFrame(6, log().uint(4, 5).uint(5, 1)),
  'a want that ends before it begins': inFrame(6, log().uint(3, 5).uint(4, 4).uint(5, 1)),
  'a want without credit': inFrame(6, log().uint(3, 5).uint(4, 5)),
  'a credit of nothing': inFrame(7, log()),
  'a credit over 2^53 - 1': inFrame(7, log().raw(Buffer.from('188080808080808010', 'hex'))),
  'a run without entries': run([]),
  'a run from 0': run([ENTRY], 0),
  'a run past the highest number': run([ENTRY, ENTRY], NUMBER_MAX),
  'a run with an empty entry': run([new Uint8Array()]),
  'a run with something that is no entry': run([ENTRY, Buffer.of(8)]),
  'a run without a chain': inFrame(8, log().uint(3, 1).bytes(5, ENTRY).bytes(6, SIGNATURE)),
  'a voucher without a list': groupInvite(new Writer().message(2, runOfGroup(ID))),
  'a voucher without a run': groupInvite(new Writer().message(1, deviceList())),
  'a voucher of another conversation': groupInvite(voucher(), voucher(ID)),
  'a read without a clock': inFrame(9, new Writer()),
  'a bye without a code': inFrame(12, new Writer().string(2, 'so long')),
  'a reason over the limit': inFrame(
    12,
    new Writer().string(1, 'x').string(2, 'y'.repeat(REASON_BYTES_MAX + 1)),
  ),
}

test('what breaks a rule is refused', async (t) => {
  for (const [name, bytes] of Object.entries(NO_FRAMES)) {
    await t.test(name, () => assert.throws(() => decodeFrame(bytes), REFUSED))
  }
})

test('each bound is met exactly', () => {
  const small = (count: number): Uint8Array[] => Array.from({ length: count }, () => ENTRY)
  decodeFrame(run(small(RUN_ENTRIES_MAX)))
  assert.throws(() => decodeFrame(run(small(RUN_ENTRIES_MAX + 1))), REFUSED)

  decodeFrame(run([entryOf(ENTRY_BYTES_MAX)]))
  assert.throws(() => decodeFrame(run([entryOf(ENTRY_BYTES_MAX + 1)])), REFUSED)

  // A page is full at RUN_BYTES_MAX; the entry that reaches it may go over.
  const half = entryOf(RUN_BYTES_MAX / 2)
  decodeFrame(run([half, half, ENTRY]))
  assert.throws(() => decodeFrame(run([half, half, ENTRY, ENTRY])), REFUSED)

  const vouchers = (count: number): Writer[] => Array.from({ length: count }, () => voucher())
  decodeFrame(groupInvite(...vouchers(GROUP_VOUCHERS_MAX)))
  assert.throws(() => decodeFrame(groupInvite(...vouchers(GROUP_VOUCHERS_MAX + 1))), REFUSED)

  decodeFrame(hello('Ann', deviceList(DEVICES_MAX)))
  decodeFrame(clocks(CLOCKS_PER_FRAME_MAX))
  assert.throws(() => decodeFrame(clocks(CLOCKS_PER_FRAME_MAX + 1)), REFUSED)
  decodeFrame(inFrame(9, new Writer().message(1, clock(CLOCK_DEVICES_MAX))))
  const more = inFrame(9, new Writer().message(1, clock(CLOCK_DEVICES_MAX + 1)))
  assert.throws(() => decodeFrame(more), REFUSED)

  const padding = new Writer().bytes(99, new Uint8Array(FRAME_BYTES_MAX - 7)).finish()
  const ping = encodeFrame({ type: 'ping' })
  const full = Buffer.concat([ping, padding])
  assert.equal(full.byteLength, FRAME_BYTES_MAX)
  decodeFrame(full)
  assert.throws(() => decodeFrame(Buffer.concat([full, Buffer.of(0)])), REFUSED)
})

test('a frame that is cut short, or has one byte changed, is refused or read: nothing else', () => {
  fc.assert(
    fc.property(frame, fc.nat(), fc.nat(255), (value, at, byte) => {
      const bytes = Uint8Array.from(encodeFrame(value))
      const cut = bytes.subarray(0, at % bytes.length)
      assert.throws(() => decodeFrame(cut), REFUSED)
      bytes[at % bytes.length] = byte
      readOrRefused(bytes)
    }),
  )
})

test('random bytes are refused or read: nothing else', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), readOrRefused), { numRuns: 500 })
})

function readOrRefused(bytes: Uint8Array): void {
  try {
    decodeFrame(bytes)
  } catch (error) {
    assert.ok(isTidingsError(error, 'protocol_error'), String(error))
  }
}

test('devices at 0 are left out of a clock', () => {
  const [value] = fc.sample(FRAMES.read, 1)
  assert.ok(value)
  const [zero] = fc.sample(FRAMES.want, 1)
  assert.ok(zero)
  const seqs = new Map(value.clock.seqs).set(zero.device, 0)
  const bytes = encodeFrame({ ...value, clock: { ...value.clock, seqs } })
  assert.deepEqual(comparable(decodeFrame(bytes)), comparable(value))
})

test('the words of a bye are cut to fit, at the end of a character', () => {
  const reason = 'a' + 'é'.repeat(REASON_BYTES_MAX)
  const decoded = decodeFrame(encodeFrame({ type: 'bye', code: 'internal', reason }))
  assert.ok(decoded.type === 'bye')
  assert.equal(decoded.reason, 'a' + 'é'.repeat(REASON_BYTES_MAX / 2 - 1))
})

test('a frame that would be too large is not written', () => {
  const [value] = fc.sample(FRAMES.run, 1)
  assert.ok(value)
  const entries = Array.from({ length: 5 }, () => entryOf(ENTRY_BYTES_MAX))
  assert.throws(() => encodeFrame({ type: 'run', run: { ...value.run, entries } }), RangeError)
})

test('a proof of a fork names a place that its run covers, and has all its parts', () => {
  const fork = (seq: number, hash = ID): Uint8Array => {
    const message = log().uint(3, 5).bytes(4, ID).bytes(5, ENTRY).bytes(6, SIGNATURE)
    const frame = new Writer().message(1, message).uint(2, seq).bytes(3, hash)
    return inFrame(13, frame.bytes(4, SIGNATURE))
  }
  for (const seq of [4, 5]) assert.equal(decodeFrame(fork(seq)).type, 'fork')
  for (const seq of [0, 3, 6, NUMBER_MAX]) assert.throws(() => decodeFrame(fork(seq)), REFUSED)
  assert.throws(() => decodeFrame(fork(4, ID.subarray(1))), REFUSED)
  assert.throws(() => decodeFrame(inFrame(13, new Writer().uint(2, 4))), REFUSED)
})

test('a mark has 16 bytes', () => {
  const marked = (bytes: number): Uint8Array => {
    const seq = new Writer().bytes(1, ID).uint(2, 1).bytes(3, new Uint8Array(bytes))
    return inFrame(4, new Writer().message(2, new Writer().bytes(1, ID).message(2, seq)))
  }
  assert.equal(decodeFrame(marked(16)).type, 'clocks')
  for (const bytes of [0, 15, 17]) assert.throws(() => decodeFrame(marked(bytes)), REFUSED)
})
