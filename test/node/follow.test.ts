// Following what happens, while the node goes on in another life or cannot read a message.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { TidingsError } from '../../src/core/errors.ts'
import { FOLLOW_QUEUE_EVENTS_MAX } from '../../src/core/limits.ts'
import { friends, partsOf, person, until } from './nodes.ts'

test('who is catching up while the node takes another name misses nothing', async (t) => {
  const [ann, bob] = await friends(t)
  const texts = Array.from({ length: 120 }, (_, i) => `message ${i}`)
  for (const text of texts) await ann.node.send(bob.account, text)
  await until(async () => (await bob.texts(ann)).length > 0, 'they come')
  await until(
    () => bob.events.filter(({ type }) => type === 'message').length === texts.length,
    'all are there',
  )
  const told: string[] = []
  const stop = new AbortController()
  const following = bob.node.follow(
    { since: '0' },
    async (event) => {
      if (event.type !== 'message') return
      told.push(event.message.text)
      await sleep(2)
    },
    stop.signal,
  )
  await until(() => told.length >= 20, 'it has begun')
  await bob.node.rename('Bobby')
  assert.ok(told.length < texts.length, 'it was not over')
  await until(() => told.includes(texts.at(-1) ?? ''), 'the last is told')
  stop.abort()
  await following
  assert.deepEqual(told, texts)
})

test('who follows goes on where somebody reacts to a message that cannot be read', async (t) => {
  const [ann, bob] = await friends(t)
  const { id } = await ann.node.send(bob.account, 'damaged later')
  await ann.node.waitFor(id, 'delivered', AbortSignal.timeout(5000))
  const { device } = partsOf(ann).self
  const { store } = partsOf(bob).init
  const readRun = store.readRun.bind(store)
  let failed = 0
  store.readRun = async (conversation, author, seq) => {
    if (author !== device || seq !== 1) return readRun(conversation, author, seq)
    failed += 1
    throw new TidingsError('database_damaged', 'it cannot be read')
  }
  await ann.node.changes.react(id, '👍')
  await ann.node.send(bob.account, 'news')
  const isTold = (): boolean =>
    bob.events.some((event) => event.type === 'message' && event.message.text === 'news')
  await until(isTold, 'what is readable is told')
  assert.ok(failed > 0, 'it was looked at')
})

test('who is slower than what comes hears all of it, and who left meanwhile', async (t) => {
  const [ann, bob] = await friends(t)
  const cid = await person(t, 'cid', { accept: 'auto' })
  await bob.add(cid)
  await until(() => bob.online(cid), 'Cid is there')
  const told: string[] = []
  const gate = Promise.withResolvers<void>()
  const stop = new AbortController()
  const following = bob.node.follow(
    {},
    async (event) => {
      if (event.type === 'message') told.push(event.message.text)
      if (event.type === 'presence') told.push(`${event.name} ${event.online}`)
      await gate.promise
    },
    stop.signal,
  )
  const texts = Array.from({ length: FOLLOW_QUEUE_EVENTS_MAX + 200 }, (_, i) => `message ${i}`)
  const send = async (some: readonly string[]): Promise<void> => {
    const sent = await Promise.all(some.map((text) => ann.node.send(bob.account, text)))
    await ann.node.waitFor(sent.at(-1)?.id ?? '', 'delivered', AbortSignal.timeout(15_000))
  }
  await send(texts.slice(0, 100))
  await cid.stop()
  await until(() => !bob.online(cid), 'Cid is gone')
  await send(texts.slice(100))
  gate.resolve()
  await until(() => told.includes(texts.at(-1) ?? ''), 'the last is told')
  await until(() => told.includes('cid false'), 'so is that Cid left')
  stop.abort()
  await following
  assert.deepEqual(
    told.filter((each) => each !== 'cid false'),
    texts,
  )
})
