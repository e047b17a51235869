// Exports: the whole conversation in its order, a page at a time, as it was when the export began;
// and what is not there said in its place.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { EXPORT_PAGE_ENTRIES } from '../../src/core/limits.ts'
import { Exporter, type ExportItem, type ExportOptions } from '../../src/node/messages/exporter.ts'
import { logIdOf, runKey } from '../../src/store/keys.ts'
import { flip, tamper } from '../store/repair/tamper.ts'
import { friends, partsOf, type Person, until } from './nodes.ts'

/** Every page, and the items of all. */
async function exported(
  one: Person,
  other: Person,
  options: ExportOptions = {},
): Promise<{ items: ExportItem[]; pages: number }> {
  const items: ExportItem[] = []
  let pages = 0
  let cursor: string | undefined
  do {
    const given = cursor === undefined ? options : { ...options, cursor }
    const page = await one.node.exportPage(other.account, given)
    items.push(...page.items)
    pages += 1
    cursor = page.next
  } while (cursor !== undefined)
  return { items, pages }
}

function words(items: readonly ExportItem[]): string[] {
  return items.map((item) => {
    if (item.type === 'message') return item.message.text
    return `${item.authorName} ${item.reason} ${item.first}-${item.last}`
  })
}

test('every message comes once, in the order of the conversation, over many pages', async (t) => {
  const [ann, bob] = await friends(t)
  const each = EXPORT_PAGE_ENTRIES
  await Promise.all(
    Array.from({ length: each }, (_, i) => [
      ann.node.send(bob.account, `ann ${i}`),
      bob.node.send(ann.account, `bob ${i}`),
    ]).flat(),
  )
  await until(async () => (await ann.texts(bob)).length === 2 * each, 'ann has all')
  await until(async () => (await bob.texts(ann)).length === 2 * each, 'bob has all')
  const { items, pages } = await exported(ann, bob)
  assert.ok(pages >= 2)
  const messages = items.flatMap((item) => (item.type === 'message' ? [item.message] : []))
  // As `history` shows them, nothing left out.
  assert.deepEqual(messages, await ann.node.history(bob.account, { limit: 1000 }))
  assert.deepEqual(words((await exported(bob, ann)).items), words(items))
})

test('an export is of the moment at which it began', async (t) => {
  const [ann, bob] = await friends(t)
  const MANY = EXPORT_PAGE_ENTRIES + 1
  await Promise.all(Array.from({ length: MANY }, (_, i) => ann.node.send(bob.account, `${i}`)))
  const first = await ann.node.exportPage(bob.account, {})
  assert.equal(first.items.length, EXPORT_PAGE_ENTRIES)
  assert.ok(first.next !== undefined)
  await ann.node.send(bob.account, 'written meanwhile')
  const rest = await ann.node.exportPage(bob.account, { cursor: first.next })
  assert.deepEqual(words(rest.items), [`${MANY - 1}`])
  assert.equal(rest.next, undefined)
  assert.deepEqual(
    first.members.map(({ name, own }) => [name, own]),
    [
      ['ann', true],
      ['bob', false],
    ],
  )
})

test('only what was sent in a stretch of time comes, whatever stands around it', async (t) => {
  let passedMs = 0
  const [ann, bob] = await friends(t, { now: () => 1_000_000 + passedMs })
  for (const text of ['a', 'b', 'c', 'd']) {
    await ann.node.send(bob.account, text)
    passedMs += 1000
  }
  const between = { sinceMs: 1_001_000, untilMs: 1_003_000 }
  assert.deepEqual(words((await exported(ann, bob, between)).items), ['b', 'c'])
  assert.deepEqual(words((await exported(ann, bob, { sinceMs: 1_002_500 })).items), ['d'])
})

test('a cursor that no export answered is refused', async (t) => {
  const [ann, bob] = await friends(t)
  for (const cursor of [
    '',
    'x',
    'a.1.2.3.4.5',
    `${'0'.repeat(52)}.0.1.1.1.0`,
    '9'.repeat(600_000),
  ]) {
    await assert.rejects(ann.node.exportPage(bob.account, { cursor }), { code: 'bad_input' })
  }
  const nothing = await ann.node.exportPage(bob.account, {})
  assert.deepEqual([nothing.items, nothing.next], [[], undefined])
})

test('what the disk does not give is said in its place, and the rest comes', async (t) => {
  const [ann, bob] = await friends(t)
  for (const text of ['a', 'b', 'c']) await ann.node.send(bob.account, text)
  await until(async () => (await bob.texts(ann)).length === 3, 'bob has them')
  await bob.node.send(ann.account, 'd')
  await until(async () => (await ann.texts(bob)).length === 4, 'ann has the answer')
  const { conversation } = ann.node.contacts()[0] ?? assert.fail()
  const device = ann.node.sync()[0]?.devices.find(({ name }) => name === 'you')?.device
  assert.ok(device)
  await ann.stop()
  const key = runKey(logIdOf({ conversation, device }), 2)
  await tamper(ann.database, (level) => flip(level, key))
  await ann.start()
  const { items } = await exported(ann, bob)
  assert.deepEqual(words(items), ['a', 'ann unreadable 2-2', 'c', 'd'])
})

test('what waits, and what only others have, is said behind the end of its log', async (t) => {
  const [ann, bob] = await friends(t)
  for (const text of ['a', 'b', 'c']) await ann.node.send(bob.account, text)
  const { ledger, conversations, history, messages, init, self } = partsOf(ann)
  const id = messages.resolve(bob.account)
  const [known] = messages.sync(id)
  assert.ok(known)
  // Of Ann's log two are shown, a third waits, and somebody told of two more; of another none is.
  const devices = known.devices.flatMap((one) => {
    if (one.name === 'you') return [{ ...one, shown: 2, have: 3, known: 5 }]
    return [{ ...one, shown: 0, have: 0, known: 4 }]
  })
  const sync = () => [{ ...known, devices }]
  const about = { store: init.store, me: self.account, ledger, conversations, history }
  const exporter = new Exporter({ ...about, messages: { resolve: () => id, sync } })
  const { items, next } = await exporter.page('bob', {})
  assert.equal(next, undefined)
  assert.deepEqual(words(items), [
    'bob missing 1-4',
    'a',
    'b',
    'ann waiting 3-3',
    'ann missing 4-5',
  ])
})
