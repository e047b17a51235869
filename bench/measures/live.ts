// How long does one message take, from `send` on one node to the event on the other?
import { rm } from 'node:fs/promises'
import path from 'node:path'

import { type Measure, OWN, quantile } from '../measure.ts'
import { inTouch, type Peer, syncedPair, TEXT_BYTES, withCopy } from '../pair.ts'
import type { Sending } from '../prototype-tasks.ts'
import { type Prototype, PROTOTYPE, prototypes } from '../prototypes.ts'

/** Of those that both hold before. */
const HELD = 100
/** The first ones meet code that is not compiled yet. */
const WARM_UP = 10_000
/** Both take turns, so that a busy moment of the machine meets both alike. */
const TURNS = 8
const COUNT = 250

export const live: Measure = {
  name: 'live',
  title: `${TURNS * COUNT} messages one after the other, \`send\` to event, fsync on both sides`,
  metrics: {
    median: { unit: 'ms', better: 'less', goals: [{ atMost: 1.2, of: PROTOTYPE }] },
    'slowest of 100': { unit: 'ms', better: 'less', varies: true },
  },
  prepare: async ({ root }) => {
    await syncedPair(root, HELD)
  },
  round: async ({ root }) => {
    const pair = await syncedPair(root, HELD)
    const folder = path.join(root, 'prototype')
    const times = await withCopy(pair, (copy) =>
      inTouch(copy, (ann, bob) =>
        prototypes(folder, async (sender, receiver, to) =>
          inTurn([await ownLane(ann, bob), prototypeLane(sender, receiver, to)]),
        ),
      ),
    )
    await rm(folder, { recursive: true, force: true })
    const [own = [], its = []] = times
    const both = (share: number): Record<string, number> => ({
      [OWN]: quantile(own, share),
      [PROTOTYPE]: quantile(its, share),
    })
    return { median: both(0.5), 'slowest of 100': both(0.99) }
  },
}

/** Sends so many messages; how long each took. */
type Lane = (count: number) => Promise<number[]>

async function inTurn(lanes: readonly Lane[]): Promise<number[][]> {
  for (const lane of lanes) await lane(WARM_UP)
  const times = lanes.map((): number[] => [])
  for (let turn = 0; turn < TURNS; turn++) {
    for (const [i, lane] of lanes.entries()) times[i]?.push(...(await lane(COUNT)))
  }
  return times
}

/**
 * @param send gives when each of so many was begun
 * @param heard gives when so many came, all in all
 */
function laneOf(
  send: (count: number) => Promise<unknown>,
  heard: (total: number) => Promise<unknown>,
): Lane {
  let sent = 0
  return async (count) => {
    const begunAtMs = (await send(count)) as number[]
    const heardAtMs = (await heard(sent + count)) as number[]
    const times = differences(begunAtMs, heardAtMs.slice(sent))
    sent += count
    return times
  }
}

async function ownLane(ann: Peer, bob: Peer): Promise<Lane> {
  await ann.ask('reunion', undefined)
  await bob.ask('listen', undefined)
  return laneOf(
    (count) => ann.ask('live', { to: 'bob', count, textBytes: TEXT_BYTES }),
    (count) => bob.ask('heard', { count }),
  )
}

function prototypeLane(sender: Prototype, receiver: Prototype, to: Omit<Sending, 'count'>): Lane {
  return laneOf(
    (count) => sender.ask('live', { ...to, count }),
    () => receiver.ask('heard', undefined),
  )
}

function differences(begunAtMs: readonly number[], heardAtMs: readonly number[]): number[] {
  if (heardAtMs.length !== begunAtMs.length) throw new Error('not all messages were heard')
  return begunAtMs.map((begun, i) => (heardAtMs[i] ?? NaN) - begun)
}
