import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'

import * as fc from 'fast-check'

import type { Look } from '../../../src/repl/look.ts'
import { markedUp } from '../../../src/repl/view/mark-up.ts'

const LOOK: Look = { columns: 80, color: true, unicode: true }

/** What is underlined as a link, in order. */
function links(text: string): string[] {
  const [line] = markedUp(text, LOOK)
  return [...(line?.text ?? '').matchAll(/\p{Cc}\[4m(.*?)\p{Cc}\[24m/gu)].map(
    ([, link = '']) => link,
  )
}

const WIKI = 'https://en.wikipedia.org/wiki/Foo_(bar)'

describe('a link in a text', () => {
  for (const [text, ...expected] of [
    [`see (${WIKI})`, WIKI],
    [`see ${WIKI}`, WIKI],
    [`${WIKI}.`, WIKI],
    [`(${WIKI}), and`, WIKI],
    [`[${WIKI}]`, WIKI],
    [`(one (two ${WIKI}))`, WIKI],
    ['https://a.org/x(y)[z]{q}', 'https://a.org/x(y)[z]{q}'],
    ['https://a.org/((x)', 'https://a.org/((x)'],
    ['https://a.org/x)(y)', 'https://a.org/x)(y)'],
    ['https://a.org/x) and https://b.org/y].', 'https://a.org/x', 'https://b.org/y'],
    ["'https://a.org/x'", 'https://a.org/x'],
    ['<https://a.org/x>', 'https://a.org/x'],
    ['what is https://? or https://)'],
  ] as const) {
    test(text, () => assert.deepEqual(links(text), expected))
  }

  test('ends with what stands around it, whatever brackets it has itself', () => {
    const piece = fc.constantFrom('a', '/', '-', '?q=1', '.b', ',c')
    const { path } = fc.letrec<{ path: string; group: string }>((tie) => ({
      path: fc
        .array(fc.oneof({ maxDepth: 4 }, piece, tie('group')), { maxLength: 5 })
        .map((pieces) => pieces.join('')),
      group: fc
        .tuple(fc.constantFrom('()', '[]', '{}'), tie('path'))
        .map(([[open, close], inside]) => `${open}${inside}${close}`),
    }))
    const around = fc.constantFrom('', '.', ')', '),', ']', '}!', "'", '])')
    const property = fc.property(path, around, (more, after) => {
      const link = `https://example.org/${more}`
      assert.deepEqual(links(`see ${link}${after} and`), [link])
    })
    fc.assert(property)
  })

  test('loses nothing of the text', () => {
    const piece = fc.constantFrom(...'()[]{}.,!', 'https://', 'x', '`', ' ')
    const property = fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const text = `x${pieces.join('')}`
      const [line] = markedUp(text, LOOK)
      assert.equal(stripVTControlCharacters(line?.text ?? ''), text)
    })
    fc.assert(property)
  })
})
