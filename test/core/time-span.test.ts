import assert from 'node:assert/strict'
import { test } from 'node:test'

import * as fc from 'fast-check'

import { formatTimeSpan, parseTimeSpan } from '../../src/core/time-span.ts'

test('spans of time are read as people write them', () => {
  for (const [text, seconds] of [
    ['30s', 30],
    ['5m', 300],
    ['5 min', 300],
    ['90 minutes', 5400],
    ['12h', 43_200],
    ['1 day', 86_400],
    ['7D', 604_800],
    [' 2w ', 1_209_600],
  ] as const) {
    assert.equal(parseTimeSpan(text), seconds, text)
  }
})

test('what is no span of time is refused, and so is none at all', () => {
  for (const text of ['', '5', 'd', '1.5h', '-1d', '0s', '1y', '1 month', 'tomorrow', '9e9s']) {
    assert.throws(() => parseTimeSpan(text), { code: 'bad_input' }, text)
  }
})

test('a span that is longer than may be is refused', () => {
  assert.equal(parseTimeSpan('24h', 86_400), 86_400)
  assert.throws(() => parseTimeSpan('25h', 86_400), { code: 'bad_input', message: /than 1 day$/ })
})

test('spans of time are shown in two units at most', () => {
  for (const [seconds, text] of [
    [0, '0 seconds'],
    [1, '1 second'],
    [90, '1 minute 30 seconds'],
    [86_400, '1 day'],
    [90_061, '1 day 1 hour'],
    [31_536_000, '52 weeks 1 day'],
  ] as const) {
    assert.equal(formatTimeSpan(seconds), text)
  }
})

test('a span of one unit is read as it is shown', () => {
  const unit = fc.constantFrom(1, 60, 3600, 86_400, 604_800)
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6 }), unit, (count, size) => {
      assert.equal(parseTimeSpan(formatTimeSpan(count * size)), count * size)
    }),
  )
})
