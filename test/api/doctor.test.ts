import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Check } from '../../src/api/shapes.ts'
import { serve } from './harness.ts'

function find(checks: readonly Check[], name: string): Check {
  const check = checks.find((candidate) => candidate.check === name)
  assert.ok(check, name)
  return check
}

test('doctor names what is wrong, and what to do about it', async (t) => {
  const served = await serve(t, { freeBytes: async () => 1000, nowMs: () => Date.UTC(1990, 0, 1) })
  served.node.damage.push('3 messages of bob could not be read')
  const checks = await (await served.connect()).doctor()
  for (const [name, fix] of [
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
})

test('doctor finds nothing where nothing is wrong, and shows the port', async (t) => {
  const served = await serve(t)
  const checks = await (await served.connect()).doctor()
  for (const name of ['database', 'disk', 'clock', 'listening', 'contacts']) {
    assert.deepEqual([find(checks, name).ok, find(checks, name).fix], [true, ''], name)
  }
  assert.match(find(checks, 'listening').detail, /port 4001/)
  assert.match(find(checks, 'contacts').detail, /1 of 1 online/)
})

test('discovery that was turned off is no fault, and doctor says how it is', async (t) => {
  const served = await serve(t, { discovers: false })
  const checks = await (await served.connect()).doctor()
  const { ok, detail } = find(checks, 'discovery')
  assert.equal(ok, true)
  assert.match(detail, /turned off in the configuration/)
  assert.ok(checks.every(({ check }) => !check.startsWith('interface')))
})

test('what was told once and still does not work is among the checks', async (t) => {
  const served = await serve(t)
  const client = await served.connect()
  served.node.inTrouble.push({ where: 'quota', message: 'bob has used up the room' })
  const check = find(await client.doctor(), 'quota')
  assert.deepEqual([check.ok, check.detail], [false, 'bob has used up the room'])
  served.node.inTrouble.length = 0
  assert.ok((await client.doctor()).every(({ check: name }) => name !== 'quota'))
})
