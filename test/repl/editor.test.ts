import assert from 'node:assert/strict'
import { test } from 'node:test'

import * as fc from 'fast-check'

import { REPL_TEXT_CHARS_MAX } from '../../src/core/limits.ts'
import { Editor } from '../../src/repl/terminal/editor.ts'
import { Typing } from '../../src/repl/terminal/typing.ts'
import { InputLayout } from '../../src/repl/view/input-layout.ts'
import { decoded, keyOf } from './keyboard.ts'

function opened(history: readonly string[] = [], historyLinesMax = 10) {
  const sent: string[] = []
  const onLine = (line: string): unknown => sent.push(line)
  const editor = new Editor({ history, historyLinesMax, rows: new InputLayout(), onLine })
  const type = (bytes: string): void => decoded(bytes).forEach((key) => editor.press(key))
  const press = (chord: string): void => editor.press(keyOf(chord))
  return { editor, sent, type, press }
}

const pasted = (text: string): string => `\x1b[200~${text}\x1b[201~`

test('Enter hands over the text, and the next one begins empty', () => {
  const { editor, sent, type, press } = opened()
  type('one\ntwo\r')
  assert.deepEqual(sent, ['one\ntwo'])
  assert.equal(editor.line, '')
  press('C-_')
  assert.equal(editor.line, '')
  type('\r')
  assert.deepEqual(sent, ['one\ntwo', ''])
})

test('lines are remembered once, so many, and not after a space', () => {
  const { editor, type, press } = opened(['c', 'b', 'a'], 3)
  type('b\r secret\r \n \rd\r')
  const seen = ['up', 'up', 'up', 'up'].map((chord) => {
    press(chord)
    return editor.line
  })
  assert.deepEqual(seen, ['d', 'b', 'c', 'c'])
})

test('what is pasted is text to its end', () => {
  const { editor, sent, type } = opened(['x'])
  type(`a${pasted('\r\n1\r\n2\r3\n4\u2028\x04\x03\x12\x1b[1;5D\x1b[31mred\x9b\x00\x7f\t|\r\n')}b`)
  assert.equal(editor.line, 'a\n1\n2\n3\n4\nred\t|b')
  assert.equal(editor.isPasting, false)
  assert.deepEqual(sent, [])
})

test('whatever is pasted, nothing is sent, and nothing in the text acts', () => {
  const property = fc.property(fc.string({ unit: 'binary', maxLength: 50 }), (text) => {
    const { editor, sent, type, press } = opened(['x'])
    type(`be ${pasted(text.replaceAll('\x1b', '\r'))}`)
    assert.equal(editor.isPasting, false)
    assert.deepEqual(sent, [])
    assert.doesNotMatch(editor.line, /(?![\t\n])\p{Cc}/u)
    if (editor.line !== 'be ') press('C-_')
    assert.equal(editor.line, 'be ')
  })
  fc.assert(property, { numRuns: 500 })
})

test('a paste that is too long is cut, where a message would be too long too', () => {
  const { editor, type } = opened()
  type(pasted('x'.repeat(REPL_TEXT_CHARS_MAX + 1)))
  assert.equal(editor.line.length, REPL_TEXT_CHARS_MAX)
})

test('a paste ends also where its end comes in two pieces, as keys', () => {
  const { editor, type, press } = opened()
  type('\x1b[200~one\r')
  press('escape')
  type('[201~')
  assert.equal(editor.isPasting, false)
  type('!')
  assert.equal(editor.line, 'one!')
})

test('a text put there from outside can be undone, one taken away can not', () => {
  const { editor, type, press } = opened()
  type('one')
  editor.set('half \ud83d')
  assert.equal(editor.line, 'half \ufffd')
  press('C-_')
  editor.set('two\u0007\r\nthree')
  assert.deepEqual([editor.line, editor.cursor], ['two\nthree', 9])
  press('C-_')
  assert.deepEqual([editor.line, editor.cursor], ['one', 3])
  press('M-_')
  assert.equal(editor.take(), 'two\nthree')
  for (const chord of ['C-_', 'M-_']) press(chord)
  assert.equal(editor.line, '')
})

test('what is completed is a step of its own', () => {
  const { editor, type, press } = opened()
  type('@b')
  editor.replaceBefore('@b', '@bob ')
  type('Hi')
  for (const line of ['@bob Hi', '@bob ', '@b', '']) {
    assert.equal(editor.line, line)
    press('C-_')
  }
})

test('Enter sends what was found, pasting goes on with it', () => {
  const { editor, sent, type } = opened(['Lunch?', 'tea'])
  type('\x12te')
  assert.deepEqual(editor.search, { words: 'te', isFound: true })
  type('\r')
  assert.deepEqual(sent, ['tea'])
  type(`\x12lu${pasted('x')}`)
  assert.deepEqual([editor.line, editor.search], ['Lunch?x', undefined])
})

/** What is typed on a terminal, and what it asked for. */
function typing(history: readonly string[] = []) {
  const asked: string[] = []
  const note = (what: string) => (words: string) => void asked.push(`${what} ${words}`)
  const typing = new Typing({
    history,
    historyLinesMax: 10,
    complete: (before) => ({ hits: [], replaces: before }),
    onEdit: note('edit'),
    onAside: (words) => {
      note('aside')(words)
      return !words.startsWith('/')
    },
    onLine: note('line'),
    onHint: note('hint'),
    onLeave: () => asked.push('leave'),
  })
  const type = (bytes: string): unknown =>
    decoded(bytes)
      .map((key) => typing.press(key))
      .at(-1)
  return { typing, type, asked }
}

test('Ctrl+D leaves where nothing is typed, and not from a paste or a search', () => {
  const { type, asked } = typing()
  type(pasted('\x04'))
  type('\x12\x04')
  assert.deepEqual(asked, [])
  type('\x04')
  assert.deepEqual(asked, ['leave'])
})

test('Ctrl+C gives up a search, then puts the line aside, then leaves', () => {
  const { typing: line, type, asked } = typing()
  type('begun\x12x')
  asked.length = 0
  type('\x03')
  assert.deepEqual([line.line, line.searchPrompt, asked], ['begun', undefined, []])
  type('\x03')
  assert.deepEqual([line.line, asked], ['', ['aside begun']])
  type('\x03')
  assert.deepEqual(asked, ['aside begun', 'leave'])
})

test('a line that is no draft of anything is among those typed before, once put aside', () => {
  const { typing: line, type } = typing(['an old line'])
  type('words\x03/reply a long answer\x03')
  assert.equal(line.line, '')
  type('\x1b[A')
  assert.equal(line.line, '/reply a long answer')
  type('\x1b[A')
  assert.equal(line.line, 'an old line')
})

test('what was being written is not lost when a line typed before is sent, or put aside', () => {
  for (const end of ['\r', '\x03']) {
    const { typing: line, type } = typing(['an old line'])
    type(`a new one\x1b[A${end}`)
    assert.equal(line.line, '')
    type(end === '\r' ? '\x1b[A\x1b[A' : '\x1b[A')
    assert.equal(line.line, 'a new one')
  }
})

test('a key that switches gives up a search: what was found is not what was begun', () => {
  const keys = ['1', '0', 'a', 'h', '[1;3D', '[1;3C']
  const switches = ['tab', 'tab', 'unread', 'home', 'previous', 'next']
  for (const [i, key] of keys.entries()) {
    for (const begun of ['', 'begun']) {
      const { typing: line, type, asked } = typing(['an old line'])
      type(`${begun}\x12old`)
      assert.deepEqual([line.line, line.searchPrompt], ['an old line', '(search: old) '])
      asked.length = 0
      assert.equal(type(`\x1b${key}`), switches[i])
      assert.deepEqual([line.line, line.searchPrompt], [begun, undefined])
      line.putAside()
      assert.deepEqual(asked, begun === '' ? [] : ['aside begun'])
    }
  }
})

test('nothing is offered where lines are looked through', () => {
  const { typing: line, type } = typing(['an old line'])
  type('\x12')
  assert.equal(line.offer('a draft'), false)
  type('\x1b[1;3C')
  assert.equal(line.offer('a draft'), true)
})

test('keys in a paste are not for the screen', () => {
  const {
    typing: { line },
    type,
  } = typing()
  assert.equal(type('\x1b[200~\x1ba'), undefined)
  assert.equal(line, '')
  const other = typing()
  assert.equal(other.type('\x1ba'), 'unread')
})

test('a draft is offered with its breaks and tabs, one that acts is not', () => {
  const { typing: line, type, asked } = typing()
  assert.equal(line.offer('a \x1b[2J'), false)
  assert.equal(line.offer('one\n\ttwo'), true)
  assert.equal(line.line, 'one\n\ttwo')
  assert.equal(line.offer('three'), false)
  type('!')
  assert.deepEqual(asked, ['edit one\n\ttwo!'])
})
