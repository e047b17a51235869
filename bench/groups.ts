// What a group costs: as many real nodes as are asked for, each in touch with each other, on one
// machine (bench/README.md, "groups"). Run it where nothing else uses the loopback interface.
import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'

import type { Known, MemberTasks, Use } from './member.ts'
import { median, Meter, show } from './meter.ts'
import { Worker } from './processes.ts'

const { values } = parseArgs({
  options: {
    members: { type: 'string', default: '100' },
    messages: { type: 'string', default: '20' },
    missed: { type: 'string', default: '2000' },
  },
})
const COUNT = Number(values.members)
const MESSAGES = Number(values.messages)
const MISSED = Number(values.missed)
/** Nodes in one process. */
const SHARE = Math.ceil(COUNT / (2 * availableParallelism()))
/** When something came the nodes note themselves; asking costs them time. */
const POLL_MS = 250
/** The others tell each other what they have within 30 s. */
const SETTLE_MS = 40_000
const TEXT = 'the quick brown fox jumps over the lazy dog '.repeat(3).slice(0, 120)

type Members = Worker<MemberTasks>

function each<K extends keyof MemberTasks>(
  workers: readonly Members[],
  task: K,
  params: MemberTasks[K],
): Promise<unknown[]> {
  return Promise.all(workers.map((worker) => worker.ask(task, params)))
}

async function until(done: () => Promise<boolean>): Promise<void> {
  while (!(await done())) await sleep(POLL_MS)
}

async function allHeard(workers: readonly Members[], prefix: string, count = 1): Promise<number> {
  let lastMs = 0
  await until(async () => {
    const told = (await each(workers, 'heard', { prefix, count })) as {
      complete: number
      lastMs: number
    }[]
    lastMs = Math.max(...told.map((each) => each.lastMs))
    return told.reduce((sum, { complete }) => sum + complete, 0) === COUNT
  })
  return lastMs
}

async function gather(workers: readonly Members[], root: string): Promise<void> {
  const people: Known[] = []
  for (const [i, worker] of workers.entries()) {
    const first = i * SHARE
    const count = Math.min(SHARE, COUNT - first)
    people.push(...((await worker.ask('create', { root, first, count })) as Known[]))
  }
  await each(workers, 'introduce', { people })
  await each(workers, 'start', {})
  const startedAt = performance.now()
  await workers[0]?.ask('found', { people })
  await each(workers, 'join', undefined)
  const everybody = async (): Promise<boolean> => {
    const all = (await each(workers, 'members', undefined)) as { joined: number; online: number }[]
    return all.every(({ joined, online }) => joined === COUNT && online === COUNT)
  }
  await until(everybody)
  show(
    'all joined, each in touch with each other, s',
    ((performance.now() - startedAt) / 1000).toFixed(1),
  )
}

/** What all processes together took so far. */
async function use(workers: readonly Members[], what: keyof Use): Promise<number> {
  const uses = (await each(workers, 'use', undefined)) as Use[]
  return uses.reduce((sum, each) => sum + each[what], 0)
}

async function typed(workers: readonly Members[], meter: Meter): Promise<void> {
  const times: number[] = []
  const costs: { bytes: number; cpuMs: number }[] = []
  const heard: number[] = []
  for (let i = 0; i < MESSAGES; i++) {
    await meter.begin()
    const before = await use(workers, 'heardBytes')
    const prefix = `typed ${i} `
    const saidMs = Number(await workers[0]?.ask('say', { index: 0, texts: [prefix + TEXT] }))
    times.push((await allHeard(workers, prefix)) - saidMs)
    await sleep(2500)
    costs.push(await meter.end())
    heard.push((await use(workers, 'heardBytes')) - before)
  }
  show('one message: until the last member shows it, ms', median(times).toFixed(0))
  const bytes = median(costs.map((cost) => cost.bytes)) / COUNT
  show('bytes for each member, all frames and headers', bytes.toFixed(0))
  show('bytes of frames that each member gets', (median(heard) / COUNT).toFixed(0))
  const cpuMs = median(costs.map((cost) => cost.cpuMs))
  show('processor for all members, ms', cpuMs.toFixed(0))
}

async function burst(workers: readonly Members[], meter: Meter): Promise<void> {
  const authors = Math.min(10, COUNT)
  await meter.begin()
  const before = await use(workers, 'heardBytes')
  const startedMs = performance.timeOrigin + performance.now()
  await Promise.all(
    Array.from({ length: authors }, async (_, i) => {
      const index = Math.floor((i * COUNT) / authors)
      const texts = Array.from({ length: 10 }, (_, n) => `burst ${i} ${n} ${TEXT}`)
      await workers[Math.floor(index / SHARE)]?.ask('say', { index, texts })
    }),
  )
  const lastMs = await allHeard(workers, 'burst ', 10 * authors)
  await sleep(2500)
  const { bytes, cpuMs } = await meter.end()
  show(
    `${10 * authors} messages of ${authors} at once: until all show all, ms`,
    (lastMs - startedMs).toFixed(0),
  )
  const perMessage = bytes / COUNT / (10 * authors)
  show('bytes for each member and message', perMessage.toFixed(0))
  const heard = ((await use(workers, 'heardBytes')) - before) / COUNT / (10 * authors)
  show('bytes of frames for each member and message', heard.toFixed(0))
  show('processor for each message, ms', (cpuMs / (10 * authors)).toFixed(1))
}

/** One was away and comes back to all others at once: what it takes beyond coming back as such. */
async function missed(workers: readonly Members[]): Promise<void> {
  const nothing = await comeBack(workers, 0)
  const authors = Math.min(20, COUNT - 1)
  const count = authors * Math.ceil(MISSED / authors)
  const { tookMs, bytes } = await comeBack(workers, count)
  show('coming back with nothing missed, bytes of frames', nothing.bytes.toFixed(0))
  show(`${count} messages of ${authors} missed: all there after, ms`, tookMs.toFixed(0))
  const text = count * (TEXT.length + 12)
  show('more bytes of frames for each byte of text', ((bytes - nothing.bytes) / text).toFixed(2))
}

async function comeBack(
  workers: readonly Members[],
  count: number,
): Promise<{ tookMs: number; bytes: number }> {
  const index = COUNT - 1
  const own = workers[Math.floor(index / SHARE)]
  await own?.ask('stop', { indexes: [index] })
  const authors = count > 0 ? Math.min(20, COUNT - 1) : 0
  for (let i = 0; i < authors; i++) {
    const author = Math.floor((i * (COUNT - 1)) / authors)
    const texts = Array.from({ length: count / authors }, (_, n) => `missed ${i} ${n} ${TEXT}`)
    await workers[Math.floor(author / SHARE)]?.ask('say', { index: author, texts })
  }
  await sleep(SETTLE_MS)
  const before = await use(workers, 'heardBytes')
  const tookMs = Number(await own?.ask('catchUp', { index, count }))
  await sleep(5000)
  return { tookMs, bytes: (await use(workers, 'heardBytes')) - before }
}

const root = await mkdtemp(path.join(tmpdir(), 'tidings-group-'))
const processes = Math.ceil(COUNT / SHARE)
const workers = Array.from(
  { length: processes },
  (): Members => new Worker<MemberTasks>(path.join(import.meta.dirname, 'member.ts')),
)
try {
  show('members', `${COUNT}, in ${processes} processes`)
  await gather(workers, root)
  const meter = new Meter(() => use(workers, 'cpuMs'))
  const rest = await meter.rest()
  show('nobody says anything: KiB/s in all', (rest.bytes / 1024).toFixed(0))
  show('and processor, % of one core', (rest.cpuMs / 10).toFixed(0))
  await typed(workers, meter)
  await burst(workers, meter)
  await missed(workers)
  const rssBytes = await use(workers, 'rssBytes')
  show('memory for each member, MiB', (rssBytes / COUNT / 2 ** 20).toFixed(1))
} finally {
  for (const worker of workers) worker.end()
  await rm(root, { recursive: true, force: true })
}
