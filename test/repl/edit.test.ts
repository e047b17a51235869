import assert from 'node:assert/strict'
import { test } from 'node:test'

import * as fc from 'fast-check'

import { REPL_TEXT_CHARS_MAX, REPL_UNDO_STEPS_MAX } from '../../src/core/limits.ts'
import { type EditState, startEditing } from '../../src/repl/terminal/edit-state.ts'
import { edit, EDITS } from '../../src/repl/terminal/edit.ts'
import { BINDINGS, chordOf, keyHelp } from '../../src/repl/terminal/keys.ts'
import { freshLine } from '../../src/repl/terminal/line.ts'
import { InputLayout } from '../../src/repl/view/input-layout.ts'
import { BYTES, keyOf } from './keyboard.ts'

const HISTORY = ['newest', 'a\nb', 'oldest']
const rows = new InputLayout()

/** A text with its cursor as `|`. */
function state(marked: string, history: readonly string[] = HISTORY): EditState {
  const cursor = marked.indexOf('|')
  return { ...startEditing(history), ...freshLine(marked.replace('|', '')), cursor }
}

const shown = ({ text, cursor }: EditState): string =>
  `${text.slice(0, cursor)}|${text.slice(cursor)}`

function pressed(begin: EditState, chords: string): EditState {
  const keys = chords.split(' ').map((chord) => keyOf(chord === 'space' ? ' ' : chord))
  return keys.reduce((now, key) => edit(now, key, rows), begin)
}

const family = '👩‍👩‍👧'
const flag = '🇩🇪'
const decomposed = 'nai\u0308ve'

const TABLE: readonly [chords: string, before: string, after: string][] = [
  ['x', 'ab|c', 'abx|c'],
  ['é', '|', 'é|'],
  ['left', `a${family}|b`, `a|${family}b`],
  ['C-b', `${flag}${flag}|`, `${flag}|${flag}`],
  ['left', '|a', '|a'],
  ['left', 'a\n|b', 'a|\nb'],
  ['right', `|${family}b`, `${family}|b`],
  ['C-f', 'na|i\u0308ve', 'nai\u0308|ve'],
  ['right', 'a|', 'a|'],
  ['C-left', 'one two|', 'one |two'],
  ['M-b', `${decomposed}  |`, `|${decomposed}  `],
  ['M-b', 'I don’t|', 'I |don’t'],
  ['M-b', `hello ${family}|`, `hello |${family}`],
  ['M-b', 'one\n\n|', '|one\n\n'],
  ['C-right', '| one two', ' one| two'],
  ['M-f', '|שלום עולם', 'שלום| עולם'],
  ['M-f', 'a| ...', 'a ...|'],
  ['home', 'one\ntwo|', 'one\n|two'],
  ['C-a', '\n|', '\n|'],
  ['C-a', '|\n', '|\n'],
  ['end', 'on|e\ntwo', 'one|\ntwo'],
  ['C-e', '|one', 'one|'],
  ['C-home', 'one\ntwo|', '|one\ntwo'],
  ['C-end', '|one\ntwo', 'one\ntwo|'],
  ['up', 'abc\ndef|', 'abc|\ndef'],
  ['C-p', 'abc\nd|ef', 'a|bc\ndef'],
  ['up', 'a\nb|', 'a|\nb'],
  ['up up down down', 'long one\n\nlong| too', 'long one\n\nlong| too'],
  ['down', 'ab|c\nd', 'abc\nd|'],
  ['C-n', '|日本\nab', '日本\n|ab'],
  ['down', '日|本\nabc', '日本\nab|c'],
  ['backspace', `a${family}|`, 'a|'],
  ['backspace', `${decomposed.slice(0, 4)}|ve`, 'na|ve'],
  ['backspace', '|a', '|a'],
  ['backspace', 'a\n|b', 'a|b'],
  ['delete', `|${family}b`, '|b'],
  ['C-d', `|${flag}${flag}`, `|${flag}`],
  ['C-d', 'a|', 'a|'],
  ['C-w', 'naïve|', '|'],
  ['C-w', 'see https://a.example/b-c  |', 'see |'],
  ['C-w', 'one\ntwo |', 'one\n|'],
  ['M-backspace', 'naïve|', '|'],
  ['M-backspace', 'a/b-c|', 'a/b-|'],
  ['C-backspace', 'one two|', 'one |'],
  ['M-d', '|one two', '| two'],
  ['M-delete', 'one| two.', 'one|.'],
  ['C-delete', '|one', '|'],
  ['C-u', 'one\ntw|o', 'one\n|o'],
  ['C-u C-u C-u', 'one\ntw|o', '|o'],
  ['C-k', 'o|ne\ntwo', 'o|\ntwo'],
  ['C-k C-k C-k', 'o|ne\ntwo', 'o|'],
  ['C-w C-y C-y', 'one two|', 'one twotwo|'],
  ['C-w C-w C-y', 'one two|', 'one two|'],
  ['C-w M-d C-y', 'one |two', 'one two|'],
  ['C-w left right C-w C-y', 'one two|', 'one |'],
  ['C-w left right C-w C-y M-y', 'one two|', 'two|'],
  ['C-w left right C-w C-y M-y M-y', 'one two|', 'one |'],
  ['C-w M-y', 'one|', '|'],
  ['C-y', '|', '|'],
  ['C-t', 'ab|c', 'acb|'],
  ['C-t', 'ab|', 'ba|'],
  ['C-t', 'ab|\nc', 'ba|\nc'],
  ['C-t', '|ab', '|ab'],
  ['C-t', 'a|', 'a|'],
  ['C-t', `a${family}|`, `${family}a|`],
  ['a b C-_', '|', '|'],
  ['a space b C-_', '|', 'a |'],
  ['a left b C-_', '|', '|a'],
  ['a left right b C-_', '|', 'a|'],
  ['C-w C-_', 'one t|wo', 'one t|wo'],
  ['C-w C-_ M-_', 'one t|wo', 'one |wo'],
  ['C-w C-_ C-^', 'one t|wo', 'one |wo'],
  ['C-w C-_ a M-_', 'one t|wo', 'one ta|wo'],
  ['backspace backspace C-_', 'one|', 'one|'],
  ['backspace backspace C-_', 'o |', 'o|'],
  ['backspace backspace backspace C-_', 'x yz|', 'x yz|'],
  ['delete delete C-_', '|one', '|one'],
  ['M-return a', 'one|two', 'one\na|two'],
  ['M-enter', '|', '\n|'],
  ['enter', 'a|', 'a\n|'],
  ['S-return', 'a|', 'a\n|'],
  ['C-r o l', 'begun|', 'oldest|'],
]

test('every key does what it does in a shell', () => {
  for (const [chords, before, after] of TABLE) {
    assert.equal(shown(pressed(state(before), chords)), after, `${chords} in ${before}`)
  }
})

test('the decoder names every key as the table does, and each has been pressed above', () => {
  for (const chord of EDITS.keys()) {
    assert.equal(chordOf(keyOf(chord)), chord)
    assert.ok(BYTES.has(chord), chord)
    assert.ok(
      TABLE.some(([chords]) => chords.split(' ').includes(chord)),
      `${chord} is not tried`,
    )
  }
})

test('help has every key that edits, and no other', () => {
  const told = BINDINGS.flatMap(({ edits }) => edits ?? [])
  const others = ['return', 'C-g', 'escape']
  assert.deepEqual(told.toSorted(), [...EDITS.keys(), ...others].toSorted())
  for (const line of keyHelp().split('\n')) assert.ok(line.length < 80, line)
})

test('keys that mean nothing do nothing, also to a search', () => {
  const searching = pressed(state('begun|'), 'C-r o l')
  for (const bytes of ['\x1b[I', '\x1b[15~', '\x1bx', '\x00', '\x1b[99;5X', '\x1c']) {
    assert.equal(edit(searching, keyOf(bytes), rows), searching, JSON.stringify(bytes))
  }
})

test('Up and Down go through what was typed before, and back to what was being written', () => {
  const begun = state('be|gun')
  assert.equal(shown(pressed(begun, 'up')), 'newest|')
  assert.equal(shown(pressed(begun, 'up up')), 'a\nb|')
  assert.equal(shown(pressed(begun, 'up up up')), 'a|\nb')
  assert.equal(shown(pressed(begun, 'up up up up up')), 'oldest|')
  assert.equal(shown(pressed(begun, 'up C-n down')), 'be|gun')
  assert.equal(shown(pressed(state('|'), 'x up down')), 'x|')
  assert.equal(shown(pressed(state('|'), 'x left up down y')), 'y|x')
})

test('a line changed while going through others is still there, and the history as it was', () => {
  const changed = pressed(state('|'), 'h i up 1 up 2 down')
  assert.equal(shown(changed), 'newest1|')
  assert.deepEqual(changed.history, HISTORY)
  assert.equal(shown(pressed(changed, 'C-_')), 'newest|')
  assert.equal(shown(pressed(changed, 'down')), 'hi|')
  assert.equal(shown(pressed(changed, 'down C-_')), '|')
  assert.equal(shown(pressed(changed, 'up')), 'a\nb2|')
})

test('Ctrl+R finds by any words, an older one when pressed again, and gives up', () => {
  const history = ['Lunch at four?', 'tea', 'lunch at ONE?', 'Lunch']
  const begin = state('beg|un', history)
  const found = pressed(begin, 'C-r l u n c h space a t')
  assert.equal(found.text, 'Lunch at four?')
  assert.equal(pressed(found, 'C-r').text, 'lunch at ONE?')
  assert.equal(pressed(found, 'C-r C-r').text, 'lunch at ONE?')
  assert.equal(pressed(found, 'o x').text, 'Lunch at four?')
  assert.equal(pressed(found, 'o x').search?.found, -1)
  assert.equal(pressed(found, 'space o backspace backspace').text, 'Lunch at four?')
  assert.equal(shown(pressed(begin, 'C-r x backspace')), 'beg|un')
  for (const chord of ['C-g', 'escape']) {
    const back = pressed(found, chord)
    assert.deepEqual([shown(back), back.search], ['beg|un', undefined])
  }
  assert.equal(shown(pressed(found, 'C-e left !')), 'Lunch at four!|?')
  assert.equal(shown(pressed(found, 'up')), 'tea|')
  const changed = pressed(pressed(begin, 'C-r f o u r'), 'C-u x')
  assert.equal(shown(pressed(changed, 'C-r f o u r left')), 'Lunch at four|?')
  assert.equal(shown(pressed(changed, 'C-r f o u r C-_')), 'x|')
  assert.equal(shown(pressed(changed, 'down C-r f o u r C-_ C-_ C-_')), 'Lunch at four?|')
  assert.equal(shown(pressed(found, 'down')), 'beg|un')
})

/** Characters that join with others, act, are wide, go to the left, or are none. */
const PIECES = [
  ['a', 'b c', ' ', '\n', '\t', '-', "'", '日本', 'ש', 'ï', '\u0301', '\u200d', '👩', '👧'],
  ['🇩', '🇪', '\ufe0f', '\u0600', 'क', '्', 'ष', 'ᄒ', 'ᅡ', 'ᆫ', '\u0e33', '\r', '\x1b', '\x7f'],
].flat()
const texts = fc.array(fc.constantFrom(...PIECES), { maxLength: 30 }).map((all) => all.join(''))
const characters = fc.constantFrom(...PIECES.flatMap((piece) => [...piece]))
const chords = fc.constantFrom(...EDITS.keys())
const walks = ['up', 'down', 'C-p', 'C-n', 'C-r']
const begins = fc.tuple(texts, fc.nat()).map(([text, at]): EditState => {
  const line = freshLine(text)
  const borders = [...bordersOf(line.text)]
  return { ...startEditing(HISTORY), ...line, cursor: borders[at % borders.length] ?? 0 }
})

function bordersOf(text: string): Set<number> {
  const all = new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(text)
  return new Set([...Array.from(all, ({ index }) => index), text.length])
}

function assertSound({ text, cursor }: EditState): void {
  assert.ok(bordersOf(text).has(cursor), `${cursor} in ${JSON.stringify(text)}`)
  assert.doesNotMatch(text, /(?![\t\n])\p{Cc}/u)
  assert.ok(text.isWellFormed())
}

test('whatever is pressed, the cursor is between characters, and no character acts', () => {
  const keys = fc.array(fc.oneof(characters, chords), { maxLength: 60 })
  const property = fc.property(
    begins,
    keys,
    fc.integer({ min: 4, max: 20 }),
    (begin, all, room) => {
      const layout = new InputLayout()
      let now = begin
      assertSound(now)
      for (const chord of all) {
        layout.rows('', { line: now.text, cursor: now.cursor }, { columns: room, rowsMax: 3 })
        now = edit(now, keyOf(chord), layout)
        assertSound(now)
      }
    },
  )
  fc.assert(property, { numRuns: 500 })
})

test('undoing everything gives the beginning, doing it again the end', () => {
  const editing = chords.filter((chord) => !walks.includes(chord) && !/[_^]/.test(chord))
  const keys = fc.array(fc.oneof(characters, editing), { maxLength: 60 })
  const property = fc.property(begins, keys, (begin, all) => {
    const end = all.reduce((now, chord) => edit(now, keyOf(chord), rows), begin)
    let now = end
    while (now.undo.length > 0) {
      now = edit(now, keyOf('C-_'), rows)
      assertSound(now)
    }
    assert.equal(now.text, begin.text)
    while (now.redo.length > 0) now = edit(now, keyOf('C-^'), rows)
    assert.equal(now.text, end.text)
  })
  fc.assert(property, { numRuns: 500 })
})

test('what is cut comes back where it was', () => {
  const cuts = fc.constantFrom('C-w', 'M-backspace', 'M-d', 'C-u', 'C-k')
  const times = fc.integer({ min: 1, max: 4 })
  const property = fc.property(begins, cuts, times, (begin, chord, count) => {
    let cut = begin
    for (let n = 0; n < count; n++) {
      const place = cut.cursor
      const removed = cut.text.length
      cut = edit(cut, keyOf(chord), rows)
      const isBefore = chord !== 'M-d' && chord !== 'C-k'
      // What is left may join to one character, which the cursor is behind then.
      fc.pre(cut.cursor === place - (isBefore ? removed - cut.text.length : 0))
    }
    const back = cut.text === begin.text ? cut : edit(cut, keyOf('C-y'), rows)
    assert.equal(back.text, begin.text)
  })
  fc.assert(property, { numRuns: 500 })
})

test('going through all lines and back is as if one had not gone', () => {
  const keys = fc.array(fc.oneof(characters, chords), { maxLength: 40 })
  const property = fc.property(begins, keys, (begin, all) => {
    const written = edit(begin, keyOf('x'), rows)
    let now = written
    for (const chord of ['up', ...all]) {
      if (now.at === -1) now = pressed(now, 'C-home up')
      now = edit(now, keyOf(chord), rows)
    }
    if (now.search) now = edit(now, keyOf('C-g'), rows)
    while (now.at >= 0) now = pressed(now, 'C-end down')
    assert.deepEqual(now.history, HISTORY)
    if (!all.some((chord) => ['down', 'C-n'].includes(chord))) assert.equal(now.text, written.text)
  })
  fc.assert(property, { numRuns: 300 })
})

test('what can be undone is bounded, and so is the text', () => {
  let now = state('|')
  for (let n = 0; n < 2 * REPL_UNDO_STEPS_MAX; n++) now = pressed(now, 'x space')
  assert.equal(now.undo.length, REPL_UNDO_STEPS_MAX)
  const full = state(`${'日'.repeat(REPL_TEXT_CHARS_MAX)}|`)
  assert.equal(full.text.length, REPL_TEXT_CHARS_MAX)
  assert.equal(pressed({ ...full, cursor: full.text.length }, 'x').text, full.text)
  const room = state(`${'日'.repeat(REPL_TEXT_CHARS_MAX - 1)}|`)
  assert.equal(pressed(room, '👩').text, room.text, 'no half of a character')
})

test('a key in a text of 32 KB takes well under a millisecond, its rows included', () => {
  for (const text of [
    'some words and '.repeat(2184),
    '日本語の長い文章。'.repeat(3640),
    'naï שלום\n'.repeat(3640),
  ]) {
    const layout = new InputLayout()
    const shape = { columns: 79, rowsMax: 8 }
    let now: EditState = { ...startEditing([]), ...freshLine(text), cursor: text.length }
    const tookMs: number[] = []
    for (const chord of ['x', 'left', 'M-b', 'C-w', 'up', 'backspace', 'C-_']) {
      for (let n = 0; n < 20; n++) {
        const beginMs = performance.now()
        now = edit(now, keyOf(chord), layout)
        layout.rows('bob> ', { line: now.text, cursor: now.cursor }, shape)
        tookMs.push(performance.now() - beginMs)
      }
    }
    const median = tookMs.toSorted((a, b) => a - b)[tookMs.length >> 1] ?? Infinity
    assert.ok(median < 1, `${median} ms`)
  }
})
