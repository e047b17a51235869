// Asking for what is missing: whom, when, how much, and what happens when it does not come.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { AccountId, DeviceId } from '../../../src/core/id.ts'
import {
  FETCH_STALL_MS,
  FETCHES_PER_PEER_MAX,
  PUSH_WAIT_MS,
  WANT_CREDIT_BYTES,
  WRITE_RETRY_MS,
} from '../../../src/core/limits.ts'
import { runBytes } from '../../../src/core/run.ts'
import { author, conversationId, Log } from '../authors.ts'
import { ANN, BOB, CONVERSATION, ME, Probe } from './probe.ts'

const annsLog = (...texts: string[]): Log => {
  const log = new Log(CONVERSATION, ANN)
  if (texts.length > 0) log.write(...texts)
  return log
}

const met = (): Probe => new Probe().conversation().meet(ANN).meet(BOB)

test('what a peer holds and this node lacks is asked for, from the first missing entry', () => {
  const log = annsLog('1', '2')
  const probe = met().receive(ANN, log.run(1, 1)).hearClock(ANN, [log])
  const { device } = ANN
  const range = { conversation: CONVERSATION, device, first: 2, last: 2 }
  assert.deepEqual(probe.sent('want'), [{ type: 'want', ...range, credit: WANT_CREDIT_BYTES }])
})

test('what is held, or already asked for, is not asked for again', () => {
  const log = annsLog('1', '2', '3')
  const probe = met().hearClock(ANN, [log]).hearClock(BOB, [log])
  assert.deepEqual(probe.sent('want'), [])
  probe.hearRun(ANN, log.run(1, 3)).hearClock(BOB, [log])
  assert.deepEqual(probe.sent('want'), [])
})

test('an entry of a connected author is awaited before another peer is asked for it', () => {
  const log = annsLog('1')
  const probe = met().hearClock(BOB, [log])
  assert.deepEqual(probe.sent('want'), [])
  probe.wait(PUSH_WAIT_MS - 1)
  assert.deepEqual(probe.sent('want'), [])
  probe.wait(1)
  assert.equal(probe.sent('want', BOB).length, 1)
})

test('an awaited push that comes is not asked for any more', () => {
  const log = annsLog('1')
  const probe = met().hearClock(BOB, [log]).hearRun(ANN, log.run(1, 1)).wait(PUSH_WAIT_MS)
  assert.deepEqual(probe.sent('want'), [])
})

test('an author that tells instead of pushing is asked at once', () => {
  const log = annsLog('1')
  const probe = met().hearClock(BOB, [log]).hearClock(ANN, [log])
  assert.equal(probe.sent('want', ANN).length, 1)
})

test('an author that leaves while its push is awaited is not waited for', () => {
  const log = annsLog('1')
  const probe = met().hearClock(BOB, [log])
  probe.take({ type: 'disconnected', peer: ANN.device })
  assert.equal(probe.sent('want', BOB).length, 1)
})

test('a fetch without progress is asked of another peer, and then of the next again', () => {
  const log = annsLog('1', '2')
  const probe = met().hearClock(ANN, [log]).hearClock(BOB, [log])
  probe.wait(FETCH_STALL_MS - 1)
  assert.deepEqual(probe.sent('want'), [])
  probe.wait(1)
  assert.equal(probe.sent('want', BOB).length, 1)
  probe.wait(FETCH_STALL_MS)
  assert.equal(probe.sent('want', ANN).length, 1)
})

test('a peer that leaves is replaced at once, from where it got to', () => {
  const log = annsLog('1', '2')
  const probe = met().hearClock(ANN, [log]).hearClock(BOB, [log]).hearRun(ANN, log.run(1, 1))
  probe.take({ type: 'disconnected', peer: ANN.device })
  assert.deepEqual(
    probe.sent('want', BOB).map(({ first, last }) => [first, last]),
    [[2, 2]],
  )
})

test('a run that leaves a gap is asked for from the gap on, once', () => {
  const log = annsLog('1', '2', '3')
  const probe = met().hearRun(ANN, log.run(2, 2))
  assert.deepEqual(
    probe.sent('want', ANN).map(({ first, last }) => [first, last]),
    [[1, 2]],
  )
  assert.deepEqual(probe.did('store'), [])
  probe.hearRun(ANN, log.run(3, 3))
  assert.deepEqual(probe.sent('want'), [])
})

test('a gap in a running fetch means that a run was lost: it is asked for anew', () => {
  const log = annsLog('1', '2', '3')
  const probe = met().hearClock(ANN, [log]).hearRun(ANN, log.run(1, 1)).hearRun(ANN, log.run(3, 3))
  assert.deepEqual(
    probe.sent('want', ANN).map(({ first, last }) => [first, last]),
    [[2, 3]],
  )
})

test('one peer is asked for a few logs at a time, and for the next as each arrives', () => {
  const logs = Array.from({ length: FETCHES_PER_PEER_MAX + 3 }, (_, i) => {
    const log = new Log(conversationId(`${i}`), ANN)
    log.write('hello')
    return log
  })
  const probe = new Probe()
  for (const { conversation } of logs) probe.conversation(conversation, [ME, ANN])
  probe.meet(
    ANN,
    logs.map(({ conversation }) => conversation),
  )
  probe.hearClock(ANN, logs)
  const wants = probe.sent('want').map(({ conversation }) => conversation)
  assert.equal(wants.length, FETCHES_PER_PEER_MAX)
  // None of them is durable yet: the next ones are asked for all the same.
  for (let i = 0; i < logs.length; i++) {
    const log = logs.find(({ conversation }) => conversation === wants[i])
    assert.ok(log, 'a log was never asked for')
    probe.hearRun(ANN, log.run(1, 1))
    wants.push(...probe.sent('want').map(({ conversation }) => conversation))
  }
  assert.equal(new Set(wants).size, logs.length)
  assert.equal(wants.length, logs.length)
})

test('what is written frees as much credit for the peer that is being asked', () => {
  const log = annsLog('one', 'two', 'three')
  const probe = met().hearClock(ANN, [log]).hearRun(ANN, log.run(1, 2))
  assert.deepEqual(probe.sent('credit'), [])
  probe.stored(probe.did('store'))
  const credit = runBytes(log.run(1, 2))
  const { device } = ANN
  assert.deepEqual(probe.sent('credit', ANN), [
    { type: 'credit', conversation: CONVERSATION, device, credit },
  ])
})

test('entries that are held already free their credit at once', () => {
  const log = annsLog('one', 'two', 'three', 'four')
  const probe = met().hearClock(ANN, [log]).hearRun(ANN, log.run(1, 2)).hearRun(ANN, log.run(1, 2))
  assert.deepEqual(
    probe.sent('credit', ANN).map(({ credit }) => credit),
    [6],
  )
  probe.hearRun(ANN, log.run(2, 3))
  assert.deepEqual(
    probe.sent('credit', ANN).map(({ credit }) => credit),
    [3],
  )
})

test('after a failed write nothing is asked for during a while, and then all of it', () => {
  const log = annsLog('1', '2')
  const probe = met().hearClock(ANN, [log]).hearRun(ANN, log.run(1, 2))
  probe.take({ type: 'store_failed', conversation: CONVERSATION, device: ANN.device })
  probe.wait(WRITE_RETRY_MS - 1)
  assert.deepEqual(probe.sent('want'), [])
  probe.wait(1)
  assert.deepEqual(
    probe.sent('want', ANN).map(({ first, last }) => [first, last]),
    [[1, 2]],
  )
})

test('where writes fail again and again, what is lacking is asked for in between', () => {
  const log = annsLog('1', '2')
  const probe = met().hearClock(ANN, [log]).hearRun(ANN, log.run(1, 2))
  const fail = { type: 'store_failed', conversation: CONVERSATION, device: ANN.device } as const
  probe.take(fail)
  probe.wait(WRITE_RETRY_MS / 2)
  probe.take(fail)
  probe.wait(WRITE_RETRY_MS / 2)
  assert.equal(probe.sent('want', ANN).length, 1)
})

test('a clock that names one log of a large group costs no look at the others', () => {
  let looked = 0
  class Counted extends Map<DeviceId, AccountId> {
    override *keys(): MapIterator<DeviceId> {
      looked += this.size
      yield* super.keys()
    }
  }
  const devices = new Counted([ME, ANN, BOB].map(({ device, account }) => [device, account]))
  for (let i = 0; i < 100; i++) devices.set(author(`member ${i}`).device, ME.account)
  const probe = new Probe()
  const opened = { id: CONVERSATION, devices, logs: new Map(), changedAt: 0 }
  probe.take({ type: 'conversations', introduced: [opened] })
  probe.meet(BOB)
  looked = 0
  probe.hearClock(BOB, [annsLog('1')])
  assert.equal(probe.sent('want', BOB).length, 1)
  assert.equal(looked, 0)
})

test('what was told and could not be asked for is asked for with whatever is told next', () => {
  const members = Array.from({ length: 20 }, (_, i) => author(`member ${i}`))
  const probe = new Probe().conversation(CONVERSATION, [ME, ANN, BOB, ...members]).meet(BOB)
  const log = annsLog('1', '2')
  probe.hearClock(BOB, [log]).hearRun(BOB, log.run(1, 2))
  probe.take({ type: 'store_failed', conversation: CONVERSATION, device: ANN.device })
  probe.nowMs += WRITE_RETRY_MS
  const other = new Log(CONVERSATION, members[0]!)
  other.write('3')
  probe.hearClock(BOB, [other])
  const asked = new Set(probe.sent('want', BOB).map(({ device }) => device))
  assert.deepEqual(asked, new Set([ANN.device, other.author.device]))
})
