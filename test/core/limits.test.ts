// Limits that would contradict each other are found here and not in the field.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import * as limits from '../../src/core/limits.ts'

test('every limit is a whole number above zero', () => {
  for (const [name, limit] of Object.entries(limits)) {
    // A list is a schedule: its first time may be at once.
    if (typeof limit !== 'number') continue
    assert.ok(Number.isSafeInteger(limit) && limit > 0, `${name} is ${limit}`)
  }
})

test('what must fit into something does, with room for what goes around it', () => {
  const around = 1024
  const { RUN_BYTES_MAX, RUN_ENTRIES_MAX, ENTRY_BYTES_MAX, TEXT_BYTES_MAX, DEPS_MAX } = limits
  // Each entry of a run has a tag and a length before it, at most 4 bytes.
  assert.ok(RUN_BYTES_MAX + 4 * RUN_ENTRIES_MAX + around <= limits.FRAME_BYTES_MAX)
  assert.ok(ENTRY_BYTES_MAX <= RUN_BYTES_MAX)
  assert.ok(TEXT_BYTES_MAX + 50 * DEPS_MAX + around <= ENTRY_BYTES_MAX)
  assert.ok(64 * (1 + limits.CLOCK_DEVICES_MAX) + around <= limits.FRAME_BYTES_MAX)
  assert.ok(limits.FRAME_BYTES_MAX <= limits.PUSH_QUEUE_BYTES_MAX)
  assert.ok(limits.PUSH_QUEUE_BYTES_MAX <= limits.OUTBOX_BYTES_MAX)
  assert.ok(limits.WANT_CREDIT_BYTES <= limits.WANT_CREDIT_BYTES_MAX)
  assert.ok(limits.WANT_CREDIT_BYTES <= limits.UNSTORED_BYTES_MAX)
  assert.ok(limits.FETCHES_PER_PEER_MAX <= limits.TRANSFERS_PER_PEER_MAX)
  assert.ok(limits.GROUP_ENTRIES_MAX <= RUN_ENTRIES_MAX)
})

test('times that build on each other are in order', () => {
  assert.ok(limits.PUSH_WAIT_MS < limits.FETCH_STALL_MS)
  assert.ok(limits.FETCH_STALL_MS < limits.CLOCK_INTERVAL_MS)
  assert.ok(3 * limits.PING_AFTER_MS < limits.SILENCE_MAX_MS)
  assert.ok(limits.PING_AFTER_MS + limits.SILENCE_MAX_MS + 2 * limits.SESSION_TICK_MS < 15_000)
  const { KEEPALIVE_AFTER_MS, KEEPALIVE_INTERVAL_MS, KEEPALIVE_PROBES } = limits
  const probedMs = KEEPALIVE_AFTER_MS + KEEPALIVE_PROBES * KEEPALIVE_INTERVAL_MS
  assert.ok(limits.STALL_GAP_MS < limits.PROBE_TIMEOUT_MS)
  assert.ok(probedMs + limits.ANSWER_MAX_MS + limits.SESSION_TICK_MS < 15_000)
  assert.ok(limits.REDIAL_MIN_MS < limits.REDIAL_MAX_MS)
  assert.ok(limits.HELLO_TIMEOUT_MS < limits.STRANGER_SESSION_MAX_MS)
})
