// Exports, archives and disappearing messages as people use them: real processes, real files.
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import type { Message } from '../../src/api/shapes.ts'
import { assertRefused, introduce, Person, waitUntil } from './harness.ts'

const BIG = 100_000

interface Archive {
  readonly name: string
  readonly messages: number
}

async function two(t: Parameters<typeof Person.create>[0]): Promise<[Person, Person]> {
  const [alice, bob] = [await Person.create(t, 'alice'), await Person.create(t, 'bob')]
  await alice.start()
  await introduce(alice, bob, await bob.start('--accept', 'auto'))
  return [alice, bob]
}

test('a conversation goes out as history shows it, and comes back as an archive', async (t) => {
  const [alice, bob] = await two(t)
  for (const text of ['Lunch?', 'two\nlines', '# no heading']) await alice.json('send', 'bob', text)
  await waitUntil(async () => (await bob.json<object[]>('history', 'alice')).length === 3, 'here')
  const history = await bob.json<Message[]>('history', 'alice')

  const { stdout, code } = await bob.run(['export', '@alice'])
  assert.equal(code, 0)
  const [header, ...messages] = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as object)
  assert.deepEqual(messages, history)
  assert.equal((header as { format: string }).format, 'tidings-conversation')
  const { stdout: plain } = await bob.run(['export', '@alice', '--format', 'text'])
  assert.equal(plain, (await bob.run(['history', '@alice'])).stdout)
  const { stdout: marked } = await bob.run(['export', '@alice', '--format', 'markdown'])
  assert.match(marked, /\*\*alice:\*\* \\# no heading\n/)
  const { stdout: later } = await bob.run(['export', '@alice', '--since', '2100-01-01'])
  assert.equal(later.trimEnd().split('\n').length, 1)
  const today = new Date().toISOString()
  const { stdout: now } = await bob.run(['export', '@alice', '--until', today, '--format', 'text'])
  assert.equal(now, plain)

  const file = path.join(bob.home, 'alice.jsonl')
  const written = await bob.json('export', '@alice', '--output', file)
  assert.deepEqual(written, { file, bytes: statSync(file).size, messages: 3, missing: 0 })
  assert.equal(statSync(file).mode & 0o777, 0o600)
  const exists = { exit: 1, code: 'file_exists', message: /--force/ }
  await assertRefused(bob, ['export', '@alice', '--output', file], exists)
  writeFileSync(file, 'old')
  await bob.json('export', '@alice', '--output', file, '--force')
  assert.equal(statSync(file).mode & 0o777, 0o600)

  // In somebody else's profile, who was not there.
  const carol = await Person.create(t, 'carol')
  await carol.start()
  const imported = await carol.json<Archive>('archive', 'import', file)
  assert.deepEqual([imported.name, imported.messages], ['alice', 3])
  await carol.json('archive', 'import', file, '--name', 'a copy')
  const listed = await carol.json<Archive[]>('archive', 'list')
  assert.deepEqual(
    listed.map(({ name }) => name),
    ['a copy', 'alice'],
  )
  const shown = await carol.run(['archive', 'show', 'alice', '--limit', '2'])
  assert.match(shown.stdout, /nothing proves what it says/)
  assert.match(shown.stdout, /\n +2 {2}.* alice: two\n {12}lines\n +3 {2}.* alice: # no heading\n$/)
  const searched = await carol.run(['archive', 'show', 'alice', '--search', 'LUNCH'])
  assert.match(searched.stdout, /\n +1 {2}.* alice: Lunch\?\n$/)
  await carol.json('stop')
  await carol.start()
  assert.equal((await carol.json<Archive[]>('archive', 'list')).length, 2)
  await carol.json('archive', 'remove', 'a copy')
  assert.equal((await carol.json<Archive[]>('archive', 'list')).length, 1)
  assert.deepEqual(await carol.json('conversations'), [])
  const none = { exit: 1, code: 'unknown_archive' }
  await assertRefused(carol, ['archive', 'show', 'a copy'], none)
  await assertRefused(carol, ['archive', 'remove', 'a copy'], none)
  await assertRefused(carol, ['archive', 'import', file], { exit: 1, code: 'archive_exists' })
})

test('an export and an import that are wrong leave nothing', async (t) => {
  const [alice] = await two(t)
  await alice.json('send', 'bob', 'hi')
  const file = path.join(alice.home, 'bob.jsonl')
  const to = ['export', '@bob', '--output', file]
  for (const [args, refusal] of [
    [[...to, '--since', 'yesterday'], { exit: 2, code: 'bad_input', message: /2026-05-04/ }],
    [[...to, '--until', '2026-02-30'], { exit: 2, code: 'bad_input', message: /--until/ }],
    [[...to, '--format', 'pdf'], { exit: 2, code: 'bad_input', message: /markdown/ }],
    [['export', '@nobody', '--output', file], { exit: 1, code: 'unknown_name' }],
    [['export', '@bob', '--output', '/nowhere/x'], { exit: 1, code: 'file_unusable' }],
    [['disappear', '@bob', 'soon'], { exit: 2, code: 'bad_input', message: /30m, 8h or 7d/ }],
    [['disappear', '@bob', '2000d'], { exit: 2, code: 'bad_input' }],
    [['disappear', '@nobody', '1d'], { exit: 1, code: 'unknown_name' }],
    [['archive', 'import', '/nowhere/x'], { exit: 1, code: 'file_unusable' }],
  ] as const) {
    await assertRefused(alice, args, refusal)
  }
  assert.ok(!existsSync(file))
  await alice.json(...to)
  const text = readFileSync(file, 'utf8')
  const bad = path.join(alice.home, 'bad.jsonl')
  writeFileSync(bad, text.replace('"kind":"text"', '"kind":7'))
  const invalid = { exit: 1, code: 'archive_invalid', message: /line 2: "kind"/ }
  await assertRefused(alice, ['archive', 'import', bad], invalid)
  writeFileSync(bad, text.replace('"version":"1.', '"version":"9.'))
  await assertRefused(alice, ['archive', 'import', bad], { exit: 1, code: 'archive_newer' })
  assert.deepEqual(await alice.json('archive', 'list'), [])
})

test('an export that is interrupted leaves no file, a killed import no half archive', async (t) => {
  const alice = await Person.create(t, 'alice')
  const { child, ready } = await alice.foreground()
  const file = path.join(alice.home, 'big.jsonl')
  writeFileSync(file, big(ready.account))
  const importing = alice.run(['--json', 'archive', 'import', file])
  await sleep(700)
  child.kill('SIGKILL')
  await importing
  await alice.start()
  // How far it came depends on the machine: it is whole, or there is nothing of it.
  const [found] = await alice.json<Archive[]>('archive', 'list')
  if (!found) await alice.json('archive', 'import', file)
  else assert.equal(found.messages, BIG)

  const bob = await Person.create(t, 'bob')
  await introduce(alice, bob, await bob.start('--accept', 'auto'))
  const client = await alice.connect(t)
  for (let i = 0; i < 8; i++) {
    const sends = Array.from({ length: 2000 }, (_, n) => client.send({ to: 'bob', text: `m ${n}` }))
    await Promise.all(sends)
  }
  const target = path.join(alice.home, 'bob.jsonl')
  const exporting = alice.spawn(['export', '@bob', '--output', target])
  const isBegun = (): boolean => beside(target).length > 0
  await waitUntil(isBegun, 'it writes')
  exporting.kill('SIGINT')
  const code = await new Promise((resolve) => exporting.on('exit', resolve))
  assert.equal(code, 130)
  assert.deepEqual(beside(target), [])
})

/** What lies in the folder under the name of a file, or one made of it. */
function beside(file: string): string[] {
  return readdirSync(path.dirname(file)).filter((name) => name.startsWith(path.basename(file)))
}

/** An export of some 60 MB. */
function big(account: string): string {
  const ids = { conversation: account, author: account, authorName: 'alice', own: true }
  const what = { format: 'tidings-conversation', version: '1.0', conversation: account }
  const whose = { name: 'alice', members: [], exportedAt: '2026-05-04T12:00:00Z' }
  const header = { type: 'header', ...what, ...whose }
  const text = 'x'.repeat(300)
  const lines = Array.from({ length: BIG }, (_, i) => {
    const id = `${'a'.repeat(26)}-${i + 1}`
    const when = { seq: i + 1, sentAt: '2026-05-04T12:00:00Z' }
    return JSON.stringify({ id, ...ids, ...when, kind: 'text', text })
  })
  return `${JSON.stringify(header)}\n${lines.join('\n')}\n`
}

test('messages disappear on both sides, the setting is an event in the history', async (t) => {
  const [alice, bob] = await two(t)
  const set = await alice.run(['disappear', '@bob', '2s'])
  assert.equal(set.stdout, 'New messages here disappear after 2 seconds, set by alice.\n')
  await alice.json('send', 'bob', 'a secret', '--wait', 'delivered')
  const texts = async (who: Person, other: string): Promise<string[]> => {
    return (await who.json<Message[]>('history', other)).map(({ text }) => text)
  }
  assert.deepEqual(await texts(bob, '@alice'), ['', 'a secret'])
  await sleep(2200)
  assert.deepEqual(await texts(bob, '@alice'), [''])
  assert.deepEqual(await texts(alice, '@bob'), [''])
  assert.match(
    (await bob.run(['history', '@alice'])).stdout,
    /^\S+ \S+ {2}alice set messages to disappear after 2 seconds\n$/,
  )
  assert.doesNotMatch((await bob.run(['export', '@alice'])).stdout, /a secret/)
  const off = await bob.json<{ seconds: number }>('disappear', '@alice', 'off')
  assert.equal(off.seconds, 0)
  await waitUntil(async () => {
    return (await alice.json<{ seconds: number }>('disappear', '@bob')).seconds === 0
  }, 'alice sees it')
})

test('at the prompt archives are imported, shown and removed as on the command line', async (t) => {
  const [alice, bob] = await two(t)
  await alice.json('send', 'bob', 'Lunch?')
  const file = path.join(alice.home, 'bob chat.jsonl')
  await alice.json('export', 'bob', '--output', file)
  const lines = [
    `/archive import "${file}" --name copy`,
    '/archive list',
    '/archive show copy --search lunch',
    '/archive remove copy',
    '/archive list',
    '',
  ]
  const { code, stdout, stderr } = await bob.run(['repl'], { input: lines.join('\n') })
  assert.equal(code, 0, stderr)
  assert.equal(stdout.match(/copy: 1 messages/g)?.length, 3)
  assert.match(stdout, /nothing proves what it says/)
  assert.match(stdout, /^ +1 {2}.* alice: Lunch\?$/m)
  assert.match(stdout, /^No archives\./m)
  const again = await bob.run(['repl'], {
    input: '/archive show copy\n/archive import\n/archive\n',
  })
  assert.equal(again.code, 1)
  assert.match(again.stderr, /there is no archive copy/)
  assert.match(again.stderr, /FILE is missing/)
  assert.match(again.stderr, /\/help archive lists what there is/)
})
