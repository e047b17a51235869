// How fast does a node that was away receive what it missed, and what does that take?
import { rm } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { type Costs, folderBytes } from '../costs.ts'
import { type Bench, type Measure, OWN, type Readings } from '../measure.ts'
import { folderOf, inTouch, missedPair, TEXT_BYTES, withCopy } from '../pair.ts'
import {
  BARE,
  type CatchUpCosts,
  fetchReference,
  fillReference,
  HYPERCORE,
  ORBITDB,
  type ReferenceProgram,
  YJS,
} from '../references.ts'

const RSS_BYTES_MAX = 200e6
const TIDY_MS = 2000
/** It takes minutes for what the others do in a second. */
const ORBITDB_COUNT = 10_000

interface Run {
  readonly program: ReferenceProgram
  readonly count: number
}

/** The one with a million runs beside the bare stack alone: Yjs holds all in memory. */
function runsOf({ hasPeers }: Bench, count: number, isMillion: boolean): Run[] {
  const bare = { program: BARE, count }
  if (isMillion || !hasPeers) return [bare]
  const orbitdb = { program: ORBITDB, count: ORBITDB_COUNT }
  return [bare, { program: YJS, count }, { program: HYPERCORE, count }, orbitdb]
}

export function catchUp(count: number): Measure {
  const isMillion = count >= 1_000_000
  const folder = ({ root }: Bench, { name }: ReferenceProgram, what: string): string =>
    path.join(root, `${name} ${count} ${what}`)
  const speedGoals = isMillion
    ? [{ atLeast: 0.5, of: BARE.name }]
    : [
        { atLeast: 1.2, of: YJS.name },
        { atLeast: 15, of: HYPERCORE.name },
      ]
  return {
    name: isMillion ? 'catch-up-large' : 'catch-up',
    title: `${count.toLocaleString('en')} missed messages of ${TEXT_BYTES} bytes`,
    metrics: {
      messages: { unit: 'a second', better: 'more', goals: speedGoals },
      'peak RSS of the receiver': memory(),
      'peak RSS of the sender': memory(),
      'a message on the wire': { unit: 'bytes', better: 'less', goals: [{ atMost: 170 }] },
      'a message on disk': { unit: 'bytes', better: 'less', goals: [{ atMost: 200 }] },
    },
    prepare: async (bench) => {
      await missedPair(bench.root, count)
      for (const run of runsOf(bench, count, isMillion)) {
        const directory = folder(bench, run.program, 'from')
        const what = { directory, count: run.count, textBytes: TEXT_BYTES }
        await fillReference(run.program, what)
      }
    },
    round: async (bench) => {
      const all = [{ name: OWN, count, costs: await ownCatchUp(bench, count) }]
      for (const run of runsOf(bench, count, isMillion)) {
        const [from, to] = [folder(bench, run.program, 'from'), folder(bench, run.program, 'to')]
        const costs = await fetchReference(run.program, { from, to, count: run.count })
        all.push({ name: run.program.name, count: run.count, costs })
        await rm(to, { recursive: true, force: true })
      }
      return readingsOf(all)
    },
  }
}

const memory = () => ({ unit: 'MB', better: 'less', goals: [{ atMost: RSS_BYTES_MAX }] }) as const

async function ownCatchUp({ root }: Bench, count: number): Promise<CatchUpCosts> {
  return withCopy(await missedPair(root, count), async (pair) => {
    const directory = folderOf(pair, 'bob')
    const before = await folderBytes(directory)
    const costs = await inTouch(pair, async (ann, bob) => {
      const tookMs = Number(await bob.ask('catchUp', { count }))
      const received = (await bob.ask('costs', undefined)) as Costs
      const sent = (await ann.ask('costs', undefined)) as Costs
      // What LevelDB joins just then is there twice if it ends in the midst of it.
      await sleep(TIDY_MS)
      return {
        tookMs,
        receiverRssBytes: received.rssPeakBytes,
        senderRssBytes: sent.rssPeakBytes,
        wireBytes: received.wireBytes,
      }
    })
    return { ...costs, diskBytes: (await folderBytes(directory)) - before }
  })
}

function readingsOf(
  all: readonly { name: string; count: number; costs: CatchUpCosts }[],
): Readings {
  const each = (read: (costs: CatchUpCosts, count: number) => number): Record<string, number> =>
    Object.fromEntries(all.map(({ name, count, costs }) => [name, read(costs, count)]))
  return {
    messages: each(({ tookMs }, n) => (n / tookMs) * 1000),
    'peak RSS of the receiver': each(({ receiverRssBytes }) => receiverRssBytes),
    'peak RSS of the sender': each(({ senderRssBytes }) => senderRssBytes),
    'a message on the wire': each(({ wireBytes }, n) => wireBytes / n),
    'a message on disk': each(({ diskBytes }, n) => diskBytes / n),
  }
}
