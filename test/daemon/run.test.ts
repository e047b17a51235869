import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import path from 'node:path'
import { test, type TestContext } from 'node:test'

import { connect } from '../../src/api/client.ts'
import { findPlaces, type Places } from '../../src/api/places.ts'
import type { RunningNode } from '../../src/api/running.ts'
import { TidingsError } from '../../src/core/errors.ts'
import { runNode } from '../../src/daemon/run.ts'
import { FakeNode } from '../api/fake-node.ts'
import { temporaryFolder } from '../api/harness.ts'

/** Nobody exports here. */
const exportProfile = (): Promise<never> => Promise.reject(new Error('not here'))

async function place(t: TestContext): Promise<Places> {
  return findPlaces({ home: path.join(await temporaryFolder(t), 'home'), profile: 'alice' }, {})
}

async function run(t: TestContext, places: Places, node = new FakeNode()): Promise<RunningNode> {
  const running = await runNode({ places }, { openNode: async () => ({ node, exportProfile }) })
  t.after(() => running.stop())
  return running
}

test('a running node can be reached, and everything it made is private', async (t) => {
  const places = await place(t)
  const { ready } = await run(t, places)
  assert.deepEqual([ready.ready, ready.name, ready.pid], [true, 'alice', process.pid])
  await using client = await connect({ socketPath: places.socket })
  assert.equal((await client.status()).profile, 'alice')
  for (const folder of [places.dataDir, places.state, path.dirname(places.socket)]) {
    assert.equal(statSync(folder).mode & 0o777, 0o700, folder)
  }
  for (const file of [places.socket, places.log, places.pidFile]) {
    assert.equal(statSync(file).mode & 0o777, 0o600, file)
  }
  assert.equal(readFileSync(places.pidFile, 'utf8'), `${process.pid}\n`)
})

test('a node that runs is told of settings with which it could not start again', async (t) => {
  const places = await place(t)
  await run(t, places)
  // As the real node would.
  mkdirSync(places.data, { recursive: true })
  await using client = await connect({ socketPath: places.socket })
  const told = async () => (await client.doctor()).filter(({ check }) => check === 'settings')
  assert.deepEqual(await told(), [])
  writeFileSync(places.config, 'accept = "auto\n')
  const [settings] = await told()
  assert.equal(settings?.code, 'bad_next_config')
  assert.ok(settings.detail.includes(`${places.config}, line 1`), settings.detail)
  assert.ok(settings.fix.startsWith(`correct ${places.config};`), settings.fix)
})

test('how long it runs is told right, also when the clock of the machine was set', async (t) => {
  const places = await place(t)
  await run(t, places)
  await using client = await connect({ socketPath: places.socket })
  const year = 365 * 24 * 3600 * 1000
  for (const now of [Date.now() + year, Date.now() - year]) {
    t.mock.timers.enable({ apis: ['Date'], now })
    const { uptimeMs } = await client.status()
    t.mock.timers.reset()
    assert.ok(uptimeMs >= 0 && uptimeMs < 60_000, `${uptimeMs} ms`)
  }
})

test('a second node is refused with the process id of the first', async (t) => {
  const places = await place(t)
  await run(t, places)
  const message = new RegExp(`"alice" already \\(pid ${process.pid}\\)`)
  await assert.rejects(run(t, places), { code: 'already_running', message })
})

test('a node whose socket does not answer is found by its lock', async (t) => {
  const places = await place(t)
  const busy = new TidingsError('database_busy', 'locked')
  mkdirSync(path.dirname(places.pidFile), { recursive: true })
  writeFileSync(places.pidFile, `${process.pid}\n`)
  const second = runNode({ places }, { openNode: () => Promise.reject(busy) })
  const message = new RegExp(`pid ${process.pid}`)
  await assert.rejects(second, { code: 'already_running', message })
})

test('the socket and process id of a killed node are no hindrance', async (t) => {
  const places = await place(t)
  mkdirSync(path.dirname(places.socket), { recursive: true })
  writeFileSync(places.pidFile, '999999999\n')
  // A socket that nobody listens to any more is what kill -9 leaves.
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(`${places.socket}.old`, resolve))
  const { renameSync } = await import('node:fs')
  renameSync(`${places.socket}.old`, places.socket)
  await new Promise((resolve) => server.close(resolve))
  assert.ok(existsSync(places.socket))
  await run(t, places)
  await using client = await connect({ socketPath: places.socket })
  assert.equal((await client.status()).running, true)
})

test('a node runs where there is no room to write down its process id', async (t) => {
  if (!existsSync('/dev/full')) return t.skip('no file here is always full')
  const places = await place(t)
  mkdirSync(path.dirname(places.pidFile), { recursive: true })
  symlinkSync('/dev/full', places.pidFile)
  const running = await run(t, places)
  await using client = await connect({ socketPath: places.socket })
  assert.equal((await client.status()).pid, process.pid)
  await running.stop()
  assert.equal(existsSync(places.pidFile), false)
})

test('stop by a client ends the node once and removes socket and process id', async (t) => {
  const places = await place(t)
  const node = new FakeNode()
  const running = await run(t, places, node)
  const client = await connect({ socketPath: places.socket })
  assert.deepEqual(await client.stop(), { done: true })
  await running.stopped
  await client.closed
  await running.stop()
  assert.equal(node.stops, 1)
  assert.deepEqual([places.socket, places.pidFile].filter(existsSync), [])
  await assert.rejects(connect({ socketPath: places.socket }), { code: 'no_daemon' })
})

test('what was being written when the node stops is still answered', async (t) => {
  const places = await place(t)
  const node = new FakeNode()
  const gate = Promise.withResolvers<void>()
  node.gate = gate.promise
  const running = await run(t, places, node)
  const client = await connect({ socketPath: places.socket })
  const sent = client.send({ to: 'bob', text: 'last words' })
  await client.whoami()
  const stopped = running.stop()
  setTimeout(gate.resolve, 50)
  assert.equal((await sent).seq, 1)
  await stopped
})

test('a node that cannot start leaves nothing running and says why in the log', async (t) => {
  const places = await place(t)
  const node = new FakeNode()
  node.start = () => Promise.reject(new TidingsError('listen_failed', 'port 4001 is taken'))
  await assert.rejects(run(t, places, node), { code: 'listen_failed' })
  assert.equal(node.stops, 1)
  assert.deepEqual([places.socket, places.pidFile].filter(existsSync), [])
  assert.match(readFileSync(places.log, 'utf8'), /port 4001 is taken/)
})

test('trouble and damage are told at once', async (t) => {
  const places = await place(t)
  const node = new FakeNode()
  node.damage.push('2 messages are lost')
  const warnings: string[] = []
  const onWarning = (message: string): void => void warnings.push(message)
  const running = await runNode(
    { places, onWarning },
    { openNode: async () => ({ node, exportProfile }) },
  )
  t.after(() => running.stop())
  node.emit({ type: 'trouble', cursor: '0.0', where: 'eth0', message: 'no multicast' })
  node.emit({ type: 'trouble', cursor: '0.0', where: 'eth0', message: '' })
  assert.deepEqual(warnings, ['2 messages are lost', 'eth0: no multicast'])
})

test('a home that is a file is home_unusable and names it', async (t) => {
  const home = path.join(await temporaryFolder(t), 'file')
  writeFileSync(home, '')
  const options = { places: findPlaces({ home }, {}) }
  await assert.rejects(runNode(options), { code: 'home_unusable', message: /file/ })
})
