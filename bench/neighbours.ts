// How much discovery puts on a network with more and more nodes on it (bench/README.md,
// "neighbours"): each on a host of its own, a network namespace. Linux, as root.
import { execFileSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'

import { type Host, Lan } from '../test/lan/harness.ts'
import { Resident } from '../test/lan/resident.ts'
import { bareHost, hostFor, makeNetwork, SPARE_ADDRESS } from './street.ts'

const { values } = parseArgs({ options: { nodes: { type: 'string', default: '2,10,30,100' } } })
const SIZES = values.nodes.split(',').map(Number)
const COUNTED = ['udp', 'dport', '5353', 'counter']
const SETTLE_MS = 15_000
/** Three questions, or more. */
const WATCH_MS = 44_000
const STARTED_AT_ONCE = 4

interface Row {
  readonly 'all found each other within': string
  readonly 'packets a second, from the first start on': string
  readonly 'packets a second, later': string
}

/** Counts what arrives at a host that says nothing. */
function count(ear: Host): void {
  const nft = (...args: readonly string[]) => execFileSync('ip', [...inside(ear), 'nft', ...args])
  nft('add', 'table', 'netdev', 'ear')
  const hook = '{ type filter hook ingress device eth0 priority 0; }'
  nft('add', 'chain', 'netdev', 'ear', 'in', hook)
  nft('add', 'rule', 'netdev', 'ear', 'in', ...COUNTED)
}

function counted(ear: Host): number {
  const args = [...inside(ear), 'nft', 'list', 'table', 'netdev', 'ear']
  const listed = execFileSync('ip', args, { encoding: 'utf8' })
  return Number(/counter packets (\d+)/.exec(listed)?.[1])
}

const inside = ({ prefix }: Host): readonly string[] => prefix.slice(1)

async function row(nodes: number): Promise<Row> {
  await using lan = new Lan()
  await using stack = new AsyncDisposableStack()
  makeNetwork(lan)
  const ear = bareHost(lan, 'ear', SPARE_ADDRESS)
  count(ear)
  const residents: Resident[] = []
  for (let index = 0; index < nodes; index++) {
    residents.push(stack.use(await Resident.settle('me', hostFor(lan, index))))
  }
  const startedAt = performance.now()
  for (let first = 0; first < nodes; first += STARTED_AT_ONCE) {
    const some = residents.slice(first, first + STARTED_AT_ONCE)
    await Promise.all(some.map((resident) => resident.start()))
  }
  const readyAt = performance.now()
  for (const { client } of residents) {
    while ((await client.nearby()).length < nodes - 1) await sleep(50)
  }
  const foundMs = performance.now() - readyAt
  const atFirst = (counted(ear) * 1000) / (performance.now() - startedAt)
  await sleep(SETTLE_MS)
  const before = counted(ear)
  await sleep(WATCH_MS)
  const later = ((counted(ear) - before) * 1000) / WATCH_MS
  return {
    'all found each other within': `${Math.round(foundMs)} ms of the last start`,
    'packets a second, from the first start on': atFirst.toFixed(1),
    'packets a second, later': later.toFixed(1),
  }
}

const rows: Record<string, Row> = {}
for (const nodes of SIZES) {
  rows[`${nodes} nodes`] = await row(nodes)
  console.error(`${nodes} nodes: done`)
}
console.table(rows)
