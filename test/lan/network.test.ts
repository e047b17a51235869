// Two and three hosts on networks without a default route: seeing each other, an outage of two
// minutes, a host on two networks.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { INTERFACE_POLL_MS, PING_SPACING_MS, PROBE_TIMEOUT_MS } from '../../src/core/limits.ts'
import { RemotePeer } from '../net/remote-peer.ts'
import { changesOfAddress, changesOfNetwork } from './changes.ts'
import { Lan, lanMissing } from './harness.ts'
import { befriend, Resident, ship, until } from './resident.ts'

const skip = lanMissing()
const OUTAGE_MS = 120_000
const CROWD = 60
/** One ping was just answered then, and the next leaves after the 15 s. */
const QUIET_MS = (CROWD + 1) * PING_SPACING_MS + 2000
/** Noticed within a second, then time to show life, then a dial. */
const WAY_GONE_MS = INTERFACE_POLL_MS + PROBE_TIMEOUT_MS + 2000
/** A session that ends sooner is not dialed anew at once. */
const LASTING_MS = 10_500

/** It says so within a second, as does the way gone; then a dial, of the old address first. */
const MOVED_MS = WAY_GONE_MS + 1000
/** Lets nobody connect to the host. */
const NO_CALLS = `table inet calls {
  chain in { type filter hook input priority 0; policy accept;
    tcp flags & (syn|ack) == syn drop
  }
}
`

const lost = (peer: RemotePeer, device: string): unknown[] =>
  peer.events.filter(({ event }) => event.event === 'closed' && event.device === device)

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

test(
  'with sixty sessions, too, it is noticed within 15 s that one is dead',
  { skip },
  async (t) => {
    await using lan = new Lan()
    lan.network('hall')
    const [north, south] = [lan.host('north'), lan.host('south')]
    north.plug('hall', '10.77.0.1/24')
    south.plug('hall', '10.77.0.2/24')
    // The pings of each are a minute's third apart: what notices it is TCP.
    const options = { listen: ['/ip4/0.0.0.0/tcp/0'], crowd: 60 }
    await using far = await RemotePeer.start(options, south.prefix)
    const { device, addresses } = await far.ready()
    const keep = [{ device, addresses: addresses.filter((each) => each.includes('10.77.0.2')) }]
    await using near = await RemotePeer.start({ ...options, keep }, north.prefix)
    const { device: own } = await near.ready()
    await near.next('session', (event) => event.device === device, 0)
    await sleep(QUIET_MS)
    assert.deepEqual(lost(near, device), [], 'a quiet session stays')
    assert.deepEqual(lost(far, own), [])

    const since = performance.now()
    south.detach()
    const seen = await Promise.all([
      near.next('closed', (event) => event.device === device, since, 15_000),
      far.next('closed', (event) => event.device === own, since, 15_000),
    ])
    for (const { at } of seen) t.diagnostic(`noticed after ${Math.round(at - since)} ms`)
    const backSince = performance.now()
    south.attach('hall')
    await near.next('session', (event) => event.device === device, backSince, 5000)
  },
)

test('of two ways to one network one goes: messages take the other', { skip }, async (t) => {
  await using lan = new Lan()
  lan.network('office')
  const [desk, bench] = [lan.host('desk'), lan.host('bench')]
  const ways = { eth0: '10.78.0.1/24', wlan0: '10.78.0.2/24' }
  for (const [name, address] of Object.entries(ways)) desk.plug('office', address, name)
  bench.plug('office', '10.78.0.9/24')
  await using ann = await Resident.settle('ann', desk)
  await using bob = await Resident.settle('bob', bench)
  for (const who of [ann, bob]) await who.start({ accept: 'auto' })
  await befriend(ann, bob)
  // Their session leads over one of them, and then over the other.
  for (const [name, address] of Object.entries(ways)) {
    await sleep(LASTING_MS)
    desk.strip(name)
    await bob.send(ann, `without ${name}`)
    const arrived = async (): Promise<boolean> => (await ann.texts(bob)).includes(`without ${name}`)
    t.diagnostic(`without ${name}: ${await until(arrived, 'it arrived', WAY_GONE_MS)} ms`)
    desk.address(address, name)
    await until(() => ann.isOnline(bob), 'both ways are there', WAY_GONE_MS)
  }
})

test(
  'who cannot dial gets another address: the other side notices within seconds',
  { skip },
  async (t) => {
    await using lan = new Lan()
    await using stack = new AsyncDisposableStack()
    const [ann, bob] = await ship(lan, stack)
    ann.host.rules(NO_CALLS)
    for (const who of [ann, bob]) await who.start({ accept: 'auto' })
    await befriend(ann, bob)
    await sleep(LASTING_MS)
    bob.host.strip()
    bob.host.address('10.77.0.78/24')
    await bob.send(ann, 'from elsewhere')
    const arrived = async (): Promise<boolean> => (await ann.texts(bob)).length === 1
    t.diagnostic(`after ${await until(arrived, 'it arrived', MOVED_MS)} ms`)
  },
)

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
