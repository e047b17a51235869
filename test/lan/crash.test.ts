// kill -9 of either side at random moments of a conversation between two hosts: nothing that was
// accepted is lost, nothing is doubled, and each restart is quick. The seed is printed.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { randomFrom } from '../fire/disk/random.ts'
import { Lan, lanMissing } from './harness.ts'
import { assertSameHistory, befriend, type Resident, ship, until } from './resident.ts'

const skip = lanMissing()
const KILLS = 50
const RESTART_MS_MAX = 2000
const SEED = Number(process.env['CRASH_SEED'] ?? Date.now() % 1_000_000)

/** Talks without a pause until told to stop; what was accepted is noted. */
class Talker {
  readonly accepted: string[] = []
  readonly attempted: string[] = []
  private readonly from: Resident
  private readonly to: Resident
  private count = 0
  private on = true

  constructor(from: Resident, to: Resident) {
    this.from = from
    this.to = to
  }

  async talk(): Promise<void> {
    while (this.on) {
      const text = `${this.from.name} ${this.count++}`
      this.attempted.push(text)
      try {
        await this.from.send(this.to, text)
        this.accepted.push(text)
        await sleep(2)
      } catch {
        // The node was killed under it: whether this one was written is open.
        await sleep(20)
      }
    }
  }

  hush(): void {
    this.on = false
  }
}

test(`kill -9 at ${KILLS} random moments loses and doubles nothing`, { skip }, async (t) => {
  t.diagnostic(`CRASH_SEED=${SEED}`)
  const random = randomFrom(SEED)
  await using lan = new Lan()
  await using stack = new AsyncDisposableStack()
  const [ann, bob] = await ship(lan, stack)
  await ann.start()
  await bob.start()
  await befriend(ann, bob)

  const talkers = [new Talker(ann, bob), new Talker(bob, ann)]
  const talking = talkers.map((talker) => talker.talk())
  let slowestMs = 0
  for (let kill = 0; kill < KILLS; kill++) {
    await sleep(random() * 400)
    const victim = random() < 0.5 ? ann : bob
    await victim.kill()
    slowestMs = Math.max(slowestMs, await victim.start())
  }
  for (const talker of talkers) talker.hush()
  await Promise.all(talking)
  t.diagnostic(`slowest restart ${slowestMs} ms`)
  assert.ok(slowestMs < RESTART_MS_MAX, `a restart took ${slowestMs} ms`)

  const all = async (one: Resident, other: Resident): Promise<string[]> => {
    const texts: string[] = []
    let before: string | undefined
    for (;;) {
      const conversation = other.ready.account
      const query = { conversation, limit: 1000, ...(before !== undefined && { before }) }
      const page = await one.client.history(query)
      texts.unshift(...page.map(({ text }) => text))
      before = page[0]?.id
      if (before === undefined) return texts
    }
  }
  const same = async (): Promise<boolean> => {
    const [atAnn, atBob] = [await all(ann, bob), await all(bob, ann)]
    return atAnn.length === atBob.length && atAnn.every((text, i) => text === atBob[i])
  }
  await until(same, 'both show the same', 15_000)
  const shown = await all(ann, bob)
  assert.equal(new Set(shown).size, shown.length, 'something is doubled')
  for (const { accepted, attempted } of talkers) {
    assert.ok(accepted.length > KILLS, 'too little was said to show anything')
    const lost = accepted.filter((text) => !shown.includes(text))
    assert.deepEqual(lost, [], 'accepted messages are lost')
    const order = shown.filter((text) => attempted.includes(text))
    assert.deepEqual(
      order,
      attempted.filter((text) => order.includes(text)),
      'out of order',
    )
  }
  t.diagnostic(`${shown.length} messages said`)
  await assertSameHistory(ann, bob, Math.min(1000, shown.length))
})
