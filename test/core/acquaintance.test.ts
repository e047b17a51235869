// How two accounts become contacts: every standing against every thing that a peer may say.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import {
  commonRequest,
  hearContact,
  hearDecline,
  type Standing,
} from '../../src/core/acquaintance.ts'

const standing = (state: Standing['state'], declined = false): Standing => ({
  state,
  request: 'r1',
  declined,
})

test('a stranger is asked about, taken or turned down, by policy', () => {
  assert.deepEqual(hearContact(undefined, 'r1', 'ask'), { outcome: 'ask' })
  assert.deepEqual(hearContact(undefined, 'r1', 'auto'), { outcome: 'mutual', becomes: true })
  assert.deepEqual(hearContact(undefined, 'r1', 'never'), { outcome: 'decline' })
})

test('somebody that was asked becomes a contact, whatever the policy says', () => {
  for (const policy of ['ask', 'auto', 'never'] as const) {
    const decision = hearContact(standing('requested'), 'other', policy)
    assert.deepEqual(decision, { outcome: 'mutual', becomes: true })
  }
})

test('a contact stays one', () => {
  const decision = hearContact(standing('friend'), 'r9', 'never')
  assert.deepEqual(decision, { outcome: 'mutual', becomes: false })
})

test('a request that waited for an answer is taken once everybody is', () => {
  const mutual = { outcome: 'mutual', becomes: true }
  assert.deepEqual(hearContact(standing('incoming'), 'r1', 'auto'), mutual)
  assert.deepEqual(hearContact(standing('incoming'), 'r1', 'never'), { outcome: 'wait' })
  const declined = { ...standing('incoming'), declined: true }
  assert.deepEqual(hearContact(declined, 'r1', 'auto'), { outcome: 'decline' })
})

test('a request that waits is not shown twice', () => {
  assert.deepEqual(hearContact(standing('incoming'), 'r1', 'ask'), { outcome: 'wait' })
})

test('a declined request stays declined; a new one is a new question', () => {
  assert.deepEqual(hearContact(standing('incoming', true), 'r1', 'ask'), { outcome: 'decline' })
  assert.deepEqual(hearContact(standing('incoming', true), 'r2', 'ask'), { outcome: 'ask' })
})

test('somebody blocked hears nothing', () => {
  assert.deepEqual(hearContact(standing('blocked'), 'r2', 'auto'), { outcome: 'ignore' })
})

test('only the answer to our own request ends it, also after it was accepted', () => {
  assert.equal(hearDecline(standing('requested'), 'r1'), true)
  assert.equal(hearDecline(standing('friend'), 'r1'), true)
  assert.equal(hearDecline(standing('requested'), 'r0'), false)
  assert.equal(hearDecline(standing('incoming'), 'r1'), false)
  assert.equal(hearDecline(standing('blocked'), 'r1'), false)
  assert.equal(hearDecline(undefined, 'r1'), false)
})

test('two requests that cross become one, the same on both sides', () => {
  assert.equal(commonRequest('r1', 'r2'), commonRequest('r2', 'r1'))
})
