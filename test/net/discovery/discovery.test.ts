// Discovery on the loopback interface, with real multicast; between hosts: test/lan.
import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { test } from 'node:test'

import { Peer, until } from '../peers.ts'

/** Not 5353: what is on this machine must not disturb these tests, nor they it. */
const port = 20_000 + (process.pid % 20_000)

test('two nodes find each other and say goodbye', async (t) => {
  await using a = await Peer.start({ mdnsPort: port, name: 'Ada' })
  const b = await Peer.start({ mdnsPort: port, name: 'Bob' })
  const tookMs = await until(
    () => a.net.nearby().length === 1 && b.net.nearby().length === 1,
    'each sees the other',
  )
  t.diagnostic(`found within ${Math.round(tookMs)} ms`)
  const [node] = a.net.nearby()
  assert.deepEqual(
    [node?.device, node?.peerId, node?.name, node?.account],
    [b.id, b.net.peerId, 'Bob', b.account.id],
  )
  assert.deepEqual(
    node?.addresses.map((address) => `${address}/p2p/${b.net.peerId}`),
    b.net.addresses(),
  )
  assert.equal(
    (await a.net.reach({ device: b.id, addresses: [] }, AbortSignal.timeout(5000))).device,
    b.id,
  )
  const [report] = a.net.interfaces()
  assert.equal(report?.name, 'lo')
  assert.ok(report?.listening && report.queriesSent > 0 && report.packetsHeard > 0)
  assert.equal(report?.nodesHeard, 1)
  assert.equal(report?.error, undefined)
  await b.net.stop()
  await until(() => a.net.nearby().length === 0, 'the goodbye', 1000)
})

test('a kept device is dialed as soon as it is heard', async () => {
  const late = new Peer({ mdnsPort: port })
  await using a = await Peer.start({ mdnsPort: port })
  a.net.keep(late.id, [])
  await new Promise((resolve) => setTimeout(resolve, 500))
  await late.net.start()
  const tookMs = await until(() => a.net.session(late.id) !== undefined, 'a session')
  assert.ok(tookMs < 1500, `took ${tookMs} ms`)
  await late.net.stop()
})

test('garbage on the multicast group disturbs nothing', async () => {
  await using a = await Peer.start({ mdnsPort: port })
  const socket = createSocket({ type: 'udp4', reuseAddr: true })
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  socket.setMulticastInterface('127.0.0.1')
  const header = Buffer.from([0, 0, 0x84, 0, 0, 0, 0, 9, 0, 0, 0, 0])
  for (let i = 0; i < 100; i++) {
    const tail = Buffer.from(Array.from({ length: i }, (_, j) => (i * 31 + j * 17) & 0xff))
    socket.send(i % 2 === 0 ? tail : Buffer.concat([header, tail]), port, '224.0.0.251')
  }
  await using b = await Peer.start({ mdnsPort: port })
  await until(() => a.net.nearby().length === 1 && b.net.nearby().length === 1, 'still working')
  assert.equal(a.troubles.get('discovery on lo'), undefined)
  socket.close()
})

test('an interface that is denied is not used', async () => {
  await using a = await Peer.start({ interfaces: { allow: [], deny: ['lo'] } })
  assert.deepEqual(a.net.addresses(), [])
})
