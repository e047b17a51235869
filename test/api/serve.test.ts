import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'

import { RPC_LINE_BYTES_MAX, RPC_PENDING_PER_CLIENT_MAX } from '../../src/core/limits.ts'
import { type RawClient, serve } from './harness.ts'

/** Within ten seconds. */
async function waitUntil(isSo: () => boolean): Promise<void> {
  const deadlineMs = Date.now() + 10_000
  while (!isSo()) {
    assert.ok(Date.now() < deadlineMs, isSo.toString())
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

const STATUS = { jsonrpc: '2.0', id: 'after', method: 'status' }

/** The connection is as good as new. */
async function assertAlive(client: RawClient): Promise<void> {
  client.say(STATUS)
  const { result } = await client.hear(({ id }) => id === 'after')
  assert.equal((result as { running: boolean }).running, true)
}

const GARBAGE: readonly [what: string, line: string | Uint8Array, code: number, name: string][] = [
  ['half a JSON', '{"jsonrpc":"2.0","id":1,"method":"sta', -32700, 'bad_json'],
  ['words', 'hello?', -32700, 'bad_json'],
  ['a number', '17', -32600, 'bad_request'],
  ['null', 'null', -32600, 'bad_request'],
  ['a batch', '[{"jsonrpc":"2.0","id":1,"method":"status"}]', -32600, 'bad_request'],
  ['another version', '{"jsonrpc":"1.0","id":1,"method":"status"}', -32600, 'bad_request'],
  ['no method', '{"jsonrpc":"2.0","id":1}', -32600, 'bad_request'],
  ['an id of no kind', '{"jsonrpc":"2.0","id":{},"method":"status"}', -32600, 'bad_request'],
  ['not UTF-8', Buffer.from([0x22, 0xff, 0xfe, 0x22]), 1012, 'text_not_utf8'],
]

for (const [what, line, code, name] of GARBAGE) {
  test(`${what} is answered with ${name}, and the connection goes on`, async (t) => {
    const client = await (await serve(t)).raw()
    client.say(line)
    const { error } = await client.hear()
    assert.equal(error?.code, code)
    assert.deepEqual(error?.data, { code: name })
    await assertAlive(client)
  })
}

const BAD_CALLS: readonly [method: string, params: unknown, name: string, message: RegExp][] = [
  ['nonsense', {}, 'unknown_method', /"nonsense"/],
  ['toString', {}, 'unknown_method', /"toString"/],
  ['send', { to: '@bob' }, 'bad_input', /"text" is missing/],
  ['send', { to: 5, text: 'x' }, 'bad_input', /"to" must be a string/],
  ['send', { to: '@bob', text: 'x', too: 1 }, 'bad_input', /no parameter "too"/],
  ['send', ['@bob', 'x'], 'bad_input', /named/],
  ['send', { to: '@bob', text: '' }, 'text_empty', /text/],
  ['send', { to: '@bob', text: '\ud800' }, 'text_not_utf8', /"text"/],
  ['send', { to: '@nobody', text: 'x' }, 'unknown_name', /nobody/],
  ['send', { to: 'twin', text: 'x' }, 'ambiguous_name', /twin/],
  ['history', { conversation: 'bob', limit: 0 }, 'bad_input', /"limit" must be at least 1/],
  ['history', { conversation: 'bob', limit: 1e9 }, 'bad_input', /"limit" must be at most 1000/],
  [
    'wait',
    { id: 'x', state: 'lost', timeoutMs: 1 },
    'bad_input',
    /"state" must be "delivered" or "read"/,
  ],
  ['tail', { since: 'nonsense' }, 'bad_input', /"since"/],
  ['search', {}, 'bad_input', /"query" is missing/],
  ['search', { query: '""' }, 'query_empty', /which words/],
  ['search', { query: 'x'.repeat(1025) }, 'query_too_long', /1024 bytes/],
  ['search', { query: 'x', since: 'lately' }, 'bad_date', /"lately"/],
  ['search', { query: 'x', limit: 1001 }, 'bad_input', /"limit" must be at most 1000/],
  ['contact.show', { who: 'broken' }, 'internal', /a mistake in this program/],
]

test('every kind of bad call names what is wrong and changes nothing', async (t) => {
  const { node, ...served } = await serve(t)
  const client = await served.raw()
  for (const [i, [method, params, name, message]] of BAD_CALLS.entries()) {
    client.say({ jsonrpc: '2.0', id: i, method, params })
    const { error } = await client.hear(({ id }) => id === i)
    assert.deepEqual(error?.data, { code: name }, method)
    assert.match(error?.message ?? '', message)
  }
  assert.deepEqual([node.messages, node.calls, node.followers], [[], [], 0])
  await assertAlive(client)
})

test('a line that is too long is refused before it is whole, and that is all', async (t) => {
  const served = await serve(t)
  const client = await served.raw()
  client.socket.write('x'.repeat(RPC_LINE_BYTES_MAX + 1))
  const { error } = await client.hear()
  assert.deepEqual(error?.data, { code: 'bad_request' })
  assert.match(error?.message ?? '', /at most 1048576 bytes/)
  client.socket.write('x'.repeat(RPC_LINE_BYTES_MAX))
  await client.closed
  await assertAlive(await served.raw())
})

test('random bytes never end the node', async (t) => {
  const served = await serve(t)
  for (let i = 0; i < 20; i++) {
    const client = await served.raw()
    client.socket.end(randomBytes(64 * 1024))
    await client.closed
  }
  await assertAlive(await served.raw())
})

test('thousands of requests at once are all answered', async (t) => {
  const COUNT = 20_000
  const client = await (await serve(t)).raw()
  const requests = Array.from({ length: COUNT }, (_, id) => ({ ...STATUS, id }))
  client.socket.write(requests.map((request) => `${JSON.stringify(request)}\n`).join(''))
  for (let i = 0; i < COUNT; i++) assert.equal((await client.hear()).error, undefined)
  await assertAlive(client)
})

test('a client that does not read its answers is not read from, and others go on', async (t) => {
  const served = await serve(t)
  const { node } = served
  for (let i = 0; i < 300; i++) await node.send('bob', 'x'.repeat(32_000))
  const silent = await served.raw()
  silent.socket.pause()
  const ask = { jsonrpc: '2.0', method: 'history', params: { conversation: 'bob', limit: 1000 } }
  const before = process.memoryUsage().rss
  // Answers of 10 MB each; more than a few of them would be felt.
  for (let id = 0; id < 100; id++) silent.say({ ...ask, id })
  await assertAlive(await served.raw())
  const grownMiB = (process.memoryUsage().rss - before) / 1024 / 1024
  assert.ok(grownMiB < 300, `${grownMiB} MiB`)
  // Once it reads, it gets them.
  silent.socket.resume()
  assert.equal((await silent.hear()).id, 0)
})

test('a client that says nonsense and does not listen is not read from either', async (t) => {
  const served = await serve(t)
  const silent = await served.raw()
  silent.socket.pause()
  const isTaken = (text: string): Promise<boolean> =>
    new Promise((resolve) => {
      silent.socket.write(text, () => resolve(true))
      setTimeout(resolve, 2000, false)
    })
  let taken = 0
  while (taken < 200 && (await isTaken('x\n'.repeat(5000)))) taken += 1
  assert.ok(taken < 200, 'some of it waits here')
  await assertAlive(await served.raw())
})

test('answers come as each request is done, not in order', async (t) => {
  const served = await serve(t)
  const gate = Promise.withResolvers<void>()
  served.node.gate = gate.promise
  const client = await served.raw()
  client.say({ jsonrpc: '2.0', id: 1, method: 'send', params: { to: 'bob', text: 'slow' } })
  client.say({ jsonrpc: '2.0', id: 2, method: 'whoami' })
  assert.equal((await client.hear()).id, 2)
  gate.resolve()
  assert.equal((await client.hear()).id, 1)
})

test('an id that is still in use is refused', async (t) => {
  const served = await serve(t)
  served.node.gate = new Promise(() => {})
  const client = await served.raw()
  const send = { jsonrpc: '2.0', id: 1, method: 'send', params: { to: 'bob', text: 'x' } }
  client.say(send, send)
  assert.deepEqual((await client.hear()).error?.data, { code: 'bad_request' })
})

test('a request without an id is carried out and not answered', async (t) => {
  const served = await serve(t)
  const client = await served.raw()
  const params = { to: 'bob', text: 'no answer' }
  client.say({ jsonrpc: '2.0', method: 'send', params })
  await assertAlive(client)
  assert.equal(served.node.messages.length, 1)
  assert.deepEqual(client.replies, [])
})

test('cancel ends a request with interrupted, and a stream with its end', async (t) => {
  const served = await serve(t)
  const client = await served.raw()
  client.say({ jsonrpc: '2.0', id: 1, method: 'contact.add', params: { who: 'slow' } })
  client.say({ jsonrpc: '2.0', method: 'cancel', params: { id: 1 } })
  assert.deepEqual((await client.hear()).error?.data, { code: 'interrupted' })

  client.say({ jsonrpc: '2.0', id: 2, method: 'tail' })
  assert.deepEqual((await client.hear()).result, { cursor: '0.0' })
  client.say({ jsonrpc: '2.0', method: 'cancel', params: { id: 2 } })
  assert.deepEqual((await client.hear()).params, { id: 2 })
  assert.equal(served.node.followers, 0)
  client.say(
    { jsonrpc: '2.0', method: 'cancel', params: null },
    { jsonrpc: '2.0', method: 'cancel' },
  )
  await assertAlive(client)
})

test('a stream answers first and then notifies, from the cursor on', async (t) => {
  const served = await serve(t)
  await served.node.send('bob', 'one')
  await served.node.send('bob', 'two')
  const client = await served.raw()
  client.say({ jsonrpc: '2.0', id: 7, method: 'tail', params: { since: '1.0' } })
  assert.deepEqual((await client.hear()).result, { cursor: '1.0' })
  await served.node.send('bob', 'three')
  for (const text of ['two', 'three']) {
    const { method, params } = await client.hear()
    assert.equal(method, 'event')
    const { id, event } = params ?? assert.fail('no event')
    assert.equal(id, 7)
    assert.equal((event as { message: { text: string } }).message.text, text)
  }
})

test('closing the connection ends its streams', async (t) => {
  const served = await serve(t)
  const client = await served.raw()
  client.say({ jsonrpc: '2.0', id: 1, method: 'tail' })
  await client.hear()
  assert.equal(served.node.followers, 1)
  client.socket.destroy()
  const alive = await served.raw()
  await assertAlive(alive)
  assert.equal(served.node.followers, 0)
})

test('who has closed their own side only is answered what they asked, then closed', async (t) => {
  const served = await serve(t)
  const gate = Promise.withResolvers<void>()
  served.node.gate = gate.promise
  const client = await served.raw()
  client.say({ jsonrpc: '2.0', id: 1, method: 'send', params: { to: 'bob', text: 'slow' } })
  // The last line has no end.
  client.socket.end(JSON.stringify({ jsonrpc: '2.0', id: 2, method: 'whoami' }))
  assert.equal((await client.hear()).id, 2)
  gate.resolve()
  assert.equal((await client.hear()).id, 1)
  await client.closed
  const unfinished = await served.raw()
  unfinished.socket.end('{"jsonrpc":"2.0","id":1,"meth')
  assert.deepEqual((await unfinished.hear()).error?.data, { code: 'bad_json' })
  await unfinished.closed
})

test('a stream goes on for who has closed their own side, until they are gone', async (t) => {
  const { node, ...served } = await serve(t)
  const client = await served.raw()
  client.say({ jsonrpc: '2.0', id: 1, method: 'tail' })
  client.socket.end()
  await client.hear()
  await node.send('bob', 'still there')
  assert.equal((await client.hear()).method, 'event')
  client.socket.destroy()
  await waitUntil(() => node.followers === 0)
})

test('who is gone is found out though nothing more was read from them', async (t) => {
  const { node, ...served } = await serve(t)
  const client = await served.raw()
  const tails = Array.from({ length: 2 * RPC_PENDING_PER_CLIENT_MAX }, (_, id) => id)
  client.say(...tails.map((id) => ({ jsonrpc: '2.0', id, method: 'tail' })))
  await waitUntil(() => node.followers === RPC_PENDING_PER_CLIENT_MAX)
  client.socket.destroy()
  await waitUntil(() => node.followers === 0)
})

test('stop answers, and only then shuts down', async (t) => {
  const served = await serve(t)
  const client = await served.raw()
  client.say({ jsonrpc: '2.0', id: 1, method: 'stop' })
  assert.deepEqual((await client.hear()).result, { done: true })
  assert.equal(served.shutDowns(), 1)
})
