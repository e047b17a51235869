// Exports as text: complete for programs, readable for people, and harmless whatever was written.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import * as fc from 'fast-check'

import { METHODS } from '../../src/api/methods.ts'
import {
  EXPORT_FORMATS,
  type ExportFormatName,
  type ExportItem,
  type ExportPage,
  makeFormat,
} from '../../src/cli/export-formats.ts'
import { contact, message } from '../repl/people.ts'
import { ACTS_ON_A_TERMINAL, wickedValue } from '../wicked.ts'

const BOB = contact('bob')
const PAGE: ExportPage = {
  conversation: BOB.conversation,
  name: 'bob',
  members: [{ account: BOB.account, name: 'bob', own: false }],
  items: [],
  next: null,
}
const AT = '2026-05-04T12:00:00.000Z'

function item(text: string, more: Parameters<typeof message>[3] = {}): ExportItem {
  return { type: 'message', message: message(BOB, 1, text, more) }
}

function exported(name: ExportFormatName, ...items: readonly ExportItem[]): string {
  const format = makeFormat(name)
  return format.begin(PAGE, AT) + items.map((each) => format.item(each)).join('')
}

/** The message in Markdown, without heading and time. */
function markdown(text: string, more: Parameters<typeof message>[3] = {}): string {
  const lines = exported('markdown', item(text, more)).trimEnd().split('\n')
  return lines
    .slice(lines.findIndex((line) => line.startsWith('## ')) + 2)
    .join('\n')
    .slice(6)
}

const GAP: ExportItem = {
  type: 'gap',
  reason: 'missing',
  author: BOB.account,
  authorName: 'bob',
  first: 4,
  last: 6,
}

test('JSON Lines are a header, then each message as history shows it, and each gap', () => {
  const hello = item('hello\nthere')
  assert.ok(hello.type === 'message')
  const lines = exported('jsonl', hello, GAP).trimEnd().split('\n')
  const [header, first, gap] = lines.map((line) => JSON.parse(line) as Record<string, unknown>)
  assert.equal(lines.length, 3)
  const { type, format, version, exportedAt, name } = header ?? {}
  assert.deepEqual([type, format, version], ['header', 'tidings-conversation', '1.0'])
  assert.deepEqual([exportedAt, name], [AT, 'bob'])
  assert.deepEqual(first, hello.message)
  assert.deepEqual(gap, GAP)
})

test('plain text is a line or a block for each message, as the command line shows it', () => {
  const text = exported('text', item('one'), item('two\nthree'), GAP)
  assert.match(
    text,
    /^2025-06-03 \d\d:\d\d {2}bob: one\n.* {2}bob: two\n {4}three\n\[3 messages of/,
  )
  const quote = { id: 'x', author: BOB.account, authorName: 'bob', text: 'that', deleted: false }
  assert.match(exported('text', item('yes', { replyTo: quote })), /bob: yes\n {4}> bob: that\n$/)
  const timer = item('', { kind: 'timer', timer: 86_400 })
  assert.match(exported('text', timer), /bob set messages to disappear after 1 day\n$/)
})

test('Markdown has a heading for each day, and quotes above their answers', () => {
  const quote = { id: 'x', author: BOB.account, authorName: 'bob', text: 'that', deleted: false }
  const next = item('third', { sentAt: '2025-06-05T14:02:00.000Z', replyTo: quote })
  const text = exported('markdown', item('first'), item('second'), next)
  assert.equal(text.match(/^## /gm)?.length, 2)
  assert.match(text, /^# Conversation with bob\n/)
  assert.match(text, /\n## \w+,? [34] June 2025\n\n\d\d:\d\d \*\*bob:\*\* first\n\n/)
  assert.match(text, /\n> bob: that\n\n\d\d:\d\d \*\*bob:\*\* third\n$/)
})

test('what became of a message stands behind it, and what happened in a group is told', () => {
  const reactions = [{ emoji: '👍', accounts: [BOB.account], mine: true }]
  const changed = { edited: true, pinned: true, reactions }
  assert.match(
    exported('text', item('one', changed)),
    /bob: one {2}\(edited\) {2}\(pinned\) {2}\[👍\*\]\n$/,
  )
  const shown = '**bob:** one  (edited)  (pinned)  \\[👍\\*\\]'
  assert.equal(markdown('one', changed), shown)
  assert.equal(markdown('', { deleted: true }), '**bob:** (deleted)')
  assert.match(exported('text', item('', { deleted: true })), /bob: \(deleted\)\n$/)
  const group = { kind: 'group', action: true, own: true, state: 'read' } as const
  assert.equal(markdown('made the group "crew"', group), '**\\* bob** made the group "crew"')
  const sent = { own: true, state: 'read', deliveredTo: 3, readBy: 1, of: 3 } as const
  assert.equal(markdown('all', sent), '**bob:** all (read 1/3)')
})

test('what looks like Markdown reads as it was written', () => {
  const cases: readonly [text: string, shown: string][] = [
    ['*a* _b_ `c` ~d~', '\\*a\\* \\_b\\_ \\`c\\` \\~d\\~'],
    ['[x](javascript:y) ![z]', '\\[x\\](javascript:y) !\\[z\\]'],
    ['<b>&amp;', '\\<b\\>\\&amp;'],
    ['a\\', 'a\\\\'],
    ['a | b', 'a \\| b'],
    ['a\nb', 'a\\\nb'],
    ['a\n\nb', 'a\\\n&nbsp;\\\nb'],
    ['a\n# b\n- c\n1. d\n12) e', 'a\\\n\\# b\\\n\\- c\\\n1\\. d\\\n12\\) e'],
    ['a\n===\n---\n> q', 'a\\\n\\===\\\n\\---\\\n\\> q'],
    ['a\n    code\n\tcode', 'a\\\n&nbsp;&nbsp;&nbsp;&nbsp;code\\\n&nbsp;&nbsp;&nbsp;&nbsp;code'],
    ['a\n```\nb', 'a\\\n\\`\\`\\`\\\nb'],
    ['\u001b[2J\u202e', '\\\\x1b\\[2J\\\\u{202e}'],
  ]
  for (const [text, shown] of cases) assert.equal(markdown(text), `**bob:** ${shown}`, text)
  const authorName = '*# <i>'
  assert.equal(markdown('x', { authorName }), '**\\*# \\<i\\>:** x')
})

for (const name of EXPORT_FORMATS) {
  test(`nothing in an export as ${name} acts on a terminal, and a message stays one block`, () => {
    const shape = METHODS.export.result
    fc.assert(
      fc.property(fc.gen(), (gen) => {
        const page = wickedValue(shape, gen) as ExportPage
        const format = makeFormat(name)
        const pieces = [format.begin(page, AT), ...page.items.map((each) => format.item(each))]
        for (const piece of pieces) assert.doesNotMatch(piece, ACTS_ON_A_TERMINAL)
        if (name !== 'jsonl') return
        for (const piece of pieces) assert.equal(piece.indexOf('\n'), piece.length - 1)
      }),
      { numRuns: 60 },
    )
  })
}
