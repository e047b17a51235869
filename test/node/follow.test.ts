// Following what happens from a cursor, while the node goes on in another life.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { friends, until } from './nodes.ts'

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
