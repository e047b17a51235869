// Names and text from other people, on a screen that they must not take over.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import * as fc from 'fast-check'

import { NAME_BYTES_MAX } from '../../src/core/limits.ts'
import { isBlank, isDisplayName, printable, printableJson } from '../../src/core/text.ts'
import { ACTS_ON_A_TERMINAL, wicked } from '../wicked.ts'

// By code, so that no tool and no eye can lose them.
const char = (code: number): string => String.fromCodePoint(code)

test('names of any script, with emoji and punctuation, can be shown', () => {
  const family = [0x1f469, 0x200d, 0x1f469, 0x200d, 0x1f467].map(char).join('')
  const names = ['A', 'Ann Lee', 'Zoë', '王小明', 'محمد', 'क्‍ष', family, '#1 (lab)']
  for (const name of [...names, 'x'.repeat(NAME_BYTES_MAX)]) assert.ok(isDisplayName(name), name)
})

test('names that are empty, too long, hidden, or act on a terminal cannot', () => {
  const codes = [0, 7, 9, 10, 13, 0x1b, 0x7f, 0x85, 0x9b, 0xad, 0x61c, 0x200b, 0x200e, 0x2028]
  const more = [0x202e, 0x2060, 0x2066, 0x3164, 0xfeff, 0xe0041, 0xd83d]
  const names = ['', ' ', 'x'.repeat(NAME_BYTES_MAX + 1), 'ü'.repeat(NAME_BYTES_MAX / 2 + 1)]
  for (const name of [...names, ' Ann', 'Ann ', `Ann${char(0xa0)}`, char(0x200d)]) {
    assert.ok(!isDisplayName(name), JSON.stringify(name))
  }
  for (const code of [...codes, ...more]) {
    assert.ok(!isDisplayName(`An${char(code)}n`), code.toString(16))
  }
})

test('plain text is printed as it is', () => {
  for (const text of ['hello', 'Grüße, 王小明', 'a \\ b']) assert.equal(printable(text), text)
})

test('what acts on a terminal, or hides, is printed as an escape', () => {
  assert.equal(printable('\u001b[31mred'), '\\x1b[31mred')
  assert.equal(printable('a\rb\nc\td'), 'a\\rb\\nc\\td')
  assert.equal(printable(`a${char(0x202e)}b`), 'a\\u{202e}b')
  assert.equal(printable(`a${char(0x9b)}b${char(0)}`), 'a\\x9bb\\x00')
  assert.equal(printable(`admin${char(0x200b)}`), 'admin\\u{200b}')
  assert.equal(printable(`ad${char(0x200d)}min`), 'ad\\u{200d}min')
  assert.equal(printable('half \ud83d'), 'half \ufffd')
})

test('joiners stay where they join', () => {
  const family = [0x1f469, 0x200d, 0x1f469].map(char).join('')
  assert.equal(printable(family), family)
})

test('line feeds and tabs of a message stay when asked for', () => {
  assert.equal(printable('a\r\nb\tc\rd', { lines: true }), 'a\nb\tc\\rd')
})

test('printed text never holds a control character, and printing it again changes nothing', () => {
  const any = fc.string({ unit: 'binary' })
  fc.assert(
    fc.property(any, (text) => {
      const once = printable(text)
      assert.doesNotMatch(once, /\p{Cc}|\p{Cs}|\p{Zl}|\p{Zp}|[\u202a-\u202e\u2066-\u2069]/u)
      assert.equal(printable(once), once)
    }),
    { numRuns: 500 },
  )
})

test('JSON for a terminal holds nothing that acts on one, and means the same', () => {
  const value = { name: `a${char(0x202e)}b${char(0x9b)}`, tag: char(0xe0041) }
  assert.equal(printableJson(value), '{"name":"a\\u202eb\\u009b","tag":"\\udb40\\udc41"}')
  fc.assert(
    fc.property(fc.dictionary(wicked, fc.array(wicked)), (dictionary) => {
      const json = printableJson(dictionary)
      assert.doesNotMatch(json, ACTS_ON_A_TERMINAL)
      assert.deepEqual(JSON.parse(json), JSON.parse(JSON.stringify(dictionary)))
    }),
    { numRuns: 500 },
  )
})

test('a text is blank when there is nothing to see in it', () => {
  const blank = ['', ' ', '\r\n\t', ...[0xa0, 0x2003, 0x200b, 0x200d, 0x2800, 0x3164].map(char)]
  for (const text of [...blank, blank.join('')]) assert.ok(isBlank(text), JSON.stringify(text))
  for (const text of ['.', ' a ', '0', '\u0301', char(0x1f98a)]) assert.ok(!isBlank(text), text)
})
