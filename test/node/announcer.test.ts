// What followers hear when a message cannot be described, and who costs a description.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { TidingsError } from '../../src/core/errors.ts'
import { type AccountId, idFromBytes } from '../../src/core/id.ts'
import { ANNOUNCED_WAITING_MAX } from '../../src/core/limits.ts'
import { silentLogger } from '../../src/core/logger.ts'
import { EventBus } from '../../src/node/event-bus.ts'
import { Announcer, type AnnouncerInit } from '../../src/node/messages/announcer.ts'
import type { Happening } from '../../src/node/messages/history.ts'
import type { ContactView, MessageView } from '../../src/node/node-types.ts'
import { Troubles } from '../../src/node/troubles.ts'
import { friends, until } from './nodes.ts'
import { newConversation, Scribe } from './scribe.ts'

test('a message that could not be read when it came is told from disk, in its place', async (t) => {
  const [ann, bob] = await friends(t)
  const told: string[] = []
  const stop = new AbortController()
  const following = bob.node.follow(
    {},
    (event) => void (event.type === 'message' && told.push(event.message.text)),
    stop.signal,
  )
  const { history } = bob.node['parts']
  const stretch = history.stretch.bind(history)
  let failures = 0
  history.stretch = (...given) => {
    if (failures++ > 0) return stretch(...given)
    return Promise.reject(new TidingsError('database_damaged', 'not readable just then'))
  }
  for (const text of ['one', 'two', 'three']) await ann.node.send('bob', text)
  await until(() => told.length >= 3, 'all were told')
  assert.deepEqual(told, ['one', 'two', 'three'])
  stop.abort()
  await following
})

test('only who wants messages has them described', () => {
  const bus = new EventBus(silentLogger)
  const heard: string[] = []
  const end = bus.listen(({ event }) => void heard.push(event.type), { only: 'trouble' })
  bus.listen(() => {}, { only: 'state' })
  assert.equal(bus.wantsMessages, false)
  const off = bus.listen(() => {})
  assert.equal(bus.wantsMessages, true)
  off()
  bus.emit({ type: 'trouble', where: 'eth0', message: 'no multicast' })
  bus.emit({ type: 'fork', conversation: '' as never, account: '' as never, name: '', own: false })
  end()
  bus.emit({ type: 'trouble', where: 'eth0', message: '' })
  assert.deepEqual(heard, ['trouble'])
})

test('a change of contacts does not overtake messages that were written before it', async () => {
  const bus = new EventBus(silentLogger)
  const told: (string | undefined)[] = []
  bus.listen(({ cursor }) => told.push(cursor))
  const { promise: read, resolve } = Promise.withResolvers<void>()
  const history = {
    stretch: async (): Promise<Happening[]> => {
      // Messages that waited for others are read from disk.
      await read
      return [{ seq: 1, event: { type: 'message', message: {} as MessageView } }]
    },
  }
  const troubles = new Troubles(bus)
  const parts = { bus, troubles, history, log: silentLogger } as unknown as AnnouncerInit
  const announcer = new Announcer(parts)
  const { conversation, device } = new Scribe(newConversation())
  const shown = [{ conversation, device, first: 1, last: 1, index: 0 }]
  announcer.written({ position: 10, runs: [], ofGroups: new Map(), shown })
  const account: AccountId = idFromBytes(new Uint8Array(32))
  const contact = { account } as ContactView
  announcer.tell({ type: 'contact', contact }, '11.0.1')
  announcer.written({ position: 12, runs: [], ofGroups: new Map(), shown })
  resolve()
  await new Promise((done) => setImmediate(done))
  assert.deepEqual(told, ['10.0.1', '11.0.1', '12.0.1'])
})

test('nothing is described for who reads from disk, and what waits is bounded', async () => {
  const bus = new EventBus(silentLogger)
  let described = 0
  let gaps = 0
  let isBehind = true
  bus.listen(() => {}, {
    isBehind: () => isBehind,
    onGap: () => {
      gaps += 1
      isBehind = true
    },
  })
  const { promise: read, resolve } = Promise.withResolvers<void>()
  const history = {
    stretch: async (): Promise<Happening[]> => {
      described += 1
      await read
      return []
    },
  }
  const troubles = new Troubles(bus)
  const parts = { bus, troubles, history, log: silentLogger } as unknown as AnnouncerInit
  const announcer = new Announcer(parts)
  const { conversation, device } = new Scribe(newConversation())
  const shown = [{ conversation, device, first: 1, last: 1, index: 0 }]
  const write = (position: number): void =>
    announcer.written({ position, runs: [], ofGroups: new Map(), shown })
  write(1)
  await announcer.idle()
  assert.equal(described, 0)
  isBehind = false
  for (let i = 0; i < ANNOUNCED_WAITING_MAX; i++) write(2 + i)
  await Promise.resolve()
  assert.deepEqual([described, gaps], [1, 0])
  write(1000)
  assert.equal(gaps, 1)
  resolve()
  await announcer.idle()
  assert.equal(described, 1, 'they are read from disk instead')
  isBehind = false
  write(1001)
  await announcer.idle()
  assert.deepEqual([described, gaps], [2, 1])
})

test('of what is read on and on each message is counted once', async (t) => {
  const [ann, bob] = await friends(t)
  const sent = []
  for (const text of ['one', 'two', 'three']) sent.push(await ann.node.send('bob', text))
  const [first, , last] = sent
  assert.ok(first && last)
  const { announcer, self } = ann.node['parts']
  const { conversation } = last
  const read = (seq: number): Promise<void> =>
    announcer.read(bob.account as AccountId, { conversation, seqs: new Map([[self.device, seq]]) })
  await Promise.all([read(1), read(3)])
  const told = (): (readonly [id: string, count: number])[] =>
    ann.events.flatMap((event) =>
      event.type === 'state' && event.state === 'read' ? [[event.id, event.count]] : [],
    )
  await until(() => told().length >= 2, 'both were told')
  assert.deepEqual(told(), [
    [first.id, 1],
    [last.id, 2],
  ])
})
