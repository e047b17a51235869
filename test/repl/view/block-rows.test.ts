// What a message looks like in rows: no text of anybody makes a row wider than the screen, or loses
// a word on the way.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'

import * as fc from 'fast-check'

import { stringWidth } from '../../../src/cli/width.ts'
import { printable } from '../../../src/core/text.ts'
import { type Look, paint } from '../../../src/repl/look.ts'
import type { ShownMessage } from '../../../src/repl/messages.ts'
import { blockRows, noteRows } from '../../../src/repl/view/block-rows.ts'
import { ACTS_ON_A_TERMINAL } from '../../wicked.ts'
import { anyLook, anyText, shownMessage } from './things.ts'

const AT = new Date('2026-11-20T14:02:00Z')
const LOOK: Look = { columns: 40, color: false, unicode: true, timeZone: 'UTC' }
const LAYOUT = { look: LOOK, nameColumns: 5 }
const NOBODY = { day: AT.toDateString(), speaker: undefined }

const says = (text: string, more: Partial<ShownMessage> = {}): ShownMessage => ({
  sentAt: AT,
  who: 'bob',
  own: false,
  text,
  ...more,
})
const rowsOf = (text: string, more: Partial<ShownMessage> = {}): string[] =>
  blockRows(says(text, more), NOBODY, LAYOUT)
const bare = (rows: readonly string[]): string[] => rows.map((row) => stripVTControlCharacters(row))

describe('a message in rows', () => {
  test('words break at spaces, below themselves; names stand in a column of their own', () => {
    assert.deepEqual(rowsOf('one two three four five, six seven'), [
      '14:02 bob:   one two three four five,',
      '             six seven',
    ])
    assert.deepEqual(rowsOf('short', { who: 'carol' }), ['14:02 carol: short'])
    assert.deepEqual(rowsOf('cut', { who: 'bartholomew' }), ['14:02 bart…: cut'])
  })

  test('who speaks on is not named again, but on another day, which has a line', () => {
    const same = { day: AT.toDateString(), speaker: 'bob' }
    assert.deepEqual(blockRows(says('more'), same, LAYOUT), ['14:02        more'])
    const yesterday = { day: 'Thu Nov 19 2026', speaker: 'bob' }
    assert.deepEqual(blockRows(says('more'), yesterday, LAYOUT), [
      '── Friday, 20 November 2026 ──',
      '14:02 bob:   more',
    ])
  })

  test('what is done, and what happened elsewhere, has the name among its words', () => {
    assert.deepEqual(rowsOf('waves', { action: true }), ['14:02 * bob waves'])
    assert.deepEqual(rowsOf('left', { event: true }), ['14:02 bob left'])
    assert.deepEqual(rowsOf('Hi', { aside: true, who: '@bob' }), ['14:02 @bob: Hi'])
  })

  test('what addresses the user has a sign, whoever spoke before, in colours or none', () => {
    const you = { mentionsYou: true }
    const text = 'hey @ann, one two three four five'
    assert.deepEqual(rowsOf(text, you), [
      '14:02 bob:   @ hey @ann, one two three',
      '               four five',
    ])
    const same = { day: AT.toDateString(), speaker: 'bob' }
    assert.deepEqual(blockRows(says('@ann?', you), same, LAYOUT), ['14:02        @ @ann?'])
    assert.deepEqual(rowsOf('waves', { ...you, action: true }), ['14:02 @ * bob waves'])
    assert.deepEqual(rowsOf('Hi', { ...you, aside: true, who: '#crew bob' }), [
      '14:02 @ #crew bob: Hi',
    ])
    assert.deepEqual(rowsOf('```\nx\n```', you)[1], '               │ x')
    const coloured = { ...LAYOUT, look: { ...LOOK, color: true } }
    assert.deepEqual(bare(blockRows(says(text, you), NOBODY, coloured)), rowsOf(text, you))
  })

  test('marks, where it stands, and what it answers', () => {
    assert.deepEqual(
      rowsOf('Yes', {
        own: true,
        who: 'you',
        state: 'read',
        marks: ' (edited)',
        quote: 'bob: Eh?',
      }),
      ['14:02 you:   Yes (edited) ✓✓', '             ↳ bob: Eh?'],
    )
    const [row = ''] = rowsOf('x'.repeat(26), { own: true, who: 'you', state: 'queued' })
    assert.equal(row, `14:02 you:   ${'x'.repeat(26)}`)
  })

  test('what was laid out stays so, and code keeps its spaces', () => {
    assert.deepEqual(rowsOf('a\n  b\nc'), ['14:02 bob:   a', '               b', '             c'])
    assert.deepEqual(rowsOf('```\nif  x:\n    y\n```'), [
      '14:02 bob:   ```',
      '             │ if  x:',
      '             │     y',
      '             ```',
    ])
  })

  test('words of this program wrap below themselves', () => {
    assert.deepEqual(noteRows(`  ${'word '.repeat(9).trimEnd()}`, LOOK), [
      '  word word word word word word word',
      '    word word',
    ])
    assert.deepEqual(noteRows('', LOOK), [''])
  })

  test('a style goes on in the rows below, and ends where it ends', () => {
    const look = { ...LOOK, color: true }
    const text = `${paint(look, 'strong', `a ${paint(look, 'bad', 'b\nc')} d\ne`)} f\ng`
    assert.deepEqual(
      noteRows(text, look).map((row) => row.replaceAll('\u001b', '')),
      ['[1ma [31mb', '[1m[31mc[39m d', '[1me[22m f', 'g'],
    )
  })

  test('no row is wider than the screen, and none acts on it, whatever it says', () => {
    const property = fc.property(
      shownMessage,
      anyLook,
      fc.nat(16),
      fc.constantFrom(undefined, AT.toDateString()),
      fc.constantFrom(undefined, 'bob'),
      (message, look, nameColumns, day, speaker) => {
        const names = Math.max(3, Math.min(nameColumns, Math.floor(look.columns / 5)))
        const rows = blockRows(message, { day, speaker }, { look, nameColumns: names })
        assert.ok(rows.length > 0)
        for (const row of rows) {
          assert.ok(stringWidth(row) < look.columns, `${stringWidth(row)}: ${JSON.stringify(row)}`)
          assert.doesNotMatch(stripVTControlCharacters(row), ACTS_ON_A_TERMINAL)
        }
      },
    )
    fc.assert(property, { numRuns: 1000 })
  })

  test('no word of this program makes a row wider than the screen', () => {
    const property = fc.property(anyText, anyLook, (text, look) => {
      for (const row of noteRows(printable(text, { lines: true }), look)) {
        assert.ok(stringWidth(row) < look.columns, JSON.stringify(row))
        assert.doesNotMatch(row, ACTS_ON_A_TERMINAL)
      }
    })
    fc.assert(property, { numRuns: 1000 })
  })

  test('nothing of a message is lost, but for spaces where it breaks', () => {
    const property = fc.property(anyText, anyLook, (text, look) => {
      const layout = { look, nameColumns: 3 }
      const rows = bare(blockRows(says(text), NOBODY, layout))
      const shown = rows.join('').replaceAll(/[\s│|]/g, '')
      const said = `14:02bob:${printable(text, { lines: true })}`
        .normalize()
        .replaceAll(/[\s│|]/g, '')
      assert.equal(shown, said)
    })
    fc.assert(property, { numRuns: 1000 })
  })
})
