// What doctor makes of facts that no test network here can provide: Wi-Fi, VPNs, other systems.
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'

import type { Machine, MachineLink } from '../../../src/api/handlers/doctor/machine.ts'
import type { Check } from '../../../src/api/shapes.ts'
import type { InterfaceReport } from '../../../src/net/net.ts'
import type {
  NetworkSurvey,
  PeerReport,
  SoughtReport,
} from '../../../src/node/survey/survey-types.ts'
import { PLAIN_MACHINE, PLAIN_REPORT, serve } from '../harness.ts'

const REPORT: InterfaceReport = {
  ...PLAIN_REPORT,
  name: 'wlan0',
  addresses: ['192.168.1.20'],
  packetsHeard: 0,
  othersHeard: 0,
  nodesHeard: 0,
}
const WIFI: MachineLink = {
  name: 'wlan0',
  kind: 'wireless',
  network: '192.168.1.20/24',
  networkBy: 'wlan0',
  routerAnswers: true,
}
const TUNNEL: MachineLink = { ...WIFI, name: 'wg0', kind: 'tunnel', network: '10.8.0.2/24' }
const BOB: SoughtReport = {
  name: 'bob',
  isContact: true,
  interface: 'wlan0',
  address: '/ip4/192.168.1.21/tcp/4001',
  heard: true,
  knock: 'silent',
}
const ANN: PeerReport = {
  name: 'ann',
  agent: 'tidings/1.2.3',
  interface: 'wlan0',
  heard: true,
  answer: { reached: true, hearsUs: true, clockAheadMs: 0 },
}

interface Facts extends Partial<NetworkSurvey> {
  readonly machine?: Partial<Machine>
  readonly report?: Partial<InterfaceReport>
}

/** The faults, the worst first; each with something to do. */
async function faults(t: TestContext, facts: Facts): Promise<Check[]> {
  const machine = { ...PLAIN_MACHINE, links: [WIFI], ...facts.machine }
  const served = await serve(t, { machine: async () => machine })
  const { peers = [], sought = [] } = facts
  served.node.network = { interfaces: [{ ...REPORT, ...facts.report }], peers, sought }
  const checks = await (await served.connect()).doctor()
  const found = checks.filter(({ ok, check }) => !ok && check !== 'conclusion')
  for (const { check, fix } of found) assert.notEqual(fix, '', check)
  assert.equal(checks[0]?.ok, found.length === 0)
  assert.equal(checks[0]?.code === found[0]?.code, found.length > 0)
  return found
}

const codes = (found: readonly Check[]): string[] => found.map(({ code }) => code)

test('nodes heard on a Wi-Fi that cannot be connected to: clients are isolated', async (t) => {
  const [found, ...more] = await faults(t, { sought: [BOB], report: { nodesHeard: 1 } })
  assert.equal(more.length, 0)
  assert.equal(found?.code, 'clients_isolated')
  assert.match(found.detail, /bob .*192\.168\.1\.21.* likely isolates .*\(the router answers\)/)
  assert.match(found.fix, /another Wi-Fi than the one for guests/)
})

test('a dead Wi-Fi is suspected only where somebody is missing, after some time', async (t) => {
  const missing = { ...BOB, heard: false }
  assert.deepEqual(codes(await faults(t, { sought: [missing] })), ['clients_isolated'])
  assert.deepEqual(codes(await faults(t, {})), [])
  const early = { sought: [missing], report: { listenedMs: 5000 } }
  assert.deepEqual(codes(await faults(t, early)), [])
  const lively = { sought: [missing], report: { othersHeard: 9 } }
  assert.deepEqual(codes(await faults(t, lively)), [])
  const cable = { sought: [missing], machine: { links: [{ ...WIFI, kind: 'wired' as const }] } }
  assert.deepEqual(codes(await faults(t, cable)), [])
})

test('one that alone cannot be reached has the fault itself', async (t) => {
  const [found] = await faults(t, { sought: [BOB], peers: [ANN] })
  assert.equal(found?.code, 'node_unreachable')
  assert.match(found.fix, /on that machine/)
  assert.deepEqual(
    codes(await faults(t, { sought: [{ ...BOB, isContact: false }], peers: [ANN] })),
    [],
  )
})

test('a VPN that takes the local network is the first suspect', async (t) => {
  const links = [{ ...WIFI, networkBy: 'wg0' }, TUNNEL]
  const found = await faults(t, { sought: [BOB], machine: { links, defaultBy: 'wg0' } })
  assert.deepEqual(codes(found), ['vpn_takes_network', 'clients_isolated'])
  assert.match(found[0]?.fix ?? '', /disconnect wg0.*allow LAN access.*AllowedIPs/)
})

test('a VPN for the internet is named where nobody is reached, no fault elsewhere', async (t) => {
  const machine = { links: [WIFI, TUNNEL], defaultBy: 'wg0' }
  assert.deepEqual(codes(await faults(t, { sought: [BOB], machine })), [
    'clients_isolated',
    'vpn_suspected',
  ])
  assert.deepEqual(codes(await faults(t, { peers: [ANN], machine })), [])
})

test('multicast that fails on a VPN or between containers is as usual', async (t) => {
  const error = 'the network is not reachable'
  const machine = { links: [{ ...TUNNEL, name: 'wlan0' }] }
  assert.deepEqual(codes(await faults(t, { report: { error, listening: false }, machine })), [])
  assert.deepEqual(codes(await faults(t, { report: { error, listening: false } })), [
    'multicast_error',
  ])
})

test('a contact without discovery says nothing of multicast', async (t) => {
  const answer = { reached: true, hearsUs: undefined, clockAheadMs: 0 }
  assert.deepEqual(codes(await faults(t, { peers: [{ ...ANN, heard: false, answer }] })), [])
  const deaf = { ...answer, hearsUs: false }
  const found = await faults(t, { peers: [{ ...ANN, heard: false, answer: deaf }] })
  assert.deepEqual(codes(found), ['multicast_blocked'])
})

test('a contact that does not answer is no sign of anything', async (t) => {
  assert.deepEqual(codes(await faults(t, { peers: [{ ...ANN, answer: 'silent' }] })), [])
  const failing = { reached: false, hearsUs: true, clockAheadMs: 0 }
  const some = { peers: [ANN, { ...ANN, name: 'eve', answer: failing }] }
  assert.deepEqual(codes(await faults(t, some)), [])
})

test('whose clock is wrong goes by the majority', async (t) => {
  const off = (name: string, clockAheadMs: number): PeerReport => ({
    ...ANN,
    name,
    answer: { reached: true, hearsUs: true, clockAheadMs },
  })
  const hour = 3_600_000
  const [one] = await faults(t, { peers: [off('eve', -2 * hour)] })
  assert.equal(one?.code, 'clock_differs')
  assert.match(one.detail, /the clock of eve is 2 h behind this one/)
  const [all] = await faults(t, {
    peers: [off('eve', 2 * hour), off('ann', 2 * hour), off('bob', 0)],
  })
  assert.equal(all?.code, 'clock_off')
  assert.match(all.fix, /set this machine's clock: "sudo timedatectl/)
  assert.deepEqual(codes(await faults(t, { peers: [off('eve', hour), off('ann', 0)] })), [])
})

test('a rule that drops is believed unless something came through', async (t) => {
  const block = {
    on: 'wlan0',
    direction: 'in',
    isCertain: true,
    chain: 'inet filter input',
  } as const
  const blocks = [
    { ...block, protocol: 'tcp', port: 4001 } as const,
    { ...block, protocol: 'udp', port: 5353 } as const,
  ]
  const machine = { firewalls: [{ kind: 'ufw', state: 'active', blocks } as const] }
  const [found] = await faults(t, { machine })
  assert.equal(found?.code, 'firewall_blocks')
  assert.match(found.detail, /^ufw on this machine drops TCP 4001 .*, UDP 5353/)
  assert.equal(found.fix, 'type "sudo ufw allow 4001/tcp", then "sudo ufw allow 5353/udp"')
  assert.deepEqual(codes(await faults(t, { machine, peers: [ANN], report: { nodesHeard: 1 } })), [])
})

test('one IP family that works is enough', async (t) => {
  const error = 'a firewall forbids multicast'
  assert.deepEqual(codes(await faults(t, { report: { error, nodesHeard: 1 } })), [])
  const deaf = await faults(t, { report: { hearsItself: false } })
  assert.deepEqual(codes(deaf), ['multicast_deaf'])
})

test('a node that refuses connections may just have ended', async (t) => {
  const refusing = { ...BOB, knock: 'refused' as const }
  const [found] = await faults(t, { sought: [refusing] })
  assert.equal(found?.code, 'node_unreachable')
  assert.match(found.detail, /it ended just now, or its firewall does/)
  assert.deepEqual(codes(await faults(t, { sought: [{ ...refusing, isContact: false }] })), [])
})

test('a router that keeps connections out is no fault, but is told', async (t) => {
  const answer = { reached: false, hearsUs: false, clockAheadMs: 0 }
  const far = { ...ANN, interface: undefined, heard: false, answer }
  assert.deepEqual(codes(await faults(t, { peers: [far] })), [])
  const served = await serve(t)
  served.node.network = { interfaces: [REPORT], peers: [far], sought: [] }
  const checks = await (await served.connect()).doctor()
  const check = checks.find(({ code }) => code === 'dialback_routed')
  assert.match(check?.detail ?? '', /ann, on another network, cannot connect to TCP 4001/)
  assert.match(check?.fix ?? '', /in the router between/)
})
