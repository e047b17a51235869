// How long until all of very many nodes that start together have each other online
// (bench/README.md, "crowd"): more than this machine has room for as processes, so a few processes
// share them, each on a host of its own. Linux, as root.
import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'

import { type Host, Lan } from '../test/lan/harness.ts'
import { curve, type Row, seconds, SHARES } from './curve.ts'
import { frugal } from './live-node.ts'
import { Worker } from './processes.ts'
import { hostFor, makeNetwork, rememberNeighbours } from './street.ts'
import type { Neighbour, Presence, TenantTasks } from './tenant.ts'
import { nowMs } from './waiting.ts'

const { values } = parseArgs({
  options: {
    nodes: { type: 'string', default: '10,30,100' },
    within: { type: 'string', default: '600' },
    rest: { type: 'string', default: '30' },
  },
})
const SIZES = values.nodes.split(',').map(Number)
const WITHIN_MS = Number(values.within) * 1000
const REST_MS = Number(values.rest) * 1000
const PROCESSES = 2 * availableParallelism()
const POLL_MS = 250
/** What is said to each other right after a meeting is over by then. */
const SETTLE_MS = 10_000

class Tenants extends Worker<TenantTasks> {
  constructor({ prefix }: Host) {
    const { env, execArgv } = frugal()
    const [command = '', ...args] = [...prefix, process.execPath, ...execArgv]
    super(path.join(import.meta.dirname, 'tenant.ts'), { env, execPath: command, execArgv: args })
  }
}

async function look(houses: readonly Tenants[]): Promise<Presence> {
  const all = (await Promise.all(
    houses.map((house) => house.ask('presence', undefined)),
  )) as Presence[]
  const sum = (read: (one: Presence) => number): number =>
    all.reduce((total, one) => total + read(one), 0)
  return {
    present: sum(({ present }) => present),
    losses: sum(({ losses }) => losses),
    cpuMs: sum(({ cpuMs }) => cpuMs),
    rssBytes: sum(({ rssBytes }) => rssBytes),
  }
}

async function settle(houses: readonly Tenants[], root: string, nodes: number): Promise<void> {
  const share = Math.ceil(nodes / houses.length)
  const people: Neighbour[] = []
  for (const [i, house] of houses.entries()) {
    const first = i * share
    const count = Math.max(0, Math.min(share, nodes - first))
    people.push(...((await house.ask('create', { root, first, count })) as Neighbour[]))
  }
  await Promise.all(houses.map((house) => house.ask('introduce', { people })))
}

async function row(nodes: number, root: string): Promise<Row> {
  using _limits = rememberNeighbours(nodes)
  await using lan = new Lan()
  await using stack = new AsyncDisposableStack()
  makeNetwork(lan)
  const houses = Array.from({ length: PROCESSES }, (_, index) =>
    stack.use(new Tenants(hostFor(lan, index))),
  )
  await settle(houses, root, nodes)
  const pairs = nodes * (nodes - 1)
  const before = await look(houses)
  const startedAt = nowMs()
  let readyAfter = NaN
  const ready = Promise.all(houses.map((house) => house.ask('start', undefined)))
  const noted = ready.then(() => (readyAfter = nowMs() - startedAt))
  const reached: Record<string, string> = {}
  let now = before
  do {
    await sleep(POLL_MS)
    now = await look(houses)
    for (const [name, share] of Object.entries(SHARES)) {
      if (now.present >= share * pairs) reached[name] ??= seconds(nowMs() - startedAt)
    }
  } while (reached['all'] === undefined && nowMs() - startedAt < WITHIN_MS)
  await noted
  await sleep(SETTLE_MS)
  const quiet = await look(houses)
  await sleep(REST_MS)
  const rested = await look(houses)
  await Promise.all(houses.map((house) => house.ask('stop', undefined)))
  const idle = (100 * (rested.cpuMs - quiet.cpuMs)) / REST_MS / nodes
  return {
    'all ready': seconds(readyAfter),
    ...Object.fromEntries(
      Object.keys(SHARES).map((name) => [`${name} online`, reached[name] ?? 'never']),
    ),
    'in the end': rested.present === pairs ? 'all' : `${rested.present} of ${pairs}`,
    'lost again': `${rested.losses}`,
    'processor, a pair': `${((now.cpuMs - before.cpuMs) / (pairs / 2)).toFixed(1)} ms`,
    'processor of a node at rest': `${idle.toFixed(2)} % of a core`,
    'memory, a node': `${(rested.rssBytes / nodes / 1e6).toFixed(0)} MB`,
  }
}

await curve(SIZES, async (nodes) => {
  const root = await mkdtemp(path.join(tmpdir(), 'tidings-crowd-'))
  try {
    return await row(nodes, root)
  } finally {
    await rm(root, { recursive: true, force: true })
  }
})
