// Discovery between hosts, on the networks that make the stock mDNS module fail.
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import type { DeviceId } from '../../src/core/id.ts'
import { INTERFACES_MAX, MDNS_INTERVAL_MS, NEARBY_EXPIRY_MS } from '../../src/core/limits.ts'
import { RemotePeer } from '../net/remote-peer.ts'
import { type Host, Lan, lanMissing } from './harness.ts'

const skip = lanMissing()
const LISTEN = ['/ip4/0.0.0.0/tcp/0', '/ip6/::/tcp/0']

function start(on: Host, name: string, keep: readonly DeviceId[] = []): Promise<RemotePeer> {
  const kept = keep.map((device) => ({ device, addresses: [] }))
  return RemotePeer.start({ name, listen: LISTEN, mdnsPort: 5353, keep: kept }, on.prefix)
}

async function deviceOf(peer: RemotePeer): Promise<DeviceId> {
  return (await peer.ready()).device
}

/** Resolves once `who` has heard `whom`, with an address that starts as given, after `since`. */
async function hears(
  who: RemotePeer,
  whom: RemotePeer,
  since: number,
  address = '/ip4/',
  limitMs = 5000,
): Promise<number> {
  const device = await deviceOf(whom)
  const fits = ({
    node,
    present,
  }: {
    node: { device: string; addresses: readonly string[] }
    present: boolean
  }) => present && node.device === device && node.addresses.some((one) => one.startsWith(address))
  return (await who.next('nearby', fits, since, limitMs)).at
}

async function misses(
  who: RemotePeer,
  whom: RemotePeer,
  since: number,
  limitMs: number,
): Promise<number> {
  const device = await deviceOf(whom)
  const fits = ({ node, present }: { node: { device: string }; present: boolean }) =>
    !present && node.device === device
  return (await who.next('nearby', fits, since, limitMs)).at
}

function tell(t: TestContext, what: string, sinceMs: number, atMs: number): void {
  t.diagnostic(`${what}: ${Math.round(atMs - sinceMs)} ms`)
}

test('of those who stay nobody is lost, whoever of them asks', { skip }, async () => {
  await using lan = new Lan()
  lan.network('office')
  const [ada, bob] = [lan.host('ada'), lan.host('bob')]
  ada.plug('office', '10.77.0.1/24')
  bob.plug('office', '10.77.0.2/24')
  await using a = await start(ada, 'Ada')
  await using b = await start(bob, 'Bob')
  await Promise.all([hears(a, b, 0), hears(b, a, 0)])
  await sleep(NEARBY_EXPIRY_MS + 2 * MDNS_INTERVAL_MS)
  for (const { events } of [a, b]) {
    const losses = events.filter(({ event }) => event.event === 'nearby' && !event.present)
    assert.deepEqual(losses, [])
  }
})

test('two hosts without a default route see each other within 5 s', { skip }, async (t) => {
  await using lan = new Lan()
  lan.network('office')
  const [ada, bob] = [lan.host('ada'), lan.host('bob')]
  ada.plug('office', '10.77.0.1/24')
  bob.plug('office', '10.77.0.2/24')
  await using a = await start(ada, 'Ada')
  await using b = await start(bob, 'Bob')
  const ready = performance.now()
  const [atA, atB] = await Promise.all([hears(a, b, 0), hears(b, a, 0)])
  tell(t, 'the first hears the later one after its ready', ready, atA)
  tell(t, 'the later one hears the first after its own ready', ready, atB)
  const { event } = await a.next('nearby', ({ present }) => present, 0)
  assert.equal(event.node.name, 'Bob')
  assert.match(event.node.addresses[0] ?? '', /^\/ip4\/10\.77\.0\.2\/tcp\/\d+$/)
  assert.ok(event.node.account, 'the account is told')
  const leaving = performance.now()
  await b.kill('SIGTERM')
  tell(t, 'a goodbye is heard', leaving, await misses(a, b, leaving, 2000))
})

test('a host on two networks is seen from both, on each at its own address', { skip }, async () => {
  await using lan = new Lan()
  lan.network('office')
  lan.network('lab')
  const [ada, mid, eve] = [lan.host('ada'), lan.host('mid'), lan.host('eve')]
  ada.plug('office', '10.77.0.1/24')
  mid.plug('office', '10.77.0.2/24', 'eth0')
  mid.plug('lab', '10.88.0.2/24', 'eth1')
  eve.plug('lab', '10.88.0.3/24')
  await using a = await start(ada, 'Ada')
  await using e = await start(eve, 'Eve')
  await using m = await start(mid, 'Mid')
  await Promise.all([
    hears(a, m, 0, '/ip4/10.77.0.2/'),
    hears(e, m, 0, '/ip4/10.88.0.2/'),
    hears(m, a, 0, '/ip4/10.77.0.1/'),
    hears(m, e, 0, '/ip4/10.88.0.3/'),
  ])
  assert.ok(!JSON.stringify(a.events).includes('10.88.0.2'), 'not with the address elsewhere')
  const reports = await m.interfaces()
  for (const name of ['eth0', 'eth1']) {
    const report = reports.find((one) => one.name === name)
    assert.ok(report?.listening && report.queriesSent > 0, name)
    assert.equal(report.nodesHeard, 1, `each network heard on its own interface: ${name}`)
  }
})

test(
  'after its interface was down a host hears, is heard, and has its sessions again',
  { skip },
  async (t) => {
    await using lan = new Lan()
    lan.network('office')
    const [ada, bob] = [lan.host('ada'), lan.host('bob')]
    ada.plug('office', '10.77.0.1/24')
    bob.plug('office', '10.77.0.2/24')
    await using b = await start(bob, 'Bob')
    await using a = await start(ada, 'Ada', [await deviceOf(b)])
    await Promise.all([hears(a, b, 0), hears(b, a, 0)])
    await b.next('session', () => true, 0)
    const downAt = performance.now()
    bob.down()
    await misses(b, a, downAt, 3000)
    await a.next('closed', () => true, downAt, 20_000)
    await misses(a, b, downAt, 40_000)
    const upAt = performance.now()
    bob.up()
    const [atA, atB] = await Promise.all([hears(a, b, upAt), hears(b, a, upAt)])
    tell(t, 'heard again after the interface came back', upAt, atA)
    tell(t, 'hears again after the interface came back', upAt, atB)
    const { at } = await b.next('session', () => true, upAt)
    tell(t, 'in a session again after the interface came back', upAt, at)
  },
)

test('an interface made anew under its name and address is used again', { skip }, async (t) => {
  await using lan = new Lan()
  lan.network('office')
  const [ada, bob, eve] = [lan.host('ada'), lan.host('bob'), lan.host('eve')]
  ada.plug('office', '10.77.0.1/24')
  bob.plug('office', '10.77.0.2/24')
  await using a = await start(ada, 'Ada')
  await using b = await start(bob, 'Bob')
  await Promise.all([hears(a, b, 0), hears(b, a, 0)])
  const goneAt = performance.now()
  // Between two looks: only what the interface is tells that it is another.
  bob.unplug()
  bob.plug('office', '10.77.0.2/24')
  eve.plug('office', '10.77.0.3/24')
  await using e = await start(eve, 'Eve')
  const [atB, atE] = await Promise.all([hears(b, e, goneAt), hears(e, b, goneAt)])
  tell(t, 'hears a new node on the new interface', goneAt, atB)
  tell(t, 'is heard by it', goneAt, atE)
})

test('a cable that is cut and mended is noticed', { skip }, async (t) => {
  await using lan = new Lan()
  lan.network('office')
  const [ada, bob] = [lan.host('ada'), lan.host('bob')]
  ada.plug('office', '10.77.0.1/24')
  bob.plug('office', '10.77.0.2/24')
  await using a = await start(ada, 'Ada')
  await using b = await start(bob, 'Bob')
  await Promise.all([hears(a, b, 0), hears(b, a, 0)])
  const cutAt = performance.now()
  bob.cut()
  await misses(b, a, cutAt, 3000)
  await b.next('trouble', ({ where, message }) => where === 'network' && !!message, cutAt)
  bob.mend()
  const mendedAt = performance.now()
  tell(t, 'hears again', mendedAt, await hears(b, a, mendedAt))
  await b.next('trouble', ({ where, message }) => where === 'network' && !message, mendedAt)
})

test('hosts with public addresses, or with IPv6 only, see each other', { skip }, async () => {
  await using lan = new Lan()
  lan.network('office')
  const [ada, bob, eve] = [lan.host('ada'), lan.host('bob'), lan.host('eve')]
  // Not those for documentation: libp2p takes them for private.
  ada.plug('office', '25.77.0.1/24')
  ada.address('2a00:77::1/64')
  bob.plug('office', '25.77.0.2/24')
  eve.plug('office', '2a00:77::3/64')
  await new Promise((resolve) => setTimeout(resolve, 2500))
  await using a = await start(ada, 'Ada')
  await using b = await start(bob, 'Bob')
  await using e = await start(eve, 'Eve')
  await Promise.all([
    hears(a, b, 0, '/ip4/25.77.0.2/'),
    hears(b, a, 0, '/ip4/25.77.0.1/'),
    hears(a, e, 0, '/ip6/2a00:77::3/'),
    hears(e, a, 0, '/ip6/2a00:77::1/'),
  ])
})

test(
  'a host with many networks of containers is seen on the one that counts',
  { skip },
  async () => {
    await using lan = new Lan()
    lan.network('office')
    const [ada, bob] = [lan.host('ada'), lan.host('bob')]
    ada.bridges(Array.from({ length: INTERFACES_MAX + 1 }, (_, i) => `172.20.${i}.1/24`))
    ada.plug('office', '10.77.0.1/24')
    bob.plug('office', '10.77.0.2/24')
    await using a = await start(ada, 'Ada')
    await using b = await start(bob, 'Bob')
    await Promise.all([hears(a, b, 0), hears(b, a, 0, '/ip4/10.77.0.1/')])
    // Contacts are told the first few.
    const { addresses } = await a.ready()
    assert.match(addresses[0] ?? '', /^\/ip4\/10\.77\.0\.1\//)
  },
)

test(
  'a host that joins a network of IPv6 is seen soon, and told of no trouble',
  { skip },
  async () => {
    await using lan = new Lan()
    lan.network('office')
    const [ada, bob] = [lan.host('ada'), lan.host('bob')]
    ada.plug('office', 'fd77::1/64')
    await using a = await start(ada, 'Ada')
    await using b = await start(bob, 'Bob')
    const pluggedAt = performance.now()
    // The host is still making sure that nobody else has this address.
    bob.plug('office', 'fd77::2/64')
    await Promise.all([hears(a, b, pluggedAt, '/ip6/'), hears(b, a, pluggedAt, '/ip6/')])
    const troubles = b.events.flatMap(({ at, event }) =>
      at > pluggedAt && event.event === 'trouble' ? [event.message] : [],
    )
    assert.deepEqual(troubles, [undefined], 'only that a network is connected')
  },
)

test('hosts that have IPv6 addresses of DHCP alone see each other', { skip }, async () => {
  await using lan = new Lan()
  lan.network('office')
  const [ada, bob] = [lan.host('ada'), lan.host('bob')]
  // DHCP gives an address; of the network only what the router announces tells.
  for (const [host, address] of [
    [ada, '2a00:77::1/128'],
    [bob, '2a00:77::2/128'],
  ] as const) {
    host.plug('office', address)
    host.route('2a00:77::/64', 'eth0')
  }
  await using b = await start(bob, 'Bob')
  await using a = await start(ada, 'Ada', [await deviceOf(b)])
  // The hosts make sure first that nobody else has these addresses.
  await Promise.all([
    hears(a, b, 0, '/ip6/2a00:77::2/', 15_000),
    hears(b, a, 0, '/ip6/2a00:77::1/', 15_000),
  ])
  await a.next('session', () => true, 0)
})

test('hosts on a cable that gave themselves their addresses see each other', { skip }, async () => {
  await using lan = new Lan()
  lan.network('cable')
  const [ada, bob] = [lan.host('ada'), lan.host('bob')]
  ada.plug('cable', '169.254.7.1/16')
  bob.plug('cable', '169.254.8.2/16')
  await using b = await start(bob, 'Bob')
  await using a = await start(ada, 'Ada', [await deviceOf(b)])
  await Promise.all([hears(a, b, 0, '/ip4/169.254.8.2/'), hears(b, a, 0, '/ip4/169.254.7.1/')])
  await a.next('session', () => true, 0)
})

test('two nodes on one machine without any network see each other', { skip }, async () => {
  await using lan = new Lan()
  const ada = lan.host('ada')
  await using a = await start(ada, 'Ada')
  await using b = await start(ada, 'Bob')
  await Promise.all([hears(a, b, 0, '/ip4/127.0.0.1/'), hears(b, a, 0, '/ip4/127.0.0.1/')])
  await a.next('trouble', ({ where, message }) => where === 'network' && !!message, 0)
})

test(
  'a kept node that restarts is back in a session at once when it is heard',
  { skip },
  async (t) => {
    await using lan = new Lan()
    lan.network('office')
    const [ada, bob] = [lan.host('ada'), lan.host('bob')]
    ada.plug('office', '10.77.0.1/24')
    bob.plug('office', '10.77.0.2/24')
    const b = await start(bob, 'Bob')
    const device = await deviceOf(b)
    await using a = await start(ada, 'Ada', [device])
    await a.next('session', () => true, 0)
    await b.kill('SIGKILL')
    await new Promise((resolve) => setTimeout(resolve, 8000))
    await using again = await RemotePeer.start(b.options, bob.prefix)
    await again.ready()
    const ready = performance.now()
    const { at } = await a.next('session', () => true, ready - 200, 3000)
    tell(t, 'in a session again, on another port, after its ready', ready, at)
  },
)
