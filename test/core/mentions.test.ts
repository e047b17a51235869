// Who is addressed by name.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { AccountId } from '../../src/core/id.ts'
import { MENTIONS_MAX } from '../../src/core/limits.ts'
import { findMentions } from '../../src/core/mentions.ts'

const ANN = 'ann' as AccountId
const BOB = 'bob' as AccountId
const LEE = 'lee' as AccountId
const NAMES: readonly (readonly [string, AccountId])[] = [
  ['Ann', ANN],
  ['Ann Lee', LEE],
  ['bob', BOB],
  ['Bobby', BOB],
  ['Zoë', LEE],
]

const found = (text: string): AccountId[] => findMentions(text, NAMES)

test('a name after the sign addresses its bearer, whatever its case', () => {
  assert.deepEqual(found('@bob lunch?'), [BOB])
  assert.deepEqual(found('lunch, @BOB?'), [BOB])
  assert.deepEqual(found('(@ann)'), [ANN])
  assert.deepEqual(found('@zoe\u0308!'), [LEE], 'however it is composed')
})

test('of several names the longest that fits counts, and everybody once, in order', () => {
  assert.deepEqual(found('@Ann Lee, hello'), [LEE])
  assert.deepEqual(found('@bobby and @bob and @ann'), [ANN, BOB])
})

test('within a word, or with a word going on, nobody is addressed', () => {
  assert.deepEqual(found('mail bob@bob.example'), [])
  assert.deepEqual(found('@bobsled'), [])
  assert.deepEqual(found('@annabel'), [])
  assert.deepEqual(found('@ bob'), [])
  assert.deepEqual(found('bob'), [])
  assert.deepEqual(findMentions('@ @@', [['', BOB]]), [])
})

test('no more are named than an entry may carry', () => {
  const crowd = Array.from({ length: 2 * MENTIONS_MAX }, (_, i) => `x${i}x`)
  const names = crowd.map((name) => [name, name as AccountId] as const)
  const text = crowd.map((name) => `@${name}`).join(' ')
  assert.equal(findMentions(text, names).length, MENTIONS_MAX)
})
