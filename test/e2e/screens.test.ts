// The screens that docs shows are those that there are.
import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import path from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'

import { ROOT } from './harness.ts'

const run = promisify(execFile)
// One of the people is on a machine without a network.
const missing = [
  ['tmux', '-V'],
  ['unshare', '-rn', 'true'],
].filter(([command = '', ...args]) => spawnSync(command, args).status !== 0)
const skip = missing.length > 0 && `not possible here: ${missing.map(([name]) => name).join()}`

test('docs/SCREENS.md and its pictures are what the screen shows', { skip }, async () => {
  const args = [path.join(ROOT, 'tools/screens.ts'), '--check']
  const { stdout } = await run(process.execPath, args)
  assert.match(stdout, /^\d+ screens are as in/)
})
