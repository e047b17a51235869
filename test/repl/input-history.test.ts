import assert from 'node:assert/strict'
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, test } from 'node:test'

import { InputHistory } from '../../src/repl/input-history.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'tidings-history-'))
after(() => rmSync(folder, { recursive: true }))

function history(name: string, more: { linesMax?: number; wordlessOnly?: boolean } = {}) {
  const troubles: string[] = []
  const file = path.join(folder, name, 'history')
  const onTrouble = (message: string): unknown => troubles.push(message)
  const init = { linesMax: 10, wordlessOnly: false, onTrouble, ...more }
  return { file, troubles, input: new InputHistory(file, init) }
}

test('lines come back newest first, in a file of its owner alone', async () => {
  const { file, input } = history('plain')
  assert.deepEqual(await input.load(), [])
  for (const line of ['one', 'two', 'two', '', ' secret', 'three']) input.add(line)
  await input.flushed()
  assert.deepEqual(await history('plain').input.load(), ['three', 'two', 'one'])
  assert.equal(statSync(file).mode & 0o777, 0o600)
  assert.equal(statSync(path.dirname(file)).mode & 0o777, 0o700)
})

test('a text of several lines is one line of the file, as in older versions', async () => {
  const { file, input } = history('several')
  const typed = ['one\n\n  two', 'a sign: ␤, \n␤\n', '\ttab']
  for (const line of typed) input.add(line)
  await input.flushed()
  assert.equal(readFileSync(file, 'utf8').split('\n').length, 4)
  appendFileSync(file, 'old␤lines\n')
  assert.deepEqual(await history('several').input.load(), ['old\nlines', ...typed.toReversed()])
  const cut = history('several', { linesMax: 3 })
  await cut.input.load()
  await cut.input.flushed()
  const kept = ['old\nlines', ...typed.toReversed()].slice(0, 3)
  assert.deepEqual(await history('several').input.load(), kept)
})

test('two screens lose none of each other, and a long file is cut to its bound', async () => {
  const first = history('two')
  const second = history('two')
  for (let n = 0; n < 10; n++) {
    first.input.add(`first ${n}`)
    await first.input.flushed()
    second.input.add(`second ${n}`)
    await second.input.flushed()
  }
  const third = history('two')
  const lines = await third.input.load()
  assert.equal(lines.length, 10)
  assert.equal(lines[0], 'second 9')
  await third.input.flushed()
  assert.equal(readFileSync(third.file, 'utf8').split('\n').length, 11)
  assert.equal(statSync(third.file).mode & 0o777, 0o600)
})

test('of a profile with a password no words of messages are written down', async () => {
  const { file, input } = history('sealed', { wordlessOnly: true })
  const typed = ['a secret', '/whois bob', '//a secret', '@bob a secret']
  for (const line of [...typed, '/add bob --message "a secret"']) input.add(line)
  for (const name of ['reply', 'reply ^2', 'me', 'edit', 'rename bob', 'group topic #crew']) {
    input.add(`/${name} a secret`)
  }
  for (const name of ['search', 'archive show bob --search=a', 'rpely', 'quit']) {
    input.add(`/${name} secret`)
  }
  for (const line of ['/status', '/history bob --limit 5', '/delete ^2']) input.add(line)
  await input.flushed()
  const kept = '/whois bob\n/status\n/history bob --limit 5\n/delete ^2\n'
  assert.equal(readFileSync(file, 'utf8'), kept)
})

test('once a profile has a password, words from before it are forgotten', async () => {
  const before = history('sealed later')
  const typed = ['a secret', '/whois bob', '@bob a secret', '/reply a secret']
  for (const line of typed) before.input.add(line)
  await before.input.flushed()
  const after = history('sealed later', { wordlessOnly: true })
  assert.deepEqual(await after.input.load(), ['/whois bob'])
  await after.input.flushed()
  assert.equal(readFileSync(after.file, 'utf8'), '/whois bob\n')
})

test('a file that cannot be written is told once and stops nobody', async () => {
  const { input, troubles } = history('plain/history')
  input.add('one')
  input.add('two')
  await input.flushed()
  assert.equal(troubles.length, 1)
  writeFileSync(path.join(folder, 'x'), '')
})
