// Which conversations changed last, against the plain way to find out.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import * as fc from 'fast-check'
import { Map as ImmutableMap } from 'immutable'

import type { ConversationId } from '../../../src/core/id.ts'
import { step } from '../../../src/core/sync/engine.ts'
import type { Introduced } from '../../../src/core/sync/events.ts'
import { noDigest } from '../../../src/core/sync/log-digest.ts'
import { changedAfter, sorted, withChange } from '../../../src/core/sync/recency.ts'
import {
  type ConversationState,
  initialState,
  type SyncState,
} from '../../../src/core/sync/state.ts'
import { conversationId } from '../authors.ts'
import { ANN, BOB, EPOCH, ME } from './probe.ts'

const IDS = Array.from({ length: 12 }, (_, i) => conversationId(`number ${i}`))

function changed(state: SyncState, id: ConversationId, changedAt: number): SyncState {
  const conversation: ConversationState = {
    id,
    devices: new Map(),
    logs: new Map(),
    changedAt,
    digest: noDigest(),
  }
  const conversations = state.conversations.set(id, conversation)
  return { ...state, conversations, recency: withChange(state, id, changedAt) }
}

/** Opened in any order, as at a start, and then changed one after the other, some together. */
const histories = fc.record({
  opened: fc.uniqueArray(fc.tuple(fc.constantFrom(...IDS), fc.integer({ min: 1, max: 30 })), {
    selector: ([id]) => id,
  }),
  changes: fc.array(fc.tuple(fc.constantFrom(...IDS), fc.integer({ min: 0, max: 2 })), {
    maxLength: 300,
  }),
})

test('what changed after a position is found, in any history', () => {
  fc.assert(
    fc.property(histories, fc.boolean(), ({ opened, changes }, isAsked) => {
      let state = initialState(ME.device, EPOCH, 30)
      for (const [id, at] of opened) state = changed(state, id, at)
      let position = 30
      for (const [id, further] of changes) {
        position += further
        if ((state.conversations.get(id)?.changedAt ?? 0) < position)
          state = changed(state, id, position)
        if (isAsked) state = { ...state, recency: sorted(state) }
      }
      for (let after = 0; after <= position; after += 7) {
        const all = [...state.conversations.values()].filter((each) => each.changedAt > after)
        const found = [...changedAfter(state, after)]
        assert.deepEqual(new Set(found), new Set(all.map(({ id }) => id)))
        const dates = found.map((id) => state.conversations.get(id)?.changedAt ?? 0)
        assert.deepEqual(
          dates,
          dates.toSorted((a, b) => b - a),
        )
      }
    }),
  )
})

/** Each known or not, told of once or more, and shared with a peer who is there or not. */
const introductions = fc.array(
  fc.record({
    id: fc.constantFrom(...IDS),
    changedAt: fc.integer({ min: 1, max: 30 }),
    others: fc.subarray([ANN, BOB]),
    seq: fc.nat(3),
  }),
  { maxLength: 150 },
)

test('many that are introduced at once are known as if one came after the other', () => {
  const introduced = fc.array(introductions, { minLength: 1, maxLength: 3 }).map((rounds) =>
    rounds.map((all) =>
      all.map(({ id, changedAt, others, seq }): Introduced => {
        const devices = new Map([ME, ...others].map((each) => [each.device, each.account]))
        const head = { seq, hash: new Uint8Array(32), forked: false }
        const logs = new Map([ME, ...others].map(({ device }) => [device, head]))
        return { id, devices, logs, changedAt }
      }),
    ),
  )
  const introduce = (state: SyncState, all: readonly Introduced[]): SyncState =>
    step(state, { type: 'conversations', introduced: all }, 0).state
  const meeting = {
    type: 'connected',
    peer: ANN.device,
    shared: new Set(IDS),
    knows: undefined,
    theirs: new Map(),
  } as const
  fc.assert(
    fc.property(introduced, fc.boolean(), (rounds, isMet) => {
      const start = initialState(ME.device, EPOCH, 30)
      let together = isMet ? step(start, meeting, 0).state : start
      let single = together
      for (const round of rounds) {
        const before = together
        const known = JSON.stringify(before)
        together = introduce(before, round)
        // What was known stays as it was, whatever is made of it.
        assert.equal(JSON.stringify(before), known)
        const [again] = round
        const after = JSON.stringify(together)
        if (again) changed(together, again.id, 40)
        assert.equal(JSON.stringify(together), after)
        for (const each of round) single = introduce(single, [each])
      }
      assert.equal(JSON.stringify(together), JSON.stringify(single))
      assert.deepEqual([...changedAfter(together, 0)], [...changedAfter(single, 0)])
      assert.deepEqual(together.conversations.toObject(), single.conversations.toObject())
    }),
  )
})

test('conversations that change again and again take no more room', () => {
  let state: SyncState = { ...initialState(ME.device, EPOCH, 0), conversations: ImmutableMap() }
  for (let at = 1; at <= 10_000; at++) {
    state = changed(state, IDS[at % IDS.length] ?? conversationId('none'), at)
    assert.ok(state.recency.names.size < 100)
  }
  assert.equal(changedAfter(state, 9_995).size, 5)
})
