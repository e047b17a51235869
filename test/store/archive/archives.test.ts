// Archives: taken whole or not at all, from files that may hold anything.
import assert from 'node:assert/strict'
import { readdir, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { test, type TestContext } from 'node:test'

import * as fc from 'fast-check'

import {
  ARCHIVE_LINE_BYTES_MAX,
  ARCHIVE_PAGE_BYTES,
  DISK_FLOOR_BYTES,
  RESERVE_BYTES,
} from '../../../src/core/limits.ts'
import { silentLogger } from '../../../src/core/logger.ts'
import { Archives } from '../../../src/store/archive/archives.ts'
import type { LevelStore } from '../../../src/store/store-level.ts'
import type { Batch, Store } from '../../../src/store/store.ts'
import { open, openNew, random, temporaryFolder } from '../samples.ts'

const ANN = '0'.repeat(52)
const BOB = '1'.repeat(51) + '0'
const TALK = '2'.repeat(51) + '0'
const TAG = 'a'.repeat(26)
const NEVER = new AbortController().signal

const HEADER = {
  type: 'header',
  format: 'tidings-conversation',
  version: '1.0',
  conversation: TALK,
  name: 'bob',
  members: [
    { account: ANN, name: 'ann', own: true },
    { account: BOB, name: 'bob', own: false },
  ],
  exportedAt: '2026-05-04T12:00:00.000Z',
}

function message(seq: number, text = `text ${seq}`, more: object = {}) {
  return {
    id: `${TAG}-${seq}`,
    conversation: TALK,
    author: seq % 2 === 0 ? ANN : BOB,
    authorName: seq % 2 === 0 ? 'ann' : 'bob',
    own: seq % 2 === 0,
    seq,
    sentAt: new Date(1_700_000_000_000 + seq).toISOString(),
    kind: 'text',
    text,
    ...more,
  }
}

const GAP = { type: 'gap', reason: 'missing', author: BOB, authorName: 'bob', first: 3, last: 9 }

function archives(store: Store): Archives {
  return new Archives({ store, log: silentLogger, now: () => 1_800_000_000_000, random })
}

async function file(t: TestContext, lines: readonly (object | string)[]): Promise<string> {
  const name = path.join(await temporaryFolder(t), 'export.jsonl')
  const text = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line)))
  await writeFile(name, text.map((line) => `${line}\n`).join(''))
  return name
}

async function texts(shelf: Archives, options: object = {}): Promise<string[]> {
  const { items } = await shelf.show('bob', { limit: 1000, ...options }, NEVER)
  return items.map((item) => (item.type === 'message' ? item.message.text : item.reason))
}

/** Records of archives and their pages, of whatever state. */
async function kept(store: LevelStore): Promise<number> {
  return (await store.all('archive')).length + (await store.all('archived')).length
}

test('an archive is listed, shown page by page, searched and removed', async (t) => {
  const { store, directory } = await openNew(t)
  const shelf = archives(store)
  const MANY = 5000
  const lines = Array.from({ length: MANY }, (_, i) => message(i + 1))
  const from = await file(t, [HEADER, ...lines, GAP, message(MANY + 1, 'The Valve, at last')])
  const made = await shelf.add(from, undefined, NEVER)
  assert.deepEqual([made.name, made.messages, made.lines], ['bob', MANY + 1, MANY + 2])
  assert.equal(made.firstSentAt, lines[0]?.sentAt)
  assert.deepEqual(shelf.list(), [made])
  assert.deepEqual(await texts(shelf, { limit: 3 }), [
    `text ${MANY}`,
    'missing',
    'The Valve, at last',
  ])
  assert.deepEqual(await texts(shelf, { limit: 2, before: 3 }), ['text 1', 'text 2'])
  assert.deepEqual(await texts(shelf, { before: 1 }), [])
  assert.deepEqual(await texts(shelf, { limit: 2, before: 2500 }), ['text 2498', 'text 2499'])
  assert.deepEqual(await texts(shelf, { search: 'vALVE' }), ['The Valve, at last'])
  assert.deepEqual(await texts(shelf, { search: 'text 17', limit: 1, before: 171 }), ['text 170'])

  // The same after a restart, and then it leaves nothing.
  await store.close()
  const again = await open(directory)
  t.after(() => again.close())
  const later = archives(again)
  await later.load()
  assert.deepEqual(later.list(), [made])
  assert.equal((await texts(later)).length, 1000)
  await later.remove('bob')
  assert.deepEqual(later.list(), [])
  assert.equal(await kept(again), 0)
  await assert.rejects(later.show('bob', { limit: 1 }, NEVER), { code: 'unknown_archive' })
  await assert.rejects(later.remove('bob'), { code: 'unknown_archive' })
})

test('pages are bounded whatever their lines are made of', async (t) => {
  const { store } = await openNew(t)
  const shelf = archives(store)
  const accounts = Array.from({ length: 1000 }, () => ANN)
  const reactions = ['👍', '😀'].map((emoji) => ({ emoji, accounts, mine: false }))
  const lines = Array.from({ length: 40 }, (_, i) => message(i + 1, 'hi', { reactions }))
  await shelf.add(await file(t, [HEADER, ...lines]), undefined, NEVER)
  for (const [, page] of await store.all('archived')) {
    const { length } = JSON.stringify(page)
    assert.ok(length <= ARCHIVE_PAGE_BYTES + ARCHIVE_LINE_BYTES_MAX, `a page of ${length}`)
  }
  assert.equal((await texts(shelf)).length, 40)
})

test('a file of a newer minor version is taken, without what is not known here', async (t) => {
  const { store } = await openNew(t)
  const shelf = archives(store)
  const newer = { ...HEADER, version: '1.7', later: { deep: [1] } }
  const lines = [message(1, 'hi', { later: [1] }), { type: 'later', x: 1 }, message(2, 'you')]
  await shelf.add(await file(t, [newer, ...lines]), undefined, NEVER)
  const { items } = await shelf.show('bob', { limit: 9 }, NEVER)
  assert.deepEqual(
    items.map(({ number }) => number),
    [1, 2],
  )
  assert.ok(items.every((item) => item.type === 'message' && !('later' in item.message)))
})

test('whatever is wrong is refused with the number of its line, and nothing is kept', async (t) => {
  const { store } = await openNew(t)
  const shelf = archives(store)
  const good = message(1)
  const cases: readonly [lines: readonly (object | string)[], code: string, words: RegExp][] = [
    [[], 'archive_invalid', /line 1: the file is empty/],
    [['{"kind":"text"}'], 'archive_invalid', /line 1: this is no exported conversation/],
    [[{ ...HEADER, version: '2.0' }], 'archive_newer', /format 2\.0/],
    [[{ ...HEADER, version: '1' }], 'archive_invalid', /line 1: "version"/],
    [
      [{ ...HEADER, members: [{ account: 'x', name: 'x', own: true }] }],
      'archive_invalid',
      /members/,
    ],
    [[HEADER, HEADER], 'archive_invalid', /line 2/],
    [[HEADER, good, '{"id":'], 'archive_invalid', /line 3: this is not JSON/],
    [[HEADER, good, ''], 'archive_invalid', /line 3/],
    [[HEADER, '[]'], 'archive_invalid', /line 2: this is no JSON object/],
    [[HEADER, good, { ...good, text: undefined }], 'archive_invalid', /line 3: "text" is missing/],
    [[HEADER, { ...good, seq: 0 }], 'archive_invalid', /"seq"/],
    [[HEADER, { ...good, id: '../../x-1' }], 'archive_invalid', /"id" is no message id/],
    [
      [HEADER, { ...good, sentAt: '2026-13-77T99:00:00Z' }],
      'archive_invalid',
      /"sentAt" is no time/,
    ],
    [[HEADER, { ...good, conversation: ANN }], 'archive_invalid', /of another conversation/],
    [[HEADER, { ...good, text: 'x'.repeat(70_000) }], 'archive_invalid', /"text"/],
    [[HEADER, '{"a":"\\ud800"}'.replace('a', 'text')], 'archive_invalid', /line 2/],
    [[HEADER, { ...GAP, first: 9, last: 3 }], 'archive_invalid', /gap/],
    [[HEADER, { type: 'later' }], 'archive_invalid', /neither a message nor a gap/],
    [[HEADER, `"${'x'.repeat(ARCHIVE_LINE_BYTES_MAX)}"`], 'archive_invalid', /line 2: .* bytes/],
  ]
  for (const [lines, code, words] of cases) {
    await assert.rejects(shelf.add(await file(t, lines), undefined, NEVER), {
      code,
      message: words,
    })
  }
  const folder = await temporaryFolder(t)
  await assert.rejects(shelf.add(folder, undefined, NEVER), { code: 'file_unusable' })
  const notUtf8 = path.join(folder, 'x')
  await writeFile(notUtf8, Buffer.from([...Buffer.from(JSON.stringify(HEADER)), 0x0a, 0xff, 0x0a]))
  const refused = { code: 'archive_invalid', message: /line 2: this is not UTF-8/ }
  await assert.rejects(shelf.add(notUtf8, undefined, NEVER), refused)

  const from = await file(t, [HEADER, good])
  await assert.rejects(shelf.add(from, 'a\u001bb', NEVER), { code: 'bad_name' })
  const hidden = await file(t, [{ ...HEADER, name: 'a\u202eb' }, good])
  await assert.rejects(shelf.add(hidden, undefined, NEVER), { code: 'bad_name' })
  assert.equal(await kept(store), 0)
  await shelf.add(from, undefined, NEVER)
  await assert.rejects(shelf.add(from, undefined, NEVER), { code: 'archive_exists' })
  assert.equal((await shelf.add(from, 'another', NEVER)).name, 'another')
})

test('random lines are either taken or refused by a line number', async (t) => {
  const { store } = await openNew(t)
  const shelf = archives(store)
  let taken = 0
  const line = fc.oneof(
    fc.json(),
    fc
      .record(
        Object.fromEntries(
          Object.entries(message(1)).map(([key, value]) => {
            return [key, fc.oneof({ weight: 30, arbitrary: fc.constant(value) }, fc.jsonValue())]
          }),
        ),
      )
      .map((value) => JSON.stringify(value)),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 3 }), async (lines) => {
      const from = await file(t, [HEADER, ...lines])
      try {
        await shelf.add(from, undefined, NEVER)
        taken += 1
        assert.equal((await texts(shelf)).length, lines.length)
        await shelf.remove('bob')
      } catch (error) {
        assert.equal((error as { code?: string }).code, 'archive_invalid')
        assert.match((error as Error).message, /^line \d+: /)
      }
      assert.equal(await kept(store), 0)
    }),
    { numRuns: 80 },
  )
  assert.ok(taken > 0 && taken < 80, `${taken} taken`)
})

/** A store that fails, or whose process ends, at one of its commits. */
function failingAt(store: LevelStore, commit: number): LevelStore {
  let commits = 0
  return new Proxy(store, {
    get(target, name) {
      if (name !== 'commit') {
        const value: unknown = Reflect.get(target, name, target)
        return typeof value === 'function' ? (value.bind(target) as unknown) : value
      }
      return (batch: Batch) => {
        commits += 1
        if (commits >= commit) return Promise.reject(new Error('the process ended here'))
        return target.commit(batch)
      }
    },
  })
}

test('wherever an import or a removal ends, the archive is whole or gone after it', async (t) => {
  const { store } = await openNew(t)
  const lines = Array.from({ length: 4000 }, (_, i) => message(i + 1, 'x'.repeat(300)))
  const from = await file(t, [HEADER, ...lines])
  let whole = 0
  for (let commit = 1; whole === 0; commit++) {
    await archives(failingAt(store, commit))
      .add(from, undefined, NEVER)
      .catch((error: unknown) => assert.match(String(error), /ended here/))
    const later = archives(store)
    await later.load()
    whole = later.list().length
    if (whole === 0) assert.equal(await kept(store), 0, `at ${commit}`)
    assert.ok(commit < 20)
    if (whole > 0) assert.ok(commit > 4, 'it was written in several batches')
  }
  let gone = false
  for (let commit = 1; !gone; commit++) {
    const shelf = archives(failingAt(store, commit))
    await shelf.load()
    await shelf.remove('bob').catch((error: unknown) => assert.match(String(error), /ended here/))
    const later = archives(store)
    await later.load()
    gone = later.list().length === 0
    if (gone) assert.equal(await kept(store), 0)
    else assert.equal((await texts(later)).length, 1000)
  }
})

test('a file that went through a program of Windows is taken', async (t) => {
  const { store } = await openNew(t)
  const shelf = archives(store)
  const lines = [HEADER, message(1, '\ufeffone'), message(2)].map((line) => JSON.stringify(line))
  const from = await file(t, [])
  await writeFile(from, `\ufeff${lines.join('\r\n')}\r\n`)
  await shelf.add(from, undefined, NEVER)
  assert.deepEqual(await texts(shelf), ['\ufeffone', 'text 2'])
  await writeFile(from, `${lines[0]}\n\ufeff${lines[1]}\n`)
  await assert.rejects(shelf.add(from, 'b', NEVER), { code: 'archive_invalid', message: /line 2/ })
})

test('an import leaves room on the disk, or is refused and leaves nothing', async (t) => {
  const { store } = await openNew(t)
  const lines = Array.from({ length: 4000 }, (_, i) => message(i + 1, 'x'.repeat(300)))
  const from = await file(t, [HEADER, ...lines])
  const sizeBytes = 2 ** 40
  let looks = 0
  const shelf = (freeBytes: (look: number) => number): Archives => {
    const disk = () => Promise.resolve({ freeBytes: freeBytes(looks++), sizeBytes })
    return new Archives({ store, log: silentLogger, now: Date.now, random, disk })
  }
  const { size } = await stat(from)
  const enough = DISK_FLOOR_BYTES + 2 * RESERVE_BYTES + size
  await assert.rejects(shelf(() => enough - 1).add(from, 'a', NEVER), { code: 'disk_full' })
  assert.equal(looks, 1)
  // Others write meanwhile.
  const filling = shelf((look) => (look < 4 ? enough : DISK_FLOOR_BYTES))
  looks = 0
  await assert.rejects(filling.add(from, 'a', NEVER), { code: 'disk_full' })
  assert.ok(looks >= 4, `${looks} looks`)
  assert.equal(await kept(store), 0)
  await shelf(() => enough).add(from, 'a', NEVER)
})

test('one import at a time, and one that is given up leaves nothing', async (t) => {
  const { store } = await openNew(t)
  const shelf = archives(store)
  const lines = Array.from({ length: 3000 }, (_, i) => message(i + 1))
  const from = await file(t, [HEADER, ...lines])
  const abort = new AbortController()
  const first = shelf.add(from, undefined, abort.signal)
  await assert.rejects(shelf.add(from, 'second', NEVER), { code: 'too_busy' })
  abort.abort()
  await assert.rejects(first, { code: 'interrupted' })
  assert.equal(await kept(store), 0)
})

async function tables(directory: string): Promise<number> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.ldb'))
  const sizes = names.map(async (name) => (await stat(path.join(directory, name))).size)
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
}

test('the room of an archive that was removed is there again', async (t) => {
  const { store, directory } = await openNew(t)
  const shelf = archives(store)
  const text = (): string => Buffer.from(random(3000)).toString('base64')
  const lines = Array.from({ length: 4000 }, (_, i) => message(i + 1, text()))
  const from = await file(t, [HEADER, ...lines])
  await shelf.add(from, undefined, NEVER)
  assert.ok((await tables(directory)) > 16e6)
  await shelf.remove('bob')
  const left = await tables(directory)
  assert.ok(left < 8e6, `${left} bytes are left`)
})
