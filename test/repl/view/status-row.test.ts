// The row of conversations: always as wide as the screen, the open one and what is unread before
// all others, and a way from each to the next.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'

import * as fc from 'fast-check'

import { stringWidth } from '../../../src/cli/width.ts'
import { type Look, lineColumns, paint } from '../../../src/repl/look.ts'
import { statusRow, type Tab, tabBeside, unreadTab } from '../../../src/repl/view/status-row.ts'
import { anyLook, anyName } from './things.ts'

const LOOK: Look = { columns: 60, color: false, unicode: true }

const tab = (label: string, more: Partial<Tab> = {}): Tab => ({
  conversation: label,
  label,
  unread: 0,
  mentions: 0,
  online: false,
  isOpen: false,
  ...more,
})
const row = (tabs: readonly Tab[], passing = '', look = LOOK): string =>
  statusRow(tabs, passing, look).trimEnd()

const anyTab: fc.Arbitrary<Tab> = fc.record({
  conversation: fc.uuid(),
  label: anyName,
  unread: fc.oneof(fc.constant(0), fc.nat(2_000_000)),
  mentions: fc.nat(2000),
  online: fc.boolean(),
  isOpen: fc.boolean(),
})

describe('the row of conversations', () => {
  test('has a number for ten, who is there, and what is unread', () => {
    const tabs = [
      tab('bob', { isOpen: true, online: true }),
      tab('carol', { unread: 2 }),
      tab('#crew', { unread: 12_345, mentions: 1 }),
      tab('one whose name is long'),
    ]
    assert.equal(row(tabs), '[1:●bob] 2:carol(2) 3:#crew(12k,@1) 4:one whose nam…')
    const eleven = Array.from({ length: 11 }, (_, n) => tab(`p${n}`))
    assert.match(row(eleven, '', { ...LOOK, columns: 200 }), / 9:p8 0:p9 p10$/)
    const coloured = statusRow(tabs, '', { ...LOOK, color: true })
    assert.ok(coloured.includes('\u001b[1m2:carol(2)\u001b[22m'), 'news stands out')
    assert.ok(!coloured.includes('\u001b[1m4:'))
    const ascii = { ...LOOK, unicode: false }
    assert.equal(row(tabs.slice(0, 1), '', ascii), '[1:*bob]')
  })

  test('what happens now stands at its end', () => {
    const words = row([tab('bob')], 'bob is typing…')
    assert.equal(words, `1:bob${' '.repeat(40)}bob is typing…`)
    const narrow = row([tab('bob')], 'Catching up with bob: 1,234 of 100,000 messages')
    assert.equal(narrow, `1:bob${' '.repeat(25)}Catching up with bob: 1,234 …`)
  })

  test('the open one and those with news stay where there is no room for all', () => {
    const tabs = Array.from({ length: 12 }, (_, n) => tab(`person ${n}`))
    tabs[9] = tab('open', { isOpen: true })
    tabs[10] = tab('news', { unread: 3 })
    tabs[11] = tab('called', { unread: 9, mentions: 2 })
    const words = row(tabs)
    for (const kept of ['[0:open]', 'news(3)', 'called(9,@2)'])
      assert.ok(words.includes(kept), words)
    assert.match(words, / \+\d$/)
    const shown = words.split(/ (?=\S+:|news|called|\[|\+)/).length - 1
    assert.ok(words.endsWith(` +${12 - shown}`), words)
  })

  test('colours of what happens now are cut with it, not through', () => {
    const look = { ...LOOK, columns: 30, color: true }
    const passing = paint(look, 'faint', 'Catching up with bob: 12 messages')
    const painted = statusRow([tab('bob')], passing, look)
    assert.equal(stringWidth(painted), lineColumns(look))
    assert.match(stripVTControlCharacters(painted), /^1:bob +Catching up w…$/)
  })

  test('it is exactly as wide as a line, whatever the conversations are called', () => {
    const property = fc.property(
      fc.array(anyTab, { maxLength: 15 }),
      anyName,
      fc.boolean(),
      anyLook,
      (tabs, words, isPainted, look) => {
        const passing = isPainted ? paint(look, 'faint', words) : words
        const drawn = statusRow(tabs, passing, look)
        assert.equal(stringWidth(drawn), lineColumns(look), JSON.stringify(drawn))
        assert.ok(!stripVTControlCharacters(drawn).includes('\u001b'), JSON.stringify(drawn))
      },
    )
    fc.assert(property, { numRuns: 1000 })
  })
})

describe('from one conversation to another', () => {
  const [bob, carol, crew] = [tab('bob'), tab('carol'), tab('#crew')]

  test('beside the open one, round the end; beside none, the first or the last', () => {
    const open = { ...carol, isOpen: true }
    assert.equal(tabBeside([bob, open, crew], 1), crew)
    assert.equal(tabBeside([bob, open, crew], -1), bob)
    assert.equal(tabBeside([open, bob, crew], -1), crew)
    assert.equal(tabBeside([bob, crew, open], 1), bob)
    assert.equal(tabBeside([bob, crew], 1), bob)
    assert.equal(tabBeside([bob, crew], -1), crew)
    assert.equal(tabBeside([], 1), undefined)
  })

  test('to what is unread, mentions first, never to the open one', () => {
    const news = { ...carol, unread: 3 }
    const called = { ...crew, unread: 1, mentions: 1 }
    assert.equal(unreadTab([bob, news, called]), called)
    assert.equal(unreadTab([bob, news]), news)
    assert.equal(unreadTab([bob, { ...called, isOpen: true }]), undefined)
  })
})
