// What counts as the same when words are looked for.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import * as fc from 'fast-check'

import { comparable } from '../../../src/core/search/comparable.ts'

const anyText = fc.string({ unit: 'grapheme', maxLength: 60 })

test('case, accents, width, invisible characters and typographic signs make no difference', () => {
  for (const [one, other] of [
    ['Ventil', 'VENTIL'],
    ['café', 'Cafe'],
    ['cafe\u0301', 'café'],
    ['Straße', 'STRASSE'],
    ['STRAẞE', 'strasse'],
    ['ΟΔΟΣ', 'οδος'],
    ['ὁδός', 'οδος'],
    ['İstanbul', 'istanbul'],
    ['ısı', 'ISI'],
    ['smørrebrød', 'smorrebrod'],
    ['Łódź', 'lodz'],
    ['Ærø', 'aero'],
    ['ｆｕｌｌ', 'full'],
    ['ﬁn', 'fin'],
    ['so\u00adft', 'soft'],
    ['❤\ufe0f', '❤'],
    ['don’t', "don't"],
    ['“so”', '"so"'],
    ['2019–2020', '2019-2020'],
    ['ёлка', 'елка'],
    ['שָׁלוֹם', 'שלום'],
    ['مُحَمَّد', 'محمد'],
    ['a\u00a0 \n\tb', 'a b'],
  ] as const) {
    assert.equal(comparable(one), comparable(other), `${one} is ${other}`)
  }
})

test('what is another letter stays one', () => {
  for (const [one, other] of [
    ['かき', 'がき'],
    ['ハハ', 'パパ'],
    ['가', '나'],
    ['ไม่', 'ไม'],
    ['बाल', 'बल'],
    ['漢', '汉'],
  ] as const) {
    assert.notEqual(comparable(one), comparable(other), `${one} is not ${other}`)
  }
})

test('the comparable form of any text is its own, and well formed', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const once = comparable(text)
      assert.equal(comparable(once), once)
      assert.ok(once.isWellFormed())
    }),
  )
})
