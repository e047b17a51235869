import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Stream } from '@libp2p/interface'

import type { Frame } from '../../src/core/frames.ts'
import { silentLogger } from '../../src/core/logger.ts'
import { FramedStream } from '../../src/net/framed.ts'
import { Turns } from '../../src/net/turns.ts'

const CLOCKS: Frame = { type: 'clocks', reset: false, clocks: [] }
const WANTED: Frame = { type: 'clocks_wanted' }

/** How many slices left on a stream so far. */
function open(): { framed: FramedStream; sent: () => number } {
  let sent = 0
  const stream = Object.assign(new EventTarget(), {
    send: () => {
      sent += 1
      return true
    },
  })
  const handler = { frame() {}, heard() {}, congested() {}, ended() {} }
  const framed = new FramedStream(stream as unknown as Stream, handler, {
    turns: new Turns(),
    traffic: { sentBytes: 0, receivedBytes: 0 },
    log: silentLogger,
  })
  return { framed, sent: () => sent }
}

/** As the news of what was written goes through the node, to whoever listens. */
async function microtasks(): Promise<void> {
  for (let i = 0; i < 50; i++) await Promise.resolve()
}

const nextTick = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve))

test('what others wait for leaves at once, in one piece', async () => {
  const { framed, sent } = open()
  framed.send(WANTED)
  framed.send(WANTED)
  assert.equal(sent(), 0)
  await Promise.resolve()
  assert.equal(sent(), 1)
})

test('an acknowledgement leaves after the news, and in the same turn', async () => {
  const { framed, sent } = open()
  framed.send(CLOCKS)
  framed.send(WANTED)
  await microtasks()
  assert.equal(sent(), 0)
  await nextTick()
  assert.equal(sent(), 1)
  framed.send(WANTED)
  await Promise.resolve()
  assert.equal(sent(), 2)
})
