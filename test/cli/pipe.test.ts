// Commands that follow, in a pipeline whose reader has seen enough.
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { test } from 'node:test'

import { Person, ROOT } from '../e2e/harness.ts'

const BIN = path.join(ROOT, 'bin/tidings.js')
/** Without the watch it never ends. */
const ENDS_WITHIN_MS = 30_000

const isGnu = spawnSync('tail', ['--version']).stdout?.includes('GNU') ?? false

test(
  'tail and nearby --watch end when their reader has, though nothing happens',
  {
    skip: isGnu ? false : 'the tail of this system does not watch its output',
  },
  async (t) => {
    const person = await Person.create(t, 'alice')
    await person.start()
    for (const command of ['tail', '--json tail', 'nearby --watch']) {
      const pipeline = `{ "$NODE" "$BIN" ${command}; echo "exit $?" >&2; } | sleep 0.2`
      const env = { ...person.env, NODE: process.execPath, BIN }
      const shell = spawn('sh', ['-c', pipeline], { env, stdio: ['ignore', 'ignore', 'pipe'] })
      const timer = setTimeout(() => shell.kill(), ENDS_WITHIN_MS)
      let words = ''
      shell.stderr.on('data', (chunk: Buffer) => (words += chunk.toString()))
      const [code] = (await once(shell, 'close')) as [number | null]
      clearTimeout(timer)
      assert.deepEqual([code, words], [0, 'exit 0\n'], command)
    }
  },
)
