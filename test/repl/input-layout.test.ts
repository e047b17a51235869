import assert from 'node:assert/strict'
import { test } from 'node:test'

import * as fc from 'fast-check'

import { stringWidth } from '../../src/cli/width.ts'
import { InputLayout } from '../../src/repl/view/input-layout.ts'

const PIECES = [
  ['a', 'word ', '\n', '\n\n', '\t', '日本', 'ש', 'ï', 'e\u0301', '\u0301', '\u200d', '👩', '👧'],
  ['🇩', '🇪', '\ufe0e', '☁\ufe0f', '\u0600', 'क्ष', 'ᄒ', 'ᅡ', 'abcdefghijklmnopqrstuvwxyz'],
].flat()
const pieces = fc.array(fc.constantFrom(...PIECES), { maxLength: 40 })
/** Of which one joins another, is wider or narrower for it, or is half a character. */
const JOINING = ['☁', '\ufe0f', '\u0301', '👩', '\u200d', '🇩', '\ud83c', '\udffb', 'a', '\t', '\n']
const ALL = { columns: 20, rowsMax: 1000 }
const drawn = (text: string): string => text.replaceAll('\t', '    ')

test('rows hold the whole text, none is wider than there is room, breaks are kept', () => {
  const property = fc.property(pieces, fc.integer({ min: 6, max: 30 }), (all, columns) => {
    const line = all.join('')
    const shape = { columns, rowsMax: 1000 }
    const { rows } = new InputLayout().rows('> ', { line, cursor: 0 }, shape)
    const shown = rows.map((row, n) => {
      assert.equal(row.slice(0, 2), n === 0 ? '> ' : '  ')
      return row.slice(2)
    })
    assert.equal(shown.join(''), drawn(line).replaceAll('\n', ''))
    for (const row of shown) assert.ok(stringWidth(row) <= columns - 2, row)
    const counts = line.split('\n').map((part) => {
      const one = new InputLayout().rows('> ', { line: part, cursor: 0 }, shape)
      return one.rows.length
    })
    assert.equal(
      rows.length,
      counts.reduce((a, b) => a + b),
    )
  })
  fc.assert(property)
})

for (const [what, signs] of Object.entries({ 'all kinds': PIECES, 'what joins': JOINING })) {
  test(`what is remembered of a text of ${what} is as if it were laid out anew`, () => {
    const sign = fc.constantFrom(...signs)
    const changes = fc.array(fc.tuple(fc.nat(), fc.nat(6), fc.option(sign, { nil: '' })), {
      maxLength: 12,
    })
    const shapes = fc.record({ columns: fc.integer({ min: 4, max: 14 }), rowsMax: fc.nat(5) })
    const texts = fc.array(sign, { maxLength: 40 })
    const property = fc.property(texts, changes, shapes, (all, edits, { columns, rowsMax }) => {
      const layout = new InputLayout()
      const shape = { columns, rowsMax: rowsMax + 1 }
      let line = all.join('')
      for (const [place, length, text] of edits) {
        const at = place % (line.length + 1)
        line = line.slice(0, at) + text + line.slice(at + length)
        const cursor = Math.min(line.length, at + text.length)
        const fresh = new InputLayout().rows('> ', { line, cursor }, shape)
        assert.deepEqual(layout.rows('> ', { line, cursor }, shape), fresh)
      }
    })
    fc.assert(property, { numRuns: 3000 })
  })
}

test('a sign that becomes narrower moves up a row, though what came behind it had one', () => {
  const layout = new InputLayout()
  const shape = { columns: 6, rowsMax: 3 }
  const signs = '☁\ufe0f'.repeat(2)
  const line = `${signs}👩`
  const { rows } = layout.rows('> ', { line, cursor: line.length }, shape)
  assert.deepEqual(rows, ['> ☁\ufe0f', '  ☁\ufe0f', '  👩'])
  const joined = `${signs}\u0301👩`
  const after = layout.rows('> ', { line: joined, cursor: joined.length }, shape)
  assert.deepEqual(after.rows, [`> ${signs}\u0301`, '  👩'])
})

test('half a sign that becomes whole joins the sign before, which moves up a row', () => {
  // A wide sign is more than these rows hold, so that even half a sign behind it begins one.
  const layout = new InputLayout()
  const shape = { columns: 4, rowsMax: 10 }
  const begin = '\u0301☁\ufe0f\ud83c'
  const line = `${begin}👩`
  assert.equal(layout.rows('> ', { line, cursor: line.length }, shape).rows.length, 4)
  const joined = `${begin}\udffb👩`
  const after = layout.rows('> ', { line: joined, cursor: joined.length }, shape)
  assert.deepEqual(after.rows, [`> ${begin}\udffb`, '  👩'])
})

test('of many rows those around the cursor are shown', () => {
  const line = Array.from({ length: 10 }, (_, n) => `row ${n}`).join('\n')
  const shown = (cursor: number): unknown =>
    new InputLayout().rows('> ', { line, cursor }, { columns: 40, rowsMax: 3 })
  assert.deepEqual(shown(0), { rows: ['> row 0', '  row 1', '  row 2'], row: 0, before: '> ' })
  const inFifth = { rows: ['  row 3', '  row 4', '  row 5'], row: 2, before: '  row' }
  assert.deepEqual(shown(5 * 6 + 3), inFifth)
  const atEnd = { rows: ['  row 7', '  row 8', '  row 9'], row: 2, before: '  row 9' }
  assert.deepEqual(shown(line.length), atEnd)
})

test('the row above and below are those on the screen, at the same column', () => {
  const layout = new InputLayout()
  const text = `${'abcdefghi '.repeat(3)}\n日本語\nx`
  layout.rows('> ', { line: text, cursor: 0 }, { ...ALL, columns: 13 })
  // Rows of ten: three for the first line, then two more.
  assert.equal(layout.beside({ text, cursor: 3 }, -1), undefined)
  assert.deepEqual(layout.beside({ text, cursor: 3 }, 1), { cursor: 13, column: 3 })
  assert.deepEqual(layout.beside({ text, cursor: 25 }, 1), { cursor: 33, column: 5 })
  assert.deepEqual(layout.beside({ text, cursor: 35 }, -1, 5), { cursor: 33, column: 5 })
  assert.deepEqual(layout.beside({ text, cursor: 20 }, -1, 50), { cursor: 19, column: 50 })
  assert.equal(layout.beside({ text, cursor: 35 }, 1, 5), undefined)
})
