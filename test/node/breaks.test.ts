// A connection that comes about and breaks, again and again: people are told, once, and that it is
// over.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'

import { BREAKS_SPAN_MS, BREAKS_TOLD } from '../../src/core/limits.ts'
import { Breaks } from '../../src/node/breaks.ts'
import { StubSession } from './stub-session.ts'

function setUp(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const told: string[] = []
  const breaks = new Breaks({
    nameOf: () => 'bob',
    trouble: (where, message) => told.push(message ? where : `${where}, over`),
  })
  const lose = (session: StubSession, times: number, gapMs: number, code = 'lost'): void => {
    for (let i = 0; i < times; i++) {
      t.mock.timers.tick(gapMs)
      breaks.ended(session, code)
    }
  }
  return { told, lose }
}

const SOON_MS = BREAKS_SPAN_MS - 1
const TOLD = 'connection to bob'

test('sessions lost one soon after the other are told once, and when that is over', (t) => {
  const { told, lose } = setUp(t)
  const session = new StubSession()
  lose(session, BREAKS_TOLD - 1, SOON_MS)
  assert.deepEqual(told, [])
  lose(session, BREAKS_TOLD, SOON_MS, 'timeout')
  assert.deepEqual(told, [TOLD])
  t.mock.timers.tick(BREAKS_SPAN_MS)
  assert.deepEqual(told, [TOLD, `${TOLD}, over`])
})

test('losses that are far apart, of several devices, or wanted, are none of that', (t) => {
  const { told, lose } = setUp(t)
  lose(new StubSession(), 3 * BREAKS_TOLD, BREAKS_SPAN_MS)
  for (let i = 0; i < 2 * BREAKS_TOLD; i++) lose(new StubSession(), BREAKS_TOLD - 1, 1000)
  lose(new StubSession(), 3 * BREAKS_TOLD, 1000, 'shutting_down')
  t.mock.timers.tick(BREAKS_SPAN_MS)
  assert.deepEqual(told, [])
})
