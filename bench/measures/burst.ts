// How fast does a daemon take messages from one program, and bring them to the other side?
import { mkdtemp, rm } from 'node:fs/promises'
import path from 'node:path'

import { connect } from '../../src/api/client.ts'
import { introduce } from '../../test/e2e/harness.ts'
import { person } from '../daemons.ts'
import { type Bench, type Measure, OWN } from '../measure.ts'
import { TEXT_BYTES } from '../pair.ts'
import { PROTOTYPE, prototypes } from '../prototypes.ts'
import { textOf } from '../texts.ts'
import { nowMs } from '../waiting.ts'

const COUNT = 10_000
/** Requests without an answer; the daemon takes 4,096 of one client. */
const PENDING_MAX = 2000
const SETTLE_TIMEOUT_MS = 60_000

export const burst: Measure = {
  name: 'burst',
  title: `${COUNT.toLocaleString('en')} \`send\`s over the control socket, two daemons`,
  metrics: {
    accepted: { unit: 'a second', better: 'more' },
    'accepted and delivered': { unit: 'a second', better: 'more', goals: [{ atLeast: 16_000 }] },
  },
  prepare: () => Promise.resolve(),
  round: async (bench) => {
    const { acceptedMs, deliveredMs } = await ownBurst(bench)
    const prototypeMs = await prototypeBurst(bench)
    const rate = (tookMs: number): number => (COUNT / tookMs) * 1000
    return {
      accepted: { [OWN]: rate(acceptedMs) },
      'accepted and delivered': { [OWN]: rate(deliveredMs), [PROTOTYPE]: rate(prototypeMs) },
    }
  },
}

async function ownBurst({ root }: Bench): Promise<{ acceptedMs: number; deliveredMs: number }> {
  const folder = await mkdtemp(path.join(root, 'burst-'))
  const [ann, bob] = [await person(folder, 'ann'), await person(folder, 'bob')]
  try {
    const ready = await bob.start('--accept', 'auto')
    await ann.start()
    await introduce(ann, bob, ready)
    const client = await connect({ home: ann.home, profile: ann.name })
    const startedAt = nowMs()
    const waiting = new Set<Promise<unknown>>()
    let newest = ''
    for (let i = 0; i < COUNT; i++) {
      const sent = client.send({ to: '@bob', text: textOf(i, TEXT_BYTES) }).then(({ id }) => {
        if (i === COUNT - 1) newest = id
        waiting.delete(sent)
      })
      waiting.add(sent)
      if (waiting.size >= PENDING_MAX) await Promise.race(waiting)
    }
    await Promise.all(waiting)
    const acceptedMs = nowMs() - startedAt
    await client.wait({ id: newest, state: 'delivered', timeoutMs: SETTLE_TIMEOUT_MS })
    const deliveredMs = nowMs() - startedAt
    await client.close()
    return { acceptedMs, deliveredMs }
  } finally {
    await ann.end()
    await bob.end()
    await rm(folder, { recursive: true, force: true })
  }
}

async function prototypeBurst({ root }: Bench): Promise<number> {
  const folder = await mkdtemp(path.join(root, 'prototype-burst-'))
  const tookMs = await prototypes(folder, async (sender, _, to) =>
    Number(await sender.ask('burst', { ...to, count: COUNT })),
  )
  await rm(folder, { recursive: true, force: true })
  return tookMs
}
