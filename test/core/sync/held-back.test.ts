// Those whose room is used up: nothing of theirs is taken or asked for, everything else goes on,
// and what was left comes once there is room again.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { AccountId } from '../../../src/core/id.ts'
import { CLOCK_INTERVAL_MS, FETCH_STALL_MS, PUSH_WAIT_MS } from '../../../src/core/limits.ts'
import { type Author, Log } from '../authors.ts'
import { ANN, BOB, CONVERSATION, ME, Probe } from './probe.ts'

const logOf = (author: Author, ...texts: string[]): Log => {
  const log = new Log(CONVERSATION, author)
  log.write(...texts)
  return log
}

const met = (): Probe => new Probe().conversation().meet(ANN).meet(BOB)

/** Holds these back, and nobody else. */
function holdBack(probe: Probe, ...authors: readonly Author[]): Probe {
  const accounts = new Set<AccountId>(authors.map(({ account }) => account))
  probe.take({ type: 'held_back', accounts, others: false })
  return probe
}

test('what somebody held back pushes is left, and the session goes on', () => {
  const log = logOf(ANN, '1')
  const probe = holdBack(met(), ANN).hearRun(ANN, log.run(1, 1))
  assert.deepEqual(
    probe.effects.map(({ type }) => type),
    ['holds'],
  )
  assert.equal(probe.did('holds')[0]?.clock.get(ANN.device), 1, 'that it is there is kept')
  assert.deepEqual(probe.hearRun(ANN, log.run(1, 1)).effects, [])
  assert.equal(probe.state.peers.get(ANN.device)?.theirs.get(CONVERSATION)?.get(ANN.device), 1)
})

test('nothing of somebody held back is asked for, from nobody and never', () => {
  const log = logOf(ANN, '1', '2')
  const probe = holdBack(met(), ANN).hearClock(ANN, [log])
  assert.deepEqual(probe.sent('want'), [])
  probe.hearClock(BOB, [log])
  assert.deepEqual(probe.sent('want'), [])
  for (let waitedMs = 0; waitedMs < 10 * CLOCK_INTERVAL_MS; waitedMs += PUSH_WAIT_MS) {
    probe.wait(PUSH_WAIT_MS)
    assert.deepEqual(probe.sent('want'), [], `after ${waitedMs} ms`)
    const told = probe.sent('clocks').flatMap(({ clocks }) => clocks)
    assert.deepEqual(told, [], 'only tokens are repeated')
  }
})

test('what others write is taken, and own entries go out and are receipted', () => {
  const probe = holdBack(met(), ANN).write('mine')
  assert.equal(probe.sent('run', ANN).length, 1)
  probe.hearClock(ANN, [probe.own])
  assert.equal(probe.did('holds')[0]?.clock.get(ME.device), 1)
  probe.hearRun(BOB, logOf(BOB, '1').run(1, 1))
  assert.equal(probe.did('store').length, 1)
})

test('what was being fetched is given up without blame, and pages on their way are left', () => {
  const log = logOf(ANN, '1', '2', '3')
  const probe = met().hearClock(ANN, [log])
  assert.equal(probe.sent('want').length, 1)
  holdBack(probe, ANN)
  assert.equal(probe.state.fetches.size, 0)
  assert.deepEqual(probe.hearRun(ANN, log.run(1, 3)).effects, [])
  probe.wait(2 * FETCH_STALL_MS)
  assert.equal(probe.state.peers.get(ANN.device)?.slow.size, 0)
})

test('with room again, what was left is asked for at once and taken', () => {
  const log = logOf(ANN, '1', '2')
  const probe = holdBack(met(), ANN).hearRun(ANN, log.run(1, 2))
  holdBack(probe)
  assert.deepEqual(
    probe.sent('want', ANN).map(({ first, last }) => [first, last]),
    [[1, 2]],
  )
  probe.receive(ANN, log.run(1, 2))
  assert.equal(probe.state.peers.get(ANN.device)?.lacking.size, 0)
})

test('while others are held back, own entries that a peer holds still come back', () => {
  const own = logOf(ME, '1')
  const probe = met()
  probe.take({ type: 'held_back', accounts: new Set(), others: true })
  assert.equal(probe.hearClock(ANN, [own]).sent('want').length, 1)
  assert.equal(probe.hearRun(ANN, own.run(1, 1)).did('store').length, 1)
  assert.deepEqual(probe.hearRun(BOB, logOf(BOB, '1').run(1, 1)).did('store'), [])
})

test('a fetch of one held back takes no turn from others of the same peer', () => {
  const probe = holdBack(met(), ANN)
  probe.hearClock(BOB, [logOf(ANN, '1')])
  const bobs = logOf(BOB, '1')
  assert.deepEqual(
    probe
      .hearClock(BOB, [bobs])
      .sent('want')
      .map(({ device }) => device),
    [BOB.device],
  )
  probe.receive(BOB, bobs.run(1, 1))
  assert.deepEqual(probe.sent('want'), [])
})

test('a doubt about what is held is settled all the same: a fork shows', () => {
  const probe = met().receive(ANN, logOf(ANN, '1').run(1, 1))
  holdBack(probe, ANN)
  const other = logOf(ANN, 'one', 'two')
  const clock = { ...other.told, seqs: new Map([[ANN.device, 1]]) }
  probe.hear(BOB, { type: 'clocks', reset: false, clocks: [clock] })
  assert.equal(probe.sent('want', BOB).length, 1)
  probe.hearRun(BOB, other.run(1, 2))
  assert.equal(probe.did('forked').length, 1)
})

test('a doubt that is answered with more than is taken is settled', () => {
  const log = logOf(ANN, '1')
  const probe = met().receive(ANN, log.run(1, 1))
  holdBack(probe, ANN)
  const marks = new Map([[ANN.device, new Uint8Array(16)]])
  probe.hear(BOB, { type: 'clocks', reset: false, clocks: [{ ...log.told, marks }] })
  assert.equal(probe.state.peers.get(BOB.device)?.doubts.size, 1)
  log.write('2')
  assert.deepEqual(probe.hearRun(BOB, log.run(1, 2)).did('store'), [])
  assert.equal(probe.state.peers.get(BOB.device)?.doubts.size, 0)
})
