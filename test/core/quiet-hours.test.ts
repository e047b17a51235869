import assert from 'node:assert/strict'
import { test } from 'node:test'

import * as fc from 'fast-check'

import { QUIET_RANGES_MAX } from '../../src/core/limits.ts'
import { formatQuietHours, isQuietAt, parseQuietHours } from '../../src/core/quiet-hours.ts'

const at = (hour: number, minute = 0): number => 60 * hour + minute

test('quiet hours hold their first minute and not their last, also past midnight', () => {
  for (const [text, minute, isQuiet] of [
    ['22:00-07:00', at(21, 59), false],
    ['22:00-07:00', at(22), true],
    ['22:00-07:00', at(0), true],
    ['22:00-07:00', at(6, 59), true],
    ['22:00-07:00', at(7), false],
    ['9:00-17:30', at(8, 59), false],
    ['9:00 - 17:30', at(9), true],
    ['9:00-17:30', at(17, 29), true],
    ['9:00-17:30', at(17, 30), false],
    ['00:00-24:00', at(23, 59), true],
    ['22:00-07:00, 12:00-13:00', at(12, 30), true],
    ['22:00-07:00,12:00-13:00', at(13), false],
    ['22:00-07:00,12:00-13:00', at(23), true],
    ['none', at(3), false],
    ['', at(3), false],
  ] as const) {
    assert.equal(isQuietAt(parseQuietHours(text), minute), isQuiet, `${text} at ${minute}`)
  }
})

test('what is no time of the day is refused, and says what it is', () => {
  for (const text of [
    '22-7',
    '25:00-07:00',
    '22:60-07:00',
    '22:00',
    '24:00-07:00',
    'night',
    '1:2-3',
  ]) {
    const message = `${JSON.stringify(text)} are no hours; write them like 22:00-07:00`
    assert.throws(() => parseQuietHours(text), { code: 'bad_input', message })
  }
  assert.throws(() => parseQuietHours('22:00-07:00,'), { code: 'bad_input', message: /^"" are/ })
  assert.throws(() => parseQuietHours('07:00-7:00'), {
    message: '"07:00-7:00" end when they begin',
  })
  const many = Array.from({ length: QUIET_RANGES_MAX + 1 }, () => '1:00-2:00').join(',')
  assert.throws(() => parseQuietHours(many), { code: 'bad_input', message: /more than 8/ })
})

test('quiet hours read back as they are shown', () => {
  const minute = fc.integer({ min: 0, max: 24 * 60 - 1 })
  const range = fc
    .record({ from: minute, to: minute }, { noNullPrototype: true })
    .filter(({ from, to }) => from !== to)
  fc.assert(
    fc.property(fc.array(range, { maxLength: QUIET_RANGES_MAX }), (hours) => {
      assert.deepEqual(parseQuietHours(formatQuietHours(hours)), hours)
    }),
  )
})
