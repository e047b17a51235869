import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Libp2p } from 'libp2p'

import { Peer, until } from './peers.ts'

const soon = (): AbortSignal => AbortSignal.timeout(3000)

function bare(peer: Peer): string[] {
  return peer.net.addresses().map((address) => address.replace(/\/p2p\/\w+$/, ''))
}

function connectionsOf(peer: Peer): number | undefined {
  const { host } = peer.net as unknown as { host: { libp2p?: Libp2p } }
  return host.libp2p?.getConnections().length
}

test('a device that is there is reached, session or not, and the session stays', async () => {
  await using a = await Peer.start()
  await using b = await Peer.start()
  assert.equal(await b.net.knock(a.id, bare(a), soon()), 'reached')
  assert.equal(b.sessions.length, 0)
  await until(() => connectionsOf(a) === 0, 'the connection is closed on both sides')
  assert.equal(connectionsOf(b), 0)
  const session = await a.reach(b)
  assert.equal(await b.net.knock(a.id, bare(a), soon()), 'reached')
  assert.equal(a.net.session(b.id), session)
  assert.deepEqual([a.closed, b.closed], [[], []])
})

test('what stands in the way is told apart', async () => {
  await using a = await Peer.start()
  await using b = await Peer.start()
  assert.equal(await a.net.knock(b.id, ['/ip4/127.0.0.1/tcp/1'], soon()), 'refused')
  assert.equal(await a.net.knock(new Peer().id, bare(b), soon()), 'other_device')
  // Reserved for documentation (RFC 5737): no answer, or no way there, as the machine is set up.
  const nowhere = await a.net.knock(b.id, ['/ip4/192.0.2.99/tcp/4001'], soon())
  assert.ok(['silent', 'no_way'].includes(nowhere), nowhere)
})

test('connections of others are counted where they came in', async () => {
  await using a = await Peer.start()
  await using b = await Peer.start()
  const count = (): number | undefined => a.net.interfaces()[0]?.connectionsIn
  assert.equal(count(), 0)
  await b.reach(a)
  await until(() => count() === 1, 'one came in')
})

test('the way to an address names the interface, and where this node listens there', async () => {
  await using a = await Peer.start()
  const [own = ''] = bare(a)
  const port = Number(own.split('/').at(-1))
  assert.deepEqual(a.net.wayTo('/ip4/127.0.0.9/tcp/1'), { interface: 'lo', port })
  assert.deepEqual(a.net.wayTo('/ip4/192.0.2.1/tcp/1'), { interface: undefined, port })
  assert.deepEqual(a.net.wayTo('nonsense'), { interface: undefined, port: undefined })
})
