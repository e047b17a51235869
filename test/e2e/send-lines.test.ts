// `send` at the end of a pipe: each line a message, in order, for as long as there are any.
import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { test, type TestContext } from 'node:test'

import type { Message } from '../../src/api/client.ts'
import { TEXT_BYTES_MAX } from '../../src/core/limits.ts'
import { introduce, Person, waitUntil } from './harness.ts'

interface Sent {
  readonly line: number
  readonly id: string
  readonly state: string
}

async function friends(t: TestContext): Promise<[alice: Person, bob: Person]> {
  const [alice, bob] = [await Person.create(t, 'alice'), await Person.create(t, 'bob')]
  await alice.start()
  await introduce(alice, bob, await bob.start('--accept', 'auto'))
  return [alice, bob]
}

function sentIn(stdout: string): Sent[] {
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Sent)
}

async function textsOf(alice: Person): Promise<string[]> {
  const messages = await alice.json<Message[]>('history', '@bob', '--limit', '1000')
  return messages.map(({ text }) => text)
}

test('each line is a message, all in order, and the end waits for the last one', async (t) => {
  const [alice, bob] = await friends(t)
  const lines = Array.from({ length: 900 }, (_, i) => `line ${i + 1} é🐟`)
  const input = `${lines.join('\n')}\n\n  \r\nlast\r\n`
  const args = ['--json', 'send', '@bob', '--wait', 'delivered']
  const { code, stdout, stderr } = await alice.run(args, { input })
  assert.deepEqual([code, stderr], [0, ''])
  const sent = sentIn(stdout)
  assert.deepEqual(
    sent.map(({ line }) => line),
    [...lines.keys(), 902].map((at) => at + 1),
  )
  assert.equal(sent.at(-1)?.state, 'delivered')
  const arrived = await bob.json<Message[]>('history', '@alice', '--limit', '1000')
  assert.deepEqual(
    arrived.map(({ text }) => text),
    [...lines, 'last'],
  )
  assert.deepEqual(
    arrived.map(({ id }) => id),
    sent.map(({ id }) => id),
  )
  // The last one's state is that which was waited for also in words.
  const plain = await alice.run(['send', '@bob', '--wait', 'delivered'], { input: 'a\nb' })
  assert.match(plain.stdout, /^\S+ \S+\ndelivered \S+\n$/)
})

test('a bad line is named, the others are sent, and the end is 1', async (t) => {
  const [alice] = await friends(t)
  const tooLong = 'x'.repeat(TEXT_BYTES_MAX + 1)
  const input = Buffer.concat([
    Buffer.from('one\n'),
    Buffer.from([0x63, 0xe9, 0x0a]),
    Buffer.from(`three\n${tooLong}\n${tooLong.slice(1)}\r\n`),
  ])
  const json = await alice.run(['--json', 'send', '@bob'], { input })
  assert.equal(json.code, 1)
  assert.deepEqual(
    sentIn(json.stdout).map(({ line }) => line),
    [1, 3, 5],
  )
  const errors = json.stderr.trimEnd().split('\n')
  assert.deepEqual(
    errors.map((line) => (JSON.parse(line) as { error: object }).error),
    [
      { code: 'text_not_utf8', message: 'line 2 is not UTF-8' },
      { code: 'text_too_long', message: 'line 4 is longer than 32,768 bytes' },
    ],
  )
  assert.deepEqual(await textsOf(alice), ['one', 'three', tooLong.slice(1)])
  const plain = await alice.run(['send', '@bob'], { input: Buffer.from([0xff]) })
  assert.deepEqual([plain.code, plain.stderr], [1, 'tidings: line 1 is not UTF-8\n'])
})

test('--file sends all of it as one message, of a file or of standard input', async (t) => {
  const [alice, bob] = await friends(t)
  const file = path.join(alice.home, 'notes.txt')
  await writeFile(file, '\ufeffone\n\n  two\n')
  await alice.json('send', '@bob', '--file', file)
  const { id } = sentIn((await alice.run(['--json', 'send', '@bob'], { input: 'x' })).stdout)[0]!
  const reply = ['--json', 'send', '@bob', '--file', '-', '--reply', id, '--wait', 'delivered']
  const { code, stderr } = await alice.run(reply, { input: 'a\nb\n' })
  assert.equal(code, 0, stderr)
  const messages = await bob.json<Message[]>('history', '@alice')
  assert.deepEqual(
    messages.map(({ text, replyTo }) => [text, replyTo?.id]),
    [
      ['one\n\n  two', undefined],
      ['x', undefined],
      ['a\nb', id],
    ],
  )
})

test('the last line not delivered in time is exit 5, and all are kept', async (t) => {
  const [alice, bob] = await friends(t)
  await bob.json('stop')
  const args = ['--json', 'send', '@bob', '--wait', 'delivered', '--timeout', '0.2']
  const { code, stdout, stderr } = await alice.run(args, { input: 'one\ntwo\n' })
  assert.equal(code, 5)
  assert.deepEqual(
    sentIn(stdout).map(({ state }) => state),
    ['queued', 'queued'],
  )
  assert.match(stderr, /^\{"error":\{"code":"not_delivered"/)
})

/** `send`, at a pipe that stays open, once the first line is reported. */
async function sending(alice: Person, ...args: string[]): Promise<ChildProcess> {
  const child = alice.spawn(['--json', 'send', '@bob', ...args])
  child.stdin?.write('one\n')
  assert.ok(child.stdout)
  await once(child.stdout, 'data')
  return child
}

interface End {
  readonly code: number | null
  readonly stdout: string
  readonly error: { readonly code: string; readonly message: string }
}

async function endOf(child: ChildProcess): Promise<End> {
  assert.ok(child.stdout && child.stderr)
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number | null]>,
  ])
  const { error } = JSON.parse(stderr) as End
  return { code, stdout, error }
}

test('a line is sent when it is there, and Ctrl+C ends with what was accepted', async (t) => {
  const [alice] = await friends(t)
  const child = await sending(alice)
  const ending = endOf(child)
  child.stdin?.write('two\nthree')
  await waitUntil(async () => (await textsOf(alice)).length === 2, 'two are sent')
  child.kill('SIGINT')
  const { code, stdout, error } = await ending
  assert.deepEqual([code, error.code], [130, 'interrupted'])
  assert.equal(error.message, 'interrupted; messages sent: 2')
  assert.deepEqual(
    sentIn(stdout).map(({ line }) => line),
    [2],
  )
  assert.deepEqual(await textsOf(alice), ['one', 'two'])
})

test('with --wait, Ctrl+C still reports the newest', async (t) => {
  const [alice] = await friends(t)
  const child = alice.spawn(['--json', 'send', '@bob', '--wait', 'delivered'])
  child.stdin?.write('one\n')
  const ending = endOf(child)
  await waitUntil(async () => (await textsOf(alice)).length === 1, 'it is sent')
  child.kill('SIGINT')
  const { code, stdout } = await ending
  assert.deepEqual([code, sentIn(stdout).length], [130, 1])
})

test('a node that stops ends it at once, and says how far it came', async (t) => {
  const [alice] = await friends(t)
  const child = await sending(alice)
  const ending = endOf(child)
  await alice.json('stop')
  const { code, error } = await ending
  assert.deepEqual([code, error.code], [3, 'no_daemon'])
  assert.match(error.message, /; messages sent: 1$/)
})

test('a reader that has seen enough does not end the sending', async (t) => {
  const [alice] = await friends(t)
  const child = alice.spawn(['send', '@bob'])
  const exit = once(child, 'exit')
  child.stdout?.destroy()
  child.stdin?.end('one\ntwo\nthree\n')
  assert.deepEqual(await exit, [0, null])
  assert.deepEqual(await textsOf(alice), ['one', 'two', 'three'])
})
