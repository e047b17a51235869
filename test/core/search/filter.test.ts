// A filter never hides what is there, and mostly knows what is not.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import * as fc from 'fast-check'

import { SEARCH_FILTER_BYTES_MAX } from '../../../src/core/limits.ts'
import { comparable } from '../../../src/core/search/comparable.ts'
import { FilterMaker, FilterProbe, isFilterSize } from '../../../src/core/search/filter.ts'
import { isFound, parseQuery } from '../../../src/core/search/query.ts'

const maker = new FilterMaker()

function filterOf(texts: readonly string[]): Uint8Array {
  maker.begin()
  for (const text of texts) maker.add(comparable(text))
  return maker.finish()
}

const mayHold = (filter: Uint8Array, query: string): boolean =>
  new FilterProbe(parseQuery(query)).mayHold(filter)

/** Scripts with and without spaces, emoji, digits. */
const unit = fc.constantFrom(...'aäbcdefgh  12ßéжщא漢字仮名交じりไม่มี👍🏽🎉"-.:')
const texts = fc.array(fc.string({ unit, maxLength: 40 }), { maxLength: 20 })

test('whatever part of a message is looked for, its filter lets it through', () => {
  fc.assert(
    fc.property(texts, fc.nat(), fc.nat(), fc.nat(), (all, which, from, length) => {
      const filter = filterOf(all)
      const text = comparable(all[which % Math.max(1, all.length)] ?? '')
      const part = text.slice(from % (text.length + 1)).slice(0, 1 + (length % 12))
      const words = [comparable(part)].filter((word) => word !== '')
      if (!isFound(words, text)) return
      assert.ok(new FilterProbe(words).mayHold(filter), `"${part}" of "${text}"`)
    }),
    { numRuns: 2000 },
  )
})

test('a filter is a size that can be stored, small for little text', () => {
  for (const count of [0, 1, 10, 100, 1000]) {
    const filter = filterOf(Array.from({ length: count }, (_, i) => `message number ${i * 7919}`))
    assert.ok(isFilterSize(filter.byteLength))
    assert.ok(filter.byteLength <= 100 + 40 * count, `${filter.byteLength} for ${count}`)
  }
  const much = Array.from({ length: 400 }, (_, i) => noise(i, 1000))
  assert.equal(filterOf(much).byteLength, SEARCH_FILTER_BYTES_MAX)
})

/** Letters without any sense, the same for the same number. */
function noise(number: number, length: number): string {
  let state = number + 1
  return Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return 'abcdefghijklmnopqrstuvwxyz'.charAt((state >>> 16) % 26)
  }).join('')
}

test('words that are not there are mostly known not to be, in any script', () => {
  const english = filterOf([
    'Is line 2 running? Since nine.',
    'Then I open the valve.',
    'The pump room is flooded, bring the long hose',
  ])
  for (const word of ['xylophone', 'breakfast', 'valley', 'qz', 'ж', '9:30']) {
    assert.ok(!mayHold(english, word), word)
  }
  const chinese = filterOf(['今天下午三点开会', '请把阀门打开'])
  for (const word of ['阀门', '开会', '三点', '打']) assert.ok(mayHold(chinese, word), word)
  for (const word of ['会议', '门打开关', '水泵']) assert.ok(!mayHold(chinese, word), word)
})

test('of a filter for many words one in fifty others gets through', () => {
  const word = (i: number): string => noise(i * 7919, 7)
  const filter = filterOf(Array.from({ length: 2000 }, (_, i) => word(i)))
  const others = Array.from({ length: 5000 }, (_, i) => word(10_000 + i))
  const through = others.filter((other) => mayHold(filter, other)).length
  assert.ok(through < others.length / 50, `${through} of ${others.length}`)
})

test('a filter of text that never repeats itself is a third of it, and still tells words', () => {
  const filter = filterOf(Array.from({ length: 512 }, (_, i) => noise(i * 7919, 120)))
  const textBytes = 512 * 120
  assert.ok(filter.byteLength <= textBytes / 3, `${filter.byteLength}`)
  const others = Array.from({ length: 2000 }, (_, i) => noise(10_000_000 + i, 8))
  const through = others.filter((other) => mayHold(filter, other)).length
  assert.ok(through < others.length / 50, `${through} of ${others.length}`)
})
