import assert from 'node:assert/strict'
import { test } from 'node:test'

import { directConversation } from '../../src/core/id.ts'
import { TURN_MAX_MS } from '../../src/core/limits.ts'
import { closeRun, emptyHead } from '../../src/core/run.ts'
import { Turns } from '../../src/net/turns.ts'
import { encodeEntry } from '../../src/wire/entry.ts'
import { Peer, until } from './peers.ts'

function work(durationMs: number): void {
  const end = performance.now() + durationMs
  while (performance.now() < end);
}

test('a turn is over when its time is, and the next one serves who waits, in order', async () => {
  const turns = new Turns()
  assert.equal(turns.isOver, false)
  work(TURN_MAX_MS)
  assert.equal(turns.isOver, true)
  const served: string[] = []
  const isOver: boolean[] = []
  for (const who of ['first', 'second']) {
    turns.next(() => {
      served.push(who)
      isOver.push(turns.isOver)
      work(TURN_MAX_MS)
    })
  }
  await until(() => served.length === 2, 'both')
  assert.deepEqual(served, ['first', 'second'])
  assert.deepEqual(isOver, [false, false], 'each has a turn of its own')
})

test('who fills every turn waits for all others each time', async () => {
  const turns = new Turns()
  const served: string[] = []
  // As a session does: what comes when the time is used up asks for the next turn.
  const session = (who: string, ms: number): void => {
    const go = (): void => {
      if (turns.isOver) return turns.next(go)
      served.push(who)
      work(ms)
      if (served.length < 30) turns.next(go)
    }
    turns.next(go)
  }
  assert.equal(turns.isOver, false)
  session('greedy', TURN_MAX_MS)
  session('a', 0)
  session('b', 0)
  await until(() => served.length >= 30, 'thirty turns')
  const times = (who: string): number => served.filter((each) => each === who).length
  for (const who of ['greedy', 'a', 'b']) assert.ok(times(who) >= 9, `${who}: ${times(who)}`)
})

test('frames that take long leave time for everything else, and none is lost', async () => {
  const count = 400
  await using a = await Peer.start({ onFrame: () => work(2) })
  await using b = await Peer.start()
  const session = await b.reach(a)
  let longestMs = 0
  let last = performance.now()
  const timer = setInterval(() => {
    longestMs = Math.max(longestMs, performance.now() - last)
    last = performance.now()
  }, 1)
  for (let i = 0; i < count; i++) session.send({ type: 'decline', request: `r${i}` })
  await until(() => a.frames.length === count, 'all frames', 20_000)
  clearInterval(timer)
  assert.deepEqual(
    a.frames.map((frame) => (frame.type === 'decline' ? frame.request : '')),
    Array.from({ length: count }, (_, i) => `r${i}`),
  )
  // All of them in one go would be 800 ms.
  assert.ok(longestMs < 400, `busy for ${Math.round(longestMs)} ms`)
})

// libp2p opens the window of a stream that is paused while it resumes, again and again, and then
// aborts the stream for holding too much.
test('a reader that pauses all the time is sent no more than its window', async () => {
  const count = 120
  await using a = await Peer.start({ onFrame: () => work(TURN_MAX_MS) })
  await using b = await Peer.start()
  const session = await b.reach(a)
  const entry = encodeEntry({
    wallTimeMs: 1,
    deps: [],
    body: { kind: 'text', text: 'x'.repeat(30_000) },
  })
  const log = { conversation: directConversation(a.account.id, b.account.id), device: b.id }
  const head = emptyHead(log.conversation, log.device)
  const { run } = closeRun(log, head, [entry, entry, entry, entry], b.device.sign)
  for (let i = 0; i < count; i++) {
    await session.drained()
    session.send({ type: 'run', run })
  }
  await until(() => a.frames.length === count || a.closed.length > 0, 'all frames', 20_000)
  assert.deepEqual(a.closed, [])
})
