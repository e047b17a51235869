// What was asked for and does not come: when another peer is asked instead.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { FETCH_PACE_BYTES, FETCH_STALL_MS, FETCH_WAIT_BYTES_MAX } from '../../../src/core/limits.ts'
import { Log } from '../authors.ts'
import { ANN, BOB, CONVERSATION, Probe } from './probe.ts'

const PAGE = 'x'.repeat(FETCH_PACE_BYTES)

function annsLog(...texts: string[]): Log {
  const log = new Log(CONVERSATION, ANN)
  log.write(...texts)
  return log
}

const met = (): Probe => new Probe().conversation().meet(ANN).meet(BOB)

/** What one peer's session brought by now. */
const fromAnn = (bytes: number) => new Map([[ANN.device, bytes]])

function asked(probe: Probe): [first: number, last: number][] {
  return probe.sent('want', BOB).map(({ first, last }) => [first, last])
}

test('progress puts a stall off', () => {
  const log = annsLog(PAGE, '2')
  const probe = met().hearClock(ANN, [log]).hearClock(BOB, [log])
  probe.nowMs += FETCH_STALL_MS - 1
  probe.hearRun(ANN, log.run(1, 1)).wait(1)
  assert.deepEqual(probe.sent('want'), [])
})

test('what a peer brings again is no progress: it does not keep others from being asked', () => {
  const log = annsLog('1', '2', '3')
  const probe = met().hearClock(ANN, [log]).hearClock(BOB, [log])
  probe.hearRun(ANN, log.run(1, 1))
  probe.nowMs += FETCH_STALL_MS - 1
  probe.hearRun(ANN, log.run(1, 1)).wait(1)
  assert.deepEqual(asked(probe), [[2, 3]])
})

test('an entry now and then does not keep others from being asked', () => {
  const log = annsLog('1', '2', '3', '4')
  const probe = met().hearClock(ANN, [log]).hearClock(BOB, [log])
  probe.nowMs += FETCH_STALL_MS - 1
  probe.hearRun(ANN, log.run(1, 1)).wait(1)
  assert.deepEqual(asked(probe), [[2, 4]])
})

test('who brought an entry now and then is not asked again while others can be', () => {
  const log = annsLog('1', '2', '3', '4')
  const probe = met().hearClock(ANN, [log]).hearClock(BOB, [log]).hearRun(ANN, log.run(1, 1))
  probe.wait(FETCH_STALL_MS).hearRun(ANN, log.run(2, 2)).hearRun(BOB, log.run(2, 4))
  const more = log.write('5', '6')
  probe.hearClock(BOB, [log]).hearClock(ANN, [log])
  assert.equal(more.first, 5)
  assert.deepEqual(probe.sent('want', ANN), [])
})

test('of a peer that brings little, and that alone has it, it is not asked twice', () => {
  const log = annsLog('1', '2', '3')
  const probe = met().hearClock(ANN, [log]).hearRun(ANN, log.run(1, 1)).wait(FETCH_STALL_MS)
  assert.deepEqual(probe.sent('want'), [])
  probe.hearRun(ANN, log.run(2, 2)).wait(FETCH_STALL_MS)
  assert.deepEqual(probe.sent('want'), [])
  probe.wait(FETCH_STALL_MS)
  assert.equal(probe.sent('want', ANN).length, 1)
})

test('a page that comes slowly is asked of nobody else', () => {
  const log = annsLog(PAGE)
  const probe = met().hearClock(ANN, [log]).hearClock(BOB, [log]).wait(0, fromAnn(0))
  for (let sent = 1; sent <= 3; sent++) {
    probe.wait(FETCH_STALL_MS, fromAnn(sent * FETCH_PACE_BYTES))
    assert.deepEqual(probe.sent('want'), [])
  }
  probe.wait(FETCH_STALL_MS, fromAnn(4 * FETCH_PACE_BYTES - 1))
  assert.equal(probe.sent('want', BOB).length, 1)
})

test('who sends on and on, and nothing of what was asked for, is waited for no longer', () => {
  const log = annsLog('1')
  const probe = met().hearClock(ANN, [log]).hearClock(BOB, [log]).wait(0, fromAnn(0))
  probe.wait(FETCH_STALL_MS, fromAnn(FETCH_WAIT_BYTES_MAX))
  assert.deepEqual(probe.sent('want'), [])
  probe.wait(FETCH_STALL_MS, fromAnn(FETCH_WAIT_BYTES_MAX + FETCH_PACE_BYTES))
  assert.equal(probe.sent('want', BOB).length, 1)
})
