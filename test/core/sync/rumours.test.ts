// A group of many who all meet each other: who is told by whom of what somebody else wrote.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { DeviceId } from '../../../src/core/id.ts'
import {
  CLOCK_INTERVAL_MS,
  CLOCKS_WANTED_GAP_MS,
  TICK_MS,
  TOLD_AT_ONCE_MAX,
} from '../../../src/core/limits.ts'
import { type Author, author, Log } from '../authors.ts'
import { ANN, CONVERSATION, ME, Probe } from './probe.ts'

const CROWD = Array.from({ length: 40 }, (_, i) => author(`member ${i}`))

function crowded(others: readonly Author[]): { probe: Probe; log: Log } {
  const probe = new Probe().conversation(CONVERSATION, [ME, ANN, ...others])
  for (const each of [ANN, ...others]) probe.meet(each)
  return { probe, log: new Log(CONVERSATION, ANN) }
}

/** Who was told of Ann's log in the last step. */
function told(probe: Probe): Set<DeviceId> {
  const peers = probe.did('send').filter(({ frame }) => {
    if (frame.type !== 'clocks') return false
    return frame.clocks.some(({ seqs }) => seqs.has(ANN.device))
  })
  return new Set(peers.map(({ peer }) => peer))
}

test('few are all told at once', () => {
  const others = CROWD.slice(0, TOLD_AT_ONCE_MAX - 1)
  const { probe, log } = crowded(others)
  probe.receive(ANN, log.write('hello'))
  assert.deepEqual(told(probe), new Set([ANN, ...others].map(({ device }) => device)))
})

test('of many some are told at once, its author among them, and others the next time', () => {
  const { probe, log } = crowded(CROWD)
  const reached = new Set<DeviceId>()
  for (let i = 0; i < 200; i++) {
    probe.receive(ANN, log.write(`${i}`))
    const now = told(probe)
    assert.ok(now.has(ANN.device), 'the author waits for the receipt')
    assert.ok(now.size >= TOLD_AT_ONCE_MAX && now.size <= TOLD_AT_ONCE_MAX + 1)
    for (const peer of now) reached.add(peer)
  }
  assert.equal(reached.size, CROWD.length + 1)
})

test('everybody is told with the clocks that come anyway, in the same frame', () => {
  const { probe, log } = crowded(CROWD)
  probe.receive(ANN, log.write('hello'))
  const first = told(probe)
  assert.deepEqual(told(probe.wait(TICK_MS)), new Set(), 'most of them have it by now')
  probe.wait(CLOCK_INTERVAL_MS)
  const later = told(probe)
  assert.equal(first.size + later.size, CROWD.length + 1)
  for (const peer of later) assert.ok(!first.has(peer))
  for (const each of CROWD) assert.equal(probe.sent('clocks', each).length, 1)
  assert.deepEqual(told(probe.wait(CLOCK_INTERVAL_MS)), new Set(), 'and once')
})

test('when few may still lack it they are told within a tick', () => {
  const { probe, log } = crowded(CROWD)
  probe.receive(ANN, log.write('hello'))
  const first = told(probe)
  const rest = CROWD.filter(({ device }) => !first.has(device))
  const [lacking, having] = [rest.slice(0, TOLD_AT_ONCE_MAX), rest.slice(TOLD_AT_ONCE_MAX)]
  for (const each of having) probe.hearClock(each, [log])
  assert.deepEqual(told(probe.wait(TICK_MS)), new Set(lacking.map(({ device }) => device)))
})

test('who asked here for entries of that author is told of the next one at once', () => {
  const { probe, log } = crowded(CROWD)
  probe.receive(ANN, log.write('first'))
  const first = told(probe)
  const leaf = CROWD.find(({ device }) => !first.has(device))
  assert.ok(leaf)
  // Beyond it in the rotation for a while: what it is told, it is told for having asked.
  for (let seq = 2; seq < 8; seq++) {
    const want = { conversation: CONVERSATION, device: ANN.device, first: seq - 1, last: seq - 1 }
    probe.hear(leaf, { type: 'want', ...want, credit: 1000 })
    probe.receive(ANN, log.write(`${seq}`))
    assert.ok(told(probe).has(leaf.device), `entry ${seq}`)
  }
  const silent = Array.from({ length: 20 }, (_, i) => {
    probe.receive(ANN, log.write(`more ${i}`))
    return told(probe).has(leaf.device)
  })
  assert.ok(silent.includes(false), 'who asks no more is one of many again')
})

test('while many become known, peers are asked once for what they told of them before', () => {
  const { probe } = crowded(CROWD.slice(0, 10))
  const asked = (): number => probe.sent('clocks_wanted', ANN).length
  const known = [ME, ANN, ...CROWD.slice(0, 10)]
  probe.conversation(CONVERSATION, [...known, ...CROWD.slice(10, 11)])
  assert.equal(asked(), 1, 'at once')
  for (let count = 12; count < 20; count++) {
    probe.conversation(CONVERSATION, [...known, ...CROWD.slice(10, count)])
    assert.equal(asked(), 0)
  }
  probe.wait(CLOCKS_WANTED_GAP_MS - 1)
  assert.equal(asked(), 0)
  assert.equal((probe.wait(1), asked()), 1, 'for all of them')
  assert.equal((probe.wait(CLOCKS_WANTED_GAP_MS), asked()), 0)
})
