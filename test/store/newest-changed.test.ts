// What is known of the changes of a log without looking: never less than there may be.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { LOG_NAMES_MAX } from '../../src/core/limits.ts'
import { NewestChanged } from '../../src/store/newest-changed.ts'

test('nothing is known of a log before the disk was asked, whatever was written to it', () => {
  const newest = new NewestChanged()
  newest.note('log', 7)
  assert.equal(newest.isKnown('log'), false)
  newest.track('log')
  assert.equal(newest.isKnown('log'), false)
  assert.equal(newest.isBefore('log', 8), false)
})

test('what is written while the disk is asked counts, and what is written later', () => {
  const newest = new NewestChanged()
  const tracked = newest.track('log')
  newest.note('log', 7)
  newest.learn(tracked, 3)
  assert.deepEqual([newest.isBefore('log', 7), newest.isBefore('log', 8)], [false, true])
  newest.note('log', 9)
  assert.deepEqual([newest.isBefore('log', 9), newest.isBefore('log', 10)], [false, true])
})

const forgetAll = (newest: NewestChanged): void => {
  for (let i = 0; i < 2 * LOG_NAMES_MAX; i++) newest.track(`other ${i}`)
}

test('logs are forgotten, and then nothing is known of them', () => {
  const newest = new NewestChanged()
  newest.learn(newest.track('log'), 3)
  assert.equal(newest.isBefore('log', 8), true)
  forgetAll(newest)
  assert.equal(newest.isKnown('log'), false)
  assert.equal(newest.isBefore('log', 8), false)
})

test('what was noted of a log that was forgotten while the disk was asked is not left out', () => {
  const newest = new NewestChanged()
  const first = newest.track('log')
  newest.note('log', 9)
  forgetAll(newest)
  const second = newest.track('log')
  newest.learn(first, 5)
  assert.equal(newest.isBefore('log', 6), false)
  newest.learn(second, 9)
  assert.deepEqual([newest.isBefore('log', 9), newest.isBefore('log', 10)], [false, true])
})
