// What grows with what a node holds (bench/README.md, "scale"): the curve over conversations that
// two nodes share, over entries of one conversation, over contacts. `--most N` ends each at N.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'

import type { Costs } from './costs.ts'
import { Members } from './members.ts'
import { groupedPair, openAs, type Pair, Peer, syncedPair, withCopy } from './pair.ts'
import { reunite, writeAlone } from './reunions.ts'
import { nowMs } from './waiting.ts'

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    most: { type: 'string', default: '1000000' },
  },
})
const MOST = Number(values.most)
/** Until what is done once after a start is done. */
const SETTLE_MS = 10_000

type Row = Readonly<Record<string, string>>

const ms = (took: number): string => `${took.toFixed(1)} ms`
const MB = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`

/** Ann alone: from the start of her process until she is on the network, and what she takes. */
async function alone(pair: Pair): Promise<Row> {
  const startedAt = nowMs()
  await using ann = new Peer()
  await openAs(ann, pair, 'ann')
  const ready = nowMs() - startedAt
  await sleep(SETTLE_MS)
  const { rssPeakBytes } = (await ann.ask('costs', undefined)) as Costs
  await ann.ask('close', undefined)
  return { 'start to ready': ms(ready), 'most memory': MB(rssPeakBytes) }
}

async function meeting(pair: Pair, to: string): Promise<Row> {
  return withCopy(pair, async (copy) => {
    // What the two told each other last was what made them what they are, and that may take more
    // than one meeting.
    let nothing = await reunite(copy)
    for (let before = Infinity; nothing.bytes < before; nothing = await reunite(copy)) {
      before = nothing.bytes
    }
    await writeAlone(copy, to)
    const one = await reunite(copy)
    const of = (costs: typeof one): string => `${costs.bytes} bytes, ${ms(costs.tookMs)}`
    return { 'nothing missed': of(nothing), 'one missed': of(one) }
  })
}

async function contacts(root: string, count: number): Promise<Row> {
  const folder = path.join(root, `contacts-${count}`)
  await using others = new Members()
  const theirs = await others.create({ root: folder, first: 1, count })
  await using own = new Members()
  const self = await own.create({ root: folder, first: 0, count: 1 })
  await own.ask('introduce', { people: [...self, ...theirs] })
  const startedAt = nowMs()
  await own.ask('start', {})
  const ready = nowMs() - startedAt
  await sleep(SETTLE_MS)
  const { cpuPercent, rssBytes } = await own.atRest(SETTLE_MS)
  await own.ask('stop', { indexes: [0] })
  await rm(folder, { recursive: true, force: true })
  const share = `${cpuPercent.toFixed(2)} %`
  return { 'opened in': ms(ready), memory: MB(rssBytes), 'processor, none of them online': share }
}

const CURVES: Readonly<
  Record<string, { sizes: readonly number[]; row: (root: string, size: number) => Promise<Row> }>
> = {
  conversations: {
    sizes: [10, 100, 1000, 10_000],
    row: async (root, size) => {
      const pair = await groupedPair(root, size)
      return { ...(await alone(pair)), ...(await meeting(pair, '#g7')) }
    },
  },
  entries: {
    sizes: [100, 10_000, 100_000, 1_000_000],
    row: async (root, size) => {
      const pair = await syncedPair(root, size)
      return { ...(await alone(pair)), ...(await meeting(pair, 'bob')) }
    },
  },
  contacts: { sizes: [10, 100, 1000], row: contacts },
}

const root = await mkdtemp(path.join(tmpdir(), 'tidings-scale-'))
process.env['NODE_COMPILE_CACHE'] = path.join(root, 'compiled')
try {
  for (const [name, { sizes, row }] of Object.entries(CURVES)) {
    if (values.only !== undefined && values.only !== name) continue
    const rows: Record<string, Row> = {}
    for (const size of sizes.filter((each) => each <= MOST)) {
      const startedAt = nowMs()
      rows[size.toLocaleString('en')] = await row(root, size)
      console.error(`${name}: ${size} in ${Math.round((nowMs() - startedAt) / 1000)} s`)
    }
    console.log(name)
    console.table(rows)
  }
} finally {
  await rm(root, { recursive: true, force: true })
}
