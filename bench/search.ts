// Search over a large history: how soon the first result is there, how long all take, what the
// filters need, and what making them costs those who write (bench/README.md). Options: --count N
// entries, --sends N.
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import { parseArgs } from 'node:util'

import { logTag, messageId } from '../src/core/id.ts'
import type { LogName } from '../src/core/run.ts'
import { becomeFrugal, keepMemorySmall, startFrugally } from '../src/daemon/memory.ts'
import type { LocalNode } from '../src/node/node.ts'
import type { LevelStore } from '../src/store/store-level.ts'
import { COMMON, makeHistory, ONCE, textOf } from './large-history.ts'
import { KEY, nodeOn, storeIn } from './live-node.ts'

// As a node does that runs by itself.
becomeFrugal()
startFrugally()
keepMemorySmall()

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '1000000' },
    sends: { type: 'string', default: '20000' },
    keep: { type: 'string' },
  },
})
const count = Number(values.count)
const sends = Number(values.sends)

const open = (directory: string): Promise<LevelStore> => storeIn(directory, false)

const nodeOf = (store: LevelStore): Promise<LocalNode> =>
  nodeOn(store, { name: 'bench', accept: 'never', port: 0 })

const row = (name: string, figures: string): void => console.log(`${name.padEnd(40)}${figures}`)
const ms = (value: number): string => `${value.toFixed(1)} ms`
const mb = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`
const sleep = (forMs: number): Promise<void> => new Promise((done) => setTimeout(done, forMs))

/** The process's own, and the pages of the database's files that the system shows it. */
function memory(): string {
  const status = readFileSync('/proc/self/status', 'utf8')
  const kib = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1])
  return `${mb(kib('RssAnon') * 1024)} its own, ${mb(kib('RssFile') * 1024)} of files`
}

/** What the filters take, and how many entries they know. */
async function filtersOf(store: LevelStore, logs: readonly LogName[]) {
  let bytes = 0
  let known = 0
  for (const log of logs) {
    for (let before = Number.MAX_SAFE_INTEGER; before > 0;) {
      const records = await store.filters.read(log, before, 64)
      if (before === Number.MAX_SAFE_INTEGER) known += records[0]?.last ?? 0
      for (const { filter } of records) bytes += filter.byteLength + 64
      before = records.at(-1)?.chunk ?? 0
    }
  }
  return { bytes, known }
}

async function search(node: LocalNode, what: string, query: string, limit: number): Promise<void> {
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  const startedAt = performance.now()
  const { results } = await node.search({ query, limit })
  let found = 0
  let firstMs = NaN
  for await (const _ of results(new AbortController().signal)) {
    if (found === 0) firstMs = performance.now() - startedAt
    found += 1
  }
  const allMs = performance.now() - startedAt
  delay.disable()
  const first = Number.isNaN(firstMs) ? '' : `first ${ms(firstMs)}, `
  const longest = `longest step ${ms(delay.max / 1e6)}`
  row(what, `${first}all ${found} of at most ${limit} in ${ms(allMs)}; ${longest}`)
}

/** How long pages take, whatever is newer than they are. */
async function pages(node: LocalNode, { conversation, device }: LogName): Promise<void> {
  console.log('\nhistory, a page of 50, with so many newer messages in its log')
  const [report] = node.sync(conversation)
  const shown = report?.devices.find((each) => each.device === device)?.shown ?? 0
  const tag = logTag(conversation, device)
  for (const share of [0.99, 0.9, 0.5, 0.1, 0.01]) {
    const at = Math.round((shown - 2000) * share) + 100
    const times = { before: [] as number[], after: [] as number[], around: [] as number[] }
    for (let i = 0; i < 20; i++) {
      for (const where of ['before', 'after', 'around'] as const) {
        const startedAt = performance.now()
        // Another run each time.
        await node.history(conversation, { limit: 50, [where]: messageId(tag, at + 60 * i) })
        times[where].push(performance.now() - startedAt)
      }
    }
    const median = (all: number[]): string => ms(all.toSorted((a, b) => a - b)[10] ?? 0)
    const figures = Object.entries(times).map(([where, all]) => `${where} ${median(all)}`)
    row((shown - at).toLocaleString('en'), figures.join(', '))
  }
}

async function sendMany(node: LocalNode, to: string): Promise<number> {
  const startedAt = performance.now()
  const GROUP = 1000
  for (let first = 0; first < sends; first += GROUP) {
    const texts = Array.from({ length: GROUP }, (_, i) => textOf(first + i))
    await Promise.all(texts.map((text) => node.send(to, text)))
  }
  return (sends / (performance.now() - startedAt)) * 1000
}

/** The same store, but reading for filters never comes to anything. */
function withoutIndex(store: LevelStore): LevelStore {
  return new Proxy(store, {
    get(target, name) {
      if (name === 'readRuns') return () => Promise.resolve([])
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
}

const root = values.keep ?? (await mkdtemp(path.join(tmpdir(), 'tidings-bench-')))
try {
  const directory = path.join(root, 'db')
  const logs = await makeHistory({ directory, key: KEY.toString('hex'), count })
  const store = await open(directory)
  const rss = (when: string): void => row(`memory ${when}`, memory())
  rss('before')
  const loadedAt = performance.now()
  const node = await nodeOf(store)
  row('entries, logs', `${count.toLocaleString('en')}, ${logs.length}`)
  console.log('\nwithout filters, while they are being made')
  await search(node, 'frequent word', COMMON, 20)
  await search(node, 'rare word, one hit, old', ONCE, 20)
  for (;;) {
    const { known } = await filtersOf(store, logs)
    if (known > 0.999 * count) break
    await sleep(200)
  }
  row('filters made in', ms(performance.now() - loadedAt))
  const { bytes } = await filtersOf(store, logs)
  rss('after making filters')
  row('filters', `${mb(bytes)}, ${(bytes / count).toFixed(1)} bytes for each entry`)
  for (const round of ['first', 'second']) {
    console.log(`\nwith filters, ${round} time`)
    await search(node, 'frequent word', COMMON, 20)
    await search(node, 'frequent word, a thousand', COMMON, 1000)
    await search(node, 'rare word, one hit, old', ONCE, 20)
    await search(node, 'a part of that word', ONCE.slice(2, 8), 20)
    await search(node, 'a word of many that are rare', textOf(12_345).split(' ').at(-1) ?? '', 20)
    await search(node, 'a word that does not occur', 'xylophone', 20)
    await search(node, 'three letters that do not occur', 'qxz', 20)
    await search(node, 'a phrase that does not occur', `"${COMMON} ${COMMON} ${COMMON}"`, 20)
  }
  rss('after searching')

  await pages(node, logs[0] as LogName)

  console.log('\nmessages sent a second, 1,000 at once')
  const to = node.contacts()[0]?.account ?? ''
  const rates = { with: [] as number[], without: [] as number[] }
  await node.stop()
  for (let round = 0; round < 3; round++) {
    for (const kind of ['without', 'with'] as const) {
      const opened = await open(directory)
      const sender = await nodeOf(kind === 'with' ? opened : withoutIndex(opened))
      await sleep(1500)
      rates[kind].push(await sendMany(sender, to))
      await sender.stop()
    }
  }
  for (const kind of ['without', 'with'] as const) {
    const sorted = rates[kind].toSorted((a, b) => a - b).map((rate) => Math.round(rate))
    row(`${kind} filters`, `${sorted[1]?.toLocaleString('en')}  (${sorted[0]} to ${sorted[2]})`)
  }
} finally {
  if (values.keep === undefined) await rm(root, { recursive: true, force: true })
}
