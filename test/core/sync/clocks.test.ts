// Telling and hearing clocks: resume tokens, digests, bounds of frames, what is shared.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { ClocksFrame, ConversationClock } from '../../../src/core/frames.ts'
import type { DeviceId } from '../../../src/core/id.ts'
import {
  CLOCK_INTERVAL_MS,
  CLOCKS_PER_FRAME_MAX,
  FRAME_BYTES_MAX,
} from '../../../src/core/limits.ts'
import { emptyHead } from '../../../src/core/run.ts'
import { joined } from '../../../src/core/sync/clock-frames.ts'
import { encodeFrame } from '../../../src/wire/frames.ts'
import { author, conversationId, Log } from '../authors.ts'
import { ANN, BOB, CONVERSATION, EPOCH, ME, Probe, THEIR_EPOCH } from './probe.ts'

const HOUR_MS = 3_600_000
const TOKEN = { epoch: THEIR_EPOCH, position: 7 }
const members = [ME, ANN, BOB]

const annsLog = (...texts: string[]): Log => {
  const log = new Log(CONVERSATION, ANN)
  if (texts.length > 0) log.write(...texts)
  return log
}

/** The clocks that a node which holds these logs tells on connecting, as a peer's with a token. */
function toldBy(...logs: Log[]): ClocksFrame {
  const probe = new Probe()
  for (const id of new Set(logs.map(({ conversation }) => conversation))) {
    const held = logs.filter(({ conversation }) => conversation === id)
    const heads = held.map((log) => [log.author.device, { ...log.head, forked: false }] as const)
    probe.conversation(id, members, new Map(heads), 1)
  }
  probe.meet(ANN, [...probe.state.conversations.keys()])
  const [frame] = probe.sent('clocks')
  assert.ok(frame)
  return { ...frame, token: TOKEN }
}

test('on connecting all clocks are told, with a token of this opening', () => {
  const probe = new Probe().conversation().write('1', '2').meet(ANN)
  const [frame] = probe.sent('clocks', ANN)
  assert.equal(frame?.reset, true)
  assert.deepEqual(frame?.clocks, [probe.own.told])
  assert.deepEqual(frame?.token, { epoch: EPOCH, position: 1 })
})

test('of a group of a thousand devices only those are told whose logs changed', () => {
  const members = Array.from({ length: 1000 }, (_, i) => author(`member ${i}`))
  const logs = new Map(
    members.map(({ device }, i) => {
      const { hash } = emptyHead(CONVERSATION, device)
      return [device, { seq: 1, hash, forked: false, changedAt: i + 1 }] as const
    }),
  )
  const probe = new Probe().conversation(CONVERSATION, [ME, ANN, ...members], logs, 1000)
  probe.meet(ANN, [CONVERSATION], { knows: 998 })
  const told = probe.sent('clocks').flatMap(({ clocks }) => clocks)
  assert.deepEqual(
    told.flatMap(({ seqs }) => [...seqs.keys()]),
    [members[998]?.device, members[999]?.device],
  )
})

test('a peer that knows a position is told only what changed after it', () => {
  const other = conversationId('other')
  const probe = new Probe().conversation().conversation(other).write('1')
  probe.meet(ANN, [CONVERSATION, other], { knows: 1 })
  assert.deepEqual(
    probe.sent('clocks').map(({ reset, clocks }) => [reset, clocks]),
    [[false, []]],
  )
  probe.write('2').meet(ANN, [CONVERSATION, other], { knows: 1 })
  const told = probe.sent('clocks').flatMap(({ clocks }) => clocks)
  assert.deepEqual(
    told.map(({ conversation }) => conversation),
    [CONVERSATION],
  )
})

test('reconnecting with nothing missed costs the same with one conversation and with many', () => {
  const cost = (conversations: number): number => {
    const probe = new Probe().conversation().write('1')
    const ids = Array.from({ length: conversations }, (_, i) => conversationId(`${i}`))
    for (const id of ids) probe.conversation(id)
    probe.meet(ANN, [CONVERSATION, ...ids], { knows: 1 })
    return probe.sent('clocks').reduce((sum, frame) => sum + encodeFrame(frame).byteLength, 0)
  }
  assert.equal(cost(1), cost(2000))
  assert.ok(cost(1) < 64)
})

test('a token is remembered once everything that its owner told is durable here', () => {
  const log = annsLog('1')
  const probe = new Probe().conversation().meet(ANN).hear(ANN, toldBy(log))
  assert.deepEqual(probe.did('remember'), [])
  probe.hearRun(ANN, log.run(1, 1))
  assert.deepEqual(probe.did('remember'), [])
  probe.stored(probe.did('store'))
  assert.deepEqual(probe.did('remember'), [{ type: 'remember', peer: ANN.device, token: TOKEN }])
})

test('a token that was remembered is not remembered again', () => {
  const frame = { ...toldBy(annsLog()), token: { ...TOKEN } }
  const probe = new Probe().conversation().meet(ANN, [CONVERSATION], { token: TOKEN })
  assert.deepEqual(probe.hear(ANN, { ...frame, reset: false }).did('remember'), [])
})

test('clocks learned from runs are saved before the token that stands for them', () => {
  const log = annsLog('1')
  const probe = new Probe().conversation().meet(ANN).receive(ANN, log.run(1, 1))
  assert.deepEqual(probe.did('holds'), [])
  probe.hear(ANN, { ...toldBy(log), reset: false, clocks: [] })
  assert.deepEqual(
    probe.effects.map(({ type }) => type),
    ['holds', 'remember'],
  )
  assert.deepEqual(probe.did('holds')[0]?.clock, new Map([[ANN.device, 1]]))
})

test('a digest that does not fit asks for all clocks, but not again and again', () => {
  const frame = { ...toldBy(annsLog('1')), reset: false, clocks: [] }
  const probe = new Probe().conversation().meet(ANN).hear(ANN, frame)
  assert.equal(probe.sent('clocks_wanted', ANN).length, 1)
  assert.deepEqual(probe.did('remember'), [])
  assert.equal(probe.hear(ANN, frame).sent('clocks_wanted').length, 0)
  probe.nowMs += CLOCK_INTERVAL_MS
  assert.equal(probe.hear(ANN, frame).sent('clocks_wanted').length, 1)
})

test('where the digest fits after no answer, all clocks are asked for ever more rarely', () => {
  const probe = new Probe().conversation().meet(ANN)
  const missed = { ...toldBy(annsLog('1')), reset: false, clocks: [] }
  const asked = (hours: number): number => {
    let times = 0
    for (let ms = 0; ms < hours * HOUR_MS; ms += CLOCK_INTERVAL_MS) {
      probe.nowMs += CLOCK_INTERVAL_MS
      times += probe.hear(ANN, missed).sent('clocks_wanted').length
    }
    return times
  }
  assert.ok(asked(4) < 30)
  assert.equal(asked(10), 60, 'but not never')
  probe.hear(ANN, { ...toldBy(), clocks: [] })
  assert.equal(asked(1 / 60), 2, 'once it fitted it is as before')
})

test('asked for all clocks, a node tells them anew', () => {
  const probe = new Probe().conversation().write('1').meet(ANN, [CONVERSATION], { knows: 1 })
  const [frame] = probe.hear(ANN, { type: 'clocks_wanted' }).sent('clocks')
  assert.equal(frame?.reset, true)
  assert.equal(frame?.clocks.length, 1)
})

test('a token is repeated in every interval, for what got lost', () => {
  const probe = new Probe()
    .conversation()
    .write('1')
    .meet(ANN)
    .wait(CLOCK_INTERVAL_MS - 1)
  assert.equal(probe.sent('clocks').length, 0)
  const [frame] = probe.wait(1).sent('clocks')
  assert.deepEqual(frame?.clocks, [])
  assert.deepEqual(frame?.token, { epoch: EPOCH, position: 1 })
})

test('a peer that tells all anew takes back what it told, and the token for it', () => {
  const log = annsLog('1')
  const probe = new Probe().conversation().meet(ANN).hear(ANN, toldBy(log))
  probe.hear(ANN, { type: 'clocks', reset: true, clocks: [] })
  assert.equal(probe.state.peers.get(ANN.device)?.lacking.size, 0)
  probe.write('own')
  assert.deepEqual(probe.did('remember'), [], 'what the token stood for was never received')
})

test('clocks that do not fit into one frame go into several: reset first, token last', () => {
  const crowd = Array.from({ length: 40 }, (_, i) => author(`${i}`))
  const heads = new Map(
    crowd.map(({ device }) => [device, { seq: 2 ** 40, hash: new Uint8Array(32), forked: false }]),
  )
  const ids = Array.from({ length: CLOCKS_PER_FRAME_MAX + 1 }, (_, i) => conversationId(`${i}`))
  const probe = new Probe()
  for (const id of ids) probe.conversation(id, [ME, ANN, ...crowd], heads, 1)
  const frames = probe.meet(ANN, ids).sent('clocks')
  assert.ok(frames.length > 2)
  for (const frame of frames) assert.ok(encodeFrame(frame).byteLength <= FRAME_BYTES_MAX)
  const named = frames.flatMap(({ clocks }) => clocks).map(({ conversation }) => conversation)
  assert.deepEqual(named, ids)
  assert.deepEqual(
    frames.map(({ reset }) => reset),
    frames.map((_, i) => i === 0),
  )
  assert.deepEqual(
    frames.map(({ token }) => token !== undefined),
    frames.map((_, i) => i === frames.length - 1),
  )
})

test('a conversation shared from now on is told, and asked for, and ends the old token', () => {
  const log = annsLog('1')
  const probe = new Probe().conversation().meet(ANN, [])
  probe.hear(ANN, toldBy(log))
  probe.take({ type: 'shared', peer: ANN.device, shared: new Set([CONVERSATION]) })
  assert.ok(probe.sent('clocks', ANN).every(({ reset }) => !reset))
  assert.deepEqual(probe.sent('clocks_wanted', ANN), [
    { type: 'clocks_wanted', conversations: [CONVERSATION] },
  ])
  assert.deepEqual(probe.hear(ANN, toldBy(log)).sent('want', ANN).length, 1)
})

test('a token is not remembered once more is shared than it stood for', () => {
  const log = annsLog('1')
  const other = conversationId('other')
  const probe = new Probe().conversation().conversation(other).meet(ANN).hear(ANN, toldBy(log))
  probe.take({ type: 'shared', peer: ANN.device, shared: new Set([CONVERSATION, other]) })
  assert.deepEqual(probe.receive(ANN, log.run(1, 1)).did('remember'), [])
})

test('a conversation no longer shared is neither told, asked for nor lacking', () => {
  const log = annsLog('1')
  const probe = new Probe().conversation().meet(ANN).meet(BOB)
  probe.hear(ANN, toldBy(log)).hearClock(BOB, [log])
  probe.take({ type: 'shared', peer: ANN.device, shared: new Set() })
  assert.deepEqual(probe.sent('clocks', ANN)[0]?.clocks, [])
  assert.equal(probe.sent('want', BOB).length, 1, 'the other peer is asked')
  assert.equal(probe.state.peers.get(ANN.device)?.lacking.size, 0)
  assert.deepEqual(probe.hearRun(ANN, log.run(1, 1)).effects, [])
})

test('a device that may no longer write is not waited for', () => {
  const log = annsLog('1')
  const probe = new Probe().conversation().meet(BOB).hear(BOB, toldBy(log))
  probe.conversation(CONVERSATION, [ME, BOB])
  assert.equal(probe.state.peers.get(BOB.device)?.lacking.size, 0)
  assert.deepEqual(
    probe.did('remember').map(({ token }) => token),
    [TOKEN],
  )
})

test('when somebody writes from another device, what peers told of it is asked for again', () => {
  const other = author('ann, renewed')
  const log = new Log(CONVERSATION, other)
  log.write('1')
  const probe = new Probe().conversation().meet(BOB).hearClock(BOB, [log])
  assert.deepEqual(probe.sent('want'), [])
  probe.conversation(CONVERSATION, [...members, other])
  assert.equal(probe.sent('clocks_wanted', BOB).length, 1)
  assert.equal(probe.hearClock(BOB, [log]).sent('want', BOB).length, 1)
})

test('clocks of devices that may not write are not heard', () => {
  const stranger = new Log(CONVERSATION, author('stranger'))
  stranger.write('1')
  const probe = new Probe().conversation().meet(ANN).hearClock(ANN, [stranger])
  assert.deepEqual(probe.sent('want'), [])
  assert.equal(probe.state.peers.get(ANN.device)?.lacking.size, 0)
})

test('a conversation that a frame names again and again costs its clock once', () => {
  const [one, other] = [new Uint8Array([1]), new Uint8Array([2])]
  const of = (device: DeviceId, seq: number, mark?: Uint8Array): ConversationClock => ({
    conversation: CONVERSATION,
    seqs: new Map([[device, seq]]),
    ...(mark && { marks: new Map([[device, mark]]) }),
  })
  const [ann, bob] = [ANN.device, BOB.device]
  const alone = { ...of(bob, 1), conversation: conversationId('alone') }
  const clocks = [
    of(ann, 2, one),
    of(bob, 5),
    alone,
    of(ann, 3, other),
    of(ann, 1, one),
    of(bob, 4),
  ]
  assert.deepEqual(
    [...joined(clocks)],
    [
      {
        conversation: CONVERSATION,
        seqs: new Map([
          [ann, 3],
          [bob, 5],
        ]),
        marks: new Map([[ann, other]]),
      },
      alone,
    ],
  )
})
