// Received runs: taken, refused, forked, and told of once they are durable.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { author, Log } from '../authors.ts'
import { ANN, BOB, CONVERSATION, ME, Probe, THEIR_EPOCH } from './probe.ts'

const annsLog = (...texts: string[]): Log => {
  const log = new Log(CONVERSATION, ANN)
  log.write(...texts)
  return log
}

const met = (): Probe => new Probe().conversation().meet(ANN).meet(BOB)

test('a run that continues its log is given to the disk, and told of once it is synced', () => {
  const log = annsLog('1')
  const probe = met().hearRun(ANN, log.run(1, 1))
  assert.deepEqual(probe.did('store'), [
    { type: 'store', run: log.run(1, 1), head: log.head, from: ANN.device },
  ])
  assert.deepEqual(probe.did('send'), [])
  probe.stored(probe.did('store'))
  const clocks = [log.told]
  assert.deepEqual(probe.sent('clocks', ANN), [{ type: 'clocks', reset: false, clocks }])
  assert.deepEqual(probe.sent('clocks', BOB), [{ type: 'clocks', reset: false, clocks }])
})

test('of a run that overlaps only what is new is written', () => {
  const log = annsLog('1', '2', '3')
  const probe = met().hearRun(ANN, log.run(1, 2)).hearRun(BOB, log.run(1, 3))
  assert.deepEqual(
    probe.did('store').map(({ run }) => run),
    [log.run(3, 3)],
  )
})

test('a run whose signature does not fit ends the session and changes nothing', () => {
  const run = { ...annsLog('1').run(1, 1), signature: new Uint8Array(64) }
  const probe = met()
  const before = probe.state
  probe.hearRun(BOB, run)
  assert.deepEqual(
    probe.effects.map(({ type }) => type),
    ['close'],
  )
  assert.equal(probe.did('close')[0]?.code, 'bad_signature')
  assert.equal(probe.state, before)
})

test('runs of strangers, and from peers that share nothing, are not heard', () => {
  const stranger = new Log(CONVERSATION, author('stranger'))
  stranger.write('hello')
  const elsewhere = new Probe().conversation().meet(ANN, [])
  assert.deepEqual(met().hearRun(ANN, stranger.run(1, 1)).effects, [])
  assert.deepEqual(elsewhere.hearRun(ANN, annsLog('1').run(1, 1)).effects, [])
  assert.deepEqual(new Probe().conversation().hearRun(ANN, annsLog('1').run(1, 1)).effects, [])
})

test('two signed entries for one place are a fork: the first stays, no more is accepted', () => {
  const log = annsLog('1', '2')
  const other = annsLog('1', 'two', '3')
  const probe = met().receive(ANN, log.run(1, 2)).hearRun(BOB, other.run(2, 3))
  assert.deepEqual(probe.did('forked'), [
    { type: 'forked', run: other.run(2, 3), from: BOB.device, until: 2 },
  ])
  assert.deepEqual(probe.did('store'), [])
  log.write('3')
  assert.deepEqual(probe.hearRun(ANN, log.run(3, 3)).effects, [])
  assert.deepEqual(probe.hearClock(ANN, [log]).sent('want'), [])
})

test('what a fork leaves out is not lacking: the token of its holder is remembered', () => {
  const log = annsLog('1')
  const other = annsLog('one', '2')
  const probe = met().receive(ANN, log.run(1, 1))
  const { digest } = digestOf(other)
  probe.hearClock(BOB, [other], { token: { epoch: THEIR_EPOCH, position: 7 }, digest })
  assert.deepEqual(probe.did('remember'), [])
  probe.hearRun(BOB, other.run(1, 2))
  assert.deepEqual(
    probe.did('remember').map(({ peer }) => peer),
    [BOB.device],
  )
})

/** What a node that holds this log says of it. */
function digestOf(log: Log): { readonly digest: Uint8Array } {
  const held = { ...log.head, forked: false }
  const probe = new Probe().conversation(
    CONVERSATION,
    [ME, ANN, BOB],
    new Map([[ANN.device, held]]),
  )
  const digest = probe.meet(BOB).sent('clocks')[0]?.digest
  assert.ok(digest)
  return { digest }
}

test('an own entry that does not follow the tip is a mistake of the program', () => {
  const probe = new Probe().conversation()
  probe.own.write('1')
  const run = probe.own.write('2')
  assert.throws(() => probe.take({ type: 'append', run, head: probe.own.head }), RangeError)
})

test('own entries that only a peer still holds are fetched back', () => {
  const own = new Log(CONVERSATION, ME)
  own.write('1', '2')
  const probe = met().hearClock(ANN, [own])
  assert.equal(probe.sent('want', ANN).length, 1)
  probe.receive(ANN, own.run(1, 2))
  assert.equal(probe.state.conversations.get(CONVERSATION)?.logs.get(ME.device)?.durable.seq, 2)
})
