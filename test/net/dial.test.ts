import assert from 'node:assert/strict'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import {
  ADDRESS_DIAL_TIMEOUT_MS,
  DIAL_PATIENCE_MS,
  DIAL_STAGGER_MS,
} from '../../src/core/limits.ts'
import { Peer, until } from './peers.ts'
import { RemotePeer } from './remote-peer.ts'

const NOBODY = '/ip4/127.0.0.1/tcp/1'
/** Reserved for documentation: no answer, ever (RFC 5737). */
const SILENT = '/ip4/192.0.2.99/tcp/4001'

const SLOW_MS = 350

const soon = (): AbortSignal => AbortSignal.timeout(8000)

test('an address where nobody listens is unreachable, and the words name it', async () => {
  await using a = await Peer.start()
  await assert.rejects(a.net.reach({ addresses: [NOBODY] }, soon()), {
    code: 'unreachable',
    message: /127\.0\.0\.1\/tcp\/1: no program listens there/,
  })
})

test('what is no address is bad input', async () => {
  await using a = await Peer.start()
  const target = { addresses: ['/ip4/127.0.0.1/udp/4'] }
  await assert.rejects(a.net.reach(target, soon()), { code: 'bad_input' })
})

test('a device of which no address is known is unreachable', async () => {
  await using a = await Peer.start()
  const target = { device: new Peer().id, addresses: [] }
  await assert.rejects(a.net.reach(target, soon()), { code: 'unreachable' })
})

test('another device than the expected one is an identity mismatch', async () => {
  await using a = await Peer.start()
  await using b = await Peer.start()
  const target = { device: new Peer().id, addresses: b.net.addresses().map(withoutPeer) }
  await assert.rejects(a.net.reach(target, soon()), { code: 'identity_mismatch' })
  assert.equal(b.sessions.length, 0)
  assert.deepEqual(a.verified, [])
})

test('a node that dials itself is told so', async () => {
  await using a = await Peer.start()
  const own = a.net.addresses()
  await assert.rejects(a.net.reach({ addresses: own }, soon()), { code: 'contact_is_self' })
  const bare = own.map(withoutPeer)
  await assert.rejects(a.net.reach({ addresses: bare }, soon()), { code: 'contact_is_self' })
  await assert.rejects(a.net.reach({ device: a.id, addresses: [] }, soon()), {
    code: 'contact_is_self',
  })
})

test('nobody else is looked for where this node itself listens', async () => {
  await using a = await Peer.start()
  await using b = await Peer.start()
  const own = a.net.addresses().map(withoutPeer)
  await assert.rejects(a.net.reach({ device: b.id, addresses: [...own, NOBODY] }, soon()), {
    code: 'unreachable',
    message: /127\.0\.0\.1\/tcp\/1: no program listens there/,
  })
  await assert.rejects(a.net.reach({ device: b.id, addresses: own }, soon()), {
    code: 'contact_is_self',
  })
  const good = b.net.addresses().map(withoutPeer)
  const session = await a.net.reach({ device: b.id, addresses: [...own, ...good] }, soon())
  assert.equal(session.device, b.id)
})

test('a program that is no node is unreachable', async () => {
  const server = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await using a = await Peer.start()
  const port = typeof address === 'object' ? address?.port : 0
  const target = { addresses: [`/ip4/127.0.0.1/tcp/${port}`] }
  await assert.rejects(a.net.reach(target, soon()), { code: 'unreachable' })
  server.close()
})

test('of a program that answers otherwise than a node it is said in plain words', async (t) => {
  const answer = `HTTP/1.1 400 Bad Request\r\n\r\n${'x'.repeat(100)}`
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.resume().unref().write(answer)
  })
  t.after(() => void server.close())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await using a = await Peer.start()
  const port = typeof address === 'object' ? address?.port : 0
  await assert.rejects(a.net.reach({ addresses: [`/ip4/127.0.0.1/tcp/${port}`] }, soon()), {
    code: 'unreachable',
    message: /: no handshake came about; another program may listen there$/,
  })
})

test('dead addresses before a good one cost little time', async () => {
  await using a = await Peer.start()
  await using b = await Peer.start()
  const good = b.net.addresses().map(withoutPeer)
  const target = { addresses: [SILENT, NOBODY, '/ip4/192.0.2.98/tcp/1', ...good] }
  const start = performance.now()
  await a.net.reach(target, soon())
  assert.ok(performance.now() - start < 1500, `took ${performance.now() - start} ms`)
})

test('a dial that is given up ends at once', async () => {
  await using a = await Peer.start()
  const start = performance.now()
  await assert.rejects(a.net.reach({ addresses: [SILENT] }, AbortSignal.timeout(100)), {
    code: 'timeout',
  })
  assert.ok(performance.now() - start < 1000)
})

test('what came while this process had no turn counts, though it had come late', async () => {
  await using a = await Peer.start()
  await using b = await RemotePeer.start({})
  const { device, addresses } = await b.ready()
  const reached = a.net.reach({ device, addresses }, soon())
  for (let turn = 0; turn < 2; turn++) {
    await new Promise((resolve) => setImmediate(resolve))
    const end = performance.now() + ADDRESS_DIAL_TIMEOUT_MS + 100
    while (performance.now() < end);
  }
  assert.equal((await reached).device, device)
})

test('a handshake over a slow line may take longer than silence is waited for', async () => {
  await using a = await Peer.start()
  await using b = await Peer.start()
  const [good = ''] = b.net.addresses()
  const line = await slowLine(Number(/tcp\/(\d+)/.exec(good)?.[1]))
  const start = performance.now()
  const session = await a.net.reach({ addresses: [line.address] }, soon())
  assert.ok(performance.now() - start > ADDRESS_DIAL_TIMEOUT_MS, 'the line is slow')
  assert.equal(session.device, b.id)
  line.close()
})

test('where somebody answers, no second handshake begins beside the first', async () => {
  await using a = await Peer.start()
  await using b = await Peer.start()
  const [good = ''] = b.net.addresses()
  const line = await slowLine(Number(/tcp\/(\d+)/.exec(good)?.[1]), DIAL_STAGGER_MS / 2)
  const start = performance.now()
  await a.net.reach({ addresses: [line.address, withoutPeer(good)] }, soon())
  assert.ok(performance.now() - start > 2 * DIAL_STAGGER_MS)
  await settle()
  assert.equal(b.net.interfaces()[0]?.connectionsIn, 1)
  line.close()
})

test('who answers and is silent then holds a dial up once', async () => {
  const sockets: Socket[] = []
  const server = createServer((socket) => sockets.push(socket))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : 0
  const silent = [1, 2, 3, 4].map((host) => `/ip4/127.0.0.${host}/tcp/${port}`)
  await using a = await Peer.start()
  await using b = await Peer.start()
  const start = performance.now()
  const addresses = [...silent, ...b.net.addresses().map(withoutPeer)]
  const session = await a.net.reach({ addresses }, soon())
  const tookMs = performance.now() - start
  assert.equal(session.device, b.id)
  assert.ok(tookMs < DIAL_PATIENCE_MS + 5 * DIAL_STAGGER_MS, `took ${tookMs} ms`)
  for (const socket of sockets) socket.destroy()
  server.close()
})

test('reaching a device again gives the session that there is', async () => {
  await using a = await Peer.start()
  await using b = await Peer.start()
  const first = await a.reach(b)
  assert.equal(await a.reach(b), first)
  const bare = { addresses: b.net.addresses().map(withoutPeer) }
  assert.equal(await a.net.reach(bare, soon()), first)
  const [one, two] = await Promise.all([b.reach(a), b.reach(a)])
  assert.equal(one, two)
  assert.deepEqual([a.sessions.length, b.sessions.length], [1, 1])
})

test('two dials of one address at the same time share their session', async () => {
  await using a = await Peer.start()
  await using b = await Peer.start()
  const bare = { addresses: b.net.addresses().map(withoutPeer) }
  const [one, two] = await Promise.all([a.net.reach(bare, soon()), a.net.reach(bare, soon())])
  assert.equal(one.device, two.device)
  await until(() => b.net.session(a.id) !== undefined, 'the session')
  assert.equal(a.closed.length, 0)
})

test('when both sides dial at once, both keep the same one session, 50 times', async () => {
  await using a = await Peer.start()
  await using b = await Peer.start()
  for (let round = 0; round < 50; round++) {
    const [ab, ba] = await Promise.all([a.reach(b), b.reach(a)])
    assert.ok(ab && ba)
    await settle()
    const [atA, atB] = [a.net.session(b.id), b.net.session(a.id)]
    assert.ok(atA && atB, `round ${round}: a session on both sides`)
    assert.equal(atA.initiator, !atB.initiator, `round ${round}: the same session`)
    atB.send({ type: 'decline', request: `r${round}` })
    await until(() => a.frames.length === round + 1, `round ${round}: it works`)
    // Neither side saw the other one come and go.
    assert.deepEqual([a.log.length, b.log.length], [2 * round + 1, 2 * round + 1])
    atA.close('test', 'next round')
    await until(() => !a.net.session(b.id) && !b.net.session(a.id), 'the end of the round')
  }
})

test('a listen address that is taken fails with plain words', async () => {
  await using a = await Peer.start()
  const taken = a.net.addresses().map(withoutPeer)
  await assert.rejects(Peer.start({ listen: taken }), {
    code: 'listen_failed',
    message: /cannot listen on port \d+ .*another program uses this port/,
  })
})

/** Every packet is SLOW_MS late, either way. */
async function slowLine(
  port: number,
  delayMs = SLOW_MS,
): Promise<{ address: string; close: () => void }> {
  const sockets: Socket[] = []
  const server: Server = createServer((near) => {
    const far = connect(port, '127.0.0.1')
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.push(from)
      from.on('error', () => {})
      from.on('data', (chunk) => void sleep(delayMs).then(() => to.write(chunk)))
      from.on('close', () => void sleep(delayMs).then(() => to.destroy()))
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    address: `/ip4/127.0.0.1/tcp/${typeof address === 'object' ? address?.port : 0}`,
    close: () => {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

function withoutPeer(address: string): string {
  return address.replace(/\/p2p\/.*/, '')
}

async function settle(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 30))
}
