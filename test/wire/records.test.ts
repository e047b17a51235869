// What the store keeps in binary form comes back as it was, and damage never passes for data.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import * as fc from 'fast-check'

import type { AccountId, ConversationId, DeviceId } from '../../src/core/id.ts'
import { idFromBytes } from '../../src/core/id.ts'
import { NUMBER_MAX, ORDER_CHUNK_ENTRIES } from '../../src/core/limits.ts'
import { EMPTY_CHUNK } from '../../src/core/order-chunk.ts'
import type { EventRecord, HeadRecord } from '../../src/core/records.ts'
import type { Run } from '../../src/core/run.ts'
import { DIGEST_BYTES, logDigest } from '../../src/core/sync/log-digest.ts'
import {
  decodeChanges,
  decodePin,
  encodeChanges,
  encodePin,
} from '../../src/wire/change-records.ts'
import {
  decodeChunk,
  decodeEvent,
  decodeHead,
  decodeRun,
  encodeChunk,
  encodeEvent,
  encodeHead,
  encodeRun,
} from '../../src/wire/records.ts'

const PLAIN = { noNullPrototype: true }

const bytes = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length })
const conversation = bytes(32).map((id) => idFromBytes<ConversationId>(id))
const device = bytes(32).map((id) => idFromBytes<DeviceId>(id))
const account = bytes(32).map((id) => idFromBytes<AccountId>(id))
const number = fc.oneof(fc.nat(300), fc.maxSafeNat())
const positive = number.map((n) => Math.max(1, n))

const run: fc.Arbitrary<Run> = fc.record(
  {
    conversation,
    device,
    first: number.map((n) => n + 1).filter(Number.isSafeInteger),
    prevHash: bytes(32),
    entries: fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), {
      minLength: 1,
      maxLength: 20,
    }),
    signature: bytes(64),
  },
  PLAIN,
)

const head: fc.Arbitrary<HeadRecord> = fc
  .record(
    {
      conversation,
      device,
      head: fc.record({ seq: number, hash: bytes(32) }),
      forked: fc.boolean(),
      shown: number,
      logical: number,
      changedAt: number,
    },
    PLAIN,
  )
  .map((record) => ({ ...record, shown: Math.min(record.shown, record.head.seq) }))

const event: fc.Arbitrary<EventRecord> = fc.oneof(
  fc
    .record({ conversation, device, places: fc.tuple(number, number) })
    .map(({ conversation, device, places: [a, b] }) => {
      const first = Math.max(1, Math.min(a, b))
      return { type: 'shown' as const, conversation, device, first, last: Math.max(first, a, b) }
    }),
  fc.record(
    {
      type: fc.constant('contact' as const),
      account,
      state: fc.constantFrom('friend', 'requested', 'incoming', 'blocked', 'removed'),
    },
    PLAIN,
  ),
)

/** Buffers and Uint8Arrays alike. */
function plain(value: Run): unknown {
  return {
    ...value,
    prevHash: [...value.prevHash],
    entries: value.entries.map((entry) => [...entry]),
    signature: [...value.signature],
  }
}

test('a stored run reads back as it was', () => {
  fc.assert(
    fc.property(run, (value) => {
      assert.deepEqual(plain(decodeRun(encodeRun(value), value)), plain(value))
    }),
  )
})

test('a stored head reads back as it was', () => {
  fc.assert(
    fc.property(head, (value) => {
      const back = decodeHead(encodeHead(value), value)
      assert.deepEqual([...back.head.hash], [...value.head.hash])
      const { digest, ...record } = back
      assert.deepEqual({ ...record, head: record.head.seq }, { ...value, head: value.head.seq })
      const part = logDigest(value.conversation, value.device, value.head.seq)
      assert.deepEqual(digest, part)
    }),
  )
})

test('a stored head of an older version reads without a digest', () => {
  fc.assert(
    fc.property(head, (value) => {
      const bytes = encodeHead(value)
      const older = Buffer.concat([
        Buffer.of(1),
        bytes.subarray(1, bytes.byteLength - DIGEST_BYTES),
      ])
      const { digest, ...record } = decodeHead(older, value)
      assert.equal(digest, undefined)
      assert.equal(record.head.seq, value.head.seq)
    }),
  )
})

test('a stored event reads back as it was', () => {
  fc.assert(
    fc.property(event, (value) => {
      assert.deepEqual(decodeEvent(encodeEvent(value)), value)
    }),
  )
})

test('rising logical times read back as they were, a byte each where they rise by little', () => {
  const steps = fc.array(fc.integer({ min: 1, max: 2 ** 40 }), { maxLength: ORDER_CHUNK_ENTRIES })
  fc.assert(
    fc.property(steps, (rises) => {
      let logical = 0
      const logicals = rises.map((rise) => (logical += rise))
      const chunk = { logicals, changesBefore: 0, changes: [] }
      assert.deepEqual(decodeChunk(encodeChunk(chunk)), chunk)
    }),
  )
  const dense = Array.from({ length: ORDER_CHUNK_ENTRIES }, (_, i) => NUMBER_MAX - 100 + i)
  assert.equal(
    encodeChunk({ ...EMPTY_CHUNK, logicals: dense }).byteLength,
    2 + 8 + ORDER_CHUNK_ENTRIES - 1,
  )
})

test('logical times that do not rise cannot be written', () => {
  assert.throws(() => encodeChunk({ ...EMPTY_CHUNK, logicals: [5, 4] }), RangeError)
})

test('a chunk of the order says which entries are changes, and how many were before', () => {
  fc.assert(
    fc.property(fc.subarray([0, 1, 2, 3, 4, 5, 6]), number, (changes, changesBefore) => {
      const chunk = { logicals: [1, 3, 4, 5, 6, 9, 12], changesBefore, changes }
      assert.deepEqual(decodeChunk(encodeChunk(chunk)), chunk)
    }),
  )
  const beyond = encodeChunk({ logicals: [1, 2], changesBefore: 1, changes: [2] })
  assert.throws(() => decodeChunk(beyond), { code: 'database_damaged' })
  const twice = encodeChunk({ logicals: [1, 2], changesBefore: 1, changes: [1, 1] })
  assert.throws(() => decodeChunk(twice), { code: 'database_damaged' })
})

const spot = fc.record({ seq: positive, logical: positive }, PLAIN)
const changesBy = fc.record(
  {
    device,
    edits: fc.array(spot, { maxLength: 5 }),
    deletions: fc.array(spot, { maxLength: 5 }),
    reactions: fc.array(
      fc.record(
        {
          seq: positive,
          logical: positive,
          removed: fc.boolean(),
          emoji: fc.constantFrom('👍', 'x'),
        },
        PLAIN,
      ),
      { maxLength: 5 },
    ),
    pins: fc.array(fc.record({ seq: positive, logical: positive, removed: fc.boolean() }, PLAIN), {
      maxLength: 5,
    }),
  },
  PLAIN,
)

test('what a device did to a message, and a pin, read back as they were', () => {
  fc.assert(
    fc.property(changesBy, positive, (changes, seq) => {
      assert.deepEqual(decodeChanges(encodeChanges(changes)), changes)
      const pin = { device: changes.device, seq }
      assert.deepEqual(decodePin(encodePin(pin)), pin)
    }),
  )
})

test('a record that is cut short, too long, or of a later layout is damage', () => {
  const log = fc.sample(run, 1)[0]
  assert.ok(log)
  const [headRecord] = fc.sample(head, 1)
  const [eventRecord] = fc.sample(event, 1)
  const [deed] = fc.sample(changesBy, 1)
  assert.ok(headRecord && eventRecord && deed)
  const records: [Uint8Array, (bytes: Uint8Array) => unknown][] = [
    [encodeRun(log), (bytes) => decodeRun(bytes, log)],
    [encodeHead(headRecord), (bytes) => decodeHead(bytes, log)],
    [encodeChunk({ ...EMPTY_CHUNK, logicals: [1, 2, 300] }), decodeChunk],
    [encodeChunk({ logicals: [1, 2, 300], changesBefore: 300, changes: [0, 2] }), decodeChunk],
    [encodeChanges(deed), decodeChanges],
    [encodePin({ device: deed.device, seq: 300 }), decodePin],
    [encodeEvent(eventRecord), decodeEvent],
  ]
  for (const [good, decode] of records) {
    decode(good)
    for (let length = 0; length < good.byteLength; length++) {
      assert.throws(() => decode(good.slice(0, length)), { code: 'database_damaged' })
    }
    assert.throws(() => decode(Buffer.concat([good, Buffer.of(0)])), { code: 'database_damaged' })
    const later = good.slice()
    later[0] = 3
    assert.throws(() => decode(later), { code: 'database_damaged' })
  }
})

test('random bytes never read as a record other than by being one', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), run, (garbage, log) => {
      for (const decode of [
        (b: Uint8Array) => decodeRun(b, log),
        (b: Uint8Array) => decodeHead(b, log),
        decodeChanges,
        decodeChunk,
        decodeEvent,
        decodePin,
      ]) {
        try {
          decode(garbage)
        } catch (error) {
          assert.equal((error as { code?: string }).code, 'database_damaged')
        }
      }
    }),
  )
})
