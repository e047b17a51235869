import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'

import { openLog } from '../../src/daemon/log.ts'
import { temporaryFolder } from '../api/harness.ts'

test('lines below the level are left out, and the file is private', async (t) => {
  const file = path.join(await temporaryFolder(t), 'x.log')
  const logFile = openLog(file, 'warn')
  const { log } = logFile
  log.info({}, 'quiet')
  log.child({ part: 'net' }).warn({ where: 'eth0' }, 'loud')
  logFile.close()
  const lines = readFileSync(file, 'utf8').trim().split('\n')
  assert.equal(lines.length, 1)
  const { part, where, msg } = JSON.parse(lines[0] ?? '') as Record<string, string>
  assert.deepEqual([part, where, msg], ['net', 'eth0', 'loud'])
  assert.equal(statSync(file).mode & 0o777, 0o600)
})

test('a full log is moved aside once, and what is there counts', async (t) => {
  const file = path.join(await temporaryFolder(t), 'x.log')
  const BYTES_MAX = 2000
  for (let opening = 0; opening < 3; opening++) {
    const logFile = openLog(file, 'info', BYTES_MAX)
    for (let i = 0; i < 20; i++) logFile.log.info({ opening, i }, 'a line of about a hundred bytes')
    logFile.close()
  }
  for (const name of [file, `${file}.1`]) {
    const { size, mode } = statSync(name)
    assert.ok(size > 0 && size < BYTES_MAX + 200, `${name}: ${size}`)
    assert.equal(mode & 0o777, 0o600)
  }
  assert.match(readFileSync(file, 'utf8').trim().split('\n').at(-1) ?? '', /"opening":2,"i":19/)
})

/** Fills the table of descriptors, writes, and writes again once there is room. */
const STARVED = `
  import { closeSync, openSync } from 'node:fs'
  import { openLog } from '${new URL('../../src/daemon/log.ts', import.meta.url).href}'
  const { log } = openLog(process.argv[1], 'info', 2000)
  const taken = []
  try {
    for (;;) taken.push(openSync('/dev/null', 'r'))
  } catch {}
  for (let i = 0; i < 40; i++) log.info({ i }, 'without descriptors')
  for (const each of taken) closeSync(each)
  for (let i = 0; i < 5; i++) log.info({ i }, 'afterwards')
`

test('where no new file can be opened the log goes on in the old one', async (t) => {
  const file = path.join(await temporaryFolder(t), 'x.log')
  const shell = `ulimit -n 256; exec "$0" --input-type=module-typescript -e "$1" "$2"`
  execFileSync('/bin/sh', ['-c', shell, process.execPath, STARVED, file])
  const words = [`${file}.1`, file].map((name) => readFileSync(name, 'utf8')).join('')
  assert.equal(words.match(/without descriptors/g)?.length, 40)
  assert.equal(words.match(/afterwards/g)?.length, 5)
})
