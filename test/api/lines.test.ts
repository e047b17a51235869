import assert from 'node:assert/strict'
import { Duplex, PassThrough } from 'node:stream'
import { test } from 'node:test'

import { LineSocket } from '../../src/api/lines.ts'

const LIMITS = { lineBytesMax: 10, outboxBytesMax: 100 }

function listen(onLine: (text: string, lines: LineSocket) => void = () => {}) {
  const socket = new PassThrough()
  const heard: string[] = []
  const lines: LineSocket = new LineSocket(
    socket,
    {
      line: (text) => {
        heard.push(text)
        onLine(text, lines)
      },
      fault: (fault) => heard.push(`!${fault}`),
      ended: () => {},
      closed: () => heard.push('!closed'),
    },
    LIMITS,
  )
  const say = async (...chunks: (string | Uint8Array)[]): Promise<void> => {
    for (const chunk of chunks) {
      socket.write(chunk)
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  return { heard, lines, say, socket }
}

test('lines are put together however they are cut', async () => {
  const { heard, say } = listen()
  await say('one\ntw', 'o', '\nthr', 'ee\r\n', '\n\n', 'ü'.repeat(2), '\n')
  assert.deepEqual(heard, ['one', 'two', 'three', 'üü'])
})

test('a letter that is cut in two chunks is whole', async () => {
  const { heard, say } = listen()
  await say(Buffer.from([0xc3]), Buffer.from([0xbc, 0x0a]))
  assert.deepEqual(heard, ['ü'])
})

test('a line that is not UTF-8 is a fault, and the next one is heard', async () => {
  const { heard, say } = listen()
  await say(Buffer.from([0xff, 0x0a]), 'ok\n')
  assert.deepEqual(heard, ['!not_utf8', 'ok'])
})

test('a line may hold the sign that stands for what is not UTF-8', async () => {
  const { heard, say } = listen()
  await say('a\uFFFDb\n', Buffer.from([0x61, 0xff, 0x0a]))
  assert.deepEqual(heard, ['a\uFFFDb', '!not_utf8'])
})

test('what is sent in one turn leaves together, in order, and before the end', async () => {
  const chunks: string[] = []
  const write = (chunk: Buffer, _: unknown, done: () => void): void => {
    chunks.push(chunk.toString())
    done()
  }
  const socket = new Duplex({ read() {}, write })
  const handler = { line: () => {}, fault: () => {}, ended: () => {}, closed: () => {} }
  const lines = new LineSocket(socket, handler, LIMITS)
  lines.send(1)
  await Promise.resolve()
  lines.send(2)
  assert.deepEqual(chunks, [])
  await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual(chunks, ['1\n2\n'])
  // Much does not wait.
  const much = 'x'.repeat(100_000)
  lines.send(much)
  assert.deepEqual(chunks.slice(1), [`"${much}"\n`])
  lines.send(3)
  lines.end()
  assert.deepEqual(chunks.slice(2), ['3\n'])
  lines.send(4)
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(chunks.length, 3)
})

test('a line of exactly the bound is heard, one byte more is a fault without its end', async () => {
  const { heard, say } = listen()
  await say('0123456789\n', '0123456789', 'x')
  assert.deepEqual(heard, ['0123456789', '!too_long'])
  await say('\nnothing more\n')
  assert.equal(heard.length, 2)
})

test('no line is handed over while paused, in the middle of a chunk too', async () => {
  const { heard, lines, say } = listen((text, self) => {
    if (text === 'stop') self.pause()
  })
  await say('stop\nlater\n', 'last\n')
  assert.deepEqual(heard, ['stop'])
  lines.resume()
  await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual(heard, ['stop', 'later', 'last'])
})

test('an outbox is not full to wait for once the other side has ended', async () => {
  const socket = new Duplex({ read() {}, write() {} })
  const handler = { line: () => {}, fault: () => {}, ended: () => {}, closed: () => {} }
  const lines = new LineSocket(socket, handler, LIMITS)
  lines.send('x'.repeat(LIMITS.outboxBytesMax))
  assert.ok(lines.isFull)
  // Nothing drains from here on: whoever asked again and again would never let go.
  socket.end()
  await lines.drained()
  assert.ok(!lines.isFull)
})
