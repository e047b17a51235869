import assert from 'node:assert/strict'
import { test } from 'node:test'

import { STRANGER_FRAMES_MAX } from '../../src/core/limits.ts'
import { signDeviceList } from '../../src/wire/devices.ts'
import { Peer, until } from './peers.ts'
import { Raw } from './raw.ts'

test('two nodes say hello and exchange frames', async () => {
  await using a = await Peer.start({ name: 'Ada' })
  await using b = await Peer.start({ name: 'Bob' })
  const session = await a.reach(b)
  assert.equal(session.device, b.id)
  assert.equal(session.account, b.account.id)
  assert.equal(session.hello.name, 'Bob')
  assert.ok(session.initiator)
  await until(() => b.sessions.length === 1, 'the session at the other side')
  assert.equal(b.sessions[0]?.hello.name, 'Ada')
  assert.ok(!b.sessions[0]?.initiator)
  assert.ok(session.send({ type: 'contact', request: 'r1', text: 'hi' }))
  await until(() => b.frames.length === 1, 'the frame')
  assert.deepEqual(b.frames[0], { type: 'contact', request: 'r1', text: 'hi' })
  assert.deepEqual(a.verified, [session.address])
})

test('what was sent before closing arrives, and so does the reason', async () => {
  await using a = await Peer.start()
  await using b = await Peer.start()
  const session = await a.reach(b)
  session.send({ type: 'decline', request: 'r1' })
  session.close('refused', 'no, thank you')
  session.close('refused', 'said twice')
  await until(() => b.closed.length === 1, 'the end at the other side')
  assert.equal(b.frames[0]?.type, 'decline')
  assert.deepEqual(b.closed, [{ device: a.id, code: 'refused', reason: 'no, thank you' }])
  assert.deepEqual(a.closed, [{ device: b.id, code: 'refused', reason: 'no, thank you' }])
  assert.equal(a.net.session(b.id), undefined)
  assert.equal(session.send({ type: 'ping' }), false)
  await assert.rejects(session.drained(), { code: 'unreachable' })
})

test('who dials a node that said goodbye and still stops gets no session', async () => {
  const a = await Peer.start()
  const here = { addresses: a.net.addresses() }
  // While it does not close its end, the node waits for it.
  await using slow = await Raw.make()
  slow.ignoresBye = true
  await slow.meet(a)
  await using b = await Peer.start()
  await b.reach(a)
  const stopped = a.net.stop()
  await until(() => b.closed.length === 1, 'the goodbye')
  await assert.rejects(b.net.reach(here, AbortSignal.timeout(5000)), { code: 'unreachable' })
  await stopped
  assert.equal(a.sessions.length, 2)
})

test('a node whose account did not sign for its device gets no session', async () => {
  const other = new Peer()
  const notMine = signDeviceList(other.account.id, 1, [other.id], other.account.sign)
  await using a = await Peer.start()
  await using liar = await Peer.start({ devices: notMine })
  await assert.rejects(liar.reach(a), { code: 'identity_mismatch' })
  assert.equal(liar.sessions.length, 0)
  await assert.rejects(a.reach(liar), { code: 'identity_mismatch' })
  assert.equal(a.sessions.length, 0)
})

test('a device list with a false signature gets no session', async () => {
  await using a = await Peer.start()
  await using raw = await Raw.make()
  await raw.open(a)
  const hello = raw.as.hello()
  const signature = new Uint8Array(64).fill(7)
  raw.say({ ...hello, devices: { ...hello.devices, signature } })
  await until(() => raw.bye() !== undefined, 'a bye')
  assert.equal(raw.bye()?.code, 'identity_mismatch')
  assert.equal(a.sessions.length, 0)
})

test('a node that is not wanted is told so', async () => {
  await using a = await Peer.start()
  await using b = await Peer.start({ standing: 'refuse' })
  await assert.rejects(a.reach(b), { code: 'unreachable', message: /does not want/ })
  assert.deepEqual([a.sessions.length, b.sessions.length], [0, 0])
})

test('who is refused learns no name', async () => {
  await using a = await Peer.start({ standing: 'refuse' })
  await using raw = await Raw.make()
  await raw.open(a)
  raw.say(raw.as.hello())
  await until(() => raw.bye() !== undefined, 'a bye')
  assert.deepEqual(
    raw.heard.map(({ type }) => type),
    ['bye'],
  )
})

test('a first frame that is no hello ends the connection with a reason', async () => {
  await using a = await Peer.start()
  await using raw = await Raw.make()
  raw.ignoresBye = true
  await raw.open(a)
  raw.say({ type: 'ping' })
  await until(() => raw.bye() !== undefined, 'a bye')
  assert.equal(raw.bye()?.code, 'protocol_error')
  await until(() => raw.connection?.status !== 'open', 'the connection closed')
})

test('a connection without a hello, or without a chat stream, is closed in time', async () => {
  await using a = await Peer.start()
  await using mute = await Raw.make()
  await using idle = await Raw.make()
  await mute.open(a)
  const connection = await idle.connect(a)
  await until(() => mute.bye() !== undefined, 'a bye', 7000)
  assert.equal(mute.bye()?.code, 'timeout')
  await until(() => connection.status !== 'open', 'the connection closed')
})

test('an oversized frame ends the session with a code', async () => {
  await using a = await Peer.start()
  await using raw = await Raw.make()
  const stream = await raw.meet(a)
  stream.send(Buffer.from([0xff, 0xff, 0x7f, 1, 2, 3]))
  await until(() => a.closed.length === 1, 'the end')
  assert.equal(a.closed[0]?.code, 'protocol_error')
  await until(() => raw.bye() !== undefined, 'a bye')
  assert.equal(raw.bye()?.code, 'protocol_error')
})

test('garbage ends the session with a code, and the node goes on', async () => {
  await using a = await Peer.start()
  for (let round = 0; round < 20; round++) {
    await using raw = await Raw.make()
    const stream = await raw.meet(a)
    // A frame of the right length whose bytes are no message: field 1 with a wire type of 7.
    stream.send(Buffer.from([4, 0x0f, round, 0xff, 0xff]))
    await until(() => a.closed.length === round + 1, 'the end')
    assert.equal(a.closed[round]?.code, 'protocol_error')
  }
  await using b = await Peer.start()
  await b.reach(a)
})

test('of what a stranger says only what makes an acquaintance is delivered', async () => {
  await using a = await Peer.start({ standing: 'stranger' })
  await using raw = await Raw.make()
  await raw.open(a)
  raw.say(raw.as.hello(), { type: 'clocks_wanted' }, { type: 'contact', request: 'r', text: 'hi' })
  await until(() => a.frames.length > 0, 'a frame')
  assert.deepEqual(a.frames, [{ type: 'contact', request: 'r', text: 'hi' }])
  a.sessions[0]?.promote()
  raw.say({ type: 'clocks_wanted' })
  await until(() => a.frames.length === 2, 'a frame of a contact')
})

test('a stranger may send only so many frames', async () => {
  await using a = await Peer.start({ standing: 'stranger' })
  await using raw = await Raw.make()
  await raw.open(a)
  raw.say(raw.as.hello())
  for (let i = 0; i <= STRANGER_FRAMES_MAX; i++) raw.say({ type: 'decline', request: `r${i}` })
  await until(() => raw.bye() !== undefined, 'a bye')
  assert.equal(raw.bye()?.code, 'too_busy')
  assert.equal(a.frames.length, STRANGER_FRAMES_MAX)
})

test('pings count among the frames of a stranger', async () => {
  await using a = await Peer.start({ standing: 'stranger' })
  await using raw = await Raw.make()
  await raw.open(a)
  raw.say(raw.as.hello())
  for (let i = 0; i <= STRANGER_FRAMES_MAX; i++) raw.say({ type: 'ping' })
  await until(() => raw.bye() !== undefined, 'a bye')
  assert.equal(raw.bye()?.code, 'too_busy')
})

test('a contact may send many frames', async () => {
  await using a = await Peer.start()
  await using raw = await Raw.make()
  await raw.open(a)
  raw.say(raw.as.hello())
  for (let i = 0; i < 1000; i++) raw.say({ type: 'decline', request: `r${i}` })
  await until(() => a.frames.length === 1000, 'all frames')
  assert.equal(a.closed.length, 0)
})

test('a later hello of the same account is news, one of another account is the end', async () => {
  await using a = await Peer.start()
  await using raw = await Raw.make()
  await raw.open(a)
  raw.say(raw.as.hello(), { ...raw.as.hello(), name: 'Grace' })
  await until(() => a.frames.length === 1, 'the later hello')
  assert.equal(a.sessions[0]?.hello.name, 'Grace')
  raw.say(new Peer({ device: raw.as.device }).hello())
  await until(() => a.closed.length === 1, 'the end')
  assert.equal(a.closed[0]?.code, 'protocol_error')
})

test('a handler that throws loses its session, not the process', async () => {
  const onFrame = (): never => {
    throw new Error('a mistake')
  }
  await using a = await Peer.start({ onFrame })
  await using b = await Peer.start()
  const session = await b.reach(a)
  session.send({ type: 'decline', request: 'r' })
  await until(() => a.closed.length === 1 && b.closed.length === 1, 'the end')
  assert.equal(a.closed[0]?.code, 'internal')
  assert.equal(b.closed[0]?.code, 'internal')
})
