// How `tidings doctor` ends: scripts branch on it.
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'

import { findPlaces } from '../../src/api/places.ts'
import type { Check } from '../../src/api/shapes.ts'
import { PLAIN_REPORT, serve, temporaryFolder } from '../api/harness.ts'
import { Person } from '../e2e/harness.ts'

test('doctor ends with 0 where nothing is wrong, with 1 where something is', async (t) => {
  // What runs here is no process that `stop` could end, so nothing is to end it.
  const alice = new Person('alice', await temporaryFolder(t))
  const { socket } = findPlaces({ home: alice.home, profile: 'alice' })
  mkdirSync(path.dirname(socket), { recursive: true, mode: 0o700 })
  const { node } = await serve(t, {}, socket)
  node.network = { interfaces: [PLAIN_REPORT], peers: [], sought: [] }
  const well = await alice.run(['--json', 'doctor'])
  assert.equal(well.code, 0, well.stdout)
  node.inTrouble.push({ where: 'quota', message: 'bob has used up the room' })
  const ill = await alice.run(['--json', 'doctor'])
  assert.equal(ill.code, 1, ill.stderr)
  const [conclusion] = JSON.parse(ill.stdout) as readonly Check[]
  assert.deepEqual([conclusion?.ok, ill.stderr], [false, ''])
  assert.match((await alice.run(['doctor', '--help'])).stdout, /^The exit code is 0 where/m)
})
