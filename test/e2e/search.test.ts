// Search as people and scripts have it: real processes, results a line each, and the way to the
// place of one.
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'

import type { Group } from '../../src/api/shapes-group.ts'
import type { Found, Message } from '../../src/api/shapes.ts'
import { assertRefused, introduce, Person, waitUntil } from './harness.ts'

async function talk(t: TestContext): Promise<[Person, Person]> {
  const [alice, bob] = [await Person.create(t, 'alice'), await Person.create(t, 'bob')]
  await alice.start()
  await introduce(alice, bob, await bob.start('--accept', 'auto'))
  for (const text of ['Is the valve in the Pump Room open?', 'at the café', 'valve 2 too?']) {
    await alice.json('send', '@bob', text, '--wait', 'delivered')
  }
  await bob.json('send', '@alice', 'Both VALVES are open', '--wait', 'delivered')
  return [alice, bob]
}

async function find(who: Person, ...args: string[]): Promise<Found[]> {
  const { code, stdout, stderr } = await who.run(['--json', 'search', ...args])
  assert.equal(code, 0, stderr)
  const lines = stdout.split('\n').filter((line) => line !== '')
  return lines.map((line) => JSON.parse(line) as Found)
}

const texts = (found: readonly { text: string }[]): string[] => found.map(({ text }) => text)

test('results are one object a line, newest first; history shows the place of one', async (t) => {
  const [alice, bob] = await talk(t)
  const found = await find(alice, 'valve')
  assert.deepEqual(texts(found), [
    'Both VALVES are open',
    'valve 2 too?',
    'Is the valve in the Pump Room open?',
  ])
  assert.deepEqual(
    found.map(({ conversationName, own }) => [conversationName, own]),
    [
      ['bob', false],
      ['bob', true],
      ['bob', true],
    ],
  )
  assert.deepEqual(texts(await find(alice, 'pump room')), [found[2]?.text], 'one word to the shell')
  assert.deepEqual(texts(await find(alice, 'room', 'pump')), [found[2]?.text])
  assert.deepEqual(texts(await find(alice, 'room pump')), [])
  assert.deepEqual(texts(await find(alice, 'CAFE')), ['at the café'])
  assert.deepEqual(texts(await find(alice, 'valve', '--from', 'me', '--limit', '1')), [
    'valve 2 too?',
  ])
  assert.deepEqual(texts(await find(alice, 'valve', '--in', '@bob', '--from', 'bob')), [
    found[0]?.text,
  ])
  assert.deepEqual(texts(await find(alice, 'valve', '--since', '1h')), texts(found))
  assert.deepEqual(texts(await find(alice, 'valve', '--since', '9999-01-01')), [])
  assert.deepEqual(texts(await find(alice, 'valve', '--before', found[1]?.id ?? '')), [
    found[2]?.text,
  ])
  assert.deepEqual(texts(await find(bob, 'valve')), texts(found), 'the same for both')

  const id = found[1]?.id ?? ''
  const page = await alice.json<Message[]>('history', '@bob', '--around', id, '--limit', '3')
  assert.deepEqual(texts(page), ['at the café', 'valve 2 too?', 'Both VALVES are open'])
})

test('in groups too; what was edited is found as it is now, what was deleted is not', async (t) => {
  const [alice, bob] = await talk(t)
  await alice.json('group', 'create', 'pump crew')
  await alice.json('group', 'invite', '#pump crew', 'bob')
  const isIn = async (): Promise<boolean> =>
    (await bob.json<Group[]>('group', 'list'))[0]?.state === 'joined'
  await waitUntil(isIn, 'bob has joined')
  const { id } = await bob.json<Message>('send', '#pump crew', 'a third valve')
  const here = (...words: string[]) => find(alice, ...words, '--in', '#pump crew')
  await waitUntil(async () => (await here('valve')).length === 1, 'alice has it')
  const [found] = await find(alice, 'valve')
  assert.deepEqual([found?.id, found?.conversationName], [id, '#pump crew'])
  assert.equal((await find(alice, 'valve', '--in', '@bob')).length, 3)
  assert.match((await alice.run(['search', 'third'])).stdout, /a third valve\n {4}in #pump crew, /)
  const page = await alice.json<Message[]>('history', '#pump crew', '--around', id, '--limit', '3')
  assert.ok(page.some((message) => message.id === id))
  const { code, stdout, stderr } = await alice.run(['repl'], {
    input: '#pump crew\n/search third\n/jump 1\n/search valve --in "#pump crew"\n',
  })
  assert.equal(code, 0, stderr)
  assert.match(stdout, /^Result 1, [-\d]{10} [:\d]{5} bob in #pump crew: a third valve$/m)
  const [, around = ''] = stdout.split(/^Around what bob wrote in #pump crew\.$/m)
  assert.match(around, /^\d\d:\d\d bob: a third valve$/m)
  assert.equal(stdout.match(/1 message found\./g)?.length, 2)

  await bob.json('edit', id, 'a third pump')
  await waitUntil(async () => (await here('pump')).length === 1, 'alice has the other words')
  assert.deepEqual(await here('valve'), [])
  const [edited] = await here('third')
  assert.deepEqual([edited?.id, edited?.text, edited?.edited], [id, 'a third pump', true])
  await bob.json('delete', id)
  await waitUntil(async () => (await here('pump')).length === 0, 'it is gone for alice')
  assert.deepEqual(await here('third'), [])
})

test('for people the place stands below each result, and what there is not is said', async (t) => {
  const [alice] = await talk(t)
  const two = await alice.run(['search', 'valve', '--limit', '2'])
  assert.equal(two.code, 0)
  assert.match(
    two.stdout,
    /^[-\d]{10} [:\d]{5} {2}bob: Both VALVES are open\n {4}in bob, \w{26}-1\n.*alice: valve 2/,
  )
  assert.match(two.stderr, /There may be more: --before \w{26}-3\n$/)
  const none = await alice.run(['search', 'xylophone'])
  assert.deepEqual([none.code, none.stdout, none.stderr], [0, '', 'Nothing was found.\n'])
})

test('a day begins where the person is, not where the node runs', async (t) => {
  const alice = await Person.create(t, 'alice')
  await alice.start()
  const bob = await Person.create(t, 'bob')
  await introduce(alice, bob, await bob.start('--accept', 'auto'))
  await alice.json('send', '@bob', 'valve')
  const { sentAt } = (await find(alice, 'valve'))[0] ?? assert.fail('it is found')
  const zones = ['Pacific/Kiritimati', 'Pacific/Pago_Pago']
  for (const TZ of zones) {
    const day = new Intl.DateTimeFormat('sv-SE', { timeZone: TZ }).format(new Date(sentAt))
    const clock = { timeZone: TZ, hour: '2-digit', minute: '2-digit' } as const
    const time = new Intl.DateTimeFormat('sv-SE', clock).format(new Date(sentAt))
    const later = new Intl.DateTimeFormat('sv-SE', clock).format(new Date(Date.parse(sentAt) + 6e4))
    const count = async (since: string): Promise<number> => {
      const args = ['--json', 'search', 'valve', '--since', since]
      const { stdout } = await alice.run(args, { env: { TZ } })
      return stdout.split('\n').length - 1
    }
    assert.equal(await count(day), 1)
    assert.equal(await count(`${day}T${time}`), 1)
    if (later > time) assert.equal(await count(`${day}T${later}`), 0)
  }
})

test('what cannot be looked for has codes of its own, and changes nothing', async (t) => {
  const [alice] = await talk(t)
  for (const [args, code, exit, message] of [
    [['""'], 'query_empty', 2, /words/],
    [[' '], 'query_empty', 2, /words/],
    [['x'.repeat(1025)], 'query_too_long', 2, /1024/],
    [['valve', '--since', '2026-02-30'], 'bad_date', 2, /2026-02-30/],
    [['valve', '--since', 'lately'], 'bad_date', 2, /lately/],
    [['valve', '--in', '@nobody'], 'unknown_name', 1, /nobody/],
    [['valve', '--from', 'nobody'], 'unknown_name', 1, /nobody/],
    [['valve', '--before', `${'0'.repeat(26)}-1`], 'unknown_message', 1, /this id/],
    [['valve', '--before', 'x'], 'bad_input', 2, /message id/],
    [['valve', '--limit', '0'], 'bad_input', 2, /at least 1/],
  ] as const) {
    await assertRefused(alice, ['search', ...args], { exit, code, message })
  }
  const history = ['history', '@bob', '--limit', '1', '--around']
  const unknown = { exit: 1, code: 'unknown_message' }
  await assertRefused(alice, [...history, `${'0'.repeat(26)}-1`], unknown)
  const { id } = (await find(alice, 'café'))[0] ?? assert.fail('it is found')
  const both = { exit: 2, code: 'bad_input', message: /exclude/ }
  await assertRefused(alice, [...history, id, '--before', id], both)
})

test('a node that was killed finds what it found before', async (t) => {
  const alice = await Person.create(t, 'alice')
  const bob = await Person.create(t, 'bob')
  await alice.start()
  await introduce(alice, bob, await bob.start('--accept', 'auto'))
  const client = await alice.connect(t)
  for (let i = 0; i < 100; i++) await client.send({ to: '@bob', text: `xylophone ${i}` })
  await waitUntil(async () => (await find(bob, 'xylophone 99')).length === 1, 'bob has all')
  const { pid } = await alice.json<{ pid: number }>('status')
  process.kill(pid, 'SIGKILL')
  await waitUntil(async () => (await alice.run(['status'])).code === 3, 'it is gone')
  await alice.start()
  assert.equal((await find(alice, 'xylophone', '--limit', '1000')).length, 100)
})
