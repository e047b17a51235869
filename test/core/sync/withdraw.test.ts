// Taking the newest own entry back: only while nobody can know it, and told to nobody meanwhile.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Head } from '../../../src/core/run.ts'
import { logOf } from '../../../src/core/sync/state.ts'
import { isUnseen } from '../../../src/core/sync/withdraw.ts'
import { conversationId } from '../authors.ts'
import { ANN, BOB, CONVERSATION, ME, Probe } from './probe.ts'

const OTHER = conversationId('coffee')
const MINE = { conversation: CONVERSATION, device: ME.device }

const unseen = ({ state }: Probe): boolean => isUnseen(state, CONVERSATION, ME.device)

/** Two entries in a run each; the head after the first. */
function wrote(probe = new Probe().conversation()): { probe: Probe; first: Head } {
  probe.write('one')
  const first = probe.own.head
  return { probe: probe.write('two'), first }
}

function withdraw(probe: Probe, head: Head): Probe {
  probe.take({ type: 'withdraw', ...MINE, head })
  return probe
}

test('an entry is unseen until somebody comes with whom its conversation is shared', () => {
  const { probe } = wrote()
  assert.ok(unseen(probe))
  probe.meet(BOB, [OTHER])
  assert.ok(unseen(probe), 'one who is told of something else')
  probe.meet(ANN)
  assert.ok(!unseen(probe))
  probe.take({ type: 'disconnected', peer: ANN.device })
  assert.ok(!unseen(probe), 'whoever was there may have it')
  assert.ok(unseen(probe.write('three')), 'nobody was there since')
})

test('what is there when somebody is, or came from disk, or left otherwise is seen', () => {
  assert.ok(!unseen(new Probe().conversation().meet(ANN).write('one')))
  const { own } = new Probe().conversation().write('one')
  const logs = new Map([[ME.device, { ...own.head, forked: false }]])
  assert.ok(!unseen(new Probe().conversation(CONVERSATION, [ME, ANN], logs)))
  const { probe } = wrote()
  probe.take({ type: 'seen', conversation: CONVERSATION })
  assert.ok(!unseen(probe))
  const shared = wrote().probe.meet(BOB, [OTHER])
  shared.take({ type: 'shared', peer: BOB.device, shared: new Set([OTHER, CONVERSATION]) })
  assert.ok(!unseen(shared))
})

test('while it is taken back whoever comes is told of the log without it', () => {
  const { probe, first } = wrote()
  withdraw(probe, first).meet(ANN)
  const told = probe.sent('clocks', ANN).flatMap(({ clocks }) => clocks)
  assert.equal(told[0]?.seqs.get(ME.device), 1)
  probe.take({ type: 'withdrawn', ...MINE, position: 9 })
  const conversation = probe.state.conversations.get(CONVERSATION)
  assert.ok(conversation)
  const { tip, durable, changedAt } = logOf(conversation, ME.device)
  assert.deepEqual([tip, durable, changedAt], [first, first, 9])
  assert.equal(probe.state.position, 9)
})

test('no token stands for what is being taken back, whether it goes or stays', () => {
  for (const isGone of [true, false]) {
    const { probe, first } = wrote()
    withdraw(probe, first).meet(ANN)
    const tokens = (): unknown[] => probe.sent('clocks', ANN).flatMap(({ token }) => token ?? [])
    probe.take({ type: 'tick' })
    assert.deepEqual(tokens(), [])
    if (isGone) probe.take({ type: 'withdrawn', ...MINE, position: 9 })
    else probe.stored([{ run: probe.own.run(2, 2), head: probe.own.head, from: undefined }])
    assert.deepEqual(tokens(), [])
    probe.take({ type: 'tick' })
    assert.equal(tokens().length, 1)
  }
})

test('a page that reaches past what is durable waits, and is read again', () => {
  for (const isGone of [true, false]) {
    const probe = new Probe().conversation()
    const run = probe.own.write('one', 'two')
    probe.take({ type: 'append', run, head: probe.own.head })
    const stored = probe.did('store')
    probe.stored(stored)
    const { first } = wrote()
    withdraw(probe, first).meet(ANN)
    const log = { conversation: CONVERSATION, device: ME.device }
    probe.hear(ANN, { type: 'want', ...log, first: 1, last: 1, credit: 1000 })
    assert.equal(probe.did('read').length, 1)
    probe.take({ type: 'page', peer: ANN.device, ...log, run })
    assert.deepEqual([probe.sent('run'), probe.did('read')], [[], []])
    if (isGone) probe.take({ type: 'withdrawn', ...MINE, position: 9 })
    else probe.stored(stored)
    assert.equal(probe.did('read').length, 1)
  }
})

test('what stays after all is told to whoever came meanwhile', () => {
  const { probe, first } = wrote()
  const stored = probe.did('store')
  withdraw(probe, first).meet(ANN)
  probe.stored([{ run: probe.own.run(2, 2), head: probe.own.head, from: undefined }])
  const told = probe.sent('clocks', ANN).flatMap(({ clocks }) => clocks)
  assert.equal(told[0]?.seqs.get(ME.device), 2)
  assert.ok(!unseen(probe))
  assert.deepEqual(stored, [])
})

test('a peer that claims to have it, and a second look, make it stay', () => {
  const { probe, first } = wrote()
  const { probe: other } = wrote()
  other.take({
    type: 'connected',
    peer: ANN.device,
    shared: new Set([OTHER]),
    heard: new Set([OTHER, CONVERSATION]),
    knows: undefined,
    theirs: new Map([[CONVERSATION, new Map([[ME.device, 2]])]]),
  })
  assert.ok(!unseen(other))
  withdraw(probe, first)
  const { state } = probe
  withdraw(probe, first)
  assert.equal(probe.state, state)
})
