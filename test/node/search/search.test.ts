// Finding messages again, on real nodes: what is found, in which order, and what is read for it.
import assert from 'node:assert/strict'
import { cp, rm } from 'node:fs/promises'
import { test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { isTidingsError } from '../../../src/core/errors.ts'
import {
  SEARCH_CHUNK_ENTRIES as CHUNK,
  SEARCH_INDEX_DELAY_MS,
  SEARCHES_MAX,
} from '../../../src/core/limits.ts'
import type { FoundView, SearchOptions } from '../../../src/node/search/search-types.ts'
import { filterKey, logIdOf, runKey, tagRange } from '../../../src/store/keys.ts'
import type { LevelStore } from '../../../src/store/store-level.ts'
import { flip, tamper } from '../../store/repair/tamper.ts'
import { friends, type Options, type Person, person, until } from '../nodes.ts'

const refuses = (code: string) => (error: unknown) => isTidingsError(error) && error.code === code

async function search(
  who: Person,
  query: string,
  options: Partial<SearchOptions> = {},
): Promise<FoundView[]> {
  const found = await who.node.search({ query, limit: 1000, ...options })
  const views: FoundView[] = []
  for await (const view of found.results(new AbortController().signal)) views.push(view)
  return views
}

const texts = async (...given: Parameters<typeof search>): Promise<string[]> =>
  (await search(...given)).map(({ text }) => text)

/** A clock that goes on by a second with each look. */
function clock(): () => number {
  let nowMs = Date.parse('2026-11-20T12:00:00Z')
  return () => (nowMs += 1000)
}

/** Ann with two contacts, and a conversation with each. */
async function three(t: TestContext): Promise<[Person, Person, Person]> {
  const now = clock()
  const [ann, bob] = await friends(t, { now })
  const carol = await person(t, 'carol', { accept: 'auto', now })
  await ann.add(carol)
  await until(() => ann.online(carol) && carol.online(ann), 'they are online')
  return [ann, bob, carol]
}

async function say(from: Person, to: Person, text: string): Promise<void> {
  const { id } = await from.node.send(to.account, text)
  await from.node.waitFor(id, 'delivered', AbortSignal.timeout(10_000))
}

test('what has all words is found everywhere, newest first', async (t) => {
  const [ann, bob, carol] = await three(t)
  await say(ann, bob, 'Is the valve in the Pump Room open?')
  await say(carol, ann, 'The VALVE is at the café')
  await say(bob, ann, 'no valve here')
  await say(ann, carol, 'which pump?')
  await say(bob, ann, 'The pump-room valve!')

  assert.deepEqual(await texts(ann, 'valve'), [
    'The pump-room valve!',
    'no valve here',
    'The VALVE is at the café',
    'Is the valve in the Pump Room open?',
  ])
  assert.deepEqual(await texts(ann, 'valve pump'), [
    'The pump-room valve!',
    'Is the valve in the Pump Room open?',
  ])
  assert.deepEqual(await texts(ann, '"pump room"'), ['Is the valve in the Pump Room open?'])
  assert.deepEqual(await texts(ann, 'alv CAFE'), ['The VALVE is at the café'])
  assert.deepEqual(await texts(ann, 'valves'), [])
  assert.deepEqual(await texts(bob, 'café'), [], 'a conversation is its members’ own')

  const [found] = await search(ann, 'cafe')
  assert.equal(found?.conversationName, 'carol')
  const [same] = await ann.node.history('carol', { limit: 1, before: (await last(ann, carol)).id })
  assert.deepEqual(found, { ...same, conversationName: 'carol' })
})

const last = async (who: Person, other: Person) => {
  const [message] = await who.node.history(other.account, { limit: 1 })
  return message ?? assert.fail('there is a message')
}

test('conversation, author, time and number narrow it down', async (t) => {
  const [ann, bob, carol] = await three(t)
  for (const [from, to] of [
    [ann, bob],
    [bob, ann],
    [carol, ann],
    [ann, carol],
  ] as const) {
    await say(from, to, `valve from ${from.name} to ${to.name}`)
  }
  const names = async (options: Partial<SearchOptions>): Promise<string[]> =>
    (await texts(ann, 'valve', options)).map((text) => text.replace('valve from ', ''))

  assert.deepEqual(await names({ in: 'bob' }), ['bob to ann', 'ann to bob'])
  assert.deepEqual(await names({ from: 'bob' }), ['bob to ann'])
  for (const me of ['me', '@me', 'ME', ann.account]) {
    assert.deepEqual(await names({ from: me }), ['ann to carol', 'ann to bob'])
  }
  assert.deepEqual(await names({ from: 'me', in: '@carol' }), ['ann to carol'])
  assert.deepEqual(await names({ limit: 3 }), ['ann to carol', 'carol to ann', 'bob to ann'])

  const [, third, second] = await search(ann, 'valve')
  assert.deepEqual(await names({ before: third?.id ?? '' }), ['bob to ann', 'ann to bob'])
  const sinceMs = second?.sentAtMs ?? NaN
  assert.deepEqual((await names({ sinceMs })).length, 3)
  assert.deepEqual(await names({ sinceMs: sinceMs + 1, limit: 1 }), ['ann to carol'])
  assert.deepEqual(await names({ sinceMs: sinceMs + 1e9 }), [])
})

test('a message is found by what it says now, and not once it is taken back', async (t) => {
  const [ann, bob] = await three(t)
  await say(ann, bob, 'the valve is open')
  await say(ann, bob, 'the valve is gone')
  await say(bob, ann, 'which valve?')
  const [opened] = await search(ann, 'open')
  const id = opened?.id ?? ''
  await ann.node.changes.edit(id, 'the hatch is open')
  assert.deepEqual(await texts(ann, 'hatch'), ['the hatch is open'])
  assert.deepEqual(await texts(ann, 'open'), ['the hatch is open'])
  assert.deepEqual((await search(ann, 'open'))[0]?.id, id)
  assert.deepEqual(await texts(ann, 'valve'), ['which valve?', 'the valve is gone'])
  await ann.node.changes.edit(id, 'the hatch is shut')
  assert.deepEqual(await texts(ann, 'open'), [])
  // It stands where it was edited last, and pages go on from there.
  const all = ['the hatch is shut', 'which valve?', 'the valve is gone']
  assert.deepEqual(await texts(ann, 'the', {}), [all[0], all[2]])
  assert.deepEqual(await texts(ann, 'the', { before: id }), [all[2]])
  const [gone] = await search(ann, 'gone')
  await ann.node.changes.delete(gone?.id ?? '')
  assert.deepEqual(await texts(ann, 'gone'), [])
  assert.deepEqual(await texts(ann, 'the', { limit: 1 }), ['the hatch is shut'])
  await until(async () => (await texts(bob, 'gone')).length === 0, 'bob does not find it either')
  assert.deepEqual(await texts(bob, 'hatch', { from: 'ann' }), ['the hatch is shut'])
})

test('what has disappeared is not found, nor does it take the place of what has not', async (t) => {
  const passing = { ms: 0 }
  const now = clock()
  const [ann, bob] = await friends(t, { now: () => now() + passing.ms })
  await say(ann, bob, 'valve one')
  await ann.node.disappear(bob.account, 3600)
  await say(ann, bob, 'valve two')
  assert.deepEqual(await texts(ann, 'valve'), ['valve two', 'valve one'])
  passing.ms = 2 * 3_600_000
  assert.deepEqual(await texts(ann, 'valve', { limit: 1 }), ['valve one'])
})

test('groups are searched like other conversations, by the name of any member', async (t) => {
  const [ann, bob, carol] = await three(t)
  await ann.node.groups.create('crew', {})
  for (const { name } of [bob, carol]) await ann.node.groups.invite('#crew', name)
  const all = async (): Promise<boolean> =>
    [bob, carol].every(({ node }) => node.groups.list().some(({ state }) => state === 'joined'))
  await until(all, 'all have joined')
  await bob.node.send('#crew', 'the valve of the crew')
  await until(async () => (await texts(carol, 'valve')).length === 1, 'carol has it')
  for (const options of [{ in: '#crew' }, { from: 'bob' }, { in: '#crew', from: '@bob' }]) {
    const [found] = await search(carol, 'valve', options)
    assert.deepEqual([found?.text, found?.conversationName], ['the valve of the crew', '#crew'])
  }
  assert.deepEqual(await texts(carol, 'valve', { in: '#crew', from: 'ann' }), [])
  await assert.rejects(search(carol, 'valve', { from: 'dan' }), refuses('unknown_name'))
})

test('what cannot be looked for is refused', async (t) => {
  const ann = await person(t, 'ann')
  const id = `${'0'.repeat(26)}-1`
  for (const [options, code] of [
    [{ query: ' ' }, 'query_empty'],
    [{ query: 'x'.repeat(1025) }, 'query_too_long'],
    [{ in: 'nobody' }, 'unknown_name'],
    [{ in: '#group' }, 'unknown_conversation'],
    [{ from: 'nobody' }, 'unknown_name'],
    [{ before: id }, 'unknown_message'],
    [{ before: 'yesterday' }, 'bad_input'],
  ] as const) {
    await assert.rejects(search(ann, 'x', options), refuses(code), code)
  }
  assert.deepEqual(await search(ann, 'x'), [])
})

test('a search that nobody follows any more ends, and only so many go on at once', async (t) => {
  const [ann, bob] = await friends(t)
  for (let i = 0; i < 5; i++) await ann.node.send('bob', `valve ${i}`)
  const options = { query: 'valve', limit: 10 }
  const abort = new AbortController()
  const seen: string[] = []
  const found = await ann.node.search(options)
  for await (const { text } of found.results(abort.signal)) {
    seen.push(text)
    abort.abort()
  }
  assert.deepEqual(seen, ['valve 4'])

  const never = new AbortController().signal
  const held = await Promise.all(
    Array.from({ length: SEARCHES_MAX }, async () => {
      const results = (await ann.node.search(options)).results(never)[Symbol.asyncIterator]()
      await results.next()
      return results
    }),
  )
  await assert.rejects(ann.node.search(options), refuses('too_busy'))
  await held[0]?.return?.()
  assert.equal((await search(ann, 'valve')).length, 5)
  for (const results of held) await results.return?.()
  assert.equal(await bob.node.search(options).then(({ words }) => words.join()), 'valve')
})

/** Ann's store as her node has it, and what is read of it. */
class Watched {
  store!: LevelStore
  /** Entries that were read. */
  read = 0

  readonly options: Options = {
    wrapStore: (store) => {
      this.store = store
      return new Proxy(store, {
        get: (target, name) => {
          const value: unknown = Reflect.get(target, name, target)
          if (typeof value !== 'function') return value
          return (...given: unknown[]): unknown => {
            if (name === 'readRuns') this.read += Number(given[3]) - Number(given[2]) + 1
            return Reflect.apply(value, target, given)
          }
        },
      })
    },
  }

  /** Resolves when the filters of the own log go at least that far. */
  async filtered(who: Person, other: Person, seq: number): Promise<void> {
    const log = await ownLog(who, other)
    await until(async () => {
      const [newest] = await this.store.filters.read(log, Number.MAX_SAFE_INTEGER, 1)
      return (newest?.last ?? 0) >= seq
    }, `there are filters up to ${seq}`)
  }
}

async function ownLog(who: Person, other: Person) {
  const report = who.node.sync(other.account)[0] ?? assert.fail('they talk')
  const own = report.devices.filter(({ account }) => account === who.account)
  const log = own.toSorted((a, b) => b.have - a.have)[0] ?? assert.fail('there is a log')
  return { conversation: report.conversation, device: log.device }
}

/** Ann with a contact, Bob, who is away. */
async function apart(t: TestContext, now: () => number): Promise<[Person, Person, Watched]> {
  const watched = new Watched()
  const bob = await person(t, 'bob', { accept: 'auto' })
  const ann = await person(t, 'ann', { ...watched.options, now })
  await ann.add(bob)
  await until(() => ann.online(bob) && bob.online(ann), 'they are online')
  await bob.stop()
  return [ann, bob, watched]
}

/** Ann away from Bob, with so many messages; every hundredth names its hundred. */
async function manyMessages(t: TestContext, count: number): Promise<[Person, Person, Watched]> {
  const [ann, bob, watched] = await apart(t, clock())
  await sendMany(ann, bob, 0, count - 1)
  // By itself: those that are sent at once are of one moment.
  await sendMany(ann, bob, count - 1, count)
  return [ann, bob, watched]
}

async function sendMany(ann: Person, bob: Person, from: number, to: number): Promise<void> {
  const text = (i: number): string =>
    i % 100 === 0 ? `needle${i / 100} in hay` : `straw number ${i}`
  for (let at = from; at < to; at += 200) {
    const size = Math.min(200, to - at)
    const all = Array.from({ length: size }, (_, i) => ann.node.send(bob.account, text(at + i)))
    await Promise.all(all)
  }
}

test('filters keep what cannot match from being read, also after a restart', async (t) => {
  const COUNT = 4 * CHUNK + 100
  const [ann, bob, watched] = await manyMessages(t, COUNT)
  const all = Array.from({ length: Math.ceil(COUNT / 100) }, (_, i) => `needle${i} in hay`)
  assert.deepEqual(await texts(ann, 'needle hay'), all.toReversed(), 'before there are any')
  await watched.filtered(ann, bob, COUNT)
  for (let time = 0; time < 2; time++) {
    watched.read = 0
    assert.deepEqual(await texts(ann, 'needle3'), ['needle3 in hay'])
    assert.ok(watched.read <= 2 * CHUNK, `${watched.read} entries were read`)
    watched.read = 0
    assert.deepEqual(await texts(ann, 'xylophone'), [])
    assert.equal(watched.read, 0)
    assert.deepEqual(await texts(ann, 'needle hay'), all.toReversed())
    // The first result costs what is newest, not what there is.
    watched.read = 0
    assert.deepEqual(await texts(ann, 'straw', { limit: 1 }), [`straw number ${COUNT - 1}`])
    assert.ok(watched.read <= CHUNK, `${watched.read} entries were read`)
    await ann.stop()
    await ann.start()
  }
  // What is newer than the filters is read, and gets its own once it is worth it.
  await sendMany(ann, bob, COUNT, COUNT + 30)
  assert.deepEqual(await texts(ann, `number ${COUNT + 29}`), [`straw number ${COUNT + 29}`])
  await sendMany(ann, bob, COUNT + 30, COUNT + 70)
  await watched.filtered(ann, bob, COUNT + 70)
})

test('a database without filters gets them; a missing or damaged one comes again', async (t) => {
  const COUNT = 3 * CHUNK + 70
  const [ann, bob, watched] = await manyMessages(t, COUNT)
  await watched.filtered(ann, bob, COUNT)
  const log = await ownLog(ann, bob)
  const id = logIdOf(log)
  const chunks = async (): Promise<number[]> =>
    (await watched.store.filters.read(log, 100, 100)).map(({ chunk }) => chunk)

  await ann.stop()
  await tamper(ann.database, (level) => level.clear(tagRange('filter')))
  await ann.start()
  await watched.filtered(ann, bob, COUNT)
  assert.deepEqual(await chunks(), [3, 2, 1, 0])

  await ann.stop()
  await tamper(ann.database, async (level) => {
    await level.del(filterKey(id, 1))
    await flip(level, filterKey(id, 2))
  })
  await ann.start()
  assert.deepEqual(await chunks(), [3, 0])
  // By then it has seen that there is nothing to do at the end.
  await sleep(2 * SEARCH_INDEX_DELAY_MS)
  assert.deepEqual(await texts(ann, 'needle7'), ['needle7 in hay'])
  await until(async () => (await chunks()).join() === '3,2,1,0', 'they are made again')
  watched.read = 0
  assert.deepEqual(await texts(ann, 'xylophone'), [])
  assert.equal(watched.read, 0)
})

test('what is damaged is told after all that can be found', async (t) => {
  const [ann, bob] = await manyMessages(t, 3 * CHUNK)
  const log = await ownLog(ann, bob)
  await ann.stop()
  const store = await ann.openStore()
  const run = await store.readRun(log.conversation, log.device, 700)
  await store.close()
  assert.ok(run)
  const key = runKey(logIdOf(log), run.first + run.entries.length - 1)
  await tamper(ann.database, (level) => flip(level, key))
  await ann.start()
  const found: string[] = []
  const { results } = await ann.node.search({ query: 'needle', limit: 1000 })
  const all = async (): Promise<void> => {
    for await (const { text } of results(new AbortController().signal)) found.push(text)
  }
  await assert.rejects(all(), refuses('database_damaged'))
  assert.equal(found[0], 'needle15 in hay')
  assert.equal(found.at(-1), 'needle0 in hay')
})

test('whatever the clocks said, results go by them, and pages give each result once', async (t) => {
  let nowMs = 0
  const [ann, bob, watched] = await apart(t, () => nowMs)
  const carol = await person(t, 'carol', { accept: 'auto' })
  await ann.add(carol)
  await until(() => ann.online(carol) && carol.online(ann), 'they are online')
  await carol.stop()
  const COUNT = 4 * CHUNK + 10
  const times: number[] = []
  for (let i = 0; i < COUNT; i++) {
    // To and fro over some days, now and then the same moment again.
    nowMs = 1_700_000_000_000 + ((i * 7919) % 400) * 60_000
    times.push(nowMs)
    await ann.node.send((i % 7 < 3 ? bob : carol).account, `valve ${i}`)
  }
  const wanted = times.toSorted((a, b) => b - a)
  for (const isFiltered of [false, true]) {
    if (isFiltered) await watched.filtered(ann, bob, CHUNK)
    if (isFiltered) await watched.filtered(ann, carol, 2 * CHUNK)
    const whole = await search(ann, 'valve', { limit: COUNT })
    assert.deepEqual(
      whole.map(({ sentAtMs }) => sentAtMs),
      wanted,
    )
    // Of one moment, too, there is one order: pages rely on it.
    const places = whole.map(({ sentAtMs, conversation, seq }) => ({ sentAtMs, conversation, seq }))
    const inOrder = places.toSorted((a, b) => {
      if (a.sentAtMs !== b.sentAtMs) return b.sentAtMs - a.sentAtMs
      if (a.conversation !== b.conversation) return a.conversation < b.conversation ? 1 : -1
      return b.seq - a.seq
    })
    assert.deepEqual(places, inOrder)
    const paged: FoundView[] = []
    for (;;) {
      const before = paged.at(-1)?.id
      const more = before === undefined ? {} : { before }
      const page = await search(ann, 'valve', { limit: 90, ...more })
      if (page.length === 0) break
      paged.push(...page)
    }
    assert.deepEqual(paged, whole)
  }
})

test('what was cut off an own log and written again elsewhere is found there, once', async (t) => {
  const watched = new Watched()
  const [ann, bob] = await friends(t, watched.options)
  await sendMany(ann, bob, 0, CHUNK)
  await until(async () => (await bob.texts(ann)).length === CHUNK, 'bob has all')
  await ann.stop()
  const copy = `${ann.database}.copy`
  await cp(ann.database, copy, { recursive: true })
  await ann.start()
  await say(ann, bob, 'needle of the one copy')
  await ann.stop()
  await bob.stop()
  await rm(ann.database, { recursive: true })
  await cp(copy, ann.database, { recursive: true })
  await ann.start()
  await ann.node.send('bob', 'needle of the other copy')
  for (let i = 0; i < 100; i++) await ann.node.send('bob', `needle again ${i}`)
  await watched.filtered(ann, bob, CHUNK + 100)
  await bob.start()
  await until(() => ann.events.some(({ type }) => type === 'fork'), 'ann goes on as another device')
  for (const who of [ann, bob]) {
    const all = (): Promise<string[]> => texts(who, 'copy')
    await until(async () => (await all()).length >= 2, 'both copies are found')
    const found = (await all()).toSorted()
    assert.deepEqual(found, ['needle of the one copy', 'needle of the other copy'])
    assert.equal((await texts(who, 'again')).length, 100)
  }
})

test('a page around a message has it in the midst, one after it begins there', async (t) => {
  const [ann, bob] = await friends(t)
  for (let i = 0; i < 30; i++) {
    await say(i % 3 === 0 ? bob : ann, i % 3 === 0 ? ann : bob, `${i}`)
    // Changes lie between the messages, and are none.
    const [last] = await ann.node.history('bob', { limit: 1 })
    if (i % 4 === 3) await ann.node.changes.react(last?.id ?? '', '👍')
  }
  const all = await ann.node.history('bob', { limit: 100 })
  const ids = all.map(({ id }) => id)
  const page = async (limit: number, where: object): Promise<string[]> =>
    (await ann.node.history('bob', { limit, ...where })).map(({ text }) => text)
  const numbers = (from: number, to: number): string[] =>
    Array.from({ length: to - from }, (_, i) => `${from + i}`)

  assert.deepEqual(await page(5, { around: ids[10] }), numbers(8, 13))
  assert.deepEqual(await page(4, { around: ids[10] }), numbers(8, 12))
  assert.deepEqual(await page(1, { around: ids[10] }), numbers(10, 11))
  assert.deepEqual(await page(5, { around: ids[1] }), numbers(0, 5), 'full also at the beginning')
  assert.deepEqual(await page(5, { around: ids[29] }), numbers(25, 30), 'and at the end')
  assert.deepEqual(await page(100, { around: ids[10] }), numbers(0, 30))
  assert.deepEqual(await page(4, { after: ids[10] }), numbers(11, 15))
  assert.deepEqual(await page(4, { after: ids[28] }), numbers(29, 30))
  assert.deepEqual(await page(4, { after: ids[29] }), [])
  assert.deepEqual(await page(4, { before: ids[10] }), numbers(6, 10))
  const both = ann.node.history('bob', { limit: 1, after: ids[1] ?? '', before: ids[5] ?? '' })
  await assert.rejects(both, refuses('bad_input'))
})
