// What is looked for: words and phrases, and what is refused.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { isTidingsError } from '../../../src/core/errors.ts'
import { SEARCH_QUERY_BYTES_MAX, SEARCH_WORDS_MAX } from '../../../src/core/limits.ts'
import { comparable } from '../../../src/core/search/comparable.ts'
import { isFound, parseQuery } from '../../../src/core/search/query.ts'

const refuses = (code: string) => (error: unknown) => isTidingsError(error) && error.code === code

test('words stand for themselves, quotation marks hold a phrase together', () => {
  for (const [query, words] of [
    ['valve', ['valve']],
    ['  Line  2 ', ['line', '2']],
    ['"pump room" valve', ['pump room', 'valve']],
    ['valve"pump  room"', ['valve', 'pump room']],
    ['“pump room”', ['pump room']],
    ['"pump room', ['pump room']],
    ['"a b""c d"', ['a b', 'c d']],
    ['valve Valve VALVE', ['valve']],
    ['"" valve', ['valve']],
    ["don't", ["don't"]],
  ] as const) {
    assert.deepEqual(parseQuery(query), words, query)
  }
})

test('a message is found when it has all of them, also within words', () => {
  const text = comparable('The tidings from the Pump Room: valve 2 is open')
  for (const query of ['tid', 'ROOM pump', '"pump room"', 'valve tidings', 'room:', '2']) {
    assert.ok(isFound(parseQuery(query), text), query)
  }
  for (const query of ['valves', '"room pump"', 'pump closed', '3']) {
    assert.ok(!isFound(parseQuery(query), text), query)
  }
})

test('nothing to look for, and too much of it, are refused', () => {
  for (const query of ['', '   ', '""', '" "', '\u200b', '\n']) {
    assert.throws(() => parseQuery(query), refuses('query_empty'))
  }
  const words = Array.from({ length: SEARCH_WORDS_MAX + 1 }, (_, i) => `w${i}`)
  assert.throws(() => parseQuery(words.join(' ')), refuses('query_too_long'))
  assert.equal(parseQuery(words.slice(1).join(' ')).length, SEARCH_WORDS_MAX)
  const longest = 'ü'.repeat(SEARCH_QUERY_BYTES_MAX / 2)
  assert.equal(parseQuery(longest).length, 1)
  assert.throws(() => parseQuery(`${longest}x`), refuses('query_too_long'))
})
