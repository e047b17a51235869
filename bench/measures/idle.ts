// What does a node cost while nobody says anything? It has 50 contacts, and 10 of them are online.
import { mkdtemp, rm } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { type Measure, OWN } from '../measure.ts'
import { Members } from '../members.ts'

const CONTACTS = 50
const ONLINE = 10
/** Until what is done after a start is over: those away are dialed once a minute by then. */
const SETTLE_MS = 60_000
const WATCH_MS = 20_000

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
    await using own = new Members()
    await using others = new Members()
    const self = await own.create({ root, first: 0, count: 1 })
    const people = [...self, ...(await others.create({ root, first: 1, count: CONTACTS }))]
    await own.ask('introduce', { people })
    await others.ask('introduce', { people })
    const indexes = Array.from({ length: ONLINE }, (_, i) => i + 1)
    await others.ask('start', { indexes })
    await own.ask('start', {})
    await sleep(SETTLE_MS)
    const { cpuPercent, rssBytes } = await own.atRest(WATCH_MS)
    await own.ask('stop', { indexes: [0] })
    await others.ask('stop', { indexes })
    await rm(root, { recursive: true, force: true })
    return { RSS: { [OWN]: rssBytes }, processor: { [OWN]: cpuPercent } }
  },
}
