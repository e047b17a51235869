// Peers that are heard of a conversation and told nothing of it: a group of which they say that
// they are in it, which is not known here.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { CLOCK_INTERVAL_MS, FETCH_STALL_MS } from '../../../src/core/limits.ts'
import { awaitsOwn } from '../../../src/core/sync/trust.ts'
import { author, Log } from '../authors.ts'
import { ANN, BOB, CONVERSATION, ME, Probe } from './probe.ts'

/** Bob is heard, and Ann is a member like any other. */
function listening(): Probe {
  const probe = new Probe().conversation()
  probe.take({
    type: 'connected',
    peer: BOB.device,
    shared: new Set(),
    heard: new Set([CONVERSATION]),
    knows: undefined,
    theirs: new Map(),
  })
  return probe
}

test('what one brings who is only heard is asked for and taken, and nothing is told for it', () => {
  const probe = listening()
  assert.deepEqual(probe.sent('clocks', BOB)[0]?.clocks, [])
  const log = new Log(CONVERSATION, ANN)
  const run = log.write('hello')
  probe.hearClock(BOB, [log])
  assert.deepEqual(
    probe.sent('want', BOB).map(({ device, first, last }) => [device, first, last]),
    [[ANN.device, 1, 1]],
  )
  probe.receive(BOB, run)
  assert.deepEqual(
    probe.did('send').filter(({ frame }) => frame.type === 'clocks'),
    [],
  )
  assert.equal(probe.state.conversations.get(CONVERSATION)?.logs.get(ANN.device)?.durable.seq, 1)
  probe.write('of my own')
  probe.wait(CLOCK_INTERVAL_MS)
  for (const { clocks } of probe.sent('clocks', BOB)) assert.deepEqual(clocks, [])
  assert.deepEqual(probe.sent('run', BOB), [])
})

test('one who is only heard is served nothing', () => {
  const probe = listening().write('for members')
  const want = { conversation: CONVERSATION, device: probe.state.me, first: 1, last: 1 }
  probe.hear(BOB, { type: 'want', ...want, credit: 1000 })
  assert.deepEqual(probe.effects, [])
})

test('who begins to be heard is asked for all, and who ceases is forgotten', () => {
  const probe = new Probe().conversation().meet(BOB, [])
  const log = new Log(CONVERSATION, ANN)
  log.write('hello')
  assert.deepEqual(probe.hearClock(BOB, [log]).effects, [], 'not heard yet')
  const shared = { type: 'shared', peer: BOB.device, shared: new Set<never>() } as const
  probe.take({ ...shared, heard: new Set([CONVERSATION]) })
  assert.equal(probe.sent('clocks_wanted', BOB).length, 1)
  probe.hearClock(BOB, [log])
  assert.equal(probe.sent('want', BOB).length, 1)
  probe.take(shared)
  assert.equal(probe.state.fetches.size, 0)
  assert.equal(probe.state.peers.get(BOB.device)?.lacking.size, 0)
  probe.wait(FETCH_STALL_MS)
  assert.deepEqual(probe.sent('want', BOB), [])
})

/** Any number of them can be made. */
function strangers(probe: Probe, count: number, told: readonly Log[]): void {
  for (let i = 0; i < count; i++) {
    const who = author(`stranger ${i}`)
    const heard = new Set([CONVERSATION])
    const met = { peer: who.device, shared: new Set<never>(), heard, knows: undefined }
    probe.take({ type: 'connected', ...met, theirs: new Map() })
    probe.hearClock(who, told)
  }
}

test('one who is known is asked rather than strangers, also while these are asked', () => {
  const log = new Log(CONVERSATION, ANN)
  const run = log.write('a', 'b')
  const more = new Log(CONVERSATION, ANN)
  more.write('a', 'b', 'c')
  const probe = new Probe().conversation()
  strangers(probe, 2, [more])
  assert.equal(probe.state.fetches.size, 1)
  probe.meet(BOB)
  probe.hearClock(BOB, [log])
  assert.deepEqual(
    probe.sent('want').map(({ first, last }) => [first, last]),
    [[1, 2]],
  )
  assert.equal(probe.sent('want', BOB).length, 1)
  strangers(probe, 5, [more])
  assert.deepEqual(probe.sent('want'), [])
  probe.receive(BOB, run)
  assert.equal(probe.state.conversations.get(CONVERSATION)?.logs.get(ANN.device)?.durable.seq, 2)
})

test('strangers who claim to hold own entries do not hold up the writing', () => {
  const probe = new Probe().conversation().write('mine')
  const more = new Log(CONVERSATION, ME)
  more.write('mine', 'not written')
  strangers(probe, 3, [more])
  assert.equal(awaitsOwn(probe.state, CONVERSATION), false)
  probe.wait(FETCH_STALL_MS)
  probe.wait(FETCH_STALL_MS)
  assert.equal(probe.state.unkept.size, 0)
  probe.meet(BOB)
  probe.hearClock(BOB, [more])
  assert.equal(awaitsOwn(probe.state, CONVERSATION), true)
})
