// Frames on a stream: any fragmentation gives the same frames; what is too long never gets room.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import * as fc from 'fast-check'

import { FRAME_BYTES_MAX } from '../../src/core/limits.ts'
import { frameBytes, FrameSplitter } from '../../src/wire/framing.ts'

const payload = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 20 }),
  fc.integer({ min: 100, max: 40_000 }).map((size) => new Uint8Array(size).fill(size % 251)),
)

const hex = (frames: readonly Uint8Array[]): string[] =>
  frames.map((frame) => Buffer.from(frame).toString('hex'))

test('frames come out whole and in order, however the stream is cut', () => {
  fc.assert(
    fc.property(
      fc.array(payload, { minLength: 1, maxLength: 6 }),
      fc.array(fc.integer({ min: 1, max: 9000 }), { minLength: 1 }),
      (payloads, sizes) => {
        const stream = Buffer.concat(payloads.map(frameBytes))
        const splitter = new FrameSplitter()
        const frames: Uint8Array[] = []
        for (let at = 0, i = 0; at < stream.byteLength; i++) {
          const size = sizes[i % sizes.length] ?? 1
          frames.push(...splitter.push(stream.subarray(at, at + size)))
          at += size
        }
        assert.deepEqual(hex(frames), hex(payloads))
        assert.ok(splitter.idle)
      },
    ),
  )
})

test('frames come out whole from a stream of single bytes', () => {
  const payloads = [Buffer.from('a'), Buffer.alloc(300, 'b'), Buffer.alloc(20_000, 'c')]
  const splitter = new FrameSplitter()
  const stream = Buffer.concat(payloads.map(frameBytes))
  const frames = Array.from(stream, (byte) => splitter.push(Buffer.of(byte))).flat()
  assert.deepEqual(hex(frames), hex(payloads))
})

test('the longest frame is taken; one byte more is refused from its length alone', () => {
  const longest = frameBytes(new Uint8Array(FRAME_BYTES_MAX))
  assert.equal(new FrameSplitter().push(longest)[0]?.byteLength, FRAME_BYTES_MAX)

  assert.throws(() => frameBytes(new Uint8Array(FRAME_BYTES_MAX + 1)), RangeError)
  const length = Buffer.of(0x81, 0x80, 0x10)
  assert.throws(() => new FrameSplitter().push(length), { code: 'protocol_error' })
})

const BAD_LENGTHS: Record<string, string> = {
  'a length of 0': '00',
  'a length of 4 GiB': 'ffffffff0f',
  'a length that never ends': 'ffffffffffffffffffffff',
  'a length in more bytes than it needs': '8100',
  'a length of 0 in two bytes': '8000',
}

test('a bad length is refused, also when it comes in pieces', async (t) => {
  for (const [name, bytes] of Object.entries(BAD_LENGTHS)) {
    await t.test(name, () => {
      const refused = { code: 'protocol_error' }
      assert.throws(() => new FrameSplitter().push(Buffer.from(bytes, 'hex')), refused)
      const splitter = new FrameSplitter()
      assert.throws(() => {
        for (const byte of Buffer.from(bytes, 'hex')) splitter.push(Buffer.of(byte))
      }, refused)
    })
  }
})

test('after a refusal nothing more is read', () => {
  const splitter = new FrameSplitter()
  assert.throws(() => splitter.push(Buffer.of(0)), { code: 'protocol_error' })
  assert.throws(() => splitter.push(frameBytes(Buffer.of(1))), { code: 'protocol_error' })
})

test('a splitter knows when it stands within a frame', () => {
  const splitter = new FrameSplitter()
  assert.ok(splitter.idle)
  splitter.push(Buffer.of(5, 1, 2))
  assert.ok(!splitter.idle)
  splitter.push(Buffer.of(3, 4, 5))
  assert.ok(splitter.idle)
  splitter.push(Buffer.of(0x80))
  assert.ok(!splitter.idle)
})

test('each byte of a frame in pieces is copied once: the cost is linear', (t) => {
  const bytes = frameBytes(new Uint8Array(FRAME_BYTES_MAX))
  const splitter = new FrameSplitter()
  const set = t.mock.method(Uint8Array.prototype, 'set')
  for (let at = 0; at < bytes.byteLength; at += 64) splitter.push(bytes.subarray(at, at + 64))
  assert.ok(splitter.idle)
  const copied = set.mock.calls.reduce((sum, call) => sum + call.arguments[0].length, 0)
  assert.equal(copied, FRAME_BYTES_MAX)
})

test('a frame that lies within a piece is a view of it', () => {
  const piece = Buffer.concat([frameBytes(Buffer.of(1, 2)), frameBytes(Buffer.of(3))])
  for (const frame of new FrameSplitter().push(piece)) assert.equal(frame.buffer, piece.buffer)
})
