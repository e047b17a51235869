import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'

import { waitOwnTime } from '../../src/net/own-time.ts'

for (const durationMs of [250, 300, 2000]) {
  test(`after ${durationMs} ms what came is read first`, async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] })
    let calls = 0
    waitOwnTime(durationMs, () => (calls += 1))
    for (let passedMs = 0; passedMs < durationMs; passedMs += 50) {
      await turn()
      assert.equal(calls, 0)
      t.mock.timers.tick(50)
    }
    assert.equal(calls, 0)
    await turn()
    assert.equal(calls, 1)
    t.mock.timers.tick(10_000)
    await turn()
    assert.equal(calls, 1)
  })
}

test('a wait that was ended calls nobody, however late', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  for (const passedMs of [0, 600, 1000]) {
    const end = waitOwnTime(1000, () => assert.fail('it was ended'))
    t.mock.timers.tick(passedMs)
    end()
    t.mock.timers.tick(10_000)
    await turn()
  }
})
