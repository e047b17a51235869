import assert from 'node:assert/strict'
import { test } from 'node:test'

import { assert as assertAll, maxSafeNat, property } from 'fast-check'

import {
  eventKey,
  headKey,
  keyOfRecordKey,
  logIdOf,
  logOfKey,
  logRange,
  numberOfKey,
  orderKey,
  placeOfEventKey,
  recordKey,
  recordRange,
  runKey,
  tagRange,
} from '../../src/store/keys.ts'
import { SampleLog } from './samples.ts'

const seq = maxSafeNat()
const LOG = Buffer.alloc(16, 0xee)

test('byte order is the order of the numbers, and keys give their numbers back', () => {
  assertAll(
    property(seq, seq, (a, b) => {
      const keys = [runKey(LOG, a), runKey(LOG, b)] as const
      assert.equal(Math.sign(Buffer.compare(...keys)), Math.sign(a - b))
      assert.equal(numberOfKey(keys[0]), a)
      assert.deepEqual(logOfKey(keys[0]), LOG)
      assert.deepEqual(placeOfEventKey(eventKey(a, 7)), { position: a, index: 7 })
    }),
  )
})

test('the range of a log holds its keys and no others', () => {
  const within = (key: Buffer, from = 0): boolean => {
    const { gte, lte } = logRange('run', LOG, from)
    return Buffer.compare(key, gte) >= 0 && Buffer.compare(key, lte) <= 0
  }
  assert.ok(within(runKey(LOG, 1)) && within(runKey(LOG, Number.MAX_SAFE_INTEGER)))
  assert.ok(within(runKey(LOG, 5), 5) && !within(runKey(LOG, 4), 5))
  assert.ok(!within(runKey(Buffer.alloc(16, 0xef), 1)))
  assert.ok(!within(headKey(LOG)) && !within(orderKey(LOG, 1)))
})

test('records are told apart by kind, and found by prefix', () => {
  const { gte, lte } = recordRange('setting', 'ä')
  const within = (key: Buffer): boolean =>
    Buffer.compare(key, gte) >= 0 && Buffer.compare(key, lte) <= 0
  assert.ok(within(recordKey('setting', 'ä')) && within(recordKey('setting', 'ä/\u{10ffff}')))
  assert.ok(!within(recordKey('setting', 'b')) && !within(recordKey('holds', 'ä')))
  assert.equal(keyOfRecordKey(recordKey('setting', 'ä/b')), 'ä/b')
  const all = tagRange('record')
  assert.ok(Buffer.compare(recordKey('setting', 'x'.repeat(200)), all.lte) < 0)
})

test('the name of a log in keys is the start of its hash, the same each time', () => {
  const { conversation, device, head } = new SampleLog()
  assert.deepEqual(logIdOf({ conversation, device }), Buffer.from(head.hash.subarray(0, 16)))
  assert.deepEqual(logIdOf({ conversation, device }), logIdOf({ conversation, device }))
})
