// What peers say of the own log: believed at first, and not for ever.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { CLAIMS_UNKEPT_MAX, FETCH_STALL_MS, PUSH_WAIT_MS } from '../../../src/core/limits.ts'
import { awaitsOwn } from '../../../src/core/sync/trust.ts'
import { Log } from '../authors.ts'
import { ANN, BOB, CONVERSATION, ME, Probe } from './probe.ts'

/** The own log as it was before some of it was lost here. */
function lost(...texts: string[]): Log {
  const log = new Log(CONVERSATION, ME)
  log.write(...texts)
  return log
}

const awaits = (probe: Probe): boolean => awaitsOwn(probe.state, CONVERSATION)
const met = (): Probe => new Probe().conversation().meet(ANN).meet(BOB)

test('own entries that a peer tells of are awaited until they are here', () => {
  const log = lost('1', '2')
  const probe = met()
  assert.equal(awaits(probe), false)
  assert.equal(awaits(probe.hearClock(ANN, [log])), true)
  assert.equal(awaits(probe.receive(ANN, log.run(1, 1))), true)
  assert.equal(awaits(probe.receive(ANN, log.run(2, 2))), false)
})

test('a peer that does not bring what it tells of is not waited for, but still asked', () => {
  const probe = met().hearClock(ANN, [lost('1', '2')])
  assert.equal(awaits(probe.wait(FETCH_STALL_MS - 1)), true)
  assert.equal(awaits(probe.wait(1)), false)
  assert.equal(awaits(probe.hearClock(ANN, [lost('1', '2', '3')])), false)
  assert.equal(probe.wait(FETCH_STALL_MS).sent('want', ANN).length, 1)
})

test('progress keeps a claim alive, and revives it', () => {
  const log = lost('1', '2', '3')
  const probe = met().hearClock(ANN, [log])
  probe.wait(FETCH_STALL_MS - 1).receive(ANN, log.run(1, 1))
  assert.equal(awaits(probe.wait(FETCH_STALL_MS - 1)), true)
  assert.equal(awaits(probe.wait(1)), false)
  assert.equal(awaits(probe.receive(ANN, log.run(2, 2))), true)
})

test('own entries are waited for no longer while their peer sends other things', () => {
  const probe = met().hearClock(ANN, [lost('1')])
  probe.wait(0, new Map([[ANN.device, 0]]))
  assert.equal(awaits(probe.wait(FETCH_STALL_MS, new Map([[ANN.device, 1e6]]))), false)
})

test('a liar that comes and goes holds up nobody for long', () => {
  const probe = met()
  for (let i = 0; i < CLAIMS_UNKEPT_MAX; i++) {
    assert.equal(awaits(probe.meet(ANN).hearClock(ANN, [lost('1')])), true)
    probe.take({ type: 'disconnected', peer: ANN.device })
    assert.equal(awaits(probe), false)
  }
  assert.equal(awaits(probe.meet(ANN).hearClock(ANN, [lost('1')])), false)
})

test('one liar does not speak for the others', () => {
  const probe = met()
    .hearClock(ANN, [lost('1', '2')])
    .wait(FETCH_STALL_MS)
  assert.equal(awaits(probe.hearClock(BOB, [lost('1')])), true)
})

test('the devices of one liar, however many, hold up nobody longer than one', () => {
  const second = { ...BOB, account: ANN.account }
  const members = [ME, ANN, second]
  const probe = new Probe().conversation(CONVERSATION, members).meet(ANN).meet(second)
  probe.hearClock(ANN, [lost('1', '2')]).wait(FETCH_STALL_MS)
  assert.equal(awaits(probe.hearClock(second, [lost('1', '2')])), false)
  assert.equal(probe.state.fetches.size, 1, 'it is asked all the same')
  const log = lost('1', '2')
  probe.receive(second, log.run(1, 1))
  assert.equal(awaits(probe), true, 'and what it brings makes it believed')
})

test('a peer that claims entries of somebody and does not bring them is asked last', () => {
  const log = new Log(CONVERSATION, BOB)
  log.write('1', '2')
  const probe = new Probe().conversation().meet(ANN).hearClock(ANN, [log]).wait(FETCH_STALL_MS)
  assert.equal(probe.sent('want', ANN).length, 1, 'nobody else can be asked')
  probe.meet(BOB).hearClock(BOB, [log])
  assert.equal(probe.sent('want', BOB).length, 1, 'now somebody can, at once')
  probe.receive(BOB, log.run(1, 2))
  log.write('3')
  probe.hearClock(ANN, [log]).wait(PUSH_WAIT_MS)
  assert.equal(probe.sent('want', ANN).length, 1)
})
