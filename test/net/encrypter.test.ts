// How what is said goes through a connection: in few packets, and read however it comes.
import assert from 'node:assert/strict'
import { Socket } from 'node:net'
import { test } from 'node:test'

import { TURN_MAX_MS } from '../../src/core/limits.ts'
import { takeTurns } from '../../src/net/encrypter.ts'
import { Turns } from '../../src/net/turns.ts'
import { Peer, until } from './peers.ts'
import { Raw } from './raw.ts'

const SAID = 40

/** The connection of libp2p's TCP under one that is encrypted. */
interface Under {
  readonly socket: Socket
  sendData(bytes: { subarray(): Uint8Array }): { sentBytes: number; canSendMore: boolean }
}

const under = (raw: Raw): Under => (raw.connection as unknown as { maConn: Under }).maConn

async function pingOften(raw: Raw): Promise<void> {
  const pongs = (): number => raw.heard.filter(({ type }) => type === 'pong').length
  for (let i = 1; i <= SAID; i++) {
    raw.say({ type: 'ping' })
    await until(() => pongs() >= i, 'a pong')
  }
}

test('a small message is written in one piece, with its length', async (t) => {
  await using peer = await Peer.start()
  await using raw = await Raw.make()
  await raw.meet(peer)
  const { localPort } = under(raw).socket
  const { mock } = t.mock.method(Socket.prototype, 'write')
  await pingOften(raw)
  const written = mock.calls.filter(
    ({ this: socket }) => (socket as Socket).remotePort === localPort,
  )
  assert.equal(written.length, SAID)
})

test('what comes byte by byte is read all the same', async () => {
  await using peer = await Peer.start()
  await using raw = await Raw.make()
  await raw.meet(peer)
  const connection = under(raw)
  connection.socket.setNoDelay(true)
  connection.sendData = (bytes) => {
    const all = bytes.subarray()
    for (const byte of all) connection.socket.write(Buffer.of(byte))
    return { sentBytes: all.byteLength, canSendMore: true }
  }
  await pingOften(raw)
  assert.deepEqual(peer.closed, [])
})

test('what takes long to read is read in turns, and where libp2p pauses not at all', async () => {
  const socket = new Socket()
  const connection = { socket, readStatus: 'readable' }
  socket.on('data', () => {
    const end = performance.now() + TURN_MAX_MS
    while (performance.now() < end);
  })
  takeTurns(connection, new Turns())
  const come = (): void => void socket.emit('data', Buffer.of(1))
  come()
  assert.equal(socket.isPaused(), false, 'the first look begins the turn')
  come()
  assert.equal(socket.isPaused(), true)
  await until(() => !socket.isPaused(), 'the next turn')
  connection.readStatus = 'paused'
  come()
  come()
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
  assert.equal(socket.isPaused(), true)
  socket.destroy()
})
