// Names that a person takes for one another, and such as nobody does.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import * as fc from 'fast-check'

import { isSameName, looksLike, skeletons } from '../../src/core/look-alikes.ts'
import { isDisplayName } from '../../src/core/text.ts'

// By code, so that no editor and no eye takes one for the other.
const PAIRS: readonly (readonly [string, string, what: string])[] = [
  ['Anna', '\u0410nna', 'a Cyrillic capital'],
  ['Anna', 'Ann\u0430', 'a Cyrillic small letter'],
  ['ANNA', '\u0391\u039d\u039d\u0391', 'Greek capitals'],
  ['Anna', '\u0391\u039d\u039d\u0391', 'Greek capitals for small letters'],
  ['Anna', '\uff21\uff4e\uff4e\uff41', 'full width'],
  ['Anna', '\u{1d400}\u{1d427}\u{1d427}\u{1d41a}', 'mathematical bold'],
  ['Anna', '\u24b6\u24dd\u24dd\u24d0', 'letters in circles'],
  ['Anna', 'Ann\u1ea1', 'a dot below'],
  ['Anna', 'A\u0301nna', 'a mark that is not composed'],
  ['Anna Lee', 'AnnaLee', 'no space'],
  ['Anna Lee', 'Anna\u2003Lee', 'a wide space'],
  ['Anna Lee', 'Anna_Lee.', 'punctuation'],
  ['Anna', 'Anna \u2713', 'a sign that vouches for nothing'],
  ['Anna', 'An\u200dna', 'a joiner'],
  ['Anna', '\u13aann\u0251', 'a Cherokee and a phonetic letter'],
  ['Olga', '0lga', 'a digit for a capital'],
  ['Paul', 'PauI', 'a capital I for an l'],
  ['paul', 'PAU1', 'a digit for a letter'],
  ['mia', 'rnia', 'two letters for one'],
  ['Mia', 'rnia', 'two letters for one, in any case'],
  ['Strasse', 'Stra\u00dfe', 'another spelling'],
  ['\u041e\u043b\u044f', 'O\u043b\u044f', 'a Latin letter in a Cyrillic name'],
  ['\u738b\u5c0f\u660e', '\u738b \u5c0f \u660e', 'spaces in a Chinese name'],
]

for (const [name, other, what] of PAIRS) {
  test(`${what} does not make it another name: ${name}`, () => {
    assert.notEqual(name, other)
    assert.ok(looksLike(name, other), JSON.stringify([skeletons(name), skeletons(other)]))
    assert.ok(looksLike(other, name))
  })
}

test('names that differ to the eye do not look alike', () => {
  const apart: [string, string][] = [
    ['Anna', 'Anne'],
    ['Anna', 'Ana'],
    ['Anna', 'Anna2'],
    ['ian', 'lan'],
    ['Kai', 'Kal'],
    ['Bob', 'Rob'],
    ['\u041e\u043b\u044f', 'Olga'],
    ['\u738b\u5c0f\u660e', '\u738b\u5927\u660e'],
    ['\u0915\u093f', '\u0915\u0940'],
    ['\u{1f98a}', '\u{1f43b}'],
  ]
  for (const [a, b] of apart) assert.ok(!looksLike(a, b), `${a} ${b}: ${skeletons(a).join()}`)
})

test('names of signs only are compared by their signs', () => {
  assert.ok(looksLike('\u{1f98a} \u{1f98a}', '\u{1f98a}\u{1f98a}'))
  assert.ok(looksLike('\u2764\ufe0f', '\u2764'))
})

test('every name has something to compare, and looks like itself in any case', () => {
  const names = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }).filter(isDisplayName)
  fc.assert(
    fc.property(names, (name) => {
      assert.ok(skeletons(name).every((skeleton) => skeleton !== ''))
      assert.ok(looksLike(name, name))
      assert.ok(looksLike(name, name.normalize('NFD')))
      assert.ok(looksLike(name, name.toLowerCase()), skeletons(name).join())
    }),
    { numRuns: 500 },
  )
})

test('a name in another case or composition is the same, a look-alike is not', () => {
  assert.ok(isSameName('Zo\u00eb', 'zoe\u0308'))
  assert.ok(isSameName('anna', 'ANNA'))
  assert.ok(!isSameName('Anna', '\u0410nna'))
  assert.ok(!isSameName('Zo\u00eb', 'Zoe'))
})
