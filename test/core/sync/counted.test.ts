// What a peer told before the session: looked up when it is needed, and trusted as it was counted
// only where the digest fits.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Clock } from '../../../src/core/clock.ts'
import type { ConversationId } from '../../../src/core/id.ts'
import { CLOCKS_WANTED_MAX } from '../../../src/core/limits.ts'
import { countedOf } from '../../../src/core/sync/complete.ts'
import { digestBytes, logDigest } from '../../../src/core/sync/log-digest.ts'
import type { Counted } from '../../../src/core/sync/state.ts'
import { conversationId, Log } from '../authors.ts'
import { ANN, BOB, CONVERSATION, ME, Probe, THEIR_EPOCH } from './probe.ts'

const TOKEN = { epoch: THEIR_EPOCH, position: 7 }

const others = Array.from({ length: 100 }, (_, i) => conversationId(`other ${i}`))
const shared = [CONVERSATION, ...others]
const log = new Log(CONVERSATION, ANN)
log.write('1')
const held = { ...log.head, forked: false }
const digestOf = (id: ConversationId, seq: number): Uint8Array =>
  digestBytes(logDigest(id, ANN.device, seq))

function xor(parts: readonly Uint8Array[]): Uint8Array {
  return parts.reduce((a, b) => a.map((byte, i) => byte ^ (b[i] ?? 0)))
}

/** This node holds entry 1 of Ann's log in each, and she told so before. */
class Met extends Probe {
  readonly asked: ConversationId[] = []
  readonly told = new Map<ConversationId, Clock>(
    shared.map((id) => [id, new Map([[ANN.device, 1]])]),
  )

  again(counted: Counted | undefined): this {
    const logs = new Map([[ANN.device, held]])
    for (const id of shared) this.conversation(id, [ME, ANN, BOB], logs)
    const get = (id: ConversationId): Clock | undefined => {
      this.asked.push(id)
      return this.told.get(id)
    }
    const more = { theirs: { get }, token: TOKEN, ...(counted && { counted }) }
    this.take({
      type: 'connected',
      peer: ANN.device,
      shared: new Set(shared),
      knows: 0,
      ...more,
    })
    return this
  }

  /** She tells that nothing changed, or one log. */
  hears(seqs: readonly (readonly [ConversationId, number])[]): this {
    const token = { ...TOKEN, position: TOKEN.position + 1 }
    const now = new Map([...shared.map((id) => [id, 1] as const), ...seqs])
    const digest = xor([...now].map(([id, seq]) => digestOf(id, seq)))
    const clocks = seqs.map(([conversation, seq]) => ({
      conversation,
      seqs: new Map([[ANN.device, seq]]),
    }))
    return this.hear(ANN, { type: 'clocks', reset: false, clocks, token, digest })
  }
}

const counted: Counted = { told: xor(shared.map((id) => digestOf(id, 1))), lacked: [] }

test('with nothing missed nothing that a peer told before is looked up', () => {
  const met = new Met().again(counted).hears([])
  assert.deepEqual(met.asked, [])
  assert.equal(met.did('remember').length, 1)
  assert.deepEqual(countedOf(met.state, ANN.device)?.told, counted.told)
})

test('with one message missed, only its conversation is', () => {
  const met = new Met().again(counted).hears([[CONVERSATION, 2]])
  assert.deepEqual(new Set(met.asked), new Set([CONVERSATION]))
  assert.equal(met.sent('want', ANN).length, 1)
  assert.deepEqual(met.did('remember'), [])
  assert.deepEqual(countedOf(met.state, ANN.device)?.lacked, [CONVERSATION])
})

test('what was lacking before is asked for, though nobody tells of it again', () => {
  const met = new Met()
  met.told.set(CONVERSATION, new Map([[ANN.device, 2]]))
  const told = xor([digestOf(CONVERSATION, 2), ...others.map((id) => digestOf(id, 1))])
  met.again({ told, lacked: [CONVERSATION] }).wait(1000)
  assert.equal(met.sent('want', ANN).length, 1)
})

test('where what was counted does not fit all is looked up, and else told anew', () => {
  const wrong = { told: new Uint8Array(16), lacked: [] }
  const fits = new Met().again(wrong).hears([])
  assert.equal(fits.asked.length >= shared.length, true)
  assert.equal(fits.did('remember').length, 1)
  assert.equal(fits.sent('clocks_wanted').length, 0)
  const lost = new Met()
  lost.told.delete(CONVERSATION)
  lost.again(wrong).hears([])
  assert.equal(lost.sent('clocks_wanted', ANN).length, 1)
  assert.deepEqual(lost.did('remember'), [])
})

test('without what was counted all is looked up as the session begins', () => {
  const met = new Met()
  met.told.set(CONVERSATION, new Map([[ANN.device, 2]]))
  met.again(undefined)
  assert.equal(met.state.peers.get(ANN.device)?.lacking.size, 1)
})

test('what begins to be shared is told by itself, and asked for by itself', () => {
  const probe = new Probe().conversation()
  for (const id of others) probe.conversation(id)
  probe.write('1').meet(ANN, others)
  probe.take({ type: 'shared', peer: ANN.device, shared: new Set(shared) })
  const [frame, ...more] = probe.sent('clocks', ANN)
  assert.deepEqual([frame?.reset, more.length], [false, 0])
  assert.deepEqual(
    frame?.clocks.map(({ conversation }) => conversation),
    [CONVERSATION],
  )
  const wanted = { type: 'clocks_wanted', conversations: [CONVERSATION] } as const
  assert.deepEqual(probe.sent('clocks_wanted', ANN), [wanted])
  probe.meet(BOB, [CONVERSATION])
  const answers = probe.hear(BOB, { ...wanted, conversations: shared }).sent('clocks', BOB)
  assert.deepEqual(
    answers.flatMap(({ clocks }) => clocks.map(({ conversation }) => conversation)),
    [CONVERSATION],
  )
  assert.ok(answers.every(({ reset }) => !reset))
})

test('of very many that begin at once all clocks are asked for', () => {
  const probe = new Probe().conversation()
  probe.meet(ANN, [CONVERSATION])
  const many = new Set(shared.slice(0, CLOCKS_WANTED_MAX + 2))
  probe.take({ type: 'shared', peer: ANN.device, shared: many })
  assert.deepEqual(probe.sent('clocks_wanted', ANN), [{ type: 'clocks_wanted' }])
})
