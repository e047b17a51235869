// Forks of others' logs: found, kept, shown to everybody, and heard of.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { proveFork } from '../../../src/core/fork.ts'
import type { ForkFrame } from '../../../src/core/frames.ts'
import type { ConversationId, DeviceId } from '../../../src/core/id.ts'
import { CLOCK_INTERVAL_MS } from '../../../src/core/limits.ts'
import { lastSeq, type Run } from '../../../src/core/run.ts'
import { initialState, isOpen, logOf, type LogState } from '../../../src/core/sync/state.ts'
import { author, conversationId, Log } from '../authors.ts'
import { ANN, BOB, CONVERSATION, EPOCH, ME, Probe } from './probe.ts'

const met = (): Probe => new Probe().conversation().meet(ANN).meet(BOB)

/** Ann's log as she wrote it, and as it went on from a copy made after some entries. */
function histories(common: number): [Log, Log] {
  const log = new Log(CONVERSATION, ANN)
  log.write(...Array.from({ length: common }, (_, i) => `${i + 1}`))
  const copy = log.copy(common)
  log.write('one', 'two')
  copy.write('other', 'another')
  return [log, copy]
}

function proofOf(held: Run, other: Run, more: Partial<ForkFrame> = {}): ForkFrame {
  const proof = proveFork(held, other)
  assert.ok(proof)
  return { type: 'fork', proof, held: lastSeq(held), ...more }
}

function annsAt(probe: Probe): LogState {
  const conversation = probe.state.conversations.get(CONVERSATION)
  assert.ok(conversation)
  return logOf(conversation, ANN.device)
}

test('whoever finds a fork shows it to all who share the conversation, the device too', () => {
  const [log, copy] = histories(1)
  const probe = met().receive(ANN, log.run(1, 2)).hearRun(BOB, copy.run(2, 3))
  assert.deepEqual(
    probe.did('forked').map(({ run }) => run),
    [copy.run(2, 3)],
  )
  assert.deepEqual(
    probe.did('prove').map(({ peer, device, held }) => [peer, device, held]),
    [ANN, BOB].map((peer) => [peer.device, ANN.device, 2]),
  )
})

test('a fork is shown again at every meeting', () => {
  const [log, copy] = histories(1)
  const probe = met().receive(ANN, log.run(1, 2)).hearRun(BOB, copy.run(2, 3)).meet(BOB)
  assert.deepEqual(
    probe.did('prove').map(({ peer }) => peer),
    [BOB.device],
  )
  assert.deepEqual(probe.meet(BOB, []).did('prove'), [], 'nothing is shared')
})

test('a fork that is on disk is shown at every meeting', () => {
  const [log] = histories(1)
  const logs = new Map([[ANN.device, { ...log.headAt(2), forked: true, until: 2 }]])
  const probe = new Probe().conversation(CONVERSATION, [ME, ANN, BOB], logs).meet(BOB)
  assert.equal(probe.did('prove').length, 1)
  assert.deepEqual(probe.hearClock(BOB, [log]).sent('want'), [])
})

test('a fork is judged only once it is certain where the accepted part ends', () => {
  const [log, copy] = histories(1)
  const probe = met().receive(ANN, log.run(1, 1)).hearRun(ANN, log.run(2, 2))
  const written = probe.did('store')
  probe.hearRun(BOB, copy.run(2, 3))
  assert.deepEqual(probe.effects, [])
  probe.stored(written)
  assert.deepEqual(
    probe.did('prove').map(({ held }) => held),
    [2, 2],
  )
})

test('when the write fails that a run contradicted, there is nothing to contradict', () => {
  const [log, copy] = histories(1)
  const probe = met().receive(ANN, log.run(1, 1)).hearRun(ANN, log.run(2, 2))
  probe.hearRun(BOB, copy.run(2, 3))
  probe.take({ type: 'store_failed', conversation: CONVERSATION, device: ANN.device })
  assert.deepEqual(probe.did('forked'), [])
  assert.equal(annsAt(probe).forked, false)
  assert.equal(probe.hearRun(BOB, copy.run(2, 3)).did('store').length, 1)
})

test('a proof is kept and passed on; what was accepted stays, and no more is', () => {
  const [log, copy] = histories(1)
  const frame = proofOf(log.run(1, 2), copy.run(2, 3))
  const probe = met().receive(ANN, copy.run(1, 3)).hear(BOB, frame)
  assert.deepEqual(probe.did('forked'), [
    { type: 'forked', run: frame.proof.run, from: BOB.device, until: 3, proof: frame.proof },
  ])
  assert.deepEqual(
    probe.did('prove').map(({ peer, held }) => [peer, held]),
    [[ANN.device, 3]],
  )
  copy.write('more')
  assert.deepEqual(probe.hearRun(ANN, copy.run(4, 4)).did('store'), [])
  assert.deepEqual(probe.hear(BOB, frame).effects, [], 'it is known')
})

test('a proof ahead of what is held leaves what lies before the fork to be fetched', () => {
  const [log, copy] = histories(2)
  const probe = new Probe().conversation().meet(BOB).receive(BOB, log.run(1, 1))
  probe.hear(BOB, proofOf(log.run(1, 3), copy.run(3, 4)))
  assert.equal(isOpen(annsAt(probe)), true)
  const [want] = probe.hearClock(BOB, [log.copy(3)]).sent('want', BOB)
  assert.deepEqual([want?.first, want?.last], [2, 3])
  probe.receive(BOB, log.run(2, 3))
  assert.equal(annsAt(probe).durable.seq, 3)
  assert.deepEqual(probe.hearRun(BOB, log.run(4, 4)).did('store'), [])
  assert.equal(probe.state.peers.get(BOB.device)?.lacking.size, 0)
})

test('where a run goes on behind a proof, peers are told that all of it is taken', () => {
  const [log, copy] = histories(2)
  const probe = new Probe().conversation().meet(BOB)
  probe.hear(BOB, proofOf(log.run(1, 3), copy.run(3, 4))).hearRun(BOB, log.run(1, 4))
  probe.meet(ANN)
  assert.deepEqual(
    probe.did('prove').map(({ held }) => held),
    [4],
  )
})

test('a proof that proves nothing ends the session and changes nothing', () => {
  const [log, copy] = histories(1)
  const { proof } = proofOf(log.run(1, 2), copy.run(2, 3))
  const false1 = { ...proof, head: { ...proof.head, signature: new Uint8Array(64) } }
  const probe = met()
  const before = probe.state
  probe.hear(BOB, { type: 'fork', proof: false1, held: 2 })
  assert.deepEqual(
    probe.did('close').map(({ peer, code }) => [peer, code]),
    [[BOB.device, 'protocol_error']],
  )
  assert.equal(probe.state, before)
})

test('proofs about what is not shared, or about strangers, are not heard', () => {
  const [log, copy] = histories(1)
  const frame = proofOf(log.run(1, 2), copy.run(2, 3))
  assert.deepEqual(new Probe().conversation().meet(BOB, []).hear(BOB, frame).effects, [])
  const closed = new Probe().conversation(CONVERSATION, [ME, BOB]).meet(BOB)
  assert.deepEqual(closed.hear(BOB, frame).effects, [])
})

test('who goes on telling of more than a proof allows is shown it again, ever more rarely', () => {
  const [log, copy] = histories(1)
  const probe = met().receive(ANN, log.run(1, 2)).hearRun(BOB, copy.run(2, 3))
  probe.hearClock(ANN, [log])
  const again = (ms: number): number => probe.wait(ms).did('prove').length
  assert.equal(again(CLOCK_INTERVAL_MS - 1), 0)
  assert.equal(again(1), 1)
  assert.equal(again(2 * CLOCK_INTERVAL_MS - 1), 0)
  assert.equal(again(1), 1)
})

test('who asks for clocks is shown forks too: it may not have known whose logs those are', () => {
  const [log, copy] = histories(1)
  const probe = met().receive(ANN, log.run(1, 2)).hearRun(BOB, copy.run(2, 3))
  const proved = (conversations?: ConversationId[]): DeviceId[] => {
    probe.hear(ANN, { type: 'clocks_wanted', ...(conversations && { conversations }) })
    return probe.did('prove').map(({ peer }) => peer)
  }
  assert.deepEqual(proved(), [ANN.device])
  assert.deepEqual(proved([CONVERSATION]), [ANN.device])
  assert.deepEqual(proved([conversationId('other')]), [])
  probe.hear(ANN, proofOf(log.run(1, 2), copy.run(2, 3)))
  assert.deepEqual(proved(), [], 'it shows that itself')
})

test('who shows a proof is not shown it again', () => {
  const [log, copy] = histories(1)
  const probe = met().receive(ANN, log.run(1, 2)).hearRun(BOB, copy.run(2, 3))
  probe.hearClock(BOB, [copy]).hear(BOB, proofOf(log.run(1, 2), copy.run(2, 3)))
  assert.deepEqual(probe.wait(10 * CLOCK_INTERVAL_MS).did('prove'), [])
})

test('an own log that was cut back ends where peers end it, once one proves its fork', () => {
  const was = author('the device before')
  const log = new Log(CONVERSATION, was)
  log.write('1', '2')
  const copy = log.copy(1)
  copy.write('other')
  log.write('3')
  const probe = new Probe()
  probe.state = initialState(ME.device, EPOCH, 0, new Set([ME.device, was.device]))
  const cut = new Map([[was.device, { ...log.headAt(1), forked: true }]])
  probe.conversation(CONVERSATION, [ME, ANN, BOB, was], cut).meet(ANN).meet(BOB)
  probe.hearClock(BOB, [log]).hear(ANN, proofOf(log.run(1, 2), copy.run(2, 2)))
  assert.deepEqual(
    probe.did('forked').map(({ until }) => until),
    [3],
  )
  assert.deepEqual(probe.did('ended'), [], 'what a peer holds of it still comes')
  probe.receive(BOB, log.run(2, 3))
  assert.equal(probe.did('ended').length, 1)
  assert.deepEqual(probe.hear(BOB, proofOf(log.run(1, 2), copy.run(2, 2))).did('forked'), [])
})
