// Finding messages at the prompt: numbered results, and the way to the place of one.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, afterEach, beforeEach, test } from 'node:test'

import { type Client, connect } from '../../src/api/client.ts'
import { readArguments } from '../../src/repl/arguments.ts'
import { complete } from '../../src/repl/complete.ts'
import { Directory } from '../../src/repl/directory.ts'
import { requireCommand } from '../../src/repl/help.ts'
import { Session } from '../../src/repl/session.ts'
import { Paper } from './paper.ts'
import { accountId, contact, group, message, surroundings } from './people.ts'
import { CREW, SELF, StandIn } from './stand-in.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'tidings-search-'))
const bob = contact('bob')
const melanie = contact('Melanie Lab', { account: accountId('melanie') })
const directory = new Directory()
directory.setContacts([bob, melanie])

let standIn: StandIn
let client: Client
let session: Session
let open: (interactive: boolean) => Promise<void>
let paper: Paper
let started = 0

beforeEach(async () => {
  const socketPath = path.join(folder, `${++started}.sock`)
  standIn = new StandIn(socketPath, [bob, melanie])
  await standIn.start()
  client = await connect({ socketPath })
  const screen = (paper = new Paper({ columns: 80, color: false, unicode: true, timeZone: 'UTC' }))
  const now = (): Date => new Date('2025-06-03T14:02:00Z')
  const leave = async (): Promise<void> => {}
  const components = { screen, directory, client: () => client, now, leave }
  open = async (interactive) => {
    session = new Session(components, { interactive })
    await session.attached()
  }
  await open(false)
})
afterEach(async () => {
  session.stop()
  await client.close()
  await standIn.stop()
})
after(() => rmSync(folder, { recursive: true }))

async function type(...typed: string[]): Promise<string[]> {
  paper.lines.length = 0
  for (const line of typed) session.typed(line)
  await session.settled()
  return [...paper.lines]
}

const at = (minute: number) => ({
  sentAt: `2025-06-0${1 + (minute % 3)}T09:${10 + minute}:00.000Z`,
})

test('results have numbers and times, newest first, and /jump shows the place', async () => {
  for (let i = 0; i < 30; i++) {
    standIn.receive(bob, i % 10 === 4 ? `the valve ${i}` : `straw ${i}`, at(i))
  }
  standIn.receive(melanie, 'a valve too', at(40))
  assert.deepEqual(await type('/search valve'), [
    '[1] 2025-06-02 09:50 @Melanie Lab: a valve too',
    '[2] 2025-06-01 09:34 @bob: the valve 24',
    '[3] 2025-06-03 09:24 @bob: the valve 14',
    '[4] 2025-06-02 09:14 @bob: the valve 4',
    '4 messages found. /jump NUMBER shows what was said around one.',
  ])
  const around = await type('/jump 3')
  assert.match(around[0] ?? '', /^── around what @bob wrote ─/)
  const texts = around.flatMap((line) => /bob: (.*)/.exec(line)?.[1] ?? [])
  assert.deepEqual(texts, [
    ...Array.from({ length: 5 }, (_, i) => `straw ${9 + i}`),
    'the valve 14',
    ...Array.from({ length: 5 }, (_, i) => `straw ${15 + i}`),
  ])
  assert.deepEqual(await type('/jump 5', '/jump x', '/jump'), [
    '! there is no result "5"; /search numbers what it finds',
    '! there is no result "x"; /search numbers what it finds',
    '! /jump: NUMBER is missing. Usage: /jump NUMBER',
  ])
})

test('what was said in a group is found, there alone if wanted, with its place', async () => {
  standIn.receive(bob, 'a valve between us', at(0))
  for (let i = 1; i < 21; i++) {
    const who = i % 10 === 5 ? { own: true, author: SELF, authorName: 'ann' } : {}
    const text = i % 5 === 0 ? `the valve ${i}` : `straw ${i}`
    standIn.receive(bob, text, { conversation: CREW, ...at(i), ...who })
  }
  const all = await type('/search valve')
  assert.deepEqual(all.slice(0, -1), [
    '[1] 2025-06-03 09:30 #crew bob: the valve 20',
    '[2] 2025-06-01 09:25 you to #crew: the valve 15',
    '[3] 2025-06-02 09:20 #crew bob: the valve 10',
    '[4] 2025-06-03 09:15 you to #crew: the valve 5',
    '[5] 2025-06-01 09:10 @bob: a valve between us',
  ])
  await type('/search valve --in "#crew"')
  assert.deepEqual(await type('/search valve --in #crew'), [
    ...all.slice(0, 4),
    '4 messages found. /jump NUMBER shows what was said around one.',
  ])
  assert.deepEqual(
    standIn.searches.map((asked) => asked.in),
    [undefined, CREW, CREW],
  )
  for (const before of ['/close', '#crew']) {
    await type(before)
    const [head = '', ...around] = await type('/jump 3')
    assert.match(head, /^── around what bob wrote in #crew ─/)
    const texts = around.flatMap((line) => /(?:bob|you): (.*)/.exec(line)?.[1] ?? [])
    assert.deepEqual([texts[0], texts[5], texts.length], ['the valve 5', 'the valve 10', 11])
  }
  assert.match((await type('/jump 2'))[0] ?? '', /^── around what you wrote in #crew ─/)
  const { id } = standIn.messages[10] ?? assert.fail('it was received')
  const here = await type(`/history --around ${id} --limit 3`)
  assert.ok(
    here.some((line) => line.endsWith('bob: the valve 10')),
    'in the open group',
  )
})

test('a message is found as it is now, and not once it is deleted', async () => {
  const { id } = standIn.receive(bob, 'the valve', at(1))
  standIn.changed(id, 'edited', { text: 'the pump', edited: true }, { by: bob })
  assert.deepEqual(await type('/search valve'), ['Nothing was found.'])
  const [found] = await type('/search pump')
  assert.equal(found, '[1] 2025-06-02 09:11 @bob: the pump  (edited)')
  standIn.changed(id, 'deleted', { text: '', deleted: true }, { by: bob })
  assert.deepEqual(await type('/search pump'), ['Nothing was found.'])
})

test('a conversation that is not known here has the name that the node gives it', async () => {
  standIn.receive(bob, 'the valve', { conversation: 'x'.repeat(52), ...at(1) })
  const [found] = await type('/search valve')
  assert.equal(found, '[1] 2025-06-02 09:11 bob (somebody): the valve')
  assert.match((await type('/jump 1'))[0] ?? '', /^── around what bob wrote in somebody ─/)
})

test('nothing, too many, and what is refused are said', async () => {
  for (let i = 0; i < 3; i++) standIn.receive(bob, `valve ${i}`, at(i))
  assert.deepEqual(await type('/search xylophone'), ['Nothing was found.'])
  const two = await type('/search valve --limit 2')
  assert.match(two.at(-1) ?? '', /^The newest 2 are shown; --limit shows more\./)
  assert.deepEqual(await type('/search ""', '/search valve --since lately', '/search'), [
    '! say which words to look for',
    '! "lately" is no date such as 2026-11-20 or 2026-11-20T14:30, and no span such as 7d or 12h',
    '! /search: QUERY is missing. Usage: /search QUERY [--in TEXT] [--from TEXT] [--since TEXT] ' +
      '[--before TEXT] [--limit N]',
  ])
})

const until = async (ready: () => boolean): Promise<void> => {
  while (!ready()) await new Promise((resolve) => setTimeout(resolve, 5))
}

test('a search that goes on ends with the screen', async () => {
  session.typed('/search forever')
  await until(() => standIn.searches.length === 1)
  const before = paper.lines.length
  session.stop()
  await until(() => standIn.abandoned === 1)
  await session.settled()
  assert.equal(paper.lines.length, before, 'nothing is said of what was given up')
})

test('on a terminal a search holds nothing up, and ends with the next one', async () => {
  await open(true)
  const { text } = standIn.receive(bob, 'the valve', at(1))
  session.typed('/search forever')
  await until(() => standIn.searches.length === 1)
  assert.ok((await type('/history bob')).some((line) => line.endsWith(text)))
  session.typed('/search valve')
  await until(() => standIn.abandoned === 1 && paper.lines.some((line) => line.startsWith('[1]')))
})

test('phrases keep their quotation marks, people become accounts, "me" stays me', () => {
  const read = (rest: string) =>
    readArguments(requireCommand('search'), rest, { directory, open: undefined })
  assert.deepEqual(read('"pump room" valve'), { query: '"pump room" valve' })
  assert.deepEqual(read('valve --in bob --from "Melanie Lab" --since 7d --limit 5'), {
    query: 'valve',
    in: bob.account,
    from: melanie.account,
    since: '7d',
    limit: 5,
  })
  // Melanie begins so too.
  for (const me of ['me', '@me', 'Me']) {
    assert.deepEqual(read(`valve --from ${me}`), { query: 'valve', from: 'me' })
  }
  assert.deepEqual(read('valve --from mel'), { query: 'valve', from: melanie.account })
})

test('a moment is meant where the screen is', async () => {
  await type('/search valve --since 2h', '/search valve --since 2025-06-03T10:00+02:00')
  assert.deepEqual(
    standIn.searches.map(({ since }) => since),
    ['2025-06-03T12:02:00.000Z', '2025-06-03T08:00:00.000Z'],
  )
})

test('Tab completes the options and whom they take', () => {
  const at = (before: string, where = directory): [string[], string] => {
    const { hits, replaces } = complete(before, surroundings(where))
    return [hits.map(({ text }) => text), replaces]
  }
  const hits = (before: string): string[] => at(before)[0]
  const groups = new Directory()
  groups.groups.set([group('crew', CREW), group('Pump room', 'p'.repeat(52))])
  assert.deepEqual(hits('/search valve --f'), ['--from '])
  assert.deepEqual(at('/search valve --in b'), [['bob '], 'b'])
  assert.deepEqual(at('/search valve --in "Mel'), [['"Melanie Lab" '], '"Mel'])
  assert.deepEqual(hits('/search valve --from m'), ['me ', '"Melanie Lab" '])
  assert.deepEqual(hits('/search valve --from @b'), ['@bob '])
  assert.deepEqual(at('/search valve --in #C', groups), [['#crew '], '#C'])
  assert.deepEqual(at('/search valve --in #p', groups), [['"#Pump room" '], '#p'])
  assert.deepEqual(at('/search valve --in "#Pump r', groups), [['"#Pump room" '], '"#Pump r'])
  const room = readArguments(requireCommand('search'), 'valve --in "#pump room"', {
    directory: groups,
    open: undefined,
  })
  assert.deepEqual(room, { query: 'valve', in: 'p'.repeat(52) })
  assert.deepEqual(hits('/search valve --since b'), [])
  assert.deepEqual(hits('/search b'), [])
})

test('/earlier and /later go on from what was shown last, however far', async () => {
  for (let i = 1; i <= 60; i++) standIn.messages.push(message(bob, i, `number ${i}`))
  const numbers = async (...typed: string[]): Promise<string> => {
    const shown = (await type(...typed)).flatMap((line) => /number (\d+)/.exec(line)?.[1] ?? [])
    return `${shown[0]} to ${shown.at(-1)}`
  }
  assert.deepEqual(await type('/earlier'), ['! Nothing was shown yet; @name or #name opens one.'])
  assert.equal(await numbers('@bob'), '46 to 60')
  assert.equal(await numbers('/earlier'), '26 to 45')
  assert.equal(await numbers('/pins', '/earlier --limit 24'), '2 to 25')
  assert.equal(await numbers('/later --limit 3'), '26 to 28')
  assert.equal(await numbers('/search "number 10"', '/jump 1', '/later'), '10 to 35')
  assert.equal(await numbers('/history --limit 60'), '1 to 60')
  assert.deepEqual(await type('/earlier'), ['There are no earlier messages.'])
  standIn.receive(bob, 'number 61')
  assert.equal(await numbers('@bob', '/later', '/earlier'), '47 to 46')
  const wrong = await type('/later --limit some', '/later 5')
  assert.match(wrong.join(), /--limit wants a number.*nothing is known to do with "5"/)
})
