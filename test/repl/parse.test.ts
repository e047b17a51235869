import assert from 'node:assert/strict'
import { test } from 'node:test'

import { isTidingsError } from '../../src/core/errors.ts'
import { nearest, parseLine, splitWords } from '../../src/repl/parse.ts'

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

test('the nearest name is one that it begins or one or two slips away, else none', () => {
  const names = ['whois', 'whoami', 'history', 'add', 'help']
  assert.equal(nearest('hist', names), 'history')
  assert.equal(nearest('whios', names), 'whois')
  assert.equal(nearest('hsitory', names), 'history')
  assert.equal(nearest('ad', names), 'add')
  assert.equal(nearest('xyz', names), undefined)
  assert.equal(nearest('', names), undefined)
})
