// Lengths of time as people write them.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { parseSpan } from '../../src/core/span.ts'

const DAY_MS = 86_400_000

test('a length of time is a number and a unit, in any case', () => {
  assert.equal(parseSpan('30m', DAY_MS), 30 * 60_000)
  assert.equal(parseSpan(' 8 H ', DAY_MS), 8 * 3_600_000)
  assert.equal(parseSpan('1d', DAY_MS), DAY_MS)
  assert.equal(parseSpan('2w', 30 * DAY_MS), 14 * DAY_MS)
})

test('anything else is refused, and so is nothing and too much', () => {
  for (const text of ['', 'm', '5', '0m', '-1h', '1.5h', '1y', '1h30m', '9999999999s']) {
    assert.throws(() => parseSpan(text, 1e12), { code: 'bad_input' }, text)
  }
  assert.throws(() => parseSpan('25h', DAY_MS), { code: 'bad_input', message: /more than 1 days/ })
})
