// Moments as people write them.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { momentText, parseMoment } from '../../src/api/moments.ts'
import { isTidingsError } from '../../src/core/errors.ts'

const NOW = Date.parse('2026-11-20T12:00:00Z')
const HOUR = 3_600_000

test('a span goes back from now', () => {
  for (const [text, ms] of [
    ['90m', 1.5 * HOUR],
    ['12h', 12 * HOUR],
    ['7d', 7 * 24 * HOUR],
    ['2 w', 14 * 24 * HOUR],
    ['1D', 24 * HOUR],
  ] as const) {
    assert.equal(parseMoment(text, NOW), NOW - ms, text)
  }
})

test('a day begins at midnight where one is; a zone is taken at its word', () => {
  const local = (...parts: [number, number, number, number?, number?, number?]): number =>
    new Date(...parts).getTime()
  assert.equal(parseMoment('2026-11-20', NOW), local(2026, 10, 20))
  assert.equal(parseMoment(' 2024-02-29 ', NOW), local(2024, 1, 29))
  assert.equal(parseMoment('2026-11-20T14:30', NOW), local(2026, 10, 20, 14, 30))
  assert.equal(parseMoment('2026-11-20 14:30:15', NOW), local(2026, 10, 20, 14, 30, 15))
  assert.equal(parseMoment('2026-11-20T14:30Z', NOW), Date.UTC(2026, 10, 20, 14, 30))
  assert.equal(
    parseMoment('2026-11-20T14:30:00.250+02:00', NOW),
    Date.UTC(2026, 10, 20, 12, 30, 0, 250),
  )
})

test('what no calendar has is refused', () => {
  for (const text of [
    '',
    'yesterday',
    '7',
    '7x',
    '-7d',
    '2026',
    '2026-11',
    '2026-13-01',
    '2026-00-10',
    '2026-02-30',
    '2025-02-29',
    '2026-11-31',
    '2026-11-20T25:00',
    '2026-11-20T14',
    '20.11.2026',
    '2026-11-20T14:30+99:99',
  ]) {
    assert.throws(
      () => parseMoment(text, NOW),
      (e) => isTidingsError(e, 'bad_date'),
      text,
    )
  }
})

test('as text it means the same moment in every zone, and never one before all calendars', () => {
  assert.equal(momentText('12h', NOW), '2026-11-20T00:00:00.000Z')
  assert.equal(momentText('999999999w', NOW), '1970-01-01T00:00:00.000Z')
})
