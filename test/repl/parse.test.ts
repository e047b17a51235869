import assert from 'node:assert/strict'
import { test } from 'node:test'

import * as fc from 'fast-check'

import { isTidingsError } from '../../src/core/errors.ts'
import { asWord, nearest, parseLine, placedWords, splitWords } from '../../src/repl/parse.ts'

test('a line is a command, a mention, text, or nothing', () => {
  assert.deepEqual(parseLine('/Whois  bob lab '), {
    kind: 'command',
    name: 'whois',
    rest: 'bob lab ',
  })
  assert.deepEqual(parseLine('@bob  two  spaces'), { kind: 'mention', rest: 'bob  two  spaces' })
  assert.deepEqual(parseLine('  indented / @ text'), { kind: 'text', text: '  indented / @ text' })
  assert.deepEqual(parseLine('#crew all hands'), { kind: 'group', rest: 'crew all hands' })
  assert.deepEqual(parseLine('/Group  join #crew'), {
    kind: 'command',
    name: 'group join',
    rest: '#crew',
  })
  assert.deepEqual(parseLine('/'), { kind: 'command', name: '', rest: '' })
  for (const empty of ['', '   ', '\t']) assert.deepEqual(parseLine(empty), { kind: 'nothing' })
})

test('a doubled first sign is text that begins with the sign', () => {
  assert.deepEqual(parseLine('//etc/hosts'), { kind: 'text', text: '/etc/hosts' })
  assert.deepEqual(parseLine('@@home'), { kind: 'text', text: '@home' })
  assert.deepEqual(parseLine('##1'), { kind: 'text', text: '#1' })
})

test('words are split at spaces, quotes keep them together, an option may carry its value', () => {
  const texts = (line: string): string[] => splitWords(line).map((word) => word.text)
  assert.deepEqual(texts('  bob "Bob from the lab" --limit=5 "" don\'t'), [
    'bob',
    'Bob from the lab',
    '--limit',
    '5',
    '',
    "don't",
  ])
  assert.deepEqual(splitWords('"--confirm"'), [{ text: '--confirm', quoted: true }])
  assert.throws(
    () => splitWords('bob "Bob'),
    (error) => isTidingsError(error, 'bad_input'),
  )
})

test('a sign stands before the quotes of its name, and each word knows its place', () => {
  const line = ' @"Bob Lab" --in="#Pump room" --a= x'
  const words = placedWords(line)
  const texts = words.map(({ text }) => text)
  assert.deepEqual(texts, ['@Bob Lab', '--in', '#Pump room', '--a', '', 'x'])
  assert.deepEqual(
    words.map(({ at, end }) => line.slice(at, end)),
    ['@"Bob Lab"', '--in=', '"#Pump room"', '--a=', '', 'x'],
  )
  assert.deepEqual(
    placedWords('a "b c').map(({ isOpen }) => isOpen),
    [false, true],
  )
})

test('a text is written so that it is one word, if it can be', () => {
  assert.equal(asWord('bob'), 'bob')
  assert.equal(asWord('say"so"'), 'say"so"')
  assert.equal(asWord('Bob  Lab '), '"Bob  Lab "')
  assert.equal(asWord('--force'), '"--force"')
  assert.equal(asWord(''), '""')
  assert.equal(asWord('say "so"'), undefined)
  assert.equal(asWord('@"x'), undefined)
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const word = asWord(text)
      if (word === undefined) assert.ok(text.includes('"'))
      else assert.deepEqual(splitWords(`a ${word} b`)[1]?.text, text)
    }),
  )
})

test('the nearest name is one that it begins or one or two slips away, else none', () => {
  const names = ['whois', 'whoami', 'history', 'add', 'help']
  assert.equal(nearest('hist', names), 'history')
  assert.equal(nearest('whios', names), 'whois')
  assert.equal(nearest('hsitory', names), 'history')
  assert.equal(nearest('ad', names), 'add')
  assert.equal(nearest('xyz', names), undefined)
  assert.equal(nearest('', names), undefined)
})
