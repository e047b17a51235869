// Starting and stopping a node, at inconvenient moments.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'

import { isTidingsError } from '../../src/core/errors.ts'
import { silentLogger } from '../../src/core/logger.ts'
import { peerTextOf } from '../../src/net/identity.ts'
import { createNet } from '../../src/net/net-libp2p.ts'
import type { Net } from '../../src/net/net.ts'
import type { NodeInit } from '../../src/node/node-init.ts'
import { createNode } from '../../src/node/node.ts'
import type { LevelStore } from '../../src/store/store-level.ts'
import { open, openNew } from '../store/samples.ts'
import { friends, until } from './nodes.ts'

function initWith(store: LevelStore, wrapNet: (net: Net) => Net = (net) => net): NodeInit {
  return {
    store,
    name: 'ann',
    agent: 'test',
    accept: 'ask',
    net: {
      listen: ['/ip4/127.0.0.1/tcp/0'],
      mdns: { enabled: false, port: 5353 },
      interfaces: { allow: [], deny: [] },
    },
    createNet: (init, hooks) => wrapNet(createNet(init, hooks)),
    peerIdOf: peerTextOf,
    log: silentLogger,
    now: () => Date.now(),
    uptimeMs: () => performance.now(),
    random: randomBytes,
  }
}

const timers = (): number =>
  process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length

/** libp2p and a dial that was given up leave some that end by themselves within a second. */
async function noMoreTimersThan(before: number): Promise<void> {
  await until(() => timers() <= before, 'all timers are over', 3000)
}

test('a node that is stopped while it starts leaves nothing running', async (t) => {
  const { directory, store } = await openNew(t)
  const before = timers()
  const node = await createNode(initWith(store))
  const starting = node.start()
  await node.stop()
  await starting
  await noMoreTimersThan(before)
  assert.equal(process.getActiveResourcesInfo().includes('TCPServerWrap'), false)
  await (await open(directory)).close()
})

test('a node leaves no timer behind, however much it had under way', async (t) => {
  const { store } = await openNew(t)
  const before = timers()
  const node = await createNode(initWith(store))
  await node.start()
  const signal = AbortSignal.timeout(100)
  await assert.rejects(node.addContact('127.0.0.1:9', {}, signal))
  await node.stop()
  await noMoreTimersThan(before)
})

test('a network that does not stop keeps no database open', async (t) => {
  const { directory, store } = await openNew(t)
  const broken = (net: Net): Net =>
    Object.assign(Object.create(net) as Net, {
      stop: async () => {
        await net.stop()
        throw new Error('a mistake')
      },
    })
  const node = await createNode(initWith(store, broken))
  await node.start()
  await assert.rejects(node.stop())
  await (await open(directory)).close()
})

test('stopping in the middle of sending and reading: what was answered stays', async (t) => {
  const [ann, bob] = await friends(t)
  const accepted: string[] = []
  // Ten who go on sending until they are refused: some are always in the middle of it.
  const sends = Array.from({ length: 10 }, async (_, sender) => {
    for (let i = 0; ; i++) {
      const text = `message ${sender}.${i}`
      try {
        await ann.node.send('bob', text)
        accepted.push(text)
      } catch (error) {
        assert.ok(isTidingsError(error, 'shutting_down'), String(error))
        return
      }
    }
  })
  const reads = Array.from({ length: 50 }, async (_, i) => {
    await new Promise((resolve) => setTimeout(resolve, i * 2))
    await ann.node.history('bob', { limit: 50 }).catch((error: unknown) => {
      assert.ok(isTidingsError(error, 'shutting_down'), String(error))
    })
  })
  await until(() => accepted.length > 20, 'some were accepted')
  await ann.stop()
  await Promise.all([...sends, ...reads])
  await ann.start()
  const shown = (): Promise<string[]> => bob.texts(ann, 100_000)
  await until(async () => (await shown()).length >= accepted.length, 'they arrive')
  const texts = await shown()
  for (const text of accepted) assert.ok(texts.includes(text), text)
  assert.equal(new Set(texts).size, texts.length)
})
