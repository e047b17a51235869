import assert from 'node:assert/strict'
import { test } from 'node:test'

import {
  fit,
  isWidthCertain,
  lineRows,
  stringWidth,
  truncate,
  wrapWords,
} from '../../src/cli/width.ts'

test('width counts columns of a terminal', () => {
  const widths: [string, number][] = [
    ['', 0],
    ['plain', 5],
    ['naïve', 5],
    ['nai\u0308ve', 5],
    ['日本', 4],
    ['한국', 4],
    ['ｆｕｌｌ', 8],
    ['🙂', 2],
    ['👩‍👩‍👧', 2],
    ['❤️', 2],
    ['🇫🇷', 2],
    ['✓ ● ─', 5],
    ['עברית', 5],
  ]
  for (const [text, width] of widths) assert.equal(stringWidth(text), width, text)
})

test('cutting keeps characters whole and says that something is missing', () => {
  assert.equal(truncate('abcdef', 6), 'abcdef')
  assert.equal(truncate('abcdefg', 6), 'abcde…')
  assert.equal(truncate('日本語', 4), '日…')
  assert.equal(stringWidth(fit('日本語の', 6)), 6)
  assert.equal(fit('ab', 4), 'ab  ')
})

test('rows count what the terminal wraps; a wide character never spans two rows', () => {
  assert.equal(lineRows('', 80), 1)
  assert.equal(lineRows('x'.repeat(80), 80), 1)
  assert.equal(lineRows('x'.repeat(81), 80), 2)
  assert.equal(lineRows('日'.repeat(40), 80), 1)
  assert.equal(lineRows(`x${'日'.repeat(40)}`, 80), 2)
  assert.equal(lineRows(`x${'日'.repeat(79)}`, 80), 2)
  assert.equal(lineRows(`x${'日'.repeat(80)}`, 80), 3)
})

test('the width of signs made of several code points is not relied upon', () => {
  for (const certain of ['plain', '日本', 'naïve', '✓']) assert.ok(isWidthCertain(certain))
  for (const not of ['👩‍👩‍👧', 'nai\u0308ve', '❤️', '\u0007']) assert.ok(!isWidthCertain(not))
})

test('lines break between words, and colours take no room', () => {
  assert.deepEqual(wrapWords('one two three', 7), ['one two', 'three'])
  assert.deepEqual(wrapWords('one two three four', 9, '  '), ['one two', '  three', '  four'])
  assert.deepEqual(wrapWords('\u001b[32mone\u001b[39m two', 7), ['\u001b[32mone\u001b[39m two'])
  assert.deepEqual(wrapWords('  a  b', 9), ['  a  b'])
  assert.deepEqual(wrapWords('  one two', 7, '->'), ['  one', '  ->two'])
  assert.deepEqual(wrapWords('unbreakable', 4), ['unbreakable'])
})
