// What does a node cost while nobody says anything? It has 50 contacts, and 10 of them are online.
import { mkdtemp, rm } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { frugal } from '../live-node.ts'
import { type Measure, OWN } from '../measure.ts'
import type { Known, MemberTasks } from '../member.ts'
import { Worker } from '../processes.ts'

const CONTACTS = 50
const ONLINE = 10
/** Until what is done after a start is over: those away are dialed once a minute by then. */
const SETTLE_MS = 60_000
const WATCH_MS = 20_000

const members = () =>
  new Worker<MemberTasks>(path.join(import.meta.dirname, '../member.ts'), frugal())

interface Use {
  readonly cpuMs: number
  readonly rssBytes: number
}

export const idle: Measure = {
  name: 'idle',
  title: `${CONTACTS} contacts, ${ONLINE} of them online, without discovery, for 20 s`,
  metrics: {
    RSS: { unit: 'MB', better: 'less', goals: [{ atMost: 130e6 }] },
    processor: {
      unit: '% of a core',
      better: 'less',
      varies: true,
      goals: [{ atMost: 0.5 }],
    },
  },
  prepare: () => Promise.resolve(),
  round: async (bench) => {
    const root = await mkdtemp(path.join(bench.root, 'idle-'))
    await using own = members()
    await using others = members()
    const create = async (who: Worker<MemberTasks>, first: number, count: number) =>
      (await who.ask('create', { root, first, count })) as Known[]
    const [self, rest] = [await create(own, 0, 1), await create(others, 1, CONTACTS)]
    const people = [...self, ...rest]
    await own.ask('introduce', { people })
    await others.ask('introduce', { people })
    const indexes = Array.from({ length: ONLINE }, (_, i) => i + 1)
    await others.ask('start', { indexes })
    await own.ask('start', {})
    await sleep(SETTLE_MS)
    const before = (await own.ask('use', undefined)) as Use
    await sleep(WATCH_MS)
    const { cpuMs, rssBytes } = (await own.ask('use', undefined)) as Use
    await own.ask('stop', { indexes: [0] })
    await others.ask('stop', { indexes })
    await rm(root, { recursive: true, force: true })
    return {
      RSS: { [OWN]: rssBytes },
      processor: { [OWN]: (100 * (cpuMs - before.cpuMs)) / WATCH_MS },
    }
  },
}
