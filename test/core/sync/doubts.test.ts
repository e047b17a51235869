// Marks of clocks: equally long logs that are not the same.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { FETCH_STALL_MS } from '../../../src/core/limits.ts'
import { Log } from '../authors.ts'
import { ANN, BOB, CONVERSATION, Probe, THEIR_EPOCH } from './probe.ts'

/** A node that holds one of two histories of Ann's log; Bob tells of the other. */
function parted(): { probe: Probe; log: Log; copy: Log } {
  const log = new Log(CONVERSATION, ANN)
  log.write('1')
  const copy = log.copy(1)
  log.write('one')
  copy.write('other')
  const probe = new Probe().conversation().meet(ANN).meet(BOB).receive(ANN, log.run(1, 2))
  return { probe, log, copy }
}

const asked = (probe: Probe): number[][] =>
  probe.sent('want', BOB).map(({ first, last }) => [first, last])

test('equal numbers with another mark are looked into, and the fork is found', () => {
  const { probe, copy } = parted()
  assert.deepEqual(asked(probe.hearClock(BOB, [copy])), [[2, 2]])
  probe.hearRun(BOB, copy.run(2, 2))
  assert.equal(probe.did('forked').length, 1)
  assert.equal(probe.state.peers.get(BOB.device)?.doubts.size, 0)
})

test('equal numbers with the same mark, or without one, are not', () => {
  const { probe, log, copy } = parted()
  assert.deepEqual(asked(probe.hearClock(BOB, [log])), [])
  const { conversation, seqs } = copy.told
  const bare = { type: 'clocks', reset: false, clocks: [{ conversation, seqs }] } as const
  assert.deepEqual(asked(probe.hear(BOB, bare)), [])
})

test('a token is not remembered while there is doubt', () => {
  const { probe, copy, log } = parted()
  const token = { epoch: THEIR_EPOCH, position: 3 }
  const held = new Map([[ANN.device, { ...copy.head, forked: false }]])
  const digest = new Probe()
    .conversation(CONVERSATION, undefined, held)
    .meet(BOB)
    .sent('clocks')[0]?.digest
  assert.ok(digest)
  probe.hearClock(BOB, [copy], { token, digest })
  assert.deepEqual(probe.did('remember'), [])
  probe.hearRun(BOB, log.run(2, 2))
  assert.deepEqual(
    probe.did('remember').map((effect) => effect.token),
    [token],
    'the entry turned out to be the same',
  )
})

test('a doubt that is not answered is raised again, until the log has grown', () => {
  const { probe, copy, log } = parted()
  probe.hearClock(BOB, [copy])
  assert.deepEqual(asked(probe.wait(FETCH_STALL_MS - 1)), [])
  assert.deepEqual(asked(probe.wait(1)), [[2, 2]])
  log.write('three')
  probe.receive(ANN, log.run(3, 3))
  assert.deepEqual(asked(probe.wait(FETCH_STALL_MS)), [])
  assert.equal(probe.state.peers.get(BOB.device)?.doubts.size, 0)
})
