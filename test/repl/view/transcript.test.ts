// What was said in one place, and which part of it is in view: no row is lost or doubled, however
// one goes through it and whatever is said meanwhile.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import * as fc from 'fast-check'

import type { Look } from '../../../src/repl/look.ts'
import type { ShownMessage } from '../../../src/repl/messages.ts'
import { Transcript } from '../../../src/repl/view/transcript.ts'
import { anyLook, shownMessage } from './things.ts'

const LOOK: Look = { columns: 40, color: false, unicode: true, timeZone: 'UTC' }
const HEIGHT = 10
const ALL = 1_000_000
const AT = new Date('2026-11-20T14:02:00Z')

const says = (text: string, more: Partial<ShownMessage> = {}): ShownMessage => ({
  sentAt: AT,
  who: 'bob',
  own: false,
  text,
  ...more,
})

function filled(count: number): Transcript {
  const transcript = new Transcript()
  for (let n = 0; n < count; n++) transcript.add(`note ${n}`, `key ${n}`)
  return transcript
}
const view = (transcript: Transcript, look = LOOK): string[] => transcript.rows(HEIGHT, look)
/** Everything that is held, in rows, wherever one is. */
function whole(transcript: Transcript, look = LOOK): string[] {
  const [first = ''] = transcript.rows(1, look)
  transcript.scroll(-ALL, HEIGHT, look)
  assert.ok(transcript.isAtEnd, first)
  return transcript.rows(ALL, look)
}

/** As it should be: lines that are held, and how many of them are below what is in view. */
interface Model {
  lines: string[]
  below: number
}

const anyNote = fc.integer({ min: 1, max: 4 })
const anyStep = fc.oneof(
  fc.record({ kind: fc.constant('add' as const), rows: anyNote }),
  fc.record({ kind: fc.constant('before' as const), rows: anyNote }),
  fc.record({ kind: fc.constant('scroll' as const), by: fc.integer({ min: -15, max: 15 }) }),
  fc.record({ kind: fc.constant('end' as const) }),
)

describe('going through what was said', () => {
  test('the end is in view and stays so, until one goes back', () => {
    const transcript = filled(30)
    assert.deepEqual(view(transcript).at(-1), 'note 29')
    transcript.add('more')
    assert.equal(view(transcript).at(-1), 'more')
    transcript.scroll(5, HEIGHT, LOOK)
    assert.equal(view(transcript).at(-1), 'note 25')
    transcript.add('even more')
    assert.equal(view(transcript).at(-1), 'note 25')
    assert.equal(transcript.isAtEnd, false)
    transcript.scroll(-6, HEIGHT, LOOK)
    assert.equal(view(transcript).at(-1), 'even more')
    assert.equal(transcript.isAtEnd, true)
  })

  test('up and down by any number shows what is there, and stops at both ends', () => {
    const property = fc.property(
      fc.array(shownMessage, { maxLength: 12 }),
      anyLook,
      fc.array(fc.integer({ min: -30, max: 30 }), { maxLength: 20 }),
      fc.integer({ min: 1, max: 30 }),
      (messages, look, moves, height) => {
        const transcript = new Transcript()
        for (const [n, message] of messages.entries()) transcript.add(message, String(n))
        const all = transcript.rows(ALL, look)
        let below = 0
        for (const by of moves) {
          const isTop = transcript.scroll(by, height, look)
          const most = Math.max(0, all.length - height)
          if (below + by > most) assert.ok(isTop)
          below = Math.max(0, Math.min(most, below + by))
          const end = all.length - below
          assert.deepEqual(transcript.rows(height, look), all.slice(Math.max(0, end - height), end))
        }
      },
    )
    fc.assert(property, { numRuns: 200 })
  })

  test('what is said meanwhile, or read from before, moves nothing that is in view', () => {
    const property = fc.property(fc.array(anyStep, { maxLength: 40 }), (steps) => {
      const transcript = new Transcript()
      const model: Model = { lines: [], below: 0 }
      for (const [n, step] of steps.entries()) {
        const most = (): number => Math.max(0, model.lines.length - HEIGHT)
        if (step.kind === 'add') {
          const lines = Array.from({ length: step.rows }, (_, row) => `${n} ${row}`)
          transcript.add(lines.join('\n'), String(n))
          model.lines.push(...lines)
          if (model.below > 0) model.below += lines.length
        } else if (step.kind === 'before') {
          const lines = Array.from({ length: step.rows }, (_, row) => `${n} ${row}`)
          transcript.addBefore([{ block: lines.join('\n'), key: String(n) }])
          model.lines.unshift(...lines)
        } else if (step.kind === 'end') {
          transcript.toEnd()
          model.below = 0
        } else {
          transcript.scroll(step.by, HEIGHT, LOOK)
          model.below = Math.max(0, Math.min(most(), model.below + step.by))
        }
        const end = model.lines.length - model.below
        const seen = model.lines.slice(Math.max(0, end - HEIGHT), end)
        assert.deepEqual(view(transcript), seen)
        assert.equal(transcript.isAtEnd, model.below === 0)
      }
    })
    fc.assert(property, { numRuns: 500 })
  })

  test('down is down, also after the screen became wider', () => {
    const transcript = filled(20)
    transcript.add('word '.repeat(100).trimEnd())
    for (let n = 20; n < 40; n++) transcript.add(`note ${n}`)
    transcript.scroll(30, HEIGHT, { ...LOOK, columns: 21 })
    const wide = { ...LOOK, columns: 200 }
    const before = view(transcript, wide)
    transcript.scroll(-1, HEIGHT, wide)
    const all = transcript.rows(HEIGHT, wide)
    assert.deepEqual(all.slice(0, -1), before.slice(1))
    assert.match(all.at(-1) ?? '', /^ {2}word/)
  })

  test('every row is there at any width, once', () => {
    const property = fc.property(
      fc.array(shownMessage, { minLength: 1, maxLength: 8 }),
      fc.array(fc.integer({ min: 21, max: 120 }), { minLength: 1, maxLength: 4 }),
      (messages, widths) => {
        const transcript = new Transcript()
        for (const [n, message] of messages.entries()) transcript.add(message, String(n))
        const fresh = new Transcript()
        for (const [n, message] of messages.entries()) fresh.add(message, String(n))
        for (const columns of widths) transcript.scroll(3, HEIGHT, { ...LOOK, columns })
        const look = { ...LOOK, columns: widths[0] ?? 80 }
        assert.deepEqual(whole(transcript, look), fresh.rows(ALL, look))
      },
    )
    fc.assert(property, { numRuns: 200 })
  })
})

describe('what is held', () => {
  test('a message is shown once, whichever way it comes', () => {
    const transcript = new Transcript()
    transcript.add(says('one'), '1')
    transcript.add(says('one, corrected'), '1')
    transcript.addBefore([
      { block: says('nothing'), key: '0' },
      { block: says('one'), key: '1' },
    ])
    assert.deepEqual(whole(transcript), [
      '── Friday, 20 November 2026 ──',
      '14:02 bob: nothing',
      '14:02      one, corrected',
    ])
    assert.equal(transcript.oldestKey, '0')
  })

  test('what takes the place of another stands where that stood, by its new key', () => {
    const transcript = filled(3)
    assert.equal(transcript.replace('key 1', 'changed', 'key 9'), true)
    assert.deepEqual(whole(transcript), ['note 0', 'changed', 'note 2'])
    assert.equal(transcript.replace('key 1', 'lost', 'key 1'), false)
    assert.equal(transcript.replace('key 9', 'again', 'key 9'), true)
    assert.deepEqual(whole(transcript), ['note 0', 'again', 'note 2'])
  })

  test('a message that a page brought before its sending was answered is there once', () => {
    const transcript = new Transcript()
    transcript.add(says('Hi'), 'send 1')
    transcript.addBefore([{ block: says('Hi'), key: '1' }])
    assert.equal(transcript.replace('send 1', says('Hi'), '1'), true)
    assert.deepEqual(whole(transcript), ['── Friday, 20 November 2026 ──', '14:02 bob: Hi'])
  })

  test('a message that changes keeps the name it was shown with', () => {
    const transcript = new Transcript()
    transcript.add(says('Hi', { who: '#crew bob', aside: true }), '1')
    transcript.replace('1', says('Ho', { who: 'bob' }), '1')
    assert.match(whole(transcript).join(), /#crew bob: Ho/)
  })

  test('what is taken out is gone, and what stood below it stays', () => {
    const transcript = filled(30)
    transcript.scroll(5, HEIGHT, LOOK)
    const before = view(transcript)
    assert.equal(transcript.remove('key 2'), true)
    assert.equal(transcript.remove('key 2'), false)
    assert.deepEqual(view(transcript), before)
    const lowest = before.at(-1)?.replace('note', 'key') ?? ''
    transcript.remove(lowest)
    assert.deepEqual(view(transcript).slice(1), before.slice(0, -1))
    assert.equal(transcript.isAtEnd, false, 'one stays where one was')
    assert.equal(whole(transcript).includes('note 2'), false)
  })

  test('what disappears leaves one where one was', () => {
    const transcript = new Transcript()
    for (let n = 0; n < 30; n++) {
      const disappearsAtMs = n >= 20 && n < 25 ? 1000 : 2000
      transcript.add(says(`said ${n}`, n < 5 ? {} : { disappearsAtMs }), String(n))
    }
    transcript.scroll(6, HEIGHT, LOOK)
    assert.match(view(transcript).at(-1) ?? '', /said 23$/)
    assert.deepEqual(transcript.expire(999), { isChanged: false, waits: true })
    assert.deepEqual(transcript.expire(1000), { isChanged: true, waits: true })
    assert.match(view(transcript).at(-1) ?? '', /said 19$/)
    assert.equal(transcript.has('20'), false)
    assert.deepEqual(transcript.expire(2000), { isChanged: true, waits: false })
    assert.match(view(transcript).at(-1) ?? '', /said 4$/)
  })

  test('who speaks, and the day, follow from what stands before', () => {
    const transcript = new Transcript()
    transcript.add(says('a'), 'a')
    transcript.add('a note', 'n')
    transcript.add(says('b'), 'b')
    assert.match(whole(transcript).join('\n'), /bob: a\na note\n14:02 bob: b/)
    transcript.remove('n')
    assert.match(whole(transcript).join('\n'), /bob: a\n14:02 {6}b/)
    transcript.add(says('c', { sentAt: new Date('2026-11-21T09:00:00Z') }), 'c')
    assert.match(whole(transcript).join('\n'), /b\n── Saturday, 21 November 2026 ──\n09:00 bob: c$/)
  })

  test('what is longer than the screen is read from its beginning', () => {
    const transcript = filled(5)
    const lines = Array.from({ length: 25 }, (_, n) => `line ${n}`)
    transcript.add(lines.join('\n'))
    transcript.showLast(HEIGHT, LOOK)
    assert.deepEqual(view(transcript), lines.slice(0, HEIGHT))
    transcript.scroll(-ALL, HEIGHT, LOOK)
    transcript.add('short')
    transcript.showLast(HEIGHT, LOOK)
    assert.equal(view(transcript).at(-1), 'short')
  })

  test('what is being read does not go where there are too many, within bounds', () => {
    const transcript = filled(20_000)
    transcript.scroll(ALL, HEIGHT, LOOK)
    const before = view(transcript)
    assert.equal(before[0], 'note 0')
    for (let n = 20_000; n < 20_100; n++) transcript.add(`note ${n}`, `key ${n}`)
    assert.deepEqual(view(transcript), before)
    transcript.toEnd()
    transcript.add('note 20100', 'key 20100')
    assert.deepEqual([transcript.has('key 1999'), transcript.has('key 2000')], [false, true])
    transcript.scroll(ALL, HEIGHT, LOOK)
    for (let n = 20_101; n < 50_000; n++) transcript.add(`note ${n}`, `key ${n}`)
    assert.equal(transcript.has('key 2000'), false)
  })

  test('the oldest go where there are too many, and can be read again', () => {
    const transcript = filled(20_001)
    assert.equal(transcript.mayHaveEarlier, true)
    assert.equal(transcript.has('key 1999'), false)
    assert.equal(transcript.has('key 2000'), true)
  })
})
