// Two people on hosts of the test network and all that they say to each other: what was accepted is
// noted, and held against what both show. The times that the issue promises are kept here.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'

import type { Message } from '../../../src/api/client.ts'
import { befriend, type Resident, until } from '../../lan/resident.ts'

export const NOTICED_MS_MAX = 15_000
export const BACK_MS_MAX = 5000
export const COMPLETE_MS_MAX = 10_000
/** Sends at once: as many as one client may have under way, with room to spare. */
const BURST = 250
const PAGE = 1000

export class Pair {
  readonly ann: Resident
  readonly bob: Resident
  private readonly accepted = new Map<Resident, string[]>()
  private readonly pids: readonly number[]

  private constructor(ann: Resident, bob: Resident) {
    this.ann = ann
    this.bob = bob
    this.pids = [ann.pid, bob.pid]
  }

  /** Two that know each other and have talked. Both must be running. */
  static async meet(ann: Resident, bob: Resident): Promise<Pair> {
    await befriend(ann, bob)
    const pair = new Pair(ann, bob)
    await pair.talk(1)
    await until(() => pair.complete(), 'the first words arrived', COMPLETE_MS_MAX)
    return pair
  }

  /** Two that have said so many things already, `NAME 0` first. */
  static of(ann: Resident, bob: Resident, said: number): Pair {
    const pair = new Pair(ann, bob)
    for (const one of [ann, bob]) {
      pair.accepted.set(
        one,
        Array.from({ length: said }, (_, i) => `${one.name} ${i}`),
      )
    }
    return pair
  }

  /** Both say so many things. */
  async talk(count: number): Promise<void> {
    await Promise.all([this.say(this.ann, count), this.say(this.bob, count)])
  }

  async say(from: Resident, count: number): Promise<void> {
    const to = from === this.ann ? this.bob : this.ann
    const texts = this.accepted.get(from) ?? []
    this.accepted.set(from, texts)
    for (let left = count; left > 0; left -= BURST) {
      const some = Array.from(
        { length: Math.min(BURST, left) },
        (_, i) => `${from.name} ${texts.length + i}`,
      )
      await Promise.all(some.map((text) => from.send(to, text)))
      texts.push(...some)
    }
  }

  /** Each holds all that both said. Costs nothing that grows with the history. */
  async complete(): Promise<boolean> {
    return (await this.holdsAll(this.ann, this.bob)) && (await this.holdsAll(this.bob, this.ann))
  }

  async bothOnline(): Promise<boolean> {
    return (await this.ann.isOnline(this.bob)) && (await this.bob.isOnline(this.ann))
  }

  async bothOffline(): Promise<boolean> {
    return !(await this.ann.isOnline(this.bob)) && !(await this.bob.isOnline(this.ann))
  }

  /** From now until both show the other as offline. */
  noticed(limitMs = NOTICED_MS_MAX): Promise<number> {
    return until(() => this.bothOffline(), `${this.names} notice the loss`, limitMs)
  }

  /** From now until both are online, and until all that was said meanwhile is on both sides. */
  async back(completeMsMax = COMPLETE_MS_MAX): Promise<{ backMs: number; completeMs: number }> {
    const startedAt = performance.now()
    const complete = until(() => this.complete(), `${this.names} have all`, completeMsMax)
    complete.catch(() => {})
    const backMs = await until(() => this.bothOnline(), `${this.names} are back`, BACK_MS_MAX)
    await complete
    return { backMs, completeMs: Math.round(performance.now() - startedAt) }
  }

  /** I1 to I5: all that was accepted, once, in order, the same on both sides; nobody fell. */
  async assertWhole(): Promise<void> {
    const { ann, bob } = this
    const [atAnn, atBob] = [await everything(ann, bob), await everything(bob, ann)]
    const line = ({ id, text }: Message): string => `${id} ${text}`
    assert.deepEqual(atAnn.map(line), atBob.map(line), `${this.names} show the same`)
    for (const [who, texts] of this.accepted) {
      const own = atBob.filter(({ author }) => author === who.ready.account)
      assert.deepEqual(
        own.map(({ text }) => text),
        texts,
        `all that ${who.name} said, in order, once`,
      )
      assert.deepEqual(
        own.map(({ seq }) => seq),
        own.map((_, i) => i + 1),
        `no gap in the log of ${who.name}`,
      )
      assert.deepEqual(who.mistakes().slice(0, 3), [], `the log file of ${who.name}`)
      assert.deepEqual((await who.client.status()).damage, [])
    }
    assert.deepEqual([ann.pid, bob.pid], this.pids, 'the same processes')
  }

  /** The most memory that either ever had. */
  get rssMiB(): number {
    return Math.max(peakMiB(this.ann.pid), peakMiB(this.bob.pid))
  }

  private get names(): string {
    return `${this.ann.name} and ${this.bob.name}`
  }

  private async holdsAll(who: Resident, other: Resident): Promise<boolean> {
    const [report] = await who.client.sync({ conversation: other.ready.account })
    return [who, other].every((one) => {
      const said = this.accepted.get(one)?.length ?? 0
      const held = report?.devices.filter(({ account }) => account === one.ready.account) ?? []
      return held.reduce((sum, { have }) => sum + have, 0) === said
    })
  }
}

/** The whole conversation as `who` shows it, oldest first. */
export async function everything(who: Resident, other: Resident): Promise<Message[]> {
  const conversation = other.ready.account
  const all: Message[] = []
  let before: string | undefined
  for (;;) {
    const query = { conversation, limit: PAGE, ...(before !== undefined && { before }) }
    const page = await who.client.history(query)
    all.unshift(...page)
    before = page[0]?.id
    if (page.length < PAGE) return all
  }
}

function peakMiB(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Math.round(Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1024)
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}
