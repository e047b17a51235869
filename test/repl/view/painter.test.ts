// What the painter writes turns the screen that was into the screen that is to be, in few bytes, on
// any terminal since the VT100.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import * as fc from 'fast-check'

import { stringWidth } from '../../../src/cli/width.ts'
import { paint } from '../../../src/repl/look.ts'
import { type Frame, Painter } from '../../../src/repl/view/painter.ts'
import { ModelTerminal } from './model-terminal.ts'
import { anyName } from './things.ts'

const COLUMNS = 40
const ROWS = 12

/** Rows that scroll, and below them those that do not. */
function frame(said: readonly string[], below: readonly string[], line = '> '): Frame {
  const scrolling = ROWS - below.length - 1
  const gap = Array.from({ length: scrolling }, () => '')
  const rows = [...[...gap, ...said].slice(-scrolling), ...below, line]
  return { rows, scrolling, cursorRow: ROWS - 1, beforeCursor: line }
}

function open(): { terminal: ModelTerminal; painter: Painter } {
  const terminal = new ModelTerminal(COLUMNS, ROWS)
  const painter = new Painter(terminal)
  painter.enter()
  return { terminal, painter }
}

/** What a terminal shows of rows that nothing was there before. */
function shown(rows: readonly string[]): string[] {
  const terminal = new ModelTerminal(COLUMNS, ROWS)
  terminal.write('\u001b[2J')
  for (const [index, row] of rows.entries()) terminal.write(`\u001b[${index + 1};1H${row}\u001b[0m`)
  return terminal.screen
}

/** Draws, and tells how many bytes that took. */
function cost({ terminal, painter }: ReturnType<typeof open>, next: Frame): number {
  const before = terminal.bytes
  painter.draw(next)
  assert.deepEqual(terminal.screen, shown(next.rows))
  assert.equal(terminal.cursor.row, next.cursorRow)
  assert.equal(terminal.cursor.column, stringWidth(next.beforeCursor))
  return terminal.bytes - before
}

const said = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, n) => `said by somebody: number ${from + n}`)

const anyRow = fc
  .tuple(anyName, fc.constantFrom('faint', 'own', 'called', undefined))
  .map(([words, tone]) => {
    const look = { columns: COLUMNS, color: true, unicode: true }
    return tone === undefined ? words : paint(look, tone, words)
  })
  .filter((row) => stringWidth(row) < COLUMNS)

/** What is done to a screen: things are said, one goes back, rows below come and go, one types. */
const anyStep = fc.record({
  more: fc.array(anyRow, { maxLength: 4 }),
  back: fc.integer({ min: -8, max: 8 }),
  below: fc.array(anyRow, { minLength: 1, maxLength: 4 }),
  line: anyRow,
  changed: fc.option(fc.tuple(fc.nat(20), anyRow)),
  forget: fc.boolean(),
})

describe('the painter', () => {
  test('turns any screen into any other', () => {
    const property = fc.property(fc.array(anyStep, { maxLength: 12 }), (steps) => {
      const opened = open()
      const all: string[] = []
      let back = 0
      for (const { more, back: by, below, line, changed, forget } of steps) {
        all.push(...more)
        if (changed && all.length > 0) all[changed[0] % all.length] = changed[1]
        back = Math.max(0, Math.min(all.length - 1, back + by))
        if (forget) opened.painter.forget()
        cost(opened, frame(all.slice(0, all.length - back), below, line))
      }
    })
    fc.assert(property, { numRuns: 150 })
  })

  test('a key is a byte, and nothing where nothing changed', () => {
    const opened = open()
    const rows = said(0, 20)
    cost(opened, frame(rows, ['bar']))
    assert.equal(cost(opened, frame(rows, ['bar'], '> x')), 1)
    assert.equal(cost(opened, frame(rows, ['bar'], '> xy')), 1)
    assert.equal(cost(opened, frame(rows, ['bar'], '> xy')), 0)
    assert.ok(cost(opened, frame(rows, ['bar'], '> x')) < 70, 'taking one back')
  })

  test('a key behind the edge of a narrow terminal moves nothing that stands above', () => {
    const terminal = new ModelTerminal(10, ROWS)
    const painter = new Painter(terminal)
    painter.enter()
    painter.draw(frame(['short'], ['bar'], '> 1234567'))
    for (const line of ['> 12345678', '> 123456789', '> 1234567890']) {
      painter.draw(frame(['short'], ['bar'], line))
    }
    assert.deepEqual(terminal.screen.slice(-3, -1), ['short', 'bar'])
    painter.leave()
    assert.throws(() => terminal.write('12345678901'), /a row went on below/)
  })

  test('a message is its row and no other', () => {
    const opened = open()
    cost(opened, frame(said(0, 20), ['bar']))
    assert.ok(cost(opened, frame(said(0, 21), ['bar'])) < 110)
    assert.ok(cost(opened, frame(said(0, 23), ['bar'])) < 200)
  })

  test('going back and forth costs what comes into view', () => {
    const opened = open()
    const whole = cost(opened, frame(said(0, 40), ['bar']))
    assert.ok(cost(opened, frame(said(0, 35), ['PgDn'])) < 0.75 * whole, 'back')
    assert.ok(cost(opened, frame(said(0, 40), ['bar'])) < 0.75 * whole, 'forth')
  })

  test('a line that grows moves what stands above it, and back', () => {
    const opened = open()
    cost(opened, frame(said(0, 40), ['bar'], '> begun'))
    const grown = { ...frame(said(0, 40), ['bar', '> begun'], '  more') }
    assert.ok(cost(opened, grown) < 150)
    assert.ok(cost(opened, frame(said(0, 40), ['bar'], '> begun')) < 180)
  })

  test('a terminal of another height is drawn anew', () => {
    const { terminal, painter } = open()
    const whole = frame(said(0, 20), ['bar'])
    painter.draw(whole)
    const less = { ...whole, rows: [...whole.rows.slice(0, 4), '> '], scrolling: 3, cursorRow: 4 }
    painter.draw(less)
    assert.deepEqual(terminal.screen, shown(less.rows))
  })

  test('it leaves a screen with nothing of it, also where there is only one', () => {
    const { terminal, painter } = open()
    painter.draw(frame(said(0, 20), ['bar']))
    painter.leave()
    assert.deepEqual(new Set(terminal.screen), new Set(['']))
    assert.deepEqual(terminal.cursor, { row: 0, column: 0 })
    const { bytes } = terminal
    painter.draw(frame([], ['bar']))
    painter.leave()
    assert.equal(terminal.bytes, bytes, 'nothing is written afterwards')
    painter.enter()
    cost({ terminal, painter }, frame(said(0, 3), ['bar']))
  })
})
