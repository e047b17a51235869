// When a session asks whether the other side lives, and when it takes it for dead: by a clock that
// the test moves.
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'

import {
  ANSWER_MAX_MS,
  PING_AFTER_MS,
  PROBE_TIMEOUT_MS,
  SESSION_TICK_MS,
  SILENCE_MAX_MS,
} from '../../src/core/limits.ts'
import { Beat } from '../../src/net/beat.ts'
import { Pulse } from '../../src/net/pulse.ts'

class Bench {
  now = 0
  isReading = true
  death: string | undefined
  readonly pulse = new Pulse(0)
  readonly pingsAt: number[] = []
  private readonly quietMs: number

  /** @param others sessions beside this one */
  constructor(t: TestContext, others: number) {
    const beat = new Beat()
    for (let i = 0; i <= others; i++) t.after(beat.follow(() => {}))
    this.quietMs = beat.quietMs
  }

  pass(durationMs: number, isAnswered = false): void {
    for (const until = this.now + durationMs; this.now < until;) {
      this.now += SESSION_TICK_MS
      const verdict = this.pulse.look(this.now, this.quietMs, this.isReading)
      if (verdict === 'ping') {
        this.pingsAt.push(this.now)
        this.pulse.pinged(this.now)
        if (isAnswered) this.pulse.heard(this.now)
      } else if (verdict) this.death ??= verdict.dead
    }
  }
}

test('of few sessions each is asked after three seconds of silence', (t) => {
  const bench = new Bench(t, 9)
  bench.pass(9000, true)
  assert.deepEqual(bench.pingsAt, [3000, 6000, 9000])
  assert.equal(bench.death, undefined)
})

test('of many each is asked less often, so that all together send no more', (t) => {
  for (const [others, everyMs] of [
    [99, 30_000],
    [999, 60_000],
  ] as const) {
    const bench = new Bench(t, others)
    bench.pass(2 * everyMs, true)
    assert.deepEqual(bench.pingsAt, [everyMs, 2 * everyMs])
  }
})

test('who has many sessions asks soon where something was sent and nothing heard', (t) => {
  const bench = new Bench(t, 99)
  bench.pass(20_000)
  assert.deepEqual(bench.pingsAt, [])
  bench.pulse.sent()
  bench.pass(SESSION_TICK_MS)
  assert.deepEqual(bench.pingsAt, [20_500], 'it was silent for longer than that already')
  bench.pass(PING_AFTER_MS)
  assert.deepEqual(bench.pingsAt, [20_500, 23_500])
  bench.pulse.heard(bench.now)
  bench.pass(20_000)
  assert.equal(bench.pingsAt.length, 2, 'what was answered is not waited for')
  assert.equal(bench.death, undefined)
})

test('nothing heard for ten seconds, five of them after a ping, is a dead connection', (t) => {
  for (const others of [0, 99]) {
    const bench = new Bench(t, others)
    const deadMs = others === 0 ? SILENCE_MAX_MS : 30_000 + ANSWER_MAX_MS
    bench.pass(deadMs - SESSION_TICK_MS)
    assert.equal(bench.death, undefined)
    bench.pass(SESSION_TICK_MS)
    assert.equal(typeof bench.death, 'string')
  }
})

test('who does not read goes on showing life, and takes nobody for dead', (t) => {
  const bench = new Bench(t, 99)
  bench.isReading = false
  bench.pass(12_000)
  assert.deepEqual(bench.pingsAt, [3000, 6000, 9000, 12_000])
  bench.pass(30_000)
  assert.equal(bench.death, undefined)
  bench.isReading = true
  bench.pulse.resumed(bench.now)
  bench.pass(ANSWER_MAX_MS)
  assert.equal(bench.death, undefined, 'what was said meanwhile could not be heard')
  bench.pass(ANSWER_MAX_MS)
  assert.equal(typeof bench.death, 'string')
})

test('a process that stood still itself gives the other side its time again', (t) => {
  const bench = new Bench(t, 0)
  bench.pass(PING_AFTER_MS)
  bench.now += 60_000
  bench.pass(SESSION_TICK_MS)
  assert.equal(bench.death, undefined)
  assert.equal(bench.pingsAt.length, 2)
  bench.pass(ANSWER_MAX_MS)
  assert.equal(typeof bench.death, 'string')
})

test('a short stall is no sign of death either', (t) => {
  const bench = new Bench(t, 99)
  bench.pass(30_000)
  assert.equal(bench.pingsAt.length, 1)
  bench.now += 4800
  bench.pass(SESSION_TICK_MS)
  assert.equal(bench.death, undefined)
})

test('whoever is to show life soon is given the time for it', (t) => {
  const paused = new Bench(t, 0)
  paused.pass(SESSION_TICK_MS)
  paused.pulse.probed(paused.now)
  paused.isReading = false
  paused.pass(2 * PROBE_TIMEOUT_MS)
  assert.equal(paused.death, undefined, 'what it says cannot be heard')
  paused.isReading = true
  paused.pulse.resumed(paused.now)
  paused.pass(PROBE_TIMEOUT_MS - SESSION_TICK_MS)
  assert.equal(paused.death, undefined)
  paused.pass(SESSION_TICK_MS)
  assert.equal(typeof paused.death, 'string')

  const stalled = new Bench(t, 0)
  stalled.pulse.probed(0)
  stalled.now += 20_000
  stalled.pass(PROBE_TIMEOUT_MS)
  assert.equal(stalled.death, undefined)
  stalled.pass(SESSION_TICK_MS)
  assert.equal(typeof stalled.death, 'string')
})
