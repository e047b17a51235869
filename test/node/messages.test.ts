// Messages between two real nodes: sent, delivered, read, missed and made up for.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { isTidingsError } from '../../src/core/errors.ts'
import { WALL_TIME_MS_MAX } from '../../src/core/limits.ts'
import type { NodeEvent } from '../../src/node/node-types.ts'
import { friends, until } from './nodes.ts'

const refuses = (code: string) => (error: unknown) => isTidingsError(error) && error.code === code

test('a message is queued, delivered, read, and waiting for it works', async (t) => {
  const [ann, bob] = await friends(t)
  const sent = await ann.node.send('@bob', 'hello')
  const delivered = await ann.node.waitFor(sent.id, 'delivered', AbortSignal.timeout(5000))
  assert.equal(delivered.state, 'delivered')
  await bob.node.markRead('ann')
  const read = await ann.node.waitFor(sent.id, 'read', AbortSignal.timeout(5000))
  assert.equal(read.state, 'read')
  const [shown] = await bob.node.history('ann', { limit: 1 })
  assert.equal(shown?.id, sent.id)
  assert.equal(shown?.state, 'received')
})

test('waiting for somebody who is away ends with not_delivered; the message stays', async (t) => {
  const [ann, bob] = await friends(t)
  await bob.stop()
  const { id } = await ann.node.send('bob', 'later')
  const waiting = ann.node.waitFor(id, 'delivered', AbortSignal.timeout(300))
  await assert.rejects(waiting, refuses('not_delivered'))
  await bob.start()
  await until(async () => (await bob.texts(ann)).length === 1, 'it arrived')
  const after = await ann.node.waitFor(id, 'delivered', AbortSignal.timeout(5000))
  assert.equal(after.state, 'delivered')
})

test('a thousand missed messages arrive in order, once', async (t) => {
  const [ann, bob] = await friends(t)
  await bob.stop()
  const texts = Array.from({ length: 1000 }, (_, i) => `message ${i}`)
  for (const text of texts) await ann.node.send('bob', text)
  await bob.start()
  await until(async () => (await bob.texts(ann)).length === 1000, 'all arrived')
  assert.deepEqual(await bob.texts(ann), texts)
  await until(async () => {
    const messages = await ann.node.history('bob', { limit: 1000 })
    return messages.every(({ state }) => state === 'delivered')
  }, 'all are shown as delivered')
})

test('both write while apart, with clocks years apart: both see the same order', async (t) => {
  let skewMs = 0
  const [ann, bob] = await friends(t, { now: () => Date.now() + skewMs })
  await ann.node.send('bob', 'question')
  await until(async () => (await bob.texts(ann)).length === 1, 'the question is there')
  skewMs = -10 * 365 * 86_400_000
  await bob.node.send('ann', 'answer from the past')
  await until(async () => (await ann.texts(bob)).length === 2, 'the answer is there')
  assert.deepEqual(await ann.texts(bob), ['question', 'answer from the past'])

  await bob.stop()
  for (let i = 0; i < 20; i++) await ann.node.send('bob', `a${i}`)
  const homeOfAnn = ann.address
  assert.notEqual(homeOfAnn, '')
  await ann.stop()
  await bob.start()
  skewMs = 10 * 365 * 86_400_000
  for (let i = 0; i < 20; i++) await bob.node.send('ann', `b${i}`)
  await ann.start()
  await until(async () => (await ann.texts(bob)).length === 42, 'ann has all')
  await until(async () => (await bob.texts(ann)).length === 42, 'bob has all')
  const [atAnn, atBob] = [
    await ann.node.history('bob', { limit: 100 }),
    await bob.node.history('ann', { limit: 100 }),
  ]
  assert.deepEqual(
    atAnn.map(({ id, text }) => [id, text]),
    atBob.map(({ id, text }) => [id, text]),
  )
})

test('a clock that shows no time at all keeps nobody from talking', async (t) => {
  let nowMs = -1e17
  const [ann, bob] = await friends(t, { now: () => nowMs })
  await ann.node.send('bob', 'before time')
  await until(async () => (await bob.texts(ann)).length === 1, 'it came')
  nowMs = 1e17
  await bob.node.send('ann', 'after the end')
  await until(async () => (await ann.texts(bob)).length === 2, 'the answer came')
  const messages = await ann.node.history('bob', { limit: 2 })
  assert.deepEqual(
    messages.map(({ text, sentAtMs }) => [text, sentAtMs]),
    [
      ['before time', 0],
      ['after the end', WALL_TIME_MS_MAX],
    ],
  )
})

test('history pages join without a gap or a double, from any message', async (t) => {
  const [ann, bob] = await friends(t)
  for (let i = 0; i < 30; i++) {
    await Promise.all([ann.node.send('bob', `a${i}`), bob.node.send('ann', `b${i}`)])
  }
  await until(async () => (await ann.texts(bob)).length === 60, 'all are there')
  const all = await ann.node.history('bob', { limit: 100 })
  for (const limit of [1, 7, 59]) {
    const paged = []
    let before: string | undefined
    for (;;) {
      const page = await ann.node.history(
        'bob',
        before === undefined ? { limit } : { limit, before },
      )
      if (page.length === 0) break
      paged.unshift(...page)
      before = page[0]?.id
    }
    assert.deepEqual(paged, all)
  }
  await assert.rejects(
    ann.node.history('bob', { limit: 5, before: `${'0'.repeat(26)}-1` }),
    refuses('unknown_message'),
  )
  await assert.rejects(ann.node.history('bob', { limit: 5, before: 'x' }), refuses('bad_input'))
})

test('following from a cursor misses nothing and tells nothing twice', async (t) => {
  const [ann, bob] = await friends(t)
  const told: string[] = []
  let cursor = '0'
  for (let round = 0; round < 4; round++) {
    const stop = new AbortController()
    const listen = (event: NodeEvent): void => {
      cursor = event.cursor
      if (event.type === 'message') told.push(event.message.text)
    }
    const following = bob.node.follow({ since: cursor }, listen, stop.signal)
    const sends = Array.from({ length: 25 }, (_, i) => ann.node.send('bob', `${round}.${i}`))
    await Promise.all(sends)
    // Some rounds end before everything was told, some after.
    if (round % 2 === 1) await until(() => told.length === (round + 1) * 25, 'all were told')
    stop.abort()
    await following
    if (round === 1) {
      await bob.stop()
      await bob.start()
      await until(() => bob.online(ann), 'bob is back')
    }
  }
  await until(() => told.length === 100, 'all were told')
  assert.equal(new Set(told).size, 100)
})

test('a slow follower is told everything, however much happens meanwhile', async (t) => {
  const [ann, bob] = await friends(t)
  const told: string[] = []
  const stop = new AbortController()
  const slow = async (event: NodeEvent): Promise<void> => {
    if (event.type === 'message') told.push(event.message.text)
    if (told.length % 500 === 0) await new Promise((resolve) => setTimeout(resolve, 20))
  }
  void bob.node.follow({}, slow, stop.signal)
  const texts = Array.from({ length: 5000 }, (_, i) => `message ${i}`)
  await Promise.all(texts.map((text) => ann.node.send('bob', text)))
  await until(() => told.length === 5000, 'all were told')
  assert.deepEqual(told, texts)
  stop.abort()
})

test('sync tells what is complete and what is known to be missing', async (t) => {
  const [ann, bob] = await friends(t)
  await ann.node.send('bob', 'one')
  await until(
    () => bob.node.sync('ann')[0]?.devices.some(({ have }) => have === 1) ?? false,
    'it came',
  )
  const [report] = bob.node.sync('ann')
  assert.equal(report?.complete, true)
  const fromAnn = report.devices.find(({ account }) => account === ann.account)
  assert.deepEqual([fromAnn?.have, fromAnn?.shown, fromAnn?.known], [1, 1, 1])
})

test('text that cannot be sent is refused and changes nothing', async (t) => {
  const [ann] = await friends(t)
  await assert.rejects(ann.node.send('bob', ''), refuses('text_empty'))
  await assert.rejects(ann.node.send('bob', 'x'.repeat(32_769)), refuses('text_too_long'))
  await assert.rejects(ann.node.send('bob', 'broken \ud800'), refuses('text_not_utf8'))
  await assert.rejects(ann.node.send('zoe', 'hi'), refuses('unknown_name'))
  assert.deepEqual(await ann.node.history('bob', { limit: 10 }), [])
})
