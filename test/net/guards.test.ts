// What a stranger with bad intentions can do to a node: little.
import assert from 'node:assert/strict'
import { connect, type Socket } from 'node:net'
import { test } from 'node:test'

import type { Stream } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'

import type { DeviceId } from '../../src/core/id.ts'
import {
  CONTACT_CONNECTIONS_MAX,
  INBOUND_PENDING_MAX,
  STRANGER_CHANCE_MS,
  STRANGER_SESSIONS_MAX,
  STRANGER_SESSIONS_PER_ADDRESS_MAX,
  INBOUND_UPGRADE_TIMEOUT_MS,
} from '../../src/core/limits.ts'
import { parseEndpoint } from '../../src/net/address.ts'
import { Gate } from '../../src/net/gate.ts'
import { Peer, until } from './peers.ts'
import { Raw } from './raw.ts'

const MB = 1e6

test('a yamux frame that announces 4 GiB is cut off at its header', async () => {
  await using a = await Peer.start()
  await using raw = await Raw.make()
  const connection = await raw.connect(a)
  const header = Buffer.alloc(12)
  header.writeUInt16BE(1, 2)
  header.writeUInt32BE(1, 4)
  header.writeUInt32BE(0xffffffff, 8)
  const { maConn } = (connection as unknown as { muxer: { maConn: Stream } }).muxer
  const before = process.memoryUsage.rss()
  maConn.send(header)
  let sentBytes = 0
  const chunk = new Uint8Array(MB)
  while (connection.status === 'open' && sentBytes < 200 * MB) {
    maConn.send(chunk)
    sentBytes += MB
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  await until(() => connection.status !== 'open', 'the connection closed')
  assert.ok(sentBytes < 100 * MB, `${sentBytes / MB} MB went in`)
  const tookBytes = process.memoryUsage.rss() - before
  assert.ok(tookBytes < 100 * MB, `took ${Math.round(tookBytes / MB)} MB`)
  await using b = await Peer.start()
  await b.reach(a)
})

test('a dozen idle sockets do not keep others out', async () => {
  await using a = await Peer.start()
  const { host, port } = parseEndpoint(a.net.addresses()[0] ?? '') ?? { host: '', port: 0 }
  const idle: Socket[] = Array.from({ length: 12 }, () => connect(port, host).on('error', () => {}))
  await until(() => idle.every(({ connecting }) => !connecting), 'the idle sockets')
  for (let i = 0; i < 5; i++) {
    await using b = await Peer.start()
    const start = performance.now()
    await b.reach(a)
    assert.ok(performance.now() - start < 1000, 'quickly')
  }
  const limitMs = INBOUND_UPGRADE_TIMEOUT_MS + 2000
  await until(() => idle.every(({ destroyed }) => destroyed), 'the idle sockets closed', limitMs)
})

test('strangers share a quota, one address has a part of it, and contacts always get in', () => {
  const contacts = new Set<string>()
  const { gate, out } = gateOf((device) => contacts.has(device))
  const knock = (host: string): Visit => visit(gate, host)
  const first = Array.from({ length: STRANGER_SESSIONS_PER_ADDRESS_MAX }, () => knock('10.0.0.1'))
  assert.ok(first.every(({ denied }) => !denied))
  assert.ok(knock('10.0.0.1').denied, 'one more from that address')
  const rest = STRANGER_SESSIONS_MAX - STRANGER_SESSIONS_PER_ADDRESS_MAX
  for (let i = 0; i < rest; i++) assert.ok(!knock(`10.0.1.${i}`).denied)
  assert.ok(knock('10.0.0.1').denied, 'one more where all places are taken')
  const friend = new Peer()
  contacts.add(friend.id)
  assert.ok(!visit(gate, '10.0.0.1', friend).denied)
  assert.deepEqual(out, [])
  first[0]?.leave()
  assert.ok(!knock('10.0.0.1').denied, 'room after one left')
  contacts.add(first[1]?.peer.id ?? '')
  assert.ok(!knock('10.0.0.1').denied, 'room after one became a contact')
  assert.deepEqual(out, [])
})

test('where strangers hold all places one of the largest crowd goes for a newcomer', () => {
  const { gate, out } = gateOf(() => false)
  visit(gate, '10.0.0.1')
  const crowd = Array.from({ length: STRANGER_SESSIONS_PER_ADDRESS_MAX }, () =>
    visit(gate, '10.0.0.2'),
  )
  const rest = STRANGER_SESSIONS_MAX - STRANGER_SESSIONS_PER_ADDRESS_MAX - 1
  for (let i = 0; i < rest; i++) visit(gate, '10.0.0.3')
  assert.ok(!visit(gate, '10.0.0.4').denied)
  assert.deepEqual(out, [crowd[0]?.peer.id])
  assert.ok(!visit(gate, '10.0.0.1').denied)
  assert.deepEqual(out, [crowd[0]?.peer.id, crowd[1]?.peer.id])
})

test('who had time to ask goes for a newcomer where each stranger is of another address', () => {
  const { gate, out, pass } = gateOf(() => false)
  const all = Array.from({ length: STRANGER_SESSIONS_MAX }, (_, i) => visit(gate, `10.0.0.${i}`))
  pass(STRANGER_CHANCE_MS - 1)
  assert.ok(visit(gate, '10.0.1.1').denied)
  pass(1)
  assert.ok(!visit(gate, '10.0.1.1').denied)
  assert.deepEqual(out, [all[0]?.peer.id])
})

test('of more connections of one contact than it can use the oldest goes, and no other one', () => {
  const { gate } = gateOf(() => true)
  const aborted: string[] = []
  const come = (peer: Peer, name: string): ReturnType<typeof closable> => {
    const connection = closable(() => aborted.push(name))
    const incoming = { remoteAddr: multiaddr('/ip4/10.0.0.1/tcp/1'), ...connection }
    assert.equal(gate.deny(peerIdFromString(peer.net.peerId), incoming), false)
    return connection
  }
  const [ann, bob] = [new Peer(), new Peer()]
  come(bob, 'bob')
  const all = Array.from({ length: CONTACT_CONNECTIONS_MAX }, (_, i) => come(ann, `ann ${i}`))
  assert.deepEqual(aborted, [])
  come(ann, 'one more')
  assert.deepEqual(aborted, ['ann 0'])
  all[1]?.leave()
  come(ann, 'in its place')
  assert.deepEqual(aborted, ['ann 0'])
  come(ann, 'another')
  assert.deepEqual(aborted, ['ann 0', 'ann 2'])
})

test('where strangers hold all places a contact gets in at once, and who asks soon', async () => {
  const contacts = new Set<string>()
  await using a = await Peer.start({
    standing: 'stranger',
    isContact: (device) => contacts.has(device),
  })
  const crowd: Raw[] = []
  try {
    for (let i = 0; i < STRANGER_SESSIONS_PER_ADDRESS_MAX; i++) {
      const raw = await Raw.make()
      crowd.push(raw)
      await raw.open(a)
      raw.say(raw.as.hello())
    }
    await until(() => a.sessions.length === crowd.length, 'the crowd')
    await using friend = await Peer.start()
    contacts.add(friend.id)
    await friend.reach(a)
    await using late = await Peer.start()
    const soon = performance.now() + STRANGER_CHANCE_MS + 2000
    while (!(await late.reach(a).catch(() => undefined))) assert.ok(performance.now() < soon)
    await until(() => crowd[0]?.bye() !== undefined, 'the oldest is told')
    assert.equal(crowd[0]?.bye()?.code, 'stranger')
    assert.ok(crowd.slice(1).every((raw) => raw.bye() === undefined))
  } finally {
    await Promise.all(crowd.map((raw) => raw[Symbol.asyncDispose]()))
  }
})

test('of too many that wait for their handshake the oldest of the largest crowd goes', () => {
  const { gate } = gateOf(() => true)
  const aborted: string[] = []
  const knock = (host: string, name: string): ReturnType<typeof closable> => {
    const connection = closable(() => aborted.push(name))
    gate.knock({ remoteAddr: multiaddr(`/ip4/${host}/tcp/1`), ...connection })
    return connection
  }
  knock('10.0.0.1', 'friend')
  const crowd = Array.from({ length: INBOUND_PENDING_MAX - 1 }, (_, i) =>
    knock('10.0.0.2', `crowd ${i}`),
  )
  assert.deepEqual(aborted, [])
  knock('10.0.0.3', 'late')
  assert.deepEqual(aborted, ['crowd 0'])
  crowd[1]?.leave()
  knock('10.0.0.3', 'later')
  assert.deepEqual(aborted, ['crowd 0'], 'one that left makes room')
  knock('10.0.0.2', 'one more')
  assert.deepEqual(aborted, ['crowd 0', 'crowd 2'])
})

test('hundreds of contacts get in, and the one after them too', async () => {
  await using a = await Peer.start()
  await using crowd = new AsyncDisposableStack()
  const count = 310
  const here = a.net.addresses().map((address) => address.replace(/\/p2p\/.*/, ''))
  for (let i = 0; i < count; i++) crowd.use(await Peer.start()).net.keep(a.id, here)
  // Those that come too fast from one address try again.
  await until(() => a.sessions.length === count, 'a session with each', 30_000)
  assert.deepEqual(a.closed, [])
})

/** A gate, whom it sent away, and its clock. */
function gateOf(isContact: (device: DeviceId) => boolean): {
  gate: Gate
  out: DeviceId[]
  pass: (durationMs: number) => void
} {
  const out: DeviceId[] = []
  let now = 0
  const gate = new Gate({ isContact, crowdedOut: (device) => out.push(device), now: () => now })
  return { gate, out, pass: (durationMs) => void (now += durationMs) }
}

interface Visit {
  readonly denied: boolean
  readonly leave: () => void
  readonly peer: Peer
}

function visit(gate: Gate, host: string, peer = new Peer()): Visit {
  const connection = { remoteAddr: multiaddr(`/ip4/${host}/tcp/1`), ...closable() }
  const denied = gate.deny(peerIdFromString(peer.net.peerId), connection)
  return { denied, leave: connection.leave, peer }
}

function closable(onAbort = (): void => {}): {
  status: 'open'
  addEventListener: (type: string, listener: () => void) => void
  abort: () => void
  leave: () => void
} {
  let left = (): void => {}
  return {
    status: 'open',
    addEventListener: (_type, listener) => {
      left = listener
    },
    abort: onAbort,
    leave: () => left(),
  }
}
