// `doctor` names what is really wrong: a healthy network, and one fault after another made by rules
// of nftables, at the host itself, where they can be seen, and in the network, where they cannot.
import assert from 'node:assert/strict'
import { globSync } from 'node:fs'
import { test } from 'node:test'

import type { Check } from '../../src/api/shapes.ts'
import { Lan, lanMissing } from './harness.ts'
import { befriend, type Resident, ship, until } from './resident.ts'

const skip = lanMissing()
// The library itself: the `faketime` command stays between the test and the node.
const FAKETIME = globSync('/usr/lib/*/faketime/libfaketimeMT.so.1')[0] ?? ''

const SYN = 'tcp flags & (fin | syn | rst | ack) == syn'

interface Crew {
  readonly lan: Lan
  readonly ann: Resident
  readonly bob: Resident
}

/** Drops at the network's end of a host's cable what comes from it. */
function dropFrom(who: Resident, what: string): string {
  const hook = `type filter hook ingress device ${who.host.port()} priority 0`
  return `table netdev ${who.name} { chain in { ${hook}; ${what} drop; }; }\n`
}

function dropIn(what: string): string {
  const hook = 'type filter hook input priority 0; policy accept'
  return `table inet filter { chain input { ${hook}; ${what} drop; }; }\n`
}

async function doctor(who: Resident): Promise<readonly Check[]> {
  const checks = await who.client.doctor()
  for (const { check, ok, fix } of checks) assert.ok(ok || fix !== '', `what to do: ${check}`)
  assert.equal(checks[0]?.check, 'conclusion')
  return checks
}

/** They become contacts without discovery. */
async function befriendByAddress(asker: Resident, other: Resident, ip: string): Promise<void> {
  await asker.client.contact.add({ who: `${ip}:4001` })
  const both = async (): Promise<boolean> =>
    (await asker.isOnline(other)) && (await other.isOnline(asker))
  await until(both, 'both are online', 10_000)
}

function faults(checks: readonly Check[]): string[] {
  return checks.filter(({ ok, check }) => !ok && check !== 'conclusion').map(({ code }) => code)
}

function find(checks: readonly Check[], code: string): Check {
  const found = checks.find((each) => each.code === code && each.check !== 'conclusion')
  assert.ok(found, `${code} in ${JSON.stringify(checks, null, 1)}`)
  return found
}

async function crew(use: (crew: Crew) => Promise<void>): Promise<void> {
  await using lan = new Lan()
  await using stack = new AsyncDisposableStack()
  const [ann, bob] = await ship(lan, stack)
  await use({ lan, ann, bob })
}

test('where all is well doctor names no cause, and tells what was asked', { skip }, () =>
  crew(async ({ ann, bob }) => {
    await ann.start()
    await bob.start()
    await befriend(ann, bob)
    for (const who of [ann, bob]) {
      const checks = await doctor(who)
      assert.deepEqual(faults(checks), [])
      assert.equal(checks[0]?.code, 'healthy')
      find(checks, 'dialback_arrives')
      find(checks, 'multicast_heard')
      find(checks, 'clock_agrees')
    }
  }),
)

test('a host whose firewall drops multicast is told the rule, and what to type', { skip }, () =>
  crew(async ({ ann, bob }) => {
    await ann.start()
    await bob.start()
    await befriend(ann, bob)
    ann.host.rules(dropIn('udp dport 5353'))
    const checks = await doctor(ann)
    assert.equal(checks[0]?.code, 'firewall_blocks')
    assert.match(checks[0].detail, /^The likely cause: nftables .* drops UDP 5353 .* by eth0/)
    assert.match(checks[0].fix, /"sudo nft insert rule inet filter input udp dport 5353 accept"/)
    assert.match(find(checks, 'multicast_deaf').detail, /own multicast does not come back/)
    const others = await doctor(bob)
    assert.deepEqual(faults(others), [])
  }),
)

test('a network that keeps multicast back is told from one where nobody is', { skip }, () =>
  crew(async ({ lan, ann, bob }) => {
    await ann.start({ accept: 'auto' })
    const alone = await doctor(ann)
    assert.deepEqual([faults(alone), alone[0]?.code], [[], 'alone'])
    assert.match(alone[0]?.fix ?? '', /contact add 10\.77\.0\.1:4001/)
    lan.rules(dropFrom(ann, 'udp dport 5353') + dropFrom(bob, 'udp dport 5353'))
    await bob.start()
    await befriendByAddress(bob, ann, '10.77.0.1')
    for (const who of [ann, bob]) {
      const checks = await doctor(who)
      assert.deepEqual(
        [checks[0]?.code, faults(checks)],
        ['multicast_blocked', ['multicast_blocked']],
      )
      assert.match(checks[0]?.detail ?? '', /is connected, and multicast goes neither way/)
    }
  }),
)

test('a port that the own firewall drops is named, with the rule', { skip }, () =>
  crew(async ({ ann, bob }) => {
    await ann.start()
    await bob.start()
    await befriend(ann, bob)
    bob.host.rules(dropIn(`tcp dport 4001 ${SYN}`))
    const checks = await doctor(bob)
    assert.equal(checks[0]?.code, 'dialback_blocked')
    assert.match(checks[0].detail, /ann tried to connect to TCP 4001 here and did not get through/)
    assert.match(checks[0].fix, /nft insert rule inet filter input tcp dport 4001 accept/)
  }),
)

test('a port that the network drops is known from a contact that tried', { skip }, () =>
  crew(async ({ lan, ann, bob }) => {
    await ann.start({ accept: 'auto' })
    await bob.start()
    lan.rules(dropFrom(ann, `tcp dport 4001 ${SYN}`))
    await until(() => bob.sees(ann), 'bob sees ann', 10_000)
    await befriendByAddress(bob, ann, '10.77.0.1')
    const checks = await doctor(bob)
    assert.deepEqual([checks[0]?.code, faults(checks)], ['dialback_blocked', ['dialback_blocked']])
    assert.match(checks[0]?.detail ?? '', /ann tried to connect to TCP 4001 here/)
    assert.deepEqual(faults(await doctor(ann)), [])
  }),
)

test('multicast that goes one way only is told on both sides', { skip }, () =>
  crew(async ({ lan, ann, bob }) => {
    await ann.start({ accept: 'auto' })
    lan.rules(dropFrom(bob, 'udp dport 5353'))
    await bob.start()
    await befriendByAddress(bob, ann, '10.77.0.1')
    const [deaf, mute] = [await doctor(ann), await doctor(bob)]
    assert.deepEqual(
      [deaf[0]?.code, faults(deaf)],
      ['multicast_in_blocked', ['multicast_in_blocked']],
    )
    assert.match(deaf[0]?.detail ?? '', /bob hears this node by multicast, and is not heard/)
    assert.deepEqual(
      [mute[0]?.code, faults(mute)],
      ['multicast_out_blocked', ['multicast_out_blocked']],
    )
    assert.match(mute[0]?.detail ?? '', /ann is heard by multicast, and does not hear this node/)
  }),
)

test('TCP that goes one way only: found by multicast, and not to be reached', { skip }, () =>
  crew(async ({ lan, ann, bob }) => {
    lan.rules(dropFrom(bob, 'ip protocol tcp'))
    await ann.start()
    await bob.start()
    await until(async () => (await ann.sees(bob)) && (await bob.sees(ann)), 'both see', 10_000)
    for (const [who, other] of [
      [ann, 'bob'],
      [bob, 'ann'],
    ] as const) {
      const checks = await doctor(who)
      assert.deepEqual(
        [checks[0]?.code, faults(checks)],
        ['nodes_unreachable', ['nodes_unreachable']],
      )
      assert.match(checks[0]?.detail ?? '', new RegExp(`TCP does not get through to ${other} `))
    }
  }),
)

test('a node that ended is told from one that a firewall hides', { skip }, () =>
  crew(async ({ ann, bob }) => {
    await ann.start()
    await bob.start()
    await befriend(ann, bob)
    // Who met as contacts has told where it listens.
    await bob.stop()
    await bob.start()
    const isBack = async (): Promise<boolean> => (await ann.isOnline(bob)) && (await ann.sees(bob))
    await until(isBack, 'ann meets bob again, and hears him', 5000)
    const { addresses } = await ann.client.contact.show({ who: 'bob' })
    assert.deepEqual(addresses, ['/ip4/10.77.0.2/tcp/4001'], 'none that leads to ann herself')
    await bob.kill()
    await until(async () => !(await ann.isOnline(bob)), 'it is noticed', 5000)
    const checks = await doctor(ann)
    assert.deepEqual(faults(checks), ['node_unreachable'])
    assert.match(find(checks, 'node_unreachable').detail, /bob .*refuses connections/)
    await assert.rejects(ann.client.send({ to: '127.0.0.1:4001', text: 'to nobody' }), {
      code: 'unknown_name',
    })
  }),
)

test('a VPN that takes the local network away is named before all else', { skip }, () =>
  crew(async ({ lan, ann }) => {
    lan.network('tunnel')
    ann.host.plug('tunnel', '10.8.0.2/24', 'wg0')
    ann.host.route('10.77.0.0/25', 'wg0')
    await ann.start()
    const checks = await doctor(ann)
    assert.equal(checks[0]?.code, 'vpn_takes_network')
    assert.match(checks[0].detail, /what is for 10\.77\.0\.1\/24, .* eth0, goes into the VPN wg0/)
  }),
)

test('clocks that differ are told on both sides', { skip }, () =>
  crew(async ({ ann, bob }) => {
    assert.notEqual(FAKETIME, '', 'libfaketime is not installed')
    await ann.start()
    const env = { LD_PRELOAD: FAKETIME, FAKETIME: '+2h', FAKETIME_DONT_FAKE_MONOTONIC: '1' }
    await bob.start({ env })
    await befriend(ann, bob)
    const [here, there] = [await doctor(ann), await doctor(bob)]
    assert.deepEqual([faults(here), faults(there)], [['clock_differs'], ['clock_differs']])
    assert.match(here[0]?.detail ?? '', /the clock of bob is 2 h ahead of this one/)
    assert.match(there[0]?.detail ?? '', /the clock of ann is 2 h behind this one/)
  }),
)
