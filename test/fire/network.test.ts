// Faults of the network, of time and of sleep, between hosts of their own. Most of their time is
// waiting, so they run side by side.
import { test, type TestContext } from 'node:test'

import { changesOfAddress, changesOfNetwork } from '../lan/changes.ts'
import { lanMissing } from '../lan/harness.ts'
import { badLine } from './network/bad-line.ts'
import { skewed } from './network/clocks.ts'
import { seconds } from './network/pair.ts'
import { oneSided, partition, threeWay } from './network/partitions.ts'
import { asleep } from './network/sleep.ts'
import { soak } from './network/soak.ts'
import { tell } from './table.ts'

const SIDE_BY_SIDE = 6
/** A longer soak: FIRE_SOAK_MINUTES=600. The limit on a file of tests has to be raised with it. */
const SOAK_MS = Number(process.env['FIRE_SOAK_MINUTES'] ?? 10) * 60_000

/** The longest first. */
const FAULTS: Readonly<Record<string, (t: TestContext) => Promise<void>>> = {
  'ten nodes that are restarted at random': (t) => soak(t, SOAK_MS, Math.random),
  'asleep for 10 min': (t) => asleep(t, 600_000),
  'apart for 120 s': (t) => partition(t, 120_000),
  'three hosts, each two of them apart in turn': threeWay,
  'interfaces and addresses that change': (t) => changes(t, changesOfAddress),
  'networks that go and come': (t) => changes(t, changesOfNetwork),
  'apart for 45 s': (t) => partition(t, 45_000),
  'apart in one direction': (t) => oneSided(t, 45_000),
  'asleep for 30 s': (t) => asleep(t, 30_000),
  '5 % lost': (t) => badLine(t, { lossPercent: 5, delayMs: 0, jitterMs: 0 }),
  '30 % lost': (t) => badLine(t, { lossPercent: 30, delayMs: 0, jitterMs: 0 }),
  '200±50 ms late': (t) => badLine(t, { lossPercent: 0, delayMs: 200, jitterMs: 50 }),
  '10 % lost and 200±50 ms late': (t) =>
    badLine(t, { lossPercent: 10, delayMs: 200, jitterMs: 50 }),
  '30 % lost and 200±50 ms late': (t) =>
    badLine(t, { lossPercent: 30, delayMs: 200, jitterMs: 50 }),
  'clocks that are hours off': (t) => skewed(t, '±2 h', { ann: ['-2h'], bob: ['+2h'] }),
  'clocks that are years off': (t) => skewed(t, '±10 y', { ann: ['+10y'], bob: ['-10y'] }),
  'clocks that jump': (t) =>
    skewed(t, 'jumps of 2 h to 20 y', { ann: ['+0'], bob: ['+10y', '-2h', '-10y', '+0', '+2h'] }),
  'apart for 5 s': (t) => partition(t, 5000),
}

test(
  'the network, time and sleep',
  { skip: lanMissing(), concurrency: SIDE_BY_SIDE },
  async (t) => {
    await Promise.all(Object.entries(FAULTS).map(([title, run]) => t.test(title, run)))
  },
)

async function changes(t: TestContext, make: typeof changesOfAddress): Promise<void> {
  for (const { what, noticedMs, backMs } of await make()) {
    const result = `noticed ${seconds(noticedMs)}, back ${seconds(backMs)}`
    tell(t, { fault: what, dose: 'once', result })
  }
}
