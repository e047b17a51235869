// What is known of the changes of a log without looking: never less than there may be.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { LOG_NAMES_MAX } from '../../src/core/limits.ts'
import { NewestChanged } from '../../src/store/newest-changed.ts'

test('nothing is known of a log before the disk was asked, whatever was written to it', () => {
  const newest = new NewestChanged()
  newest.note('log', 7)
  newest.learn('log', 7)
  assert.equal(newest.isKnown('log'), false)
  assert.equal(newest.isBefore('log', 8), false)
})

test('what is written while the disk is asked counts, and what is written later', () => {
  const newest = new NewestChanged()
  newest.track('log')
  newest.note('log', 7)
  newest.learn('log', 3)
  assert.deepEqual([newest.isBefore('log', 7), newest.isBefore('log', 8)], [false, true])
  newest.note('log', 9)
  assert.deepEqual([newest.isBefore('log', 9), newest.isBefore('log', 10)], [false, true])
})

test('logs are forgotten, and then nothing is known of them', () => {
  const newest = new NewestChanged()
  newest.track('log')
  newest.learn('log', 3)
  for (let i = 0; i < LOG_NAMES_MAX; i++) newest.track(`other ${i}`)
  assert.equal(newest.isBefore('log', 8), false)
  newest.learn('log', 3)
  assert.equal(newest.isKnown('log'), false)
})
