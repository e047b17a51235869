import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Check } from '../../src/api/shapes.ts'
import { RENDER } from '../../src/cli/render.ts'
import type { PeerReport } from '../../src/node/survey/survey-types.ts'
import { PLAIN_REPORT as HEALTHY, serve } from './harness.ts'

const BOB: PeerReport = {
  name: 'bob',
  agent: 'tidings/1.2.3',
  interface: 'eth0',
  heard: true,
  answer: { reached: true, hearsUs: true, clockAheadMs: 40 },
}

function find(checks: readonly Check[], name: string): Check {
  const check = checks.find((candidate) => candidate.check === name)
  assert.ok(check, name)
  return check
}

test('doctor names what is wrong, the worst first, and what to do about it', async (t) => {
  const served = await serve(t, { freeBytes: async () => 1000, nowMs: () => Date.UTC(1990, 0, 1) })
  served.node.damage.push('3 messages of bob could not be read')
  const error = 'multicast is blocked'
  served.node.network = {
    interfaces: [{ ...HEALTHY, error, listening: false }],
    peers: [],
    sought: [],
  }
  const checks = await (await served.connect()).doctor()
  for (const [name, fix] of [
    ['conclusion', /fetched back/],
    ['database', /fetched back/],
    ['disk', /make room/],
    ['clock', /set this machine's clock/],
    ['interface eth0', /contact add HOST:PORT/],
  ] as const) {
    const check = find(checks, name)
    assert.equal(check.ok, false, name)
    assert.match(check.fix, fix)
  }
  assert.match(find(checks, 'database').detail, /3 messages of bob/)
  assert.match(checks[0]?.detail ?? '', /^The likely cause: 3 messages of bob .* \(3 more below\)$/)
  const wrong = checks.map(({ check, ok }) => (ok ? '' : check)).filter(Boolean)
  assert.deepEqual(wrong, ['conclusion', 'database', 'disk', 'interface eth0', 'clock'])
})

test('doctor finds nothing where nothing is wrong, and shows what it found', async (t) => {
  const served = await serve(t)
  served.node.network = { interfaces: [HEALTHY], peers: [BOB], sought: [] }
  const checks = await (await served.connect()).doctor()
  for (const { check, ok, fix } of checks) assert.deepEqual([ok, fix], [true, ''], check)
  assert.equal(checks[0]?.code, 'healthy')
  assert.match(find(checks, 'listening').detail, /port 4001/)
  assert.match(find(checks, 'contacts').detail, /1 of 1 online/)
  assert.match(find(checks, 'connections eth0').detail, /^bob can connect to TCP 4001$/)
  const heard = /3 questions and 2 answers sent, 4 packets of nodes and 1 of others heard: 1 node /
  assert.match(find(checks, 'interface eth0').detail, heard)
})

test('somebody alone is told how to find others, and that nothing seems wrong', async (t) => {
  const served = await serve(t)
  const report = { ...HEALTHY, nodesHeard: 0, packetsHeard: 0 }
  served.node.network = { interfaces: [report], peers: [], sought: [] }
  const [conclusion, ...checks] = await (await served.connect()).doctor()
  assert.deepEqual([conclusion?.ok, conclusion?.code], [true, 'alone'])
  assert.match(conclusion?.fix ?? '', /start tidings on another machine/)
  assert.ok(checks.every(({ ok }) => ok))
  assert.match(find(checks, 'connections eth0').detail, /nobody online to ask/)
})

test('a node that listens on loopback alone is not healthy where there is a network', async (t) => {
  const served = await serve(t)
  served.node.addresses = ['/ip4/127.0.0.1/tcp/4001/p2p/12D3', '/ip6/::1/tcp/4001/p2p/12D3']
  served.node.network = { interfaces: [HEALTHY], peers: [], sought: [] }
  const client = await served.connect()
  const [conclusion, listening] = await client.doctor()
  assert.deepEqual([conclusion?.ok, conclusion?.code], [false, 'listening_local'])
  assert.match(listening?.detail ?? '', /only programs of this machine can connect/)
  assert.match(listening?.fix ?? '', /^take 127\.0\.0\.1, ::1 out of "listen"/)
  served.node.network = { interfaces: [{ ...HEALTHY, internal: true }], peers: [], sought: [] }
  assert.equal(find(await client.doctor(), 'listening').ok, true)
})

test('whoever is alone is told an address that others can use', async (t) => {
  const served = await serve(t)
  served.node.addresses = ['127.0.0.1', '10.0.0.1'].map((ip) => `/ip4/${ip}/tcp/4001/p2p/12D3`)
  served.node.network = { interfaces: [HEALTHY], peers: [], sought: [] }
  const [conclusion] = await (await served.connect()).doctor()
  assert.match(conclusion?.fix ?? '', /"tidings contact add 10\.0\.0\.1:4001"/)
})

test('what doctor says is text that begins with the conclusion', async (t) => {
  const served = await serve(t)
  const error = 'a firewall forbids multicast'
  served.node.network = {
    interfaces: [{ ...HEALTHY, error, listening: false }],
    peers: [],
    sought: [],
  }
  const lines = RENDER.doctor(await (await served.connect()).doctor()).split('\n')
  assert.match(lines[0] ?? '', /^\S*The likely cause: .*a firewall forbids multicast/)
  assert.match(lines[1] ?? '', /^ {7}-> /)
  assert.equal(lines[2], '')
  const isWrong = (line: string): boolean => line.includes('BAD ')
  for (const [i, line] of lines.entries()) {
    if (isWrong(line)) assert.match(lines[i + 1] ?? '', /^ {7}-> \S/, line)
  }
  assert.ok(lines.some(isWrong))
})

test('discovery that was turned off is no fault, and doctor says how it is', async (t) => {
  const served = await serve(t, { mdnsPort: undefined })
  served.node.network = { interfaces: [HEALTHY], peers: [], sought: [] }
  const checks = await (await served.connect()).doctor()
  const { ok, detail } = find(checks, 'discovery')
  assert.equal(ok, true)
  assert.match(detail, /turned off in the configuration/)
  assert.ok(checks.every(({ check }) => !check.startsWith('interface')))
})

test('a node without any network is told so', async (t) => {
  const served = await serve(t)
  const [conclusion] = await (await served.connect()).doctor()
  assert.equal(conclusion?.code, 'no_network')
})

test('what was told once and still does not work is among the checks', async (t) => {
  const served = await serve(t)
  const client = await served.connect()
  served.node.inTrouble.push({ where: 'quota', message: 'bob has used up the room' })
  const check = find(await client.doctor(), 'quota')
  assert.deepEqual([check.ok, check.detail], [false, 'bob has used up the room'])
  assert.match(check.fix, /contact quota/)
  served.node.inTrouble.length = 0
  assert.ok((await client.doctor()).every(({ check: name }) => name !== 'quota'))
})

test('a full disk is told once, and a disk with room that fails is told', async (t) => {
  const troubles = ['disk', 'disk space'].map((where) => ({ where, message: 'no room' }))
  const full = await serve(t, { freeBytes: async () => 0 })
  full.node.inTrouble.push(...troubles)
  const codesIn = (checks: readonly Check[]): string[] =>
    checks.filter(({ check }) => check.startsWith('disk')).map(({ code }) => code)
  assert.deepEqual(codesIn(await (await full.connect()).doctor()), ['disk_low'])
  const failing = await serve(t)
  failing.node.inTrouble.push(...troubles)
  const codes = codesIn(await (await failing.connect()).doctor())
  assert.deepEqual(codes, ['trouble', 'trouble', 'disk_room'])
})

test('where the folder of the profile is gone, doctor says that and all else', async (t) => {
  const words = "ENOENT: no such file or directory, statfs '/data/profiles/ann'"
  const served = await serve(t, { freeBytes: () => Promise.reject(new Error(words)) })
  const checks = await (await served.connect()).doctor()
  const { ok, code, detail, fix } = find(checks, 'disk')
  assert.deepEqual([ok, code], [false, 'profile_unusable'])
  assert.match(detail, /ENOENT/)
  assert.match(fix, /put the folder back/)
  assert.equal(checks[0]?.code, 'profile_unusable')
  assert.equal(find(checks, 'database').ok, true)
})

test('nodes that were heard and are gone are not "nothing is heard"', async (t) => {
  const served = await serve(t)
  const report = { ...HEALTHY, nodesHeard: 0, packetsHeard: 6, othersHeard: 0 }
  served.node.network = { interfaces: [report], peers: [], sought: [] }
  const client = await served.connect()
  const { ok, code, detail } = find(await client.doctor(), 'interface eth0')
  assert.deepEqual([ok, code], [true, 'multicast_silent'])
  assert.match(detail, /6 packets of nodes .*: no node found now; those that were heard are gone/)
  served.node.network = { interfaces: [{ ...report, packetsHeard: 0 }], peers: [], sought: [] }
  const silent = find(await client.doctor(), 'interface eth0')
  assert.match(silent.detail, /no node found; nothing is heard$/)
})

test('settings with which the next start fails are told, after what is wrong now', async (t) => {
  const mistake = { message: 'config.toml, line 3: no value', fix: 'correct config.toml' }
  const served = await serve(t, { settingsMistake: async () => mistake })
  const checks = await (await served.connect()).doctor()
  const wrong = checks.filter(({ ok }) => !ok).map(({ code }) => code)
  assert.deepEqual(wrong, ['no_network', 'no_network', 'bad_next_config'])
  const { detail, fix } = find(checks, 'settings')
  assert.equal(detail, 'the node could not be started again: config.toml, line 3: no value')
  assert.equal(fix, mistake.fix)
})

test('an update that waits for a restart is told, and whose version is another', async (t) => {
  const updated = await serve(t, { installedVersion: () => '1.3.0' })
  const { ok, code, fix } = find(await (await updated.connect()).doctor(), 'version')
  assert.deepEqual([ok, code], [false, 'version_restart'])
  assert.match(fix, /"tidings --profile alice stop"/)
  const served = await serve(t)
  const peers = [{ ...BOB, agent: 'tidings/1.10.0' }]
  served.node.network = { interfaces: [HEALTHY], peers, sought: [] }
  const version = find(await (await served.connect()).doctor(), 'version')
  assert.deepEqual([version.ok, version.code], [true, 'version_newer'])
  assert.match(version.detail, /bob has 1\.10\.0/)
})
