import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { getEventListeners } from 'node:events'
import { createServer } from 'node:net'
import path from 'node:path'
import { test } from 'node:test'

import * as v from 'valibot'

import { connect, TidingsError } from '../../src/api/client.ts'
import { METHODS, type MethodName } from '../../src/api/methods.ts'
import { event as eventSchema, found as foundSchema } from '../../src/api/shapes.ts'
import { RPC_LINE_BYTES_MAX, TAIL_PAGE_EVENTS } from '../../src/core/limits.ts'
import { serve, temporaryFolder } from './harness.ts'

/** Of the first message that is sent. */
const ID = `${'i'.repeat(26)}-1`
const PARAMS: Partial<Record<MethodName, object>> = {
  send: { to: '@bob', text: 'hello' },
  wait: { id: 'x', state: 'read', timeoutMs: 1000 },
  edit: { id: ID, text: 'hello again' },
  delete: { id: ID },
  react: { id: ID, emoji: '👍' },
  pin: { id: ID },
  unpin: { id: ID },
  pins: { conversation: '@bob' },
  edits: { id: ID },
  history: { conversation: '@bob' },
  name: { name: 'alice' },
  read: { conversation: '@bob' },
  disappear: { conversation: '@bob', after: '1d' },
  export: { conversation: '@bob' },
  'archive.import': { file: '/a' },
  'archive.show': { name: 'a' },
  'archive.remove': { name: 'a' },
  mute: { conversation: '@bob', for: '8h', all: true },
  unmute: { conversation: '@bob' },
  draft: { conversation: '@bob', text: 'Lunch at' },
  tell: { what: 'read', setting: 'off', in: '@bob' },
  typing: { conversation: '@bob' },
  'profile.export': { file: '/a', password: 'p' },
  'contact.rename': { who: 'bob', alias: 'b' },
}

function paramsOf(name: string): object {
  if (name.startsWith('contact.')) return { who: 'bob' }
  if (!name.startsWith('group.') || /list|nearby/.test(name)) return {}
  if (name === 'group.create') return { name: 'crew' }
  const more = { rename: { name: 'b' }, topic: { topic: 't' } }
  const verb = name.slice('group.'.length)
  const isOnMember = /invite|remove|promote|demote/.test(verb)
  return { group: '#crew', ...(isOnMember && { who: 'bob' }), ...more[verb as 'rename'] }
}

test('every method answers with exactly what the table says', async (t) => {
  const client = await (await serve(t)).connect()
  for (const [name, spec] of Object.entries(METHODS)) {
    if ('notifies' in spec) continue
    const params = PARAMS[name as MethodName] ?? paramsOf(name)
    const result = await client.call(name as 'status', params)
    // What the schema does not name would be missing from the second.
    assert.deepEqual(result, v.parse(spec.result as v.GenericSchema, result), name)
  }
})

test('calls have functions of their own, in groups as they are named', async (t) => {
  const served = await serve(t)
  const client = await served.connect()
  assert.equal((await client.status()).name, 'alice')
  assert.equal((await client.send({ to: '@bob', text: 'x' })).state, 'queued')
  await client.contact.rename({ who: 'bob', alias: 'Bobby' })
  assert.deepEqual(served.node.calls, ['rename bob Bobby'])
})

test("an error has the daemon's code", async (t) => {
  const client = await (await serve(t)).connect()
  await assert.rejects(client.send({ to: 'nobody', text: 'x' }), (error) => {
    return error instanceof TidingsError && error.code === 'unknown_name'
  })
})

test('no_daemon tells how to start one', async (t) => {
  const home = await temporaryFolder(t)
  const wanted = { code: 'no_daemon', message: /tidings --home \S+ --profile bob start --detach/ }
  await assert.rejects(connect({ home, profile: 'bob' }), wanted)
})

test('a request that the daemon would not read is refused here, harmlessly', async (t) => {
  const client = await (await serve(t)).connect()
  const text = 'x'.repeat(RPC_LINE_BYTES_MAX)
  await assert.rejects(client.send({ to: 'bob', text }), { code: 'bad_input' })
  assert.equal((await client.whoami()).name, 'alice')
})

test('a signal ends a call, also one that has not begun', async (t) => {
  const client = await (await serve(t)).connect()
  const abort = new AbortController()
  const call = client.contact.add({ who: 'slow' }, { signal: abort.signal })
  abort.abort()
  await assert.rejects(call, { code: 'interrupted' })
  const late = client.contact.add({ who: 'bob' }, { signal: abort.signal })
  await assert.rejects(late, { code: 'interrupted' })
})

test('wait ends with not_delivered when its time is over', async (t) => {
  const client = await (await serve(t)).connect()
  const wait = client.wait({ id: 'x', state: 'delivered', timeoutMs: 20 })
  await assert.rejects(wait, { code: 'not_delivered', message: /within 0.02 s/ })
})

test('tail gives what was and what comes, and leaving the loop ends it', async (t) => {
  const served = await serve(t)
  const client = await served.connect()
  await client.send({ to: 'bob', text: 'one' })
  const texts: string[] = []
  for await (const event of client.tail({ since: '0' })) {
    v.parse(eventSchema, event)
    if (event.type === 'message') texts.push(event.message.text)
    if (texts.length === 1) await client.send({ to: 'bob', text: 'two' })
    if (texts.length === 2) break
  }
  assert.deepEqual(texts, ['one', 'two'])
  await client.whoami()
  assert.equal(served.node.followers, 0)
})

test('who asks for several events at once gets them in their order', async (t) => {
  const client = await (await serve(t)).connect()
  const stream = client.tail()
  await stream.started
  const events = Promise.all([stream.next(), stream.next()])
  for (const text of ['one', 'two']) await client.send({ to: 'bob', text })
  const texts = (await events).map(({ value }) => value?.type === 'message' && value.message.text)
  assert.deepEqual(texts, ['one', 'two'])
  await stream.return()
})

test('search gives what is found, then ends; leaving the loop ends it too', async (t) => {
  const served = await serve(t)
  const client = await served.connect()
  const COUNT = 30_000
  for (let i = 0; i < COUNT; i++) await served.node.send('bob', `valve ${i} ${'x'.repeat(200)}`)
  const stream = client.search({ query: 'Valve 29,  "e 1"', limit: 1000 })
  assert.deepEqual(await stream.started, { words: ['valve', '29,', 'e 1'] })
  for await (const _ of stream) assert.fail('nothing fits')

  const numbers: number[] = []
  for await (const found of client.search({ query: 'valve', limit: 500 })) {
    v.parse(foundSchema, found)
    numbers.push(Number(found.text.split(' ')[1]))
  }
  assert.deepEqual(
    numbers,
    Array.from({ length: 500 }, (_, i) => COUNT - 1 - i),
  )
  served.node.told = 0
  for await (const _ of client.search({ query: 'valve', limit: 1000 })) break
  await client.whoami()
  assert.ok(served.node.told < 1000, `${served.node.told} were found for somebody who had left`)
})

test('what search does not take is an error of the stream', async (t) => {
  const client = await (await serve(t)).connect()
  for (const [params, code] of [
    [{ query: '' }, 'query_empty'],
    [{ query: 'x'.repeat(2000) }, 'query_too_long'],
    [{ query: 'x', since: '2026-02-30' }, 'bad_date'],
    [{ query: 'x', limit: 0 }, 'bad_input'],
  ] as const) {
    const stream = client.search(params)
    await assert.rejects(stream.started, { code })
    await assert.rejects(stream.next(), { code })
  }
})

test('a stream that is not read holds the node back, and holds up no calls', async (t) => {
  const served = await serve(t)
  const client = await served.connect()
  const COUNT = 50_000
  const text = 'x'.repeat(200)
  for (let i = 0; i < COUNT; i++) await served.node.send('bob', text)
  const stream = client.tail({ since: '0' })
  await stream.started
  const first = await stream.next()
  // Nobody takes any more; calls on the same client are answered all the same.
  for (let i = 0; i < 100; i++) await client.whoami()
  assert.equal(first.value?.cursor, '1.0')
  let cursor = 1
  while (cursor < COUNT) {
    const { value } = await stream.next()
    assert.equal(value?.cursor, `${++cursor}.0`)
  }
  await stream.return()
  assert.ok(COUNT > TAIL_PAGE_EVENTS)
})

test('a signal ends a stream quietly', async (t) => {
  const client = await (await serve(t)).connect()
  const abort = new AbortController()
  const stream = client.tail({}, { signal: abort.signal })
  await stream.started
  setTimeout(() => abort.abort(), 10)
  for await (const _ of stream) assert.fail('nothing happened')
})

test('of streams that are over a signal keeps nothing', async (t) => {
  const client = await (await serve(t)).connect()
  const { signal } = new AbortController()
  await client.send({ to: 'bob', text: 'one' })
  for await (const _ of client.search({ query: 'nowhere' }, { signal })) assert.fail('found')
  await assert.rejects(client.search({ query: '' }, { signal }).next())
  await assert.rejects(client.tail({ since: 'nonsense' }, { signal }).next())
  for await (const _ of client.tail({ since: '0' }, { signal })) break
  assert.equal(getEventListeners(signal, 'abort').length, 0)
})

test('a bad cursor is an error of the stream', async (t) => {
  const client = await (await serve(t)).connect()
  await assert.rejects(client.tail({ since: 'nonsense' }).next(), { code: 'bad_input' })
})

test('when the daemon goes away, calls and streams fail with no_daemon', async (t) => {
  const served = await serve(t)
  const client = await served.connect()
  const stream = client.tail()
  await stream.started
  const call = client.contact.add({ who: 'slow' })
  served.control.close()
  const end = served.control.end()
  await assert.rejects(call, (error: TidingsError) => {
    return error.code === 'interrupted' || error.code === 'no_daemon'
  })
  await client.closed
  await end
  await assert.rejects(client.whoami(), { code: 'no_daemon' })
})

test('a daemon that talks nonsense is a protocol_error, not a hang', async (t) => {
  const socketPath = path.join(await temporaryFolder(t), 'x.sock')
  const server = createServer((socket) => socket.end('nonsense\n'))
  await new Promise<void>((resolve) => server.listen(socketPath, resolve))
  t.after(() => server.close())
  const client = await connect({ socketPath })
  await assert.rejects(client.whoami(), { code: 'protocol_error' })
})

test('the client loads neither libp2p nor a database', () => {
  const entry = path.join(import.meta.dirname, '../../src/api/client.ts')
  const script = `
    import { registerHooks } from 'node:module'
    const seen = []
    registerHooks({ load: (url, context, next) => (seen.push(url), next(url, context)) })
    await import(${JSON.stringify(entry)})
    console.log(seen.join('\\n'))`
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script])
  const loaded = stdout.toString()
  assert.match(loaded, /api\/client\.ts/)
  assert.doesNotMatch(loaded, /libp2p|level|pino|src\/(node|net|store|wire|daemon)\//)
})
