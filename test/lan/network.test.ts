// Two and three hosts on networks without a default route: seeing each other, an outage of two
// minutes, a host on two networks.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { changesOfAddress, changesOfNetwork } from './changes.ts'
import { Lan, lanMissing } from './harness.ts'
import { befriend, Resident, ship, until } from './resident.ts'

const skip = lanMissing()
const OUTAGE_MS = 120_000

test(
  'seen within 5 s; what is typed in an outage of 120 s arrives within 5 s of its end',
  { skip },
  async (t) => {
    await using lan = new Lan()
    await using stack = new AsyncDisposableStack()
    const [ann, bob] = await ship(lan, stack)
    await ann.start()
    await bob.start()
    const both = async (): Promise<boolean> => (await ann.sees(bob)) && (await bob.sees(ann))
    t.diagnostic(`seen after ${await until(both, 'both see the other', 5000)} ms`)

    await befriend(ann, bob)
    const { id } = await ann.send(bob, 'before')
    await ann.client.wait({ id, state: 'delivered', timeoutMs: 5000 })
    const pids = [ann.pid, bob.pid]
    bob.host.cut()
    await sleep(OUTAGE_MS / 2)
    assert.equal(await ann.isOnline(bob), false)
    assert.equal(await bob.isOnline(ann), false)
    await ann.send(bob, 'typed meanwhile')
    await bob.send(ann, 'typed here too')
    await sleep(OUTAGE_MS / 2)
    assert.deepEqual(await bob.texts(ann), ['before', 'typed here too'])

    bob.host.mend()
    const all = async (): Promise<boolean> =>
      (await bob.texts(ann)).length === 3 && (await ann.texts(bob)).length === 3
    t.diagnostic(`arrived ${await until(all, 'both messages arrived', 5000)} ms after the end`)
    assert.deepEqual(await ann.texts(bob), await bob.texts(ann))
    assert.deepEqual([ann.pid, bob.pid], pids)
  },
)

test('a host with two networks is seen and talked to from both', { skip }, async () => {
  await using lan = new Lan()
  lan.network('office')
  lan.network('lab')
  const [desk, bench, gate] = [lan.host('desk'), lan.host('bench'), lan.host('gate')]
  desk.plug('office', '10.78.0.1/24')
  bench.plug('lab', '10.79.0.1/24')
  gate.plug('office', '10.78.0.9/24', 'eth0')
  gate.plug('lab', '10.79.0.9/24', 'eth1')
  await using ann = await Resident.settle('ann', desk)
  await using bob = await Resident.settle('bob', bench)
  await using gus = await Resident.settle('gus', gate)
  for (const who of [ann, bob, gus]) await who.start({ accept: 'auto' })
  await until(() => ann.sees(gus), 'the office sees the gate', 5000)
  await until(() => bob.sees(gus), 'the lab sees the gate', 5000)
  await until(() => gus.sees(ann), 'the gate sees the office', 5000)
  await until(() => gus.sees(bob), 'the gate sees the lab', 5000)
  assert.equal(await ann.sees(bob), false)
  for (const who of [ann, bob]) {
    await befriend(who, gus)
    const { id } = await gus.send(who, `hello ${who.name}`)
    await gus.client.wait({ id, state: 'delivered', timeoutMs: 5000 })
  }
})

for (const [title, make] of [
  ['new addresses and interfaces that come back are found without a restart', changesOfAddress],
  [
    'a network that goes and comes, or is another one, is found without a restart',
    changesOfNetwork,
  ],
] as const) {
  test(title, { skip }, async (t) => {
    for (const { what, noticedMs, backMs } of await make()) {
      t.diagnostic(`${what}: noticed after ${noticedMs} ms, back after ${backMs} ms`)
    }
  })
}
