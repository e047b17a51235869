// Odd but allowed: what people type and set up that a program easily trips over.
import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { test } from 'node:test'

import type { Contact, Message } from '../../src/api/client.ts'
import { assertRefused, introduce, Person } from './harness.ts'

test('a text arrives as it was given, whatever it begins with or holds', async (t) => {
  const [alice, bob] = [await Person.create(t, 'alice'), await Person.create(t, 'bob')]
  await alice.start()
  await introduce(alice, bob, await bob.start('--accept', 'auto'))
  const words = ['--json', '-5 degrees', '/quit', '//', '@bob', '  two  ', 'é🐟 שלום', '"q" \'q\'']
  for (const text of words) await alice.json('send', '@bob', '--', text)
  const input = ['a\0b', 'line\r\nline', '\n\nx\n', 'x'.repeat(32_768)]
  for (const text of input) {
    const { code, stderr } = await alice.run(['send', '@bob', '--file', '-'], {
      input: `${text}\n`,
    })
    assert.equal(code, 0, stderr)
  }
  await alice.json('send', '@bob', 'last', '--wait', 'delivered')
  const messages = await bob.json<Message[]>('history', '@alice')
  assert.deepEqual(
    messages.map(({ text }) => text),
    [...words, ...input, 'last'],
  )
  const { stdout } = await bob.run(['history', '@alice'])
  assert.match(stdout, /alice: a\\x00b$/m)
})

test('two profiles of one home run side by side, each with its own keys and people', async (t) => {
  const alice = await Person.create(t, 'alice')
  const work = alice.beside('Alice at work')
  const [mine, theirs] = [await alice.start(), await work.start('--accept', 'auto')]
  assert.notEqual(mine.account, theirs.account)
  await introduce(alice, work, theirs)
  const [contact] = await work.json<Contact[]>('contacts')
  assert.deepEqual([contact?.name, contact?.account], ['alice', mine.account])
  await alice.json('stop')
  assert.equal((await work.json('status'))['name'], 'Alice at work')
})

test('a home with a long name, spaces and quotes works, its socket beside the path', async (t) => {
  const alice = await Person.create(t, 'alice')
  const person = alice.beside('alice', `it's a "home" ${'x'.repeat(150)}`)
  await mkdir(person.home)
  await writeFile(path.join(person.home, 'config.toml'), '[mdns]\nenabled = false\n')
  const { account } = await person.start()
  assert.equal((await person.json('whoami'))['account'], account)
})

test('a new password waits for the node to stop, and holds from the next start on', async (t) => {
  const alice = await Person.create(t, 'alice')
  const file = path.join(alice.home, 'password')
  await writeFile(file, 'correct horse\n')
  const { account } = await alice.start()
  const change = ['profile', 'passwd', '--new-password-file', file]
  await assertRefused(alice, change, { exit: 1, code: 'already_running' })
  assert.equal((await alice.json('whoami'))['account'], account)
  await alice.json('stop')
  await alice.json(...change)
  assert.equal((await alice.run(['start', '--detach', '--no-input'])).code, 4)
  assert.equal((await alice.start('--password-file', file)).account, account)
})
