import assert from 'node:assert/strict'
import { describe, test, type TestContext } from 'node:test'

import { type DeviceId, idFromBytes } from '../../src/core/id.ts'
import {
  ADDRESSES_PER_PEER_MAX,
  DIALS_FAR_MAX,
  DIALS_NEAR_MAX,
  DIALS_STRAINED,
  REDIAL_LOST_FOR_MS,
  REDIAL_LOST_MS,
  REDIAL_MAX_MS,
  REDIAL_MIN_MS,
  REDIAL_STRANGER_MAX_MS,
  STRAIN_LATE_MS,
  STRAIN_LOOKS,
  STRAIN_LOOK_MS,
  STRANGER_SESSION_MAX_MS,
} from '../../src/core/limits.ts'
import { silentLogger } from '../../src/core/logger.ts'
import { Supervisor } from '../../src/net/supervisor.ts'
import { Peer, until } from './peers.ts'
import { RemotePeer } from './remote-peer.ts'

const DEVICE = idFromBytes<DeviceId>(new Uint8Array(32).fill(1))
const [SMALLER, LARGER] = [0, 2].map((byte) =>
  idFromBytes<DeviceId>(new Uint8Array(32).fill(byte)),
) as [DeviceId, DeviceId]

describe('in real time', { concurrency: 3 }, () => {
  test('a peer that is killed and started again is back within 5 s', async (t) => {
    await using a = await Peer.start()
    const first = await RemotePeer.start({})
    const { device, addresses } = await first.ready()
    a.net.keep(device, addresses)
    await until(() => a.net.session(device) !== undefined, 'the first session')
    await first.kill('SIGKILL')
    await until(() => a.closed.length === 1, 'the loss of it')
    await using again = await RemotePeer.start({ ...first.options, listen: addresses.map(bare) })
    await again.ready()
    const tookMs = await until(
      () => a.net.session(device) !== undefined,
      'the session after it',
      5000,
    )
    t.diagnostic(`back ${Math.round(tookMs)} ms after the restarted peer was ready`)
  })

  test('a peer that stands still loses its session and gets it back when it goes on', async (t) => {
    await using a = await Peer.start()
    await using b = await RemotePeer.start({})
    const { device, addresses } = await b.ready()
    const unheardAt = performance.now()
    a.net.keep(device, addresses)
    await until(() => a.net.session(device) !== undefined, 'the session')
    b.child.kill('SIGSTOP')
    const tookMs = await until(() => a.closed.length === 1, 'the loss of it', 20_000)
    // The silence begins with the last that was heard, a moment before it was stopped.
    assert.ok(performance.now() - unheardAt > 10_000, 'it was given its time')
    assert.ok(tookMs < 18_000, `took ${tookMs} ms`)
    assert.equal(a.closed[0]?.code, 'timeout')
    b.child.kill('SIGCONT')
    const backMs = await until(() => a.net.session(device) !== undefined, 'the session again', 8000)
    t.diagnostic(
      `lost after ${Math.round(tookMs)} ms, back ${Math.round(backMs)} ms after it went on`,
    )
  })

  test('a quiet session stays for longer than the silence that would end it', async () => {
    await using a = await Peer.start()
    await using b = await Peer.start()
    const session = await a.reach(b)
    b.sessions[0]?.pause()
    await new Promise((resolve) => setTimeout(resolve, 17_000))
    assert.equal(a.net.session(b.id), session, 'even when the other side does not read')
    assert.deepEqual([a.closed, b.closed], [[], []])
  })
})

interface Bench {
  readonly supervisor: Supervisor
  readonly dials: { readonly at: number; readonly addresses: readonly string[] }[]
  now: number
  session: boolean
  answers: boolean
  heard: string[]
  own: string[]
  /** When its session was looked at. */
  readonly probes: number[]
}

/** A supervisor on mocked time whose dials fail unless the device answers. */
function bench(t: TestContext, own = SMALLER): Bench {
  t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] })
  const state: Omit<Bench, 'supervisor'> = {
    dials: [],
    now: 0,
    session: false,
    answers: false,
    heard: [],
    own: [],
    probes: [],
  }
  const supervisor = new Supervisor({
    own,
    probe: () => state.probes.push(state.now),
    hasSession: () => state.session,
    heardAddresses: () => state.heard,
    isOwn: (address) => state.own.includes(address),
    dial: (device, addresses) => {
      state.dials.push({ at: state.now, addresses })
      if (!state.answers) return Promise.reject(new Error('nobody there'))
      state.session = true
      supervisor.sessionOpened(device)
      return Promise.resolve()
    },
    now: () => state.now,
    random: () => 0.5,
    log: silentLogger,
  })
  supervisor.start()
  t.after(() => supervisor.stop())
  return Object.assign(state, { supervisor })
}

async function pass(state: Bench, durationMs: number, t: TestContext): Promise<void> {
  for (let passedMs = 0; passedMs < durationMs; passedMs += 100) {
    state.now += 100
    t.mock.timers.tick(100)
    for (let i = 0; i < 5; i++) await Promise.resolve()
  }
}

test('it waits longer after each failure, up to a limit, and never gives up', async (t) => {
  const state = bench(t)
  state.supervisor.keep(DEVICE, ['/ip4/10.0.0.1/tcp/1'])
  await pass(state, 3_600_000, t)
  const gaps = state.dials.slice(1).map(({ at }, i) => at - (state.dials[i]?.at ?? 0))
  assert.ok(gaps.length > 50)
  assert.ok((gaps[0] ?? 0) <= 2 * REDIAL_MIN_MS)
  assert.ok(
    gaps.every((gap, i) => gap >= (gaps[i - 1] ?? 0) - 200),
    'never shorter',
  )
  assert.ok(gaps.every((gap) => gap <= REDIAL_MAX_MS + 200))
  state.supervisor.stop()
})

test('hearing the device, or a change of network, makes it dial at once', async (t) => {
  const state = bench(t)
  state.supervisor.keep(DEVICE, ['/ip4/10.0.0.1/tcp/1'])
  await pass(state, 600_000, t)
  const before = state.dials.length
  state.supervisor.networkChanged()
  await pass(state, 200, t)
  assert.equal(state.dials.length, before + 1)
  state.supervisor.heard(DEVICE)
  await pass(state, 200, t)
  assert.equal(state.dials.length, before + 2)
  for (let i = 0; i < 100; i++) {
    state.supervisor.heard(DEVICE)
    await pass(state, 100, t)
  }
  assert.ok(state.dials.length <= before + 13, 'a storm of forged answers causes no storm of dials')
  state.supervisor.stop()
})

test('a session is looked at when its device is heard elsewhere, once a second', async (t) => {
  const state = bench(t)
  state.supervisor.keep(DEVICE, ['/ip4/10.0.0.1/tcp/1'])
  state.answers = true
  state.heard = ['/ip4/10.0.0.1/tcp/1']
  state.supervisor.heard(DEVICE)
  await pass(state, 5000, t)
  assert.equal(state.session, true)
  const hear = (...addresses: string[]): void => {
    state.heard = addresses
    state.supervisor.heard(DEVICE)
  }
  hear('/ip4/10.0.0.1/tcp/1')
  assert.deepEqual(state.probes, [], 'it is where it was')
  hear('/ip4/10.0.0.2/tcp/1', '/ip4/10.0.0.1/tcp/1')
  assert.deepEqual(state.probes, [5000])
  await pass(state, 5000, t)
  hear('/ip4/10.0.0.1/tcp/1', '/ip4/10.0.0.2/tcp/1')
  hear('/ip4/10.0.0.2/tcp/1')
  assert.deepEqual(state.probes, [5000], 'an old address that is forgotten is no news')
  for (let i = 0; i < 100; i++) {
    hear(`/ip4/10.0.1.${i}/tcp/1`)
    await pass(state, 100, t)
  }
  assert.ok(state.probes.length <= 12, 'a storm of forged answers causes no storm of probes')
  state.supervisor.stop()
})

test('a session that stood before its device was heard is not looked at for that', async (t) => {
  const state = bench(t)
  state.session = true
  state.supervisor.keep(DEVICE, [])
  state.heard = ['/ip4/10.0.0.1/tcp/1']
  await pass(state, 5000, t)
  state.supervisor.heard(DEVICE)
  assert.deepEqual(state.probes, [])
  state.heard = ['/ip4/10.0.0.2/tcp/1']
  state.supervisor.heard(DEVICE)
  assert.deepEqual(state.probes, [5000])
  state.supervisor.stop()
})

test('of two that hear each other the smaller dials; the other gives it a second', async (t) => {
  const state = bench(t, LARGER)
  state.supervisor.keep(DEVICE, ['/ip4/10.0.0.1/tcp/1'])
  await pass(state, 600_000, t)
  const before = state.dials.length
  state.supervisor.heard(DEVICE)
  await pass(state, 500, t)
  state.supervisor.heard(DEVICE)
  await pass(state, 400, t)
  assert.equal(state.dials.length, before)
  await pass(state, 200, t)
  assert.equal(state.dials.length, before + 1, 'hearing it again makes it wait no longer')
  state.session = true
  await pass(state, 2000, t)
  state.supervisor.heard(DEVICE)
  await pass(state, 2000, t)
  assert.equal(state.dials.length, before + 1)
  state.supervisor.stop()
})

test('who is heard and does not answer waits with those that may be anywhere', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] })
  const under: DeviceId[] = []
  const supervisor = new Supervisor({
    own: SMALLER,
    probe: () => {},
    hasSession: () => false,
    heardAddresses: () => ['/ip4/10.66.0.1/tcp/1'],
    isOwn: () => false,
    dial: (device) => {
      under.push(device)
      return under.length > DIALS_NEAR_MAX ? new Promise(() => {}) : Promise.reject(new Error('no'))
    },
    now: () => 0,
    random: () => 0.5,
    log: silentLogger,
  })
  supervisor.start()
  t.after(() => supervisor.stop())
  const devices = Array.from({ length: 8 }, (_, i) =>
    idFromBytes<DeviceId>(new Uint8Array(32).fill(100 + i)),
  )
  const settled = async (passedMs = 1): Promise<void> => {
    t.mock.timers.tick(passedMs)
    for (let i = 0; i < 20; i++) await Promise.resolve()
  }
  for (const device of devices) supervisor.keep(device, [])
  await settled()
  // Four did not answer, and the others are being dialed in their place.
  assert.equal(under.length, devices.length)
  // Four more are under way, so there would be no room among those that are heard.
  for (const device of devices.slice(0, DIALS_NEAR_MAX)) supervisor.heard(device)
  await settled(2000)
  assert.deepEqual(under.slice(devices.length), devices.slice(0, DIALS_NEAR_MAX))
  supervisor.stop()
})

test('after a change of network whoever is heard counts as near again', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] })
  const order: DeviceId[] = []
  let isAway = true
  const supervisor = new Supervisor({
    own: SMALLER,
    probe: () => {},
    hasSession: () => false,
    heardAddresses: (device) => (device === DEVICE ? ['/ip4/10.0.0.1/tcp/1'] : []),
    isOwn: () => false,
    dial: (device) => {
      order.push(device)
      return isAway ? Promise.reject(new Error('nobody there')) : new Promise(() => {})
    },
    now: () => 0,
    random: () => 0.5,
    log: silentLogger,
  })
  supervisor.start()
  t.after(() => supervisor.stop())
  for (let i = 100; i < 150; i++) {
    supervisor.keep(idFromBytes<DeviceId>(new Uint8Array(32).fill(i)), ['/ip4/10.0.0.2/tcp/1'])
  }
  supervisor.keep(DEVICE, [])
  const settled = async (): Promise<void> => {
    t.mock.timers.tick(1)
    for (let i = 0; i < 300; i++) await Promise.resolve()
  }
  await settled()
  assert.ok(order.includes(DEVICE))
  isAway = false
  order.length = 0
  supervisor.networkChanged()
  await settled()
  assert.ok(order.includes(DEVICE), 'the others are dialed for ever')
  supervisor.stop()
})

test('what was verified is dialed first, and what is only heard never pushes it out', async (t) => {
  const state = bench(t)
  const forged = Array.from({ length: 40 }, (_, i) => `/ip4/10.66.0.${i}/tcp/1`)
  state.heard = forged
  state.supervisor.keep(DEVICE, ['/ip4/10.0.0.1/tcp/1', '/ip4/10.0.0.2/tcp/1'])
  state.supervisor.verified(DEVICE, '/ip4/10.0.0.2/tcp/1')
  await pass(state, 200, t)
  const addresses = state.dials[0]?.addresses ?? []
  assert.deepEqual(addresses.slice(0, 3), ['/ip4/10.0.0.2/tcp/1', '/ip4/10.0.0.1/tcp/1', forged[0]])
  assert.equal(addresses.length, ADDRESSES_PER_PEER_MAX)
  state.supervisor.stop()
})

test('addresses that this node has too leave room for others, and are never dialed', async (t) => {
  const state = bench(t)
  const bridges = Array.from({ length: 8 }, (_, i) => `/ip4/172.17.0.${i}/tcp/1`)
  state.own = bridges
  state.heard = bridges
  state.supervisor.keep(DEVICE, [...bridges, '/ip4/10.0.0.99/tcp/1'])
  await pass(state, 200, t)
  assert.deepEqual(state.dials[0]?.addresses, ['/ip4/10.0.0.99/tcp/1'])
})

test('while its turns come late it dials less, and at once more when they no longer do', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] })
  let now = 0
  let dials = 0
  const supervisor = new Supervisor({
    own: SMALLER,
    probe: () => {},
    hasSession: () => false,
    heardAddresses: () => [],
    isOwn: () => false,
    dial: () => {
      dials += 1
      return new Promise(() => {})
    },
    now: () => now,
    random: () => 0.5,
    log: silentLogger,
  })
  supervisor.start()
  t.after(() => supervisor.stop())
  const look = (lateMs: number): void => {
    now += STRAIN_LOOK_MS + lateMs
    t.mock.timers.tick(STRAIN_LOOK_MS)
  }
  look(STRAIN_LATE_MS + 1)
  for (let i = 100; i < 150; i++) {
    const device = idFromBytes<DeviceId>(new Uint8Array(32).fill(i))
    supervisor.keep(device, ['/ip4/10.0.0.1/tcp/1'])
  }
  t.mock.timers.tick(0)
  assert.equal(dials, DIALS_STRAINED.far)
  for (let i = 1; i < STRAIN_LOOKS; i++) look(0)
  assert.equal(dials, DIALS_STRAINED.far)
  look(0)
  assert.equal(dials, DIALS_FAR_MAX)
})

test('a session that ends as soon as it opens is not dialed in a tight loop', async (t) => {
  const state = bench(t)
  state.supervisor.keep(DEVICE, ['/ip4/10.0.0.1/tcp/1'])
  for (let i = 0; i < 600; i++) {
    const before = state.dials.length
    await pass(state, 100, t)
    if (state.dials.length === before) continue
    state.session = true
    state.supervisor.sessionOpened(DEVICE)
    state.session = false
    state.supervisor.sessionEnded(DEVICE, 'lost')
  }
  assert.ok(state.dials.length < 10, `${state.dials.length} dials in a minute`)
  state.supervisor.stop()
})

/** Gaps between the dials after a session of a minute ended in this way. */
async function gapsAfter(code: string, durationMs: number, t: TestContext): Promise<number[]> {
  const state = bench(t)
  state.session = true
  state.supervisor.keep(DEVICE, ['/ip4/10.0.0.1/tcp/1'])
  state.supervisor.sessionOpened(DEVICE)
  await pass(state, 60_000, t)
  state.session = false
  state.supervisor.sessionEnded(DEVICE, code)
  await pass(state, durationMs, t)
  state.supervisor.stop()
  return state.dials.slice(1).map(({ at }, i) => at - (state.dials[i]?.at ?? 0))
}

test('whom the network took away is dialed often for some minutes, then less', async (t) => {
  const gaps = await gapsAfter('timeout', 2 * REDIAL_LOST_FOR_MS, t)
  const often = Math.floor(REDIAL_LOST_FOR_MS / (2 * REDIAL_LOST_MS))
  assert.ok(gaps.slice(0, often).every((gap) => gap <= 1.5 * REDIAL_LOST_MS))
  assert.ok((gaps.at(-1) ?? 0) >= REDIAL_MAX_MS / 2)
})

test('who said goodbye is not dialed often', async (t) => {
  const gaps = await gapsAfter('shutting_down', REDIAL_LOST_FOR_MS, t)
  assert.ok(gaps.length < 12, `${gaps.length} dials`)
})

/** What is told makes it dial once, at once. */
async function assertDials(state: Bench, tell: () => void, t: TestContext): Promise<void> {
  const before = state.dials.length
  tell()
  await pass(state, 200, t)
  assert.equal(state.dials.length, before + 1)
}

test('where this node is no contact it asks again now and then, heard or not', async (t) => {
  const state = bench(t)
  state.answers = true
  state.supervisor.keep(DEVICE, ['/ip4/10.0.0.1/tcp/1'])
  for (let passedMs = 0; passedMs < 3_600_000; passedMs += 5000) {
    await pass(state, 5000, t)
    state.supervisor.heard(DEVICE)
    const openedAt = state.dials.at(-1)?.at ?? 0
    if (!state.session || state.now < openedAt + STRANGER_SESSION_MAX_MS) continue
    state.session = false
    state.supervisor.sessionEnded(DEVICE, 'stranger')
  }
  const hourMs = 3_600_000
  const [longest, shortest] = [1.5, 0.75].map(
    (share) => STRANGER_SESSION_MAX_MS + share * REDIAL_STRANGER_MAX_MS,
  )
  const dials = state.dials.length
  assert.ok(
    dials > hourMs / (longest ?? 0) && dials < 4 + hourMs / (shortest ?? 0),
    `${dials} dials`,
  )
  state.session = false
  await assertDials(state, () => state.supervisor.networkChanged(), t)
  state.supervisor.stop()
})

test('who was a stranger and went away is dialed when heard again', async (t) => {
  const state = bench(t)
  state.answers = true
  state.supervisor.keep(DEVICE, ['/ip4/10.0.0.1/tcp/1'])
  await pass(state, 1000, t)
  Object.assign(state, { session: false, answers: false })
  state.supervisor.sessionEnded(DEVICE, 'stranger')
  await pass(state, 600_000, t)
  await assertDials(state, () => state.supervisor.heard(DEVICE), t)
  state.supervisor.stop()
})

test('a young session that a change of network ends is dialed again at once', async (t) => {
  const state = bench(t)
  state.session = true
  state.supervisor.keep(DEVICE, ['/ip4/10.0.0.1/tcp/1'])
  for (let change = 1; change <= 3; change++) {
    state.session = true
    state.supervisor.sessionOpened(DEVICE)
    await pass(state, 2000, t)
    state.supervisor.networkChanged()
    await pass(state, 1000, t)
    state.session = false
    state.supervisor.sessionEnded(DEVICE, 'timeout')
    await pass(state, 1000, t)
    assert.ok(state.dials.length >= change, `dialed after change ${change}`)
  }
  state.supervisor.stop()
})

test('a device that is released is dialed no more', async (t) => {
  const state = bench(t)
  state.supervisor.keep(DEVICE, ['/ip4/10.0.0.1/tcp/1'])
  await pass(state, 1000, t)
  state.supervisor.release(DEVICE)
  const before = state.dials.length
  state.supervisor.networkChanged()
  await pass(state, 300_000, t)
  assert.equal(state.dials.length, before)
})

function bare(address: string): string {
  return address.replace(/\/p2p\/.*/, '')
}
