// The places of a screen: what is held of each conversation, and what is asked for when one goes
// back further than that.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'

import type { Look } from '../../../src/repl/look.ts'
import type { ShownMessage } from '../../../src/repl/messages.ts'
import type { Keyed } from '../../../src/repl/screen.ts'
import { Places } from '../../../src/repl/view/places.ts'

const LOOK: Look = { columns: 40, color: false, unicode: true, timeZone: 'UTC' }
const VIEW = { height: 4, look: LOOK }
const AT = new Date('2026-11-20T14:02:00Z')

const says = (text: string): ShownMessage => ({ sentAt: AT, who: 'bob', own: false, text })
const page = (from: number, to: number): Keyed[] =>
  Array.from({ length: to - from }, (_, n) => ({
    block: says(`said ${from + n}`),
    key: String(from + n),
  }))
const rows = (places: Places): string[] => places.current.rows(VIEW.height, LOOK)
const nobody = (): Promise<readonly Keyed[]> => assert.fail('nothing is to be asked for')

describe('places', () => {
  test('each conversation keeps what was said there; what belongs to none stands by itself', () => {
    const places = new Places(() => {})
    places.print('welcome')
    assert.equal(places.enter('bob'), false)
    places.fill('bob', page(0, 2), false)
    places.print('a note')
    assert.equal(places.enter('carol'), false)
    places.keep('bob', says('meanwhile'), '2')
    places.keep('dave', says('nobody looked there yet'), '3')
    assert.deepEqual(rows(places), [])
    assert.equal(places.enter(undefined), true)
    assert.deepEqual(rows(places), ['welcome'])
    assert.equal(places.enter('bob'), true)
    assert.match(rows(places).join('\n'), /said 0\n.*said 1\na note\n.*bob: meanwhile$/)
  })

  test('what is not filled is filled when it comes into view again', () => {
    const places = new Places(() => {})
    assert.equal(places.enter('bob'), false)
    places.enter(undefined)
    assert.equal(places.enter('bob'), false)
    places.fill('bob', [], false)
    assert.equal(places.enter('bob'), true)
  })

  test('the one that was in view longest ago is read anew', () => {
    const places = new Places(() => {})
    for (let n = 0; n < 25; n++) {
      places.enter(`conversation ${n}`)
      places.fill(`conversation ${n}`, [], false)
    }
    assert.equal(places.enter('conversation 1'), true)
    assert.equal(places.enter('conversation 0'), false)
  })

  test('at the top what was before is asked for, once at a time, until there is none', async () => {
    let changes = 0
    const places = new Places(() => changes++)
    places.enter('bob')
    places.fill('bob', page(10, 20), true)
    const asked: string[] = []
    const ask = async (_: string, before: string): Promise<readonly Keyed[]> => {
      asked.push(before)
      return before === '10' ? page(5, 10) : []
    }
    for (let n = 0; n < 3; n++) places.turn(1, VIEW, nobody)
    places.turn(1, VIEW, ask)
    places.turn(1, VIEW, nobody)
    await turn()
    assert.deepEqual([asked, changes], [['10'], 1])
    for (let n = 0; n < 4; n++) places.turn(1, VIEW, ask)
    await turn()
    assert.deepEqual([asked, changes], [['10', '5'], 2])
    places.turn(1, VIEW, nobody)
    assert.match(rows(places)[1] ?? '', /said 5$/)
    places.turn(-1, VIEW, nobody)
    assert.match(rows(places)[0] ?? '', /said 6$/)
  })

  test('what is pointed out beside another conversation changes in both places', () => {
    const places = new Places(() => {})
    places.print({ ...says('Hi'), who: '@bob', aside: true }, '1')
    places.enter('bob')
    places.fill('bob', [{ block: says('Hi'), key: '1' }], false)
    assert.equal(places.replace('1', says('Ho'), '1'), true)
    assert.match(rows(places).join('\n'), /bob: Ho$/)
    places.enter(undefined)
    assert.match(rows(places).join('\n'), /@bob: Ho$/)
    assert.equal(places.remove('1'), true)
    assert.deepEqual(rows(places), [])
    assert.equal(places.remove('1'), false)
  })
})
