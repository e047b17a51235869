// The scene of an attack: Ann, whose daemon is attacked, and Bob, her honest contact, each a real
// daemon; somebody who is her contact and calls again and again; and the eyes of the system on
// Ann's process. Every fault is judged by the same invariants.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { appendFile } from 'node:fs/promises'
import path from 'node:path'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import type { Client, Message } from '../../src/api/client.ts'
import { findPlaces } from '../../src/api/places.ts'
import type { Ready } from '../../src/api/running.ts'
import { introduce, Person, waitUntil } from '../e2e/harness.ts'
import { Attacker } from './attackers.ts'
import { Foe, type Victim } from './foe.ts'
import type { Findings } from './order.ts'
import { tell } from './table.ts'
import { type Figures, waitedMs, Watch } from './watch.ts'

const CALLS = 20
const CALLS_MIN = 19
const CALL_LIMIT_MS = 3000
const RSS_MIB_MAX = 256
const LAG_MS_MAX = 500
const ATTACK_LIMIT_MS = 800_000
/** What no valid message says: attacks put it where it must never be stored or shown. */
const FORBIDDEN = /INVALID/
/** Lines of the log that tell of a mistake of ours. 50 is an error, 60 the end. */
const MISTAKE = /"level":[56]0/
/** This one is the right answer to a device that signs two logs. */
const FORK_FOUND = /a device has signed two different logs/

export type Size = 'small' | 'full'

export interface Fault {
  /** What holds, for the title of the test. */
  readonly title: string
  readonly attack: string
  readonly dose: Readonly<Record<Size, number>>
  /** What the dose counts. */
  readonly unit: string
  /** Looked at while the attack is under way, after the calls. */
  readonly during?: (scene: Scene, size: Size) => void | Promise<void>
  /** Done while the attack and the calls are under way; what it returns goes into the table. */
  readonly meanwhile?: (scene: Scene, size: Size) => Promise<string | void>
  /** Judged besides the invariants; what it returns goes into the table. */
  readonly judge?: (
    scene: Scene,
    findings: Findings,
    dose: number,
  ) => string | void | Promise<string | void>
}

export class Scene {
  readonly ann: Person
  readonly bob: Person
  ready: Ready
  client: Client
  bobClient: Client
  readonly friend: Foe
  private said = 0

  private constructor(
    people: { ann: Person; bob: Person },
    ready: Ready,
    clients: { client: Client; bobClient: Client },
    friend: Foe,
  ) {
    this.ann = people.ann
    this.bob = people.bob
    this.ready = ready
    this.client = clients.client
    this.bobClient = clients.bobClient
    this.friend = friend
  }

  /**
   * With `ask`, Ann's contacts are made while nobody attacks, and only then does she ask.
   *
   * @param settings more of Ann's configuration
   */
  static async set(
    t: TestContext,
    accept: 'auto' | 'ask' | 'never' = 'auto',
    settings = '',
  ): Promise<Scene> {
    const [ann, bob] = [await Person.create(t, 'ann'), await Person.create(t, 'bob')]
    await appendFile(path.join(ann.home, 'config.toml'), settings)
    let ready = await ann.start('--accept', 'auto')
    await introduce(ann, bob, await bob.start('--accept', 'auto'))
    const friend = new Foe(victimOf(ready), { name: 'Carol' })
    t.after(() => friend[Symbol.asyncDispose]())
    await friend.befriend()
    if (accept !== 'auto') {
      friend.hangUp()
      await ann.json('stop')
      ready = await ann.start('--accept', accept)
    }
    const clients = { client: await ann.connect(t), bobClient: await bob.connect(t) }
    return new Scene({ ann, bob }, ready, clients, friend)
  }

  get victim(): Victim {
    return victimOf(this.ready)
  }

  /** Ann's node anew, at the same address. */
  async restart(t: TestContext, accept: 'auto' | 'ask' | 'never'): Promise<void> {
    await this.ann.json('stop')
    this.ready = await this.ann.start('--accept', accept)
    this.client = await this.ann.connect(t)
  }

  /** After Bob's node was started anew. */
  async meetBobAgain(t: TestContext): Promise<void> {
    this.bobClient = await this.bob.connect(t)
    await waitUntil(
      async () =>
        (await this.client.contacts()).some(({ name, online }) => name === 'bob' && online),
      'Bob is back',
    )
  }

  /** Attacks, in one process and at once, watches, and asserts what must hold whatever they do. */
  async underFire(
    t: TestContext,
    faults: readonly Fault[],
    size: Size,
    seed: number,
  ): Promise<void> {
    const { socket } = findPlaces({ home: this.ann.home, profile: this.ann.name })
    const attacks = faults.map(({ attack, dose }) => ({ attack, dose: dose[size] }))
    const watch = new Watch(this.ready.pid, this.client)
    const attacker = new Attacker({ attacks, victim: this.victim, seed, socket }, ATTACK_LIMIT_MS)
    t.after(() => attacker.kill())
    const asides = new Map<Fault['meanwhile'], string | void>()
    let calls = { made: 0, slowestMs: 0 }
    let worst: Figures
    let findings: readonly Findings[]
    try {
      await attacker.height
      // What several faults have in common is done once.
      const meanwhile = [...new Set(faults.map((fault) => fault.meanwhile))]
      const [called] = await Promise.all([
        this.call(),
        ...meanwhile.map(async (look) => asides.set(look, await look?.(this, size))),
      ])
      calls = called
      for (const { during } of faults) await during?.(this, size)
      findings = await attacker.findings
      // What was begun may still be under way.
      await sleep(300)
    } finally {
      worst = await watch.stop()
    }
    const { made, slowestMs } = calls
    t.diagnostic(`seed ${seed}: ${JSON.stringify({ findings, ...worst, made, slowestMs })}`)
    const called = `calls ${made}/${CALLS}, slowest ${slowestMs} ms`
    for (const [i, fault] of faults.entries()) {
      const dose = fault.dose[size]
      const judged = await fault.judge?.(this, findings[i] ?? {}, dose)
      const result = [judged, asides.get(fault.meanwhile), called].filter(Boolean).join('; ')
      tell(t, { fault: fault.title, dose: `${dose} ${fault.unit}`, result, ...worst })
    }
    await this.assertInvariants()
    assert.ok(worst.rssMiB <= RSS_MIB_MAX, `${worst.rssMiB} MiB of memory`)
    assert.ok(worst.lagMs < LAG_MS_MAX, `no answer for ${worst.lagMs} ms`)
    assert.ok(made >= CALLS_MIN, `contacts got through ${made} times of ${CALLS}`)
  }

  /** I1 to I5, and that honest people still reach each other. */
  async assertInvariants(): Promise<void> {
    const status = await this.client.status()
    assert.equal(status.pid, this.ready.pid, 'the same process')
    assert.deepEqual(status.damage, [])
    this.assertLog()
    await this.converse()
    for (const { account } of await this.client.contacts()) {
      const messages = await this.client.history({ conversation: account, limit: 1000 })
      for (const { text } of messages) assert.doesNotMatch(text, FORBIDDEN)
      assertContiguous(messages)
    }
  }

  /** Messages go both ways, and both sides have the same history. */
  async converse(): Promise<void> {
    const [ann, bob] = [await this.accountOf(this.client), await this.accountOf(this.bobClient)]
    const words = ++this.said
    await this.client.send({ to: bob, text: `ann ${words}` })
    await this.bobClient.send({ to: ann, text: `bob ${words}` })
    const list = (messages: readonly Message[]): string[] => messages.map(({ id }) => id)
    await waitUntil(
      async () => {
        const atAnn = list(await this.client.history({ conversation: bob, limit: 1000 }))
        const atBob = list(await this.bobClient.history({ conversation: ann, limit: 1000 }))
        return atAnn.length === 2 * words && atAnn.join() === atBob.join()
      },
      'Ann and Bob have the same history',
      10_000,
    )
  }

  /**
   * How long Ann's user waits for `send`, and a message of Bob's until she can read it, at worst.
   * The time in which the system let others run does not count.
   */
  async promptness(
    rounds: number,
  ): Promise<{ readonly sendMs: number; readonly arriveMs: number }> {
    const [ann, bob] = [await this.accountOf(this.client), await this.accountOf(this.bobClient)]
    let sendMs = 0
    let arriveMs = 0
    for (let i = 0; i < rounds; i++) {
      const words = ++this.said
      const sent = this.client.send({ to: bob, text: `ann ${words}` })
      sendMs = Math.max(sendMs, await this.tookMs(sent))
      await this.bobClient.send({ to: ann, text: `bob ${words}` })
      const arrived = waitUntil(async () => {
        const newest = await this.client.history({ conversation: bob, limit: 3 })
        return newest.some(({ text }) => text === `bob ${words}`)
      }, "Bob's message arrives")
      arriveMs = Math.max(arriveMs, await this.tookMs(arrived))
    }
    return { sendMs: Math.round(sendMs), arriveMs: Math.round(arriveMs) }
  }

  private async tookMs(work: Promise<unknown>): Promise<number> {
    const waited = (): number => waitedMs(this.ready.pid) + waitedMs(process.pid)
    const [start, before] = [performance.now(), waited()]
    await work
    return performance.now() - start - (waited() - before)
  }

  assertLog(): void {
    const { log } = findPlaces({ home: this.ann.home, profile: this.ann.name })
    const lines = readFileSync(log, 'utf8').split('\n')
    const mistakes = lines.filter((line) => !isFine(line))
    assert.deepEqual(mistakes.slice(0, 3), [], 'the log tells of mistakes')
  }

  private async accountOf(client: Client): Promise<string> {
    return (await client.whoami()).account
  }

  /** A contact calls, hears Hello and hangs up, twenty times. */
  private async call(): Promise<{ made: number; slowestMs: number }> {
    let made = 0
    let slowestMs = 0
    for (let i = 0; i < CALLS; i++) {
      const start = performance.now()
      try {
        await this.friend.greet(CALL_LIMIT_MS)
        made += 1
        slowestMs = Math.max(slowestMs, Math.round(performance.now() - start))
      } catch {
        // Counted by not being counted.
      }
      this.friend.hangUp()
      await sleep(50)
    }
    return { made, slowestMs }
  }
}

/** Every line is of the log's own kind: what the runtime says when it dies is not. */
function isFine(line: string): boolean {
  if (line === '' || FORK_FOUND.test(line)) return true
  return line.startsWith('{') && !MISTAKE.test(line)
}

function victimOf({ addresses, account }: Ready): Victim {
  return { address: addresses[0] ?? '', account: account as Victim['account'] }
}

/** I3: of each author consecutive numbers, none twice. */
function assertContiguous(messages: readonly Message[]): void {
  const newest = new Map<string, number>()
  for (const { author, seq } of messages) {
    const before = newest.get(author)
    if (before !== undefined) assert.equal(seq, before + 1, 'a gap or a repetition')
    newest.set(author, seq)
  }
}
