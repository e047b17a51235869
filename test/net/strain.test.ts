import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import {
  STALL_GAP_MS,
  STRAIN_LATE_MS,
  STRAIN_LOOK_MS,
  STRAIN_LOOKS,
} from '../../src/core/limits.ts'
import { Strain } from '../../src/net/strain.ts'

test('a turn that comes late is felt for some looks, and then no longer', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  let now = 0
  let eased = 0
  const strain = new Strain({ now: () => now, eased: () => (eased += 1) })
  t.after(() => strain.stop())
  const look = (lateMs: number): boolean => {
    now += STRAIN_LOOK_MS + lateMs
    t.mock.timers.tick(STRAIN_LOOK_MS)
    return strain.isFelt
  }
  strain.start()
  assert.equal(look(STRAIN_LATE_MS), false)
  assert.equal(look(STRAIN_LATE_MS + 1), true)
  for (let i = 1; i < STRAIN_LOOKS; i++) assert.equal(look(0), true)
  assert.equal(eased, 0)
  assert.equal(look(0), false)
  assert.equal(eased, 1)
  assert.equal(look(STALL_GAP_MS + 1), false, 'to stand still, or to sleep, is no strain')
  assert.equal(look(STALL_GAP_MS), true)
  assert.equal(eased, 1, 'told once')
})

test('a loop that is blocked is felt', async (t) => {
  const strain = new Strain({ now: () => performance.now(), eased: () => {} })
  t.after(() => strain.stop())
  strain.start()
  const end = performance.now() + STRAIN_LOOK_MS + 2 * STRAIN_LATE_MS
  while (performance.now() < end);
  await sleep(1)
  assert.equal(strain.isFelt, true)
})
