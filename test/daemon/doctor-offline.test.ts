// What `doctor` says where no node runs: the first line is what keeps the node from starting.
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { test, type TestContext } from 'node:test'

import { bad, concluded } from '../../src/api/handlers/doctor/finding.ts'
import { findPlaces } from '../../src/api/places.ts'
import type { Check } from '../../src/api/shapes.ts'
import { examineWithoutNode } from '../../src/daemon/doctor-offline.ts'
import { createProfile } from '../../src/daemon/profiles.ts'
import { temporaryFolder } from '../api/harness.ts'

const START = 'tidings start --detach'

/** With variables for the time of the test. */
async function examined(t: TestContext, env: Record<string, string>): Promise<readonly Check[]> {
  const home = path.join(await temporaryFolder(t), 'home')
  return examineIn(t, home, env)
}

async function examineIn(
  t: TestContext,
  home: string,
  env: Record<string, string> = {},
): Promise<readonly Check[]> {
  for (const [name, value] of Object.entries(env)) {
    process.env[name] = value
    t.after(() => delete process.env[name])
  }
  return examineWithoutNode(findPlaces({ home }, {}), { startCommand: START, hangs: false })
}

function faults(checks: readonly Check[]): string[] {
  return checks.filter(({ ok, check }) => !ok && check !== 'conclusion').map(({ code }) => code)
}

test('a port that is taken comes before the start that it makes fail', async (t) => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => void server.close())
  const { port } = server.address() as AddressInfo
  const checks = await examined(t, { TIDINGS_LISTEN: `/ip4/127.0.0.1/tcp/${port}` })
  assert.deepEqual(faults(checks).slice(0, 2), ['port_taken', 'node_stopped'])
  assert.equal(checks[0]?.code, 'port_taken')
  assert.match(checks[0].fix, /^end the program that uses it/)
})

test('an address that is not of this machine is no port that is taken', async (t) => {
  const checks = await examined(t, { TIDINGS_LISTEN: '/ip4/203.0.113.7/tcp/4001' })
  assert.deepEqual(faults(checks).slice(0, 2), ['listen_elsewhere', 'node_stopped'])
  assert.match(checks[0]?.detail ?? '', /203\.0\.113\.7\/tcp\/4001 is no address of this machine/)
  assert.match(checks[0]?.fix ?? '', /^set one that it has/)
})

test('where nothing hinders it is the start, which asks for a password', async (t) => {
  const home = path.join(await temporaryFolder(t), 'home')
  const { dataDir, profile } = findPlaces({ home }, {})
  const [open] = await examineIn(t, home)
  assert.deepEqual([open?.code, open?.fix], ['node_stopped', START])
  assert.doesNotMatch(open?.detail ?? '', /password/)
  await createProfile(dataDir, { profile, name: 'ann', password: 'correct horse' })
  const [locked] = await examineIn(t, home)
  assert.deepEqual([locked?.code, locked?.fix], ['node_stopped', START])
  assert.match(locked?.detail ?? '', /its start asks for the password, or takes --password-file/)
})

test('a folder in which nothing can be written comes before the start', async (t) => {
  const file = path.join(await temporaryFolder(t), 'file')
  await writeFile(file, '')
  const [cause] = await examineIn(t, path.join(file, 'home'))
  assert.equal(cause?.code, 'profile_unusable')
  assert.ok(cause.detail.includes(path.join(file, 'home')), cause.detail)
  assert.match(cause.detail, /cannot be used \(ENOTDIR\)/)
})

test('a mistake in the settings is corrected where it stands', async (t) => {
  const home = await temporaryFolder(t)
  const config = path.join(home, 'config.toml')
  await writeFile(config, 'listen = ["elsewhere"]\n')
  const [inFile] = await examineIn(t, home)
  assert.equal(inFile?.code, 'bad_config')
  assert.ok(inFile.detail.includes(`${config}: "listen": "elsewhere" is nothing to`))
  assert.ok(inFile.fix.startsWith(`correct ${config};`), inFile.fix)
  for (const name of ['TIDINGS_LISTEN', 'TIDINGS_ACCEPT', 'TIDINGS_QUIET_HOURS', 'TIDINGS_PLAIN']) {
    const [found] = await examined(t, { [name]: 'garbage' })
    assert.equal(found?.code, 'bad_config', name)
    assert.match(found.detail, new RegExp(`^The likely cause: ${name}\\b.*garbage`))
    assert.match(found.fix, new RegExp(`^correct ${name} in the environment, or unset it`))
    delete process.env[name]
  }
  const nowhere = findPlaces({ home, config: path.join(home, 'nowhere.toml') }, {})
  const [missing] = await examineWithoutNode(nowhere, { startCommand: START, hangs: false })
  assert.match(missing?.fix ?? '', /^see that .*nowhere\.toml can be read, or name another file/)
})

test('a full disk comes before the start, too', () => {
  const stopped = bad('node', 'node_stopped', 'no node runs', START)
  const full = bad('disk', 'disk_low', '0 MiB free', 'make room')
  const checks = concluded([stopped, full], { isThere: false, hint: '' })
  assert.deepEqual(faults(checks), ['disk_low', 'node_stopped'])
})
