import assert from 'node:assert/strict'
import { test } from 'node:test'

import { DIAL_BACK_GAP_MS, DIAL_BACK_MS, DIAL_BACKS_MAX } from '../../../src/core/limits.ts'
import { silentLogger } from '../../../src/core/logger.ts'
import type { Knock } from '../../../src/net/net.ts'
import { DialBacks } from '../../../src/node/survey/dial-backs.ts'
import { StubSession } from '../stub-session.ts'

const NOW_MS = 1_700_000_000_000

/** Somebody who is asked, and what becomes of trying. */
class Asked {
  readonly tried: string[] = []
  uptimeMs = 0
  isMutual = true
  knock: () => Promise<Knock> = async () => 'reached'
  readonly dialBacks = new DialBacks({
    net: {
      knock: (_, addresses) => {
        this.tried.push(...addresses)
        return this.knock()
      },
    },
    isMutual: () => this.isMutual,
    hears: () => false,
    now: () => NOW_MS,
    uptimeMs: () => this.uptimeMs,
    log: silentLogger,
  })

  ask(session: StubSession, port = 4001): Promise<void> {
    this.dialBacks.frame(session, { type: 'dial_back', port })
    return new Promise((resolve) => setImmediate(resolve))
  }
}

test('whoever is asked dials the address that it sees, at the port that was given', async () => {
  const asked = new Asked()
  const session = new StubSession()
  await asked.ask(session, 4321)
  assert.deepEqual(asked.tried, ['/ip4/127.0.0.1/tcp/4321'])
  const answer = { type: 'dialed_back', reached: true, heard: false, wallTimeMs: NOW_MS }
  assert.deepEqual(session.sent, [answer])
})

test('whoever is no contact makes nobody dial, and hears nothing', async () => {
  const asked = new Asked()
  asked.isMutual = false
  const session = new StubSession()
  await asked.ask(session)
  assert.deepEqual([asked.tried, session.sent], [[], []])
})

test('an address that is a name may mean another machine by now, and is not dialed', async () => {
  const asked = new Asked()
  const session = Object.assign(new StubSession(), { address: '/dns4/elsewhere.test/tcp/1' })
  await asked.ask(session)
  assert.deepEqual([asked.tried, session.sent], [[], []])
})

test('one account may ask now and then only, all together no more than some at once', async () => {
  const asked = new Asked()
  const session = new StubSession()
  await asked.ask(session)
  asked.uptimeMs = DIAL_BACK_GAP_MS - 1
  await asked.ask(session)
  assert.equal(asked.tried.length, 1)
  asked.uptimeMs = DIAL_BACK_GAP_MS
  await asked.ask(session)
  assert.equal(asked.tried.length, 2)
  const { promise, resolve } = Promise.withResolvers<Knock>()
  asked.knock = () => promise
  for (let i = 0; i < DIAL_BACKS_MAX + 2; i++) await asked.ask(new StubSession())
  assert.equal(asked.tried.length, 2 + DIAL_BACKS_MAX)
  resolve('reached')
})

test('how it failed is not told, not even by how long it took', async () => {
  const began = performance.now()
  const tookMs: number[] = []
  const failed = (['refused', 'other_device'] as const).map(async (knock) => {
    const asked = new Asked()
    asked.knock = async () => knock
    const session = new StubSession()
    const answered = new Promise<void>((resolve) => (session.onSend = () => resolve()))
    await asked.ask(session)
    // Its timer keeps no process alive.
    const alive = setInterval(() => {}, 1000)
    await answered
    clearInterval(alive)
    tookMs.push(performance.now() - began)
    await new Promise((resolve) => setImmediate(resolve))
    const [answer] = session.sent
    assert.equal(answer?.type === 'dialed_back' && answer.reached, false)
  })
  await Promise.all(failed)
  for (const ms of tookMs) assert.ok(ms >= DIAL_BACK_MS - 50, `${ms}`)
})

test('an answer tells what the other side saw, and how far the clocks are apart', async () => {
  const { dialBacks } = new Asked()
  const session = new StubSession()
  const answer = dialBacks.ask(session, 4001)
  assert.deepEqual(session.sent, [{ type: 'dial_back', port: 4001 }])
  assert.equal(await dialBacks.ask(session, 4001), undefined, 'one at a time')
  const wallTimeMs = NOW_MS - 60_000
  dialBacks.frame(session, { type: 'dialed_back', reached: false, heard: true, wallTimeMs })
  assert.deepEqual(await answer, { reached: false, hearsUs: true, clockAheadMs: -60_000 })
})

test('an answer that nobody asked for is nothing, the end of a session is one', async () => {
  const { dialBacks } = new Asked()
  const session = new StubSession()
  dialBacks.frame(session, { type: 'dialed_back', reached: true, wallTimeMs: 0 })
  const answer = dialBacks.ask(session, 4001)
  dialBacks.ended(session)
  assert.equal(await answer, undefined)
})
