// Cost follows what changed: a reconnect with nothing missed moves as many bytes with 100 entries
// as with 100,000, and a long conversation opens at once.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { Lan, lanMissing } from './harness.ts'
import { befriend, Resident, ship, until } from './resident.ts'

const skip = lanMissing()
const SETTLE_MS = 3000
const OPEN_MS_MAX = 100

/**
 * Bytes that TCP carried in both directions on the connection between the two. What the system sent
 * once more, since nobody had a turn to acknowledge it in time, counts once.
 */
function tcpBytes(host: Resident['host'], other: string): number {
  const [command, ...rest] = [...host.prefix, 'ss', '-tinH', 'dst', other]
  const output = execFileSync(command, rest, { encoding: 'utf8' })
  const figures = [...output.matchAll(/bytes_(sent|received|retrans):(\d+)/g)]
  assert.notEqual(figures.length, 0, 'there is no connection to measure')
  return figures.reduce((sum, [, what, bytes]) => {
    return what === 'retrans' ? sum - Number(bytes) : sum + Number(bytes)
  }, 0)
}

/** What a reconnect moves when nothing was missed since the one before. */
async function reconnectBytes(ann: Resident, bob: Resident): Promise<number> {
  await reconnect(ann, bob)
  return reconnect(ann, bob)
}

/** Restarts bob's node and measures what the new connection has moved once it is quiet. */
async function reconnect(ann: Resident, bob: Resident): Promise<number> {
  await bob.stop()
  await until(async () => !(await ann.isOnline(bob)), 'ann noticed', 20_000)
  await bob.start()
  const both = async (): Promise<boolean> => (await ann.isOnline(bob)) && (await bob.isOnline(ann))
  await until(both, 'both are online', 10_000)
  await sleep(SETTLE_MS)
  return tcpBytes(ann.host, '10.77.0.2')
}

async function fill(from: Resident, to: Resident, first: number, last: number): Promise<void> {
  const group = 2000
  for (let at = first; at <= last; at += group) {
    const size = Math.min(group, last - at + 1)
    const texts = Array.from({ length: size }, (_, i) => `message ${at + i}`)
    await Promise.all(texts.map((text) => from.send(to, text)))
  }
  const complete = async (): Promise<boolean> => {
    const [newest] = await to.history(from, 1)
    return newest?.text === `message ${last}`
  }
  await until(complete, `all ${last} are there`, 60_000)
}

test(
  '100,000 entries: a reconnect costs what it costs with 100, opening takes under 100 ms',
  { skip },
  async (t) => {
    await using lan = new Lan()
    await using stack = new AsyncDisposableStack()
    const [ann, bob] = await ship(lan, stack)
    await ann.start()
    await bob.start()
    await befriend(ann, bob)

    await fill(ann, bob, 1, 100)
    const few = await reconnectBytes(ann, bob)
    await fill(ann, bob, 101, 100_000)
    const many = await reconnectBytes(ann, bob)
    t.diagnostic(`bytes of a reconnect: ${few} with 100 entries, ${many} with 100,000`)
    assert.ok(Math.abs(many - few) <= few * 0.1, `${few} against ${many} bytes`)

    const startedAt = performance.now()
    const page = await bob.history(ann, 50)
    const tookMs = performance.now() - startedAt
    t.diagnostic(`the last 50 of 100,000 in ${tookMs.toFixed(1)} ms`)
    assert.deepEqual(
      page.map(({ text }) => text),
      Array.from({ length: 50 }, (_, i) => `message ${99_951 + i}`),
    )
    assert.ok(tookMs < OPEN_MS_MAX, `opening took ${tookMs.toFixed(0)} ms`)
  },
)
