// What may stand as a reaction: one thing to see, the same on every node whatever it knows of
// Unicode.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import * as fc from 'fast-check'

import { isEmoji } from '../../src/core/emoji.ts'
import { EMOJI_BYTES_MAX } from '../../src/core/limits.ts'

const segmenter = new Intl.Segmenter()
const clusters = (text: string): number => [...segmenter.segment(text)].length

test('every emoji of one code point may be one, also with a colour or a variation', () => {
  const known = /^\p{RGI_Emoji}$/v
  const refused: string[] = []
  let count = 0
  for (let point = 0x20; point <= 0x1ffff; point++) {
    if (point >= 0xd800 && point <= 0xdfff) continue
    const base = String.fromCodePoint(point)
    for (const text of [base, `${base}\ufe0f`, `${base}\u{1f3fd}`]) {
      if (!known.test(text)) continue
      count += 1
      if (!isEmoji(text)) refused.push(text)
    }
  }
  assert.ok(count > 1400)
  // A colour by itself belongs to what stands before it.
  assert.deepEqual(refused, ['🏻', '🏼', '🏽', '🏾', '🏿'])
})

test('families, flags, keycaps and single characters may be one', () => {
  const families = ['👨‍👩‍👧‍👦', '👩🏽‍❤️‍💋‍👨🏿']
  const some = ['🏳️‍🌈', '🏴‍☠️', '👁️‍🗨️', '⛓️‍💥', '🇩🇪', '🏴󠁧󠁢󠁥󠁮󠁧󠁿', '1️⃣', '#️⃣']
  for (const text of [...families, ...some, 'x', 'é', 'e\u0301', '中', '☕', '+']) {
    assert.ok(isEmoji(text), text)
    assert.equal(clusters(text), 1, text)
  }
})

test('several, none, what hides and what acts are refused', () => {
  const wrong = ['', '👍👍', '👍 ', ' 👍', 'ok', '🇩🇪🇫🇷', '1️⃣2️⃣', 'x\u200dy', '👍\u200d']
  const hidden = ['\u200d', '\ufe0f', '\u202e', '\u200b', '\n', '\u0007', '\u00ad', '\u3164']
  const tags = ['\u{e0041}', '🏴\u{e0067}', 'x\u{e0067}\u{e007f}', '🏴\u{e007f}']
  const others = [' ', '\u00a0', '\u2800', '\ud83d', `a${'\u0301'.repeat(EMOJI_BYTES_MAX / 2)}`]
  for (const text of [...wrong, ...hidden, ...tags, ...others]) {
    assert.ok(!isEmoji(text), JSON.stringify(text))
  }
})

test('whatever is accepted is small, and nothing of it could be taken away at an end', () => {
  const pieces = fc.constantFrom(
    '👍',
    '🏽',
    '\u200d',
    '\ufe0f',
    '🇩',
    '❤',
    'x',
    '\u0301',
    '\u{e0067}',
    ' ',
  )
  let accepted = 0
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 8 }), (parts) => {
      const text = parts.join('')
      if (!isEmoji(text)) return
      accepted += 1
      assert.ok(Buffer.byteLength(text) <= EMOJI_BYTES_MAX)
      assert.ok(!isEmoji(`${text}x`) && !isEmoji(`x${text}`) && !isEmoji(`${text} `))
    }),
    { numRuns: 2000 },
  )
  assert.ok(accepted > 20, `${accepted} accepted`)
})
