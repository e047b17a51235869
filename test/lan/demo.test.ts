// The demonstration that the README begins with, on a machine where others run nodes too.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import path from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'

import { temporaryFolder } from '../api/harness.ts'
import { Lan, lanMissing } from './harness.ts'

const ROOT = path.join(import.meta.dirname, '../..')
const BIN = path.join(ROOT, 'bin/tidings.js')
const run = promisify(execFile)
const skip = lanMissing()

test('the demonstration goes well beside another Bob of the machine', { skip }, async (t) => {
  await using lan = new Lan()
  const [ip, ...rest] = lan.host('ada').prefix
  assert.ok(ip)
  const { PATH } = process.env
  const env = { PATH, TIDINGS_HOME: await temporaryFolder(t) }
  const node = (args: readonly string[]): Promise<{ stdout: string }> =>
    run(ip, [...rest, process.execPath, ...args], { env })
  await node([BIN, '--profile', 'bob', 'start', '--detach', '--no-input'])
  try {
    const { stdout } = await node([path.join(ROOT, 'tools/demo.ts')])
    assert.match(stdout, /^-- Done in /m)
  } finally {
    await node([BIN, '--profile', 'bob', 'stop'])
  }
})
