// Makes tests of faults: one scene for a list of them, so that the same process has to withstand
// all of them, one after the other or at once.
import { test } from 'node:test'

import { type Fault, Scene } from './scene.ts'

/** The same faults again: set FIRE_SEED to what a failure printed. */
const SEED = Number(process.env['FIRE_SEED'] ?? Math.floor(Math.random() * 2 ** 31))

export function faultTests(
  name: string,
  faults: readonly Fault[],
  accept: 'auto' | 'ask' = 'auto',
  settings = '',
): void {
  test(name, async (t) => {
    const scene = await Scene.set(t, accept, settings)
    for (const fault of faults) {
      await t.test(fault.title, (t) => scene.underFire(t, [fault], 'full', SEED))
    }
  })
}

/** The same with small doses, all of a list at once. */
export function stormTests(
  storms: Readonly<Record<string, readonly Fault[]>>,
  accept: 'auto' | 'ask' = 'auto',
  settings = '',
): void {
  test(Object.keys(storms).join(', '), async (t) => {
    const scene = await Scene.set(t, accept, settings)
    for (const [name, faults] of Object.entries(storms)) {
      await t.test(name, (t) => scene.underFire(t, faults, 'small', SEED))
    }
  })
}
