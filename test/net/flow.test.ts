// Back-pressure: what one side cannot take must not pile up anywhere.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import type { Stream } from '@libp2p/interface'

import type { Frame } from '../../src/core/frames.ts'
import { type ConversationId, type DeviceId, idFromBytes } from '../../src/core/id.ts'
import { OUTBOX_BYTES_MAX, PING_AFTER_MS, PUSH_QUEUE_BYTES_MAX } from '../../src/core/limits.ts'
import { encodeEntry } from '../../src/wire/entry.ts'
import { encodeFrame } from '../../src/wire/frames.ts'
import { frameBytes } from '../../src/wire/framing.ts'
import { Peer, until } from './peers.ts'
import { Raw } from './raw.ts'

const ENTRY_BYTES = 1024
const RUN_ENTRIES = 120
const MB = 1e6
const TEXT = 'x'.repeat(ENTRY_BYTES)
const ENTRY = encodeEntry({ wallTimeMs: 1, deps: [], body: { kind: 'text', text: TEXT } })

const PING = frameBytes(encodeFrame({ type: 'ping' }))

function runFrame(device: DeviceId, first: number): Frame {
  return {
    type: 'run',
    run: {
      conversation: idFromBytes<ConversationId>(new Uint8Array(32)),
      device,
      first,
      prevHash: randomBytes(32),
      entries: Array.from({ length: RUN_ENTRIES }, () => ENTRY),
      signature: randomBytes(64),
    },
  }
}

function drained(stream: Stream): Promise<void> {
  return new Promise((resolve) => {
    stream.addEventListener('drain', () => resolve(), { once: true })
  })
}

test('100 MB to a reader that pauses: memory stays bounded, and everything arrives', async () => {
  await using a = await Peer.start()
  let entries = 0
  await using b = await Peer.start({
    onFrame: (frame, session) => {
      if (frame.type !== 'run') return
      entries += frame.run.entries.length
      b.frames.length = 0
      // Once for long, after the fast start that makes the window grow; then now and again.
      if (entries === 100 * RUN_ENTRIES) pauseFor(session, 1500)
      else if (entries % (50 * RUN_ENTRIES) === 0) pauseFor(session, 10)
    },
  })
  const pauseFor = (session: { pause(): void; resume(): void }, durationMs: number): void => {
    session.pause()
    setTimeout(() => session.resume(), durationMs)
  }
  const session = await a.reach(b)
  const total = Math.ceil((100 * MB) / (RUN_ENTRIES * ENTRY_BYTES))
  const before = process.memoryUsage.rss()
  let highest = 0
  for (let i = 0; i < total; i++) {
    if (!session.send(runFrame(a.id, 1 + i * RUN_ENTRIES))) await session.drained()
    highest = Math.max(highest, process.memoryUsage.rss())
  }
  await until(() => entries === total * RUN_ENTRIES, 'everything', 30_000)
  assert.deepEqual([a.closed, b.closed], [[], []])
  assert.ok(a.congested.includes(true), 'the sender was told to wait')
  assert.equal(a.congested.at(-1), false)
  assert.ok(highest - before < 150 * MB, `took ${Math.round((highest - before) / MB)} MB`)
})

test('who sends on and on without waiting loses the session, not the memory', async () => {
  await using a = await Peer.start()
  await using b = await Peer.start({ onFrame: (_frame, session) => session.pause() })
  const session = await a.reach(b)
  const frame = runFrame(a.id, 1)
  let sentBytes = 0
  while (a.closed.length === 0 && sentBytes < 100 * MB) {
    session.send(frame)
    sentBytes += RUN_ENTRIES * ENTRY_BYTES
    await Promise.resolve()
  }
  assert.equal(a.closed[0]?.code, 'too_busy')
  assert.ok(sentBytes < OUTBOX_BYTES_MAX + 10 * MB)
})

test('congestion is told once when the outbox grows long and once when it is short', async () => {
  await using a = await Peer.start()
  await using b = await Peer.start()
  const session = await a.reach(b)
  await until(() => b.sessions.length === 1, 'the session')
  b.sessions[0]?.pause()
  let isShort = true
  let sentBytes = 0
  while (isShort && sentBytes < 20 * MB) {
    isShort = session.send(runFrame(a.id, 1))
    sentBytes += RUN_ENTRIES * ENTRY_BYTES
    await new Promise((resolve) => setImmediate(resolve))
  }
  assert.ok(sentBytes > PUSH_QUEUE_BYTES_MAX)
  assert.deepEqual(a.congested, [true])
  const drained = session.drained()
  b.sessions[0]?.resume()
  await drained
  assert.deepEqual(a.congested, [true, false])
})

test('pings that come together are answered together, however many', async () => {
  await using a = await Peer.start()
  await using raw = await Raw.make()
  const stream = await raw.meet(a)
  const burst = Buffer.concat(Array.from({ length: 200_000 }, () => PING))
  for (let at = 0; at < burst.byteLength; at += 60_000) {
    if (!stream.send(burst.subarray(at, at + 60_000))) await drained(stream)
  }
  raw.say({ type: 'decline', request: 'last' })
  await until(() => a.frames.length === 1, 'what came after the pings', 20_000)
  assert.equal(a.closed.length, 0)
  await until(() => raw.heard.some(({ type }) => type === 'pong'), 'a pong')
  const pongs = raw.heard.filter(({ type }) => type === 'pong').length
  assert.ok(pongs < 20_000, `${pongs} pongs`)
})

test('the muxer answers no single frame, and gives back the window in time', async () => {
  await using a = await Peer.start()
  await using raw = await Raw.make()
  const stream = await raw.meet(a)
  let updates = 0
  const inner = stream as unknown as { handleWindowUpdate(frame: unknown): void }
  const handle = inner.handleWindowUpdate.bind(stream)
  inner.handleWindowUpdate = (frame) => {
    updates += 1
    handle(frame)
  }
  const pongs = (): number => raw.heard.filter(({ type }) => type === 'pong').length
  for (let i = 1; i <= 50; i++) {
    raw.say({ type: 'ping' })
    await until(() => pongs() >= i, 'a pong')
  }
  assert.equal(updates, 0)
  // Several windows of it come through.
  const pings = Buffer.concat(Array.from({ length: 20_000 }, () => PING))
  for (let i = 0; i < 16; i++) if (!stream.send(pings)) await drained(stream)
  raw.say({ type: 'decline', request: 'last' })
  await until(() => a.frames.length === 1, 'what came after the pings', 20_000)
  assert.ok(updates > 0 && updates < 50, `${updates} updates`)
})

test('reading goes on when all who paused have resumed', async () => {
  await using a = await Peer.start()
  await using b = await Peer.start()
  const session = await a.reach(b)
  await until(() => b.sessions.length === 1, 'the session')
  b.sessions[0]?.pause()
  b.sessions[0]?.pause()
  session.send({ type: 'decline', request: 'r' })
  await sleep(100)
  b.sessions[0]?.resume()
  await sleep(100)
  assert.deepEqual(b.frames, [])
  b.sessions[0]?.resume()
  await until(() => b.frames.length === 1, 'the frame')
  // One too many is none.
  b.sessions[0]?.resume()
  b.sessions[0]?.pause()
  session.send({ type: 'decline', request: 's' })
  await sleep(100)
  assert.equal(b.frames.length, 1)
})

test('frames keep their order across pauses in the middle of a burst', async () => {
  const seen: string[] = []
  await using a = await Peer.start()
  await using b = await Peer.start({
    onFrame: (frame, session) => {
      if (frame.type !== 'decline') return
      seen.push(frame.request)
      if (seen.length % 7 !== 0) return
      session.pause()
      if (seen.length % 2 === 0) session.resume()
      else setTimeout(() => session.resume(), 0)
    },
  })
  const session = await a.reach(b)
  const all = Array.from({ length: 500 }, (_, i) => `r${i}`)
  for (const request of all) session.send({ type: 'decline', request })
  await until(() => seen.length === all.length, 'all frames')
  assert.deepEqual(seen, all)
})

test('a page leaves in pieces, of which a slow line brings one by one', async () => {
  await using a = await Peer.start()
  await using raw = await Raw.make()
  const stream = await raw.meet(a)
  let largest = 0
  stream.addEventListener('message', ({ data }) => {
    largest = Math.max(largest, data.byteLength)
  })
  a.sessions[0]?.send(runFrame(a.id, 1))
  await until(() => raw.heard.some(({ type }) => type === 'run'), 'the page')
  assert.ok(largest <= 16 * 1024, `${largest} bytes in one piece`)
})

test('who hears a page come slowly says meanwhile that it lives', async () => {
  await using a = await Peer.start()
  await using raw = await Raw.make()
  const stream = await raw.meet(a)
  const bytes = frameBytes(encodeFrame(runFrame(a.id, 1)))
  let at = 0
  const hasPong = (): boolean => {
    stream.send(bytes.subarray(at, ++at))
    return raw.heard.some(({ type }) => type === 'pong')
  }
  await until(hasPong, 'a pong', PING_AFTER_MS + 2000)
  const pongs = raw.heard.filter(({ type }) => type === 'pong').length
  stream.send(bytes.subarray(at))
  await until(() => a.frames.length === 1, 'the page')
  assert.deepEqual([pongs, a.closed.length], [1, 0])
})
