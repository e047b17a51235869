// The whole screen: as many rows as it has, none wider than it, and the line being typed in view,
// however small it is.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import * as fc from 'fast-check'

import { stringWidth } from '../../../src/cli/width.ts'
import type { Look } from '../../../src/repl/look.ts'
import { frameOf, heightOf, type Scene } from '../../../src/repl/view/frame.ts'
import { InputLayout } from '../../../src/repl/view/input-layout.ts'
import { Transcript } from '../../../src/repl/view/transcript.ts'
import { anyLook, anyName, shownMessage } from './things.ts'

const LOOK: Look = { columns: 40, color: false, unicode: true, timeZone: 'UTC' }
const BOB = { conversation: 'b', label: 'bob', unread: 0, mentions: 0, online: true, isOpen: true }

function scene(more: Partial<Scene> = {}): Scene {
  const transcript = new Transcript()
  transcript.add('said')
  return {
    transcript,
    tabs: [BOB],
    passing: '',
    prompt: 'bob> ',
    line: 'typed',
    cursor: 5,
    hits: [],
    layout: new InputLayout(),
    look: LOOK,
    rowsMax: 8,
    ...more,
  }
}

describe('the whole screen', () => {
  test('what was said stands right above the conversations and the line', () => {
    const { rows, scrolling, cursorRow, beforeCursor } = frameOf(scene())
    assert.deepEqual(
      rows.map((row) => row.trimEnd()),
      ['', '', '', '', '', 'said', '[1:●bob]', 'bob> typed'],
    )
    assert.deepEqual(
      { scrolling, cursorRow, beforeCursor },
      {
        scrolling: 6,
        cursorRow: 7,
        beforeCursor: 'bob> typed',
      },
    )
  })

  test('what Tab found stands between, in as many columns as there are, cut at four rows', () => {
    const hits = ['/group create', '/group invite', '/group join', '/group leave']
    const few = frameOf(scene({ hits, rowsMax: 10 })).rows.map((row) => row.trimEnd())
    assert.deepEqual(few.slice(-5), [
      'said',
      '/group create  /group invite',
      '/group join  /group leave',
      '[1:●bob]',
      'bob> typed',
    ])
    const many = Array.from({ length: 40 }, (_, n) => `number ${n}`)
    const rows = frameOf(scene({ hits: many, rowsMax: 10 })).rows
    assert.equal(rows.at(-3), '…')
    assert.equal(heightOf(scene({ hits: many, rowsMax: 10 })), 4)
  })

  test('who went back is told so, and how much came since', () => {
    const there = scene({ passing: 'bob is typing…' })
    for (let n = 0; n < 20; n++) there.transcript.add(`note ${n}`)
    assert.match(frameOf(there).rows.at(-2) ?? '', /bob is typing…$/)
    there.transcript.scroll(3, 6, LOOK)
    const status = (): string => frameOf({ ...there, passing: '' }).rows.at(-2) ?? ''
    assert.match(frameOf(there).rows.at(-2) ?? '', /PgDn: newer {2}bob/)
    assert.match(status(), /PgDn: newer$/)
    for (const message of fc.sample(shownMessage, 2)) there.transcript.add(message)
    there.transcript.add('words of the program')
    assert.match(status(), /PgDn: 2 new$/)
    there.transcript.toEnd()
    there.transcript.scroll(3, 6, LOOK)
    assert.match(status(), /PgDn: newer$/)
  })

  test('it has all its rows, none too wide, and the line in view, at any size', () => {
    const property = fc.property(
      fc.record({
        messages: fc.array(shownMessage, { maxLength: 5 }),
        label: anyName,
        passing: anyName,
        hits: fc.array(anyName, { maxLength: 20 }),
        line: anyName,
        at: fc.nat(40),
        look: anyLook,
        rowsMax: fc.integer({ min: 2, max: 60 }),
      }),
      ({ messages, label, at, line, ...given }) => {
        const transcript = new Transcript()
        for (const message of messages) transcript.add(message)
        const cursor = Math.min(at, line.length)
        const tabs = [{ ...BOB, label }]
        const drawn = frameOf(scene({ ...given, transcript, tabs, line, cursor }))
        assert.equal(drawn.rows.length, given.rowsMax)
        for (const row of drawn.rows) {
          assert.ok(stringWidth(row) < given.look.columns, JSON.stringify(row))
        }
        assert.ok(drawn.cursorRow >= 0 && drawn.cursorRow < given.rowsMax)
        assert.ok(stringWidth(drawn.beforeCursor) < given.look.columns)
        assert.ok(drawn.scrolling <= given.rowsMax)
      },
    )
    fc.assert(property, { numRuns: 500 })
  })
})
