import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { INTERFACE_POLL_MS, SLEEP_GAP_MS } from '../../src/core/limits.ts'
import { silentLogger } from '../../src/core/logger.ts'
import {
  awakeNow,
  type InterfaceChange,
  InterfaceWatch,
  isOnLink,
  type NetInterface,
  readInterfaces,
} from '../../src/net/interfaces.ts'

function named(name: string, fingerprint = name): NetInterface {
  return {
    name,
    internal: false,
    ip4: ['10.0.0.7'],
    ip6: [],
    scopes: [],
    cidrs: ['10.0.0.7/24', 'fd00::7/64'],
    fingerprint,
  }
}

test('a change is told once, and what is only gone is not fresh', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  let now = 0
  let asleepMs = 0
  let present: NetInterface[] = [named('eth0')]
  const changes: InterfaceChange[] = []
  const watch = new InterfaceWatch(
    { read: () => present, wallNow: () => now, awakeNow: () => now - asleepMs, log: silentLogger },
    (change) => changes.push(change),
  )
  const pass = (durationMs = INTERFACE_POLL_MS): void => {
    now += durationMs
    t.mock.timers.tick(INTERFACE_POLL_MS)
  }
  const names = (): unknown[] =>
    changes.splice(0).map(({ interfaces, fresh }) => [interfaces.map(({ name }) => name), fresh])

  watch.start()
  assert.deepEqual(names(), [[['eth0'], true]])
  pass()
  assert.deepEqual(names(), [])
  present = [named('eth0'), named('wlan0')]
  pass()
  assert.deepEqual(names(), [[['eth0', 'wlan0'], true]])
  present = [named('wlan0')]
  pass()
  assert.deepEqual(names(), [[['wlan0'], false]])
  present = [named('wlan0', 'the same name and address, another interface')]
  pass()
  assert.deepEqual(names(), [[['wlan0'], true]])
  pass(10 * SLEEP_GAP_MS)
  assert.deepEqual(names(), [], 'to have no turn is no sleep')
  asleepMs += SLEEP_GAP_MS + 1
  pass(SLEEP_GAP_MS + 1)
  assert.deepEqual(names(), [[['wlan0'], true]], 'sleep is a change')
  pass()
  assert.deepEqual(names(), [])
  asleepMs -= 1e9
  pass(-1e9)
  assert.deepEqual(names(), [], 'a clock that jumps back is not')
  watch.stop()
})

test('where a clock tells of sleep, it goes on while nobody sleeps', async () => {
  const [awake, wall] = [awakeNow(), Date.now()]
  await sleep(50)
  const [awakeMs, wallMs] = [awakeNow() - awake, Date.now() - wall]
  if (process.platform === 'linux') assert.ok(Math.abs(wallMs - awakeMs) < 20, `${awakeMs} ms`)
  else assert.equal(awakeMs, 0)
})

test('an address belongs to a network by its prefix', () => {
  const on = named('eth0')
  assert.ok(isOnLink(on, '10.0.0.200') && isOnLink(on, 'fd00::1'))
  assert.ok(!isOnLink(on, '10.0.1.1') && !isOnLink(on, 'fd01::1') && !isOnLink(on, 'no address'))
})

test('an address that DHCP gave belongs to a network all the same, loopback to none', () => {
  const on = { ...named('eth0'), cidrs: ['2a00:77::7/128'] }
  assert.ok(isOnLink(on, '2a00:77::1') && !isOnLink(on, '2a00:78::1'))
  assert.ok(!isOnLink({ ...named('lo'), internal: true, cidrs: ['::1/128'] }, '::2'))
})

test('interfaces are filtered by name, and loopback comes last', () => {
  const all = readInterfaces({ allow: [], deny: [] })
  assert.ok(all.some(({ internal }) => internal))
  assert.ok(all.at(-1)?.internal)
  const internal = all.at(-1)?.name ?? ''
  assert.deepEqual(
    readInterfaces({ allow: [internal], deny: [] }).map(({ name }) => name),
    [internal],
  )
  assert.ok(readInterfaces({ allow: [], deny: [internal] }).every(({ name }) => name !== internal))
})
