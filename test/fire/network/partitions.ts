// Networks that fall apart without a sign of it: for 5, 45 and 120 seconds, in one direction only,
// and three hosts of which each two cannot reach each other in turn. Both sides write meanwhile.
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { Lan } from '../../lan/harness.ts'
import { Resident, ship, until } from '../../lan/resident.ts'
import { tell } from '../table.ts'
import { COMPLETE_MS_MAX, NOTICED_MS_MAX, Pair, seconds } from './pair.ts'

const MISSED = 1000
/** Shorter than any silence that ends a session. */
const SHORT_MS = 10_000
/** Each pair of three is apart for so long in turn. */
const TURN_MS = 20_000

/** All packets of one host are lost, both ways, and nothing tells it. */
export async function partition(t: TestContext, lengthMs: number): Promise<void> {
  await using lan = new Lan()
  await using stack = new AsyncDisposableStack()
  const pair = await onShip(lan, stack)
  const { ann, bob } = pair
  bob.host.detach()
  const brokenAt = performance.now()
  const isShort = lengthMs < SHORT_MS
  const noticedMs = isShort ? undefined : await pair.noticed()
  await pair.say(ann, isShort ? 20 : MISSED)
  await pair.say(bob, 20)
  await sleep(lengthMs - (performance.now() - brokenAt))
  assert.equal(await pair.complete(), false, 'they are apart')
  bob.host.attach('ship')
  const { backMs, completeMs } = await pair.back()
  await pair.assertWhole()
  const missed = isShort ? 40 : MISSED + 20
  const noticed = noticedMs === undefined ? 'never offline' : `noticed ${seconds(noticedMs)}`
  tell(t, {
    fault: 'partition, packets lost both ways',
    dose: seconds(lengthMs),
    result: `${noticed}, back ${seconds(backMs)}, ${missed} missed ${seconds(completeMs)}`,
    rssMiB: pair.rssMiB,
  })
}

/** Ann's packets do not reach Bob; his reach her. */
export async function oneSided(t: TestContext, lengthMs: number): Promise<void> {
  await using lan = new Lan()
  await using stack = new AsyncDisposableStack()
  const pair = await onShip(lan, stack)
  const { ann, bob } = pair
  bob.host.ignore(ann.host)
  const brokenAt = performance.now()
  const noticedMs = await pair.noticed()
  await pair.say(ann, MISSED)
  await pair.say(bob, 20)
  await sleep(lengthMs - (performance.now() - brokenAt))
  assert.equal(await pair.complete(), false, 'they are apart')
  bob.host.listen()
  const { backMs, completeMs } = await pair.back()
  await pair.assertWhole()
  tell(t, {
    fault: 'partition, packets lost one way',
    dose: seconds(lengthMs),
    result:
      `noticed ${seconds(noticedMs)}, back ${seconds(backMs)}, ` +
      `${MISSED + 20} missed ${seconds(completeMs)}`,
    rssMiB: pair.rssMiB,
  })
}

/** A-B, B-C and A-C fail in turn; the two others go on meanwhile. */
export async function threeWay(t: TestContext): Promise<void> {
  await using lan = new Lan()
  await using stack = new AsyncDisposableStack()
  lan.network('ship')
  const people: Resident[] = []
  for (const [i, name] of ['ann', 'bob', 'cleo'].entries()) {
    const host = lan.host(name)
    host.plug('ship', `10.77.0.${i + 1}/24`)
    const who = stack.use(await Resident.settle(name, host))
    await who.start({ accept: 'auto' })
    people.push(who)
  }
  const [ann, bob, cleo] = people
  assert.ok(ann && bob && cleo)
  const pairs = [await Pair.meet(ann, bob), await Pair.meet(bob, cleo), await Pair.meet(ann, cleo)]
  const worst = { noticedMs: 0, backMs: 0, completeMs: 0 }
  for (const apart of pairs) {
    const startedAt = performance.now()
    apart.ann.host.ignore(apart.bob.host)
    apart.bob.host.ignore(apart.ann.host)
    worst.noticedMs = Math.max(worst.noticedMs, await apart.noticed(NOTICED_MS_MAX))
    for (const pair of pairs) await pair.talk(50)
    const others = pairs.filter((pair) => pair !== apart)
    const othersGoOn = async (): Promise<boolean> =>
      (await Promise.all(others.map((pair) => pair.complete()))).every(Boolean)
    await until(othersGoOn, 'the others go on', COMPLETE_MS_MAX)
    await sleep(TURN_MS - (performance.now() - startedAt))
    apart.ann.host.listen()
    apart.bob.host.listen()
    const { backMs, completeMs } = await apart.back()
    worst.backMs = Math.max(worst.backMs, backMs)
    worst.completeMs = Math.max(worst.completeMs, completeMs)
  }
  for (const pair of pairs) await pair.assertWhole()
  tell(t, {
    fault: 'three hosts, each two of them apart in turn',
    dose: `3 times ${seconds(TURN_MS)}`,
    result:
      `noticed ${seconds(worst.noticedMs)}, back ${seconds(worst.backMs)}, ` +
      `all there ${seconds(worst.completeMs)}`,
    rssMiB: Math.max(...pairs.map(({ rssMiB }) => rssMiB)),
  })
}

async function onShip(lan: Lan, stack: AsyncDisposableStack): Promise<Pair> {
  const [ann, bob] = await ship(lan, stack)
  await ann.start()
  await bob.start()
  return Pair.meet(ann, bob)
}
