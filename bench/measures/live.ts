// How long does one message take, from `send` on one node to the event on the other?
import { rm } from 'node:fs/promises'
import path from 'node:path'

import { type Bench, type Measure, OWN, quantile } from '../measure.ts'
import { inTouch, syncedPair, TEXT_BYTES, withCopy } from '../pair.ts'
import { PROTOTYPE, prototypes } from '../prototypes.ts'

/** Of those that both hold before. */
const HELD = 100
const COUNT = 11_000
/** The first ones meet code that is not compiled yet. */
const WARM_UP = 10_000

export const live: Measure = {
  name: 'live',
  title: `${COUNT - WARM_UP} messages one after the other, \`send\` to event, fsync on both sides`,
  metrics: {
    median: { unit: 'ms', better: 'less', goals: [{ atMost: 1.2, of: PROTOTYPE }] },
    'slowest of 100': { unit: 'ms', better: 'less', varies: true },
  },
  prepare: async ({ root }) => {
    await syncedPair(root, HELD)
  },
  round: async (bench) => {
    const [own, its] = [await ownTimes(bench), await prototypeTimes(bench)]
    const both = (share: number): Record<string, number> => ({
      [OWN]: quantile(own, share),
      [PROTOTYPE]: quantile(its, share),
    })
    return { median: both(0.5), 'slowest of 100': both(0.99) }
  },
}

async function ownTimes({ root }: Bench): Promise<number[]> {
  return withCopy(await syncedPair(root, HELD), (pair) =>
    inTouch(pair, async (ann, bob) => {
      await ann.ask('reunion', undefined)
      await bob.ask('listen', undefined)
      const what = { to: 'bob', count: COUNT, textBytes: TEXT_BYTES }
      const begun = (await ann.ask('live', what)) as number[]
      return differences(begun, (await bob.ask('heard', { count: COUNT })) as number[])
    }),
  )
}

async function prototypeTimes({ root }: Bench): Promise<number[]> {
  const folder = path.join(root, 'prototype')
  const times = await prototypes(folder, async (sender, receiver, to) => {
    const begun = (await sender.ask('live', { ...to, count: COUNT })) as number[]
    return differences(begun, (await receiver.ask('heard', undefined)) as number[])
  })
  await rm(folder, { recursive: true, force: true })
  return times
}

function differences(begunAtMs: readonly number[], heardAtMs: readonly number[]): number[] {
  if (heardAtMs.length !== begunAtMs.length) throw new Error('not all messages were heard')
  return begunAtMs.map((begun, i) => (heardAtMs[i] ?? NaN) - begun).slice(WARM_UP)
}
