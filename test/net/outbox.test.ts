import assert from 'node:assert/strict'
import { test } from 'node:test'

import { SLICE_BYTES_MIN } from '../../src/core/limits.ts'
import { Outbox } from '../../src/net/outbox.ts'

const LARGE_BYTES = 2 * SLICE_BYTES_MIN + 1

const bytes = (length: number, value: number): Uint8Array => new Uint8Array(length).fill(value)

function takeAll(outbox: Outbox): Uint8Array[] {
  const slices: Uint8Array[] = []
  while (!outbox.isEmpty) slices.push(outbox.take(SLICE_BYTES_MIN))
  return slices
}

function open(): { readonly outbox: Outbox; readonly sent: () => number } {
  const traffic = { sentBytes: 0, receivedBytes: 0 }
  return { outbox: new Outbox(traffic), sent: () => traffic.sentBytes }
}

test('small frames leave together', () => {
  const { outbox, sent } = open()
  outbox.push(bytes(2, 1))
  outbox.push(bytes(3, 2))
  outbox.pushUrgent('pong', bytes(1, 3))
  assert.deepEqual(takeAll(outbox), [Buffer.from([3, 1, 1, 2, 2, 2])])
  assert.equal(sent(), 6)
})

test('a large frame leaves in pieces, and nothing else in the midst of it', () => {
  const { outbox, sent } = open()
  outbox.push(bytes(1, 1))
  outbox.push(bytes(LARGE_BYTES, 2))
  outbox.push(bytes(1, 3))
  const slices = [outbox.take(SLICE_BYTES_MIN), outbox.take(SLICE_BYTES_MIN)]
  outbox.pushUrgent('ping', bytes(1, 4))
  slices.push(...takeAll(outbox))
  assert.ok(slices.every(({ byteLength }) => byteLength <= SLICE_BYTES_MIN))
  const expected = [bytes(1, 1), bytes(LARGE_BYTES, 2), bytes(1, 4), bytes(1, 3)]
  assert.deepEqual(Buffer.concat(slices), Buffer.concat(expected))
  assert.deepEqual([sent(), outbox.byteLength], [LARGE_BYTES + 3, 0])
})

test('what is cleared away is not the rest of a frame of which a piece left', () => {
  const { outbox } = open()
  outbox.push(bytes(LARGE_BYTES, 1))
  outbox.push(bytes(LARGE_BYTES, 2))
  const piece = outbox.take(SLICE_BYTES_MIN)
  outbox.clear()
  outbox.push(bytes(1, 3))
  const slices = [piece, ...takeAll(outbox)]
  assert.deepEqual(Buffer.concat(slices), Buffer.concat([bytes(LARGE_BYTES, 1), bytes(1, 3)]))
})

test('nothing is left of what is cleared away between two frames', () => {
  const { outbox } = open()
  outbox.push(bytes(LARGE_BYTES, 1))
  outbox.clear()
  assert.deepEqual([outbox.byteLength, outbox.isEmpty], [0, true])
})
