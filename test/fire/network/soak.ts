// Ten nodes on one network, each with all others as contacts, five messages a second in all, and
// every few seconds one of them is killed or stopped and started again. Half of them are left
// alone, so that what grows can be seen: memory by least squares after a warm-up, and open files.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { Lan } from '../../lan/harness.ts'
import { Resident, until } from '../../lan/resident.ts'
import { tell } from '../table.ts'
import { everything } from './pair.ts'

const NODES = 10
const RESTARTED = 5
const SEND_EVERY_MS = 200
const RESTART_EVERY_MS = 8000
const OFF_MS_MAX = 5000
const SAMPLE_EVERY_MS = 5000
/** Of the time in which caches fill and code is compiled. */
const WARM_UP = 0.3
const CONVERGE_MS_MAX = 10_000
const RSS_MIB_MAX = 256
/** A session, a table of the database and a client more or less: what leaks grows with the time. */
const MORE_FILES_MAX = 16
const MIB = 1024 * 1024
const HOUR_MS = 3_600_000

interface Sample {
  readonly atMs: number
  readonly rssBytes: number
  readonly files: number
}

/** What one said to another, in the order in which it was accepted. */
interface Said {
  readonly from: Resident
  readonly to: Resident
  readonly accepted: string[]
  /** Sent when the node was killed: these may be there or not, once. */
  readonly open: Set<string>
}

class Soak {
  readonly people: Resident[] = []
  readonly said = new Map<string, Said>()
  readonly samples = new Map<Resident, Sample[]>()
  restarts = 0
  private count = 0
  private readonly off = new Set<Resident>()
  private readonly random: () => number
  private readonly endsAt: number

  constructor(people: readonly Resident[], lengthMs: number, random: () => number) {
    this.people.push(...people)
    this.random = random
    this.endsAt = performance.now() + lengthMs
  }

  async run(): Promise<void> {
    await Promise.all([this.talk(), this.restart(), this.watch()])
  }

  get steady(): readonly Resident[] {
    return this.people.slice(RESTARTED)
  }

  get accepted(): number {
    return [...this.said.values()].reduce((sum, { accepted }) => sum + accepted.length, 0)
  }

  private get isOver(): boolean {
    return performance.now() >= this.endsAt
  }

  private async talk(): Promise<void> {
    const sending = new Set<Promise<void>>()
    while (!this.isOver) {
      const [from, to] = this.twoOf()
      if (!this.off.has(from)) {
        const one: Promise<void> = this.say(from, to).finally(() => sending.delete(one))
        sending.add(one)
      }
      await sleep(SEND_EVERY_MS)
    }
    await Promise.all(sending)
  }

  private async say(from: Resident, to: Resident): Promise<void> {
    const text = `${from.name} to ${to.name}: ${this.count++}`
    const key = `${from.name} ${to.name}`
    const said = this.said.get(key) ?? { from, to, accepted: [], open: new Set() }
    this.said.set(key, said)
    try {
      await from.send(to, text)
      said.accepted.push(text)
    } catch (error) {
      // Only a node that is being restarted may fail to answer.
      if (!this.off.has(from)) throw error
      said.open.add(text)
    }
  }

  private async restart(): Promise<void> {
    while (!this.isOver) {
      await sleep(RESTART_EVERY_MS)
      const who = this.people[Math.floor(this.random() * RESTARTED)]
      assert.ok(who)
      this.off.add(who)
      await (this.random() < 0.5 ? who.kill() : who.stop())
      await sleep(this.random() * OFF_MS_MAX)
      await who.start({ accept: 'auto' })
      this.off.delete(who)
      this.restarts += 1
    }
  }

  private async watch(): Promise<void> {
    const startedAt = performance.now()
    while (!this.isOver) {
      for (const who of this.steady) {
        const list = this.samples.get(who) ?? []
        this.samples.set(who, list)
        list.push({ atMs: performance.now() - startedAt, ...figuresOf(who.pid) })
      }
      await sleep(SAMPLE_EVERY_MS)
    }
  }

  private twoOf(): [Resident, Resident] {
    const first = Math.floor(this.random() * NODES)
    const second = (first + 1 + Math.floor(this.random() * (NODES - 1))) % NODES
    return [this.people[first] as Resident, this.people[second] as Resident]
  }
}

export async function soak(t: TestContext, lengthMs: number, random: () => number): Promise<void> {
  await using lan = new Lan()
  await using stack = new AsyncDisposableStack()
  const people = await neighbours(lan, stack)
  const pids = people.slice(RESTARTED).map(({ pid }) => pid)
  const work = new Soak(people, lengthMs, random)
  await work.run()
  const startedAt = performance.now()
  const { lost, doubled } = await settled(work, CONVERGE_MS_MAX)
  const convergedMs = Math.round(performance.now() - startedAt)
  assert.deepEqual(
    work.steady.map(({ pid }) => pid),
    pids,
    'the same processes',
  )
  for (const who of people) assert.deepEqual(who.mistakes().slice(0, 3), [], who.name)

  const lists = [...work.samples.values()].map((all) => all.slice(Math.ceil(all.length * WARM_UP)))
  const slopes = lists.map(slopeOf)
  for (const [who, all] of work.samples) {
    const minutes = all.filter((_, i) => i % Math.round(60_000 / SAMPLE_EVERY_MS) === 0)
    const rss = minutes.map(({ rssBytes }) => Math.round(rssBytes / MIB))
    t.diagnostic(`${who.name}: ${rss.join(' ')} MiB, minute by minute`)
  }
  const rssMiB = Math.round(Math.max(...lists.flat().map(({ rssBytes }) => rssBytes)) / MIB)
  const files = lists.map((list) => [list[0]?.files ?? 0, list.at(-1)?.files ?? 0] as const)
  const [first, last] = files.toSorted(([a, b], [c, d]) => d - c - (b - a))[0] ?? [0, 0]
  tell(t, {
    fault: `soak: ${NODES} nodes, random restarts`,
    dose:
      `${Math.round(lengthMs / 60_000)} min, ${work.accepted} messages, ` +
      `${work.restarts} restarts`,
    result:
      `${lost} lost, ${doubled} doubled, converged ${convergedMs} ms; worst node ` +
      `${Math.max(...slopes).toFixed(1)} MB/h, open files ${first} to ${last}`,
    rssMiB,
  })
  assert.deepEqual({ lost, doubled }, { lost: 0, doubled: 0 })
  assert.ok(rssMiB <= RSS_MIB_MAX, `${rssMiB} MiB of memory`)
  assert.ok(last - first <= MORE_FILES_MAX, `open files went from ${first} to ${last}`)
}

async function neighbours(lan: Lan, stack: AsyncDisposableStack): Promise<Resident[]> {
  lan.network('ship')
  const people: Resident[] = []
  for (let i = 0; i < NODES; i++) {
    const host = lan.host(`n${i}`)
    host.plug('ship', `10.77.0.${i + 1}/24`)
    const who = stack.use(await Resident.settle(`n${i}`, host))
    await who.start({ accept: 'auto' })
    people.push(who)
  }
  for (const [i, one] of people.entries()) {
    for (const other of people.slice(i + 1)) {
      await until(() => one.sees(other), `${one.name} sees ${other.name}`, 20_000)
      await one.client.contact.add({ who: other.ready.account })
    }
  }
  const everybody = async (): Promise<boolean> => {
    const lists = await Promise.all(people.map((who) => who.client.contacts()))
    return lists.every((list) => list.filter(({ online }) => online).length === NODES - 1)
  }
  await until(everybody, 'everybody knows everybody', 60_000)
  return people
}

/** Waits until all pairs show the same, with all that was accepted; what is lost and doubled. */
async function settled(
  { people, said, accepted }: Soak,
  withinMs: number,
): Promise<{ lost: number; doubled: number }> {
  const complete = async (): Promise<boolean> => {
    const reports = await Promise.all(people.map((who) => who.client.sync()))
    const held = reports.flat().flatMap(({ devices }) => devices.map(({ have }) => have))
    // Each message is held by two.
    const sum = held.reduce((all, have) => all + have, 0)
    return sum % 2 === 0 && sum / 2 >= accepted && reports.flat().every((one) => one.complete)
  }
  await until(complete, 'all nodes have all', withinMs)
  let [lost, doubled] = [0, 0]
  for (const { from, to, accepted: texts, open } of said.values()) {
    const [atFrom, atTo] = [await everything(from, to), await everything(to, from)]
    assert.deepEqual(
      atFrom.map(({ id, text }) => `${id} ${text}`),
      atTo.map(({ id, text }) => `${id} ${text}`),
      `${from.name} and ${to.name} show the same`,
    )
    const own = atTo.filter(({ author }) => author === from.ready.account)
    const shown = own.map(({ text }) => text)
    assert.deepEqual(
      own.map(({ seq }) => seq),
      own.map((_, i) => i + 1),
      `no gap in the log of ${from.name}`,
    )
    doubled += shown.length - new Set(shown).size
    lost += texts.filter((text) => !shown.includes(text)).length
    const foreign = shown.filter((text) => !texts.includes(text) && !open.has(text))
    assert.deepEqual(foreign, [], 'nobody said this')
  }
  return { lost, doubled }
}

function figuresOf(pid: number): { rssBytes: number; files: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const rssBytes = Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024
  return { rssBytes, files: readdirSync(`/proc/${pid}/fd`).length }
}

/** MB an hour, by least squares. */
function slopeOf(samples: readonly Sample[]): number {
  const mean = (of: (sample: Sample) => number): number =>
    samples.reduce((sum, one) => sum + of(one), 0) / samples.length
  const [atMs, rssBytes] = [mean((one) => one.atMs), mean((one) => one.rssBytes)]
  const over = samples.reduce((sum, s) => sum + (s.atMs - atMs) * (s.rssBytes - rssBytes), 0)
  const under = samples.reduce((sum, s) => sum + (s.atMs - atMs) ** 2, 0)
  return ((over / under) * HOUR_MS) / 1e6
}
