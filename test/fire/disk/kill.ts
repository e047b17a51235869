// kill -9 in the midst of writing and syncing. Two people write to each other without a pause; one
// of their nodes is killed at a random moment and started anew. What `send` answered is there, each
// log is without gap and repetition, and the other one gets all of it. Several pairs run side by
// side, since a round mostly waits for processes to start.
import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import type { Client, Message } from '../../../src/api/client.ts'
import type { Ready } from '../../../src/api/running.ts'
import { introduce, Person, waitUntil } from '../../e2e/harness.ts'
import { tell } from '../table.ts'
import { assertNoGaps, assertNothingUncaught, assertWholeLogs, wholeHistory } from './history.ts'
import { type Random, randomFrom } from './random.ts'
import { Writer } from './writer.ts'

const MOMENT_MAX_MS = 400
/** So often the next kill comes while the two still catch up after the last one. */
const HURRY = 0.3
const LIMIT = 1000
/** I2: what was missed while the other was away is there within this time. */
const CONVERGE_MS = 10_000

interface Side {
  readonly person: Person
  child: ChildProcess
  client: Client
  readonly ready: Ready
  readonly writer: Writer
  /** Own entries that are known to be on both sides. */
  settled: number
}

interface Worst {
  restartMs: number
  convergeMs: number
}

async function begin(t: TestContext, person: Person): Promise<Omit<Side, 'writer' | 'settled'>> {
  const { child, ready } = await person.foreground('--accept', 'auto')
  return { person, child, ready, client: await person.connect(t) }
}

async function pair(t: TestContext, name: string): Promise<[Side, Side]> {
  const [ann, bob] = [await Person.create(t, `ann${name}`), await Person.create(t, `bob${name}`)]
  const [a, b] = [await begin(t, ann), await begin(t, bob)]
  await introduce(ann, bob, b.ready)
  const side = (own: typeof a, other: typeof b): Side => {
    const writer = new Writer(own.person.name, own.client, other.ready.account)
    return { ...own, writer, settled: 0 }
  }
  return [side(a, b), side(b, a)]
}

/** Kills the victim at some moment, starts it, and looks whether all is there on both sides. */
async function round(t: TestContext, sides: [Side, Side], random: Random): Promise<Worst> {
  await sleep(random() * MOMENT_MAX_MS)
  const [victim, other] = random() < 0.5 ? sides : sides.toReversed()
  assert.ok(victim && other)
  const gone = once(victim.child, 'exit')
  victim.child.kill('SIGKILL')
  await gone
  await victim.client.close().catch(() => {})
  const startedAt = Date.now()
  const { child } = await victim.person.foreground('--accept', 'auto')
  victim.child = child
  const restartMs = Date.now() - startedAt
  victim.client = await victim.person.connect(t)
  const own = [...victim.writer.accepted.keys()].filter((seq) => seq > victim.settled)
  assertAccepted(victim, own, await since([victim, other], victim, victim.settled))
  assert.deepEqual((await victim.client.status()).damage, [], 'nothing was damaged')
  const upAt = Date.now()
  victim.writer.goOn(victim.client)
  if (random() < HURRY) return { restartMs, convergeMs: 0 }
  await converge(victim, other)
  return { restartMs, convergeMs: Date.now() - upAt }
}

function newest(side: Side, other: Side, before?: string): Promise<Message[]> {
  const page = { conversation: other.ready.account, limit: LIMIT }
  return side.client.history(before === undefined ? page : { ...page, before })
}

/** What a side shows of all after an author's entry: what the other wrote may fill a page alone. */
async function since([side, other]: [Side, Side], by: Side, seq: number): Promise<Message[]> {
  const isEarly = (message: Message): boolean =>
    message.author === by.ready.account && message.seq <= seq
  const isFar = (page: readonly Message[]): boolean => page.length < LIMIT || page.some(isEarly)
  let messages = await newest(side, other)
  for (let page = messages; !isFar(page);) {
    page = await newest(side, other, messages[0]?.id)
    messages = [...page, ...messages]
  }
  return messages
}

/** I1: all of these numbers are there, with the text that was answered. */
function assertAccepted(author: Side, seqs: readonly number[], messages: readonly Message[]): void {
  assertNoGaps(messages, author.person.name)
  const own = messages.filter((message) => message.author === author.ready.account)
  const texts = new Map(own.map(({ seq, text }) => [seq, text]))
  for (const seq of seqs) {
    const text = author.writer.accepted.get(seq)
    assert.equal(texts.get(seq), text, `entry ${seq} of ${author.person.name} was accepted`)
  }
}

/** Everything that both sides had accepted by now is on both. */
async function converge(a: Side, b: Side): Promise<void> {
  for (const [author, reader] of [
    [a, b],
    [b, a],
  ] as const) {
    const seqs = [...author.writer.accepted.keys()].filter((seq) => seq > author.settled)
    const last = Math.max(author.settled, ...seqs)
    const isThere = async (): Promise<boolean> => {
      const messages = await newest(reader, author)
      return messages.some(({ author: by, seq }) => by === author.ready.account && seq >= last)
    }
    if (seqs.length > 0) {
      await waitUntil(isThere, `${reader.person.name} has entry ${last}`, CONVERGE_MS)
      assertAccepted(author, seqs, await since([reader, author], author, author.settled))
    }
    author.settled = last
  }
}

async function assertSame([a, b]: [Side, Side]): Promise<number> {
  for (const { writer } of [a, b]) await writer.stop()
  let atA: Message[] = []
  let atB: Message[] = []
  const same = async (): Promise<boolean> => {
    atA = await wholeHistory(a.client, b.ready.account)
    atB = await wholeHistory(b.client, a.ready.account)
    return atA.map(({ id }) => id).join() === atB.map(({ id }) => id).join()
  }
  await waitUntil(same, 'both hold the same', CONVERGE_MS)
  for (const side of [a, b]) {
    assertWholeLogs(atA, side.person.name)
    assertAccepted(side, [...side.writer.accepted.keys()], atA)
    assertNothingUncaught(side.person)
  }
  return atA.length
}

export function killTests(rounds: number, pairs: number, seed: number): void {
  test(`kill -9 ${rounds} times in the midst of writing and syncing`, async (t) => {
    t.diagnostic(`FIRE_SEED=${seed}`)
    const worst: Worst = { restartMs: 0, convergeMs: 0 }
    let messages = 0
    const startedAt = Date.now()
    const one = async (index: number): Promise<void> => {
      const random = randomFrom(seed + index)
      const sides = await pair(t, String(index))
      // Also when something does not hold: who goes on writing keeps the process.
      t.after(() => Promise.all(sides.map(({ writer }) => writer.stop())))
      for (let i = index; i < rounds; i += pairs) {
        const { restartMs, convergeMs } = await round(t, sides, random)
        worst.restartMs = Math.max(worst.restartMs, restartMs)
        worst.convergeMs = Math.max(worst.convergeMs, convergeMs)
      }
      messages += await assertSame(sides)
    }
    await Promise.all(Array.from({ length: pairs }, (_, index) => one(index)))
    tell(t, {
      fault: 'kill -9 in the midst of writing and syncing',
      dose: `${rounds} kills`,
      result:
        `0 of ${messages} lost or doubled; restart at most ${worst.restartMs} ms, ` +
        `together again at most ${worst.convergeMs} ms`,
    })
    t.diagnostic(`${Math.round((Date.now() - startedAt) / rounds)} ms a round`)
  })
}
