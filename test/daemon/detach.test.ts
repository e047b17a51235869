// Starting a process that stays, from surroundings that are not as they should be.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test, type TestContext } from 'node:test'

import { findPlaces } from '../../src/api/places.ts'
import { startDetached } from '../../src/daemon/detach.ts'

/** A child that is ready at once. */
const CHILD = ['-e', 'require("fs").writeSync(3, JSON.stringify({ ready: true }))']

/** Leaves a process one file to open: the log. Tells how a start goes then. */
const WITHOUT_FILES = `
  const { closeSync, openSync } = require('node:fs')
  const [places, detach, home] = process.argv.slice(1)
  const starting = async () => {
    const { findPlaces } = await import(places)
    const { startDetached } = await import(detach)
    const open = []
    try { for (;;) open.push(openSync('/dev/null')) } catch { closeSync(open.pop()) }
    await startDetached({ file: process.execPath, args: [] }, { places: findPlaces({ home }) })
  }
  starting().catch(({ code, message }) => process.stdout.write(code + ': ' + message))`

function home(t: TestContext): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'tidings-detach-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

test('it starts from a folder that was removed', async (t) => {
  const places = findPlaces({ home: home(t) })
  const before = process.cwd()
  t.after(() => process.chdir(before))
  const gone = mkdtempSync(path.join(tmpdir(), 'tidings-gone-'))
  process.chdir(gone)
  rmdirSync(gone)
  assert.throws(() => process.cwd(), { code: 'ENOENT' })
  const ready = await startDetached({ file: process.execPath, args: CHILD }, { places })
  assert.equal(ready.ready, true)
})

test(
  'a process without room for more files says so',
  { skip: process.platform === 'win32' },
  (t) => {
    const folder = home(t)
    const modules = ['api/places.ts', 'daemon/detach.ts'].map((name) => {
      return path.join(import.meta.dirname, '../../src', name)
    })
    const args = ['-c', 'ulimit -n 64; exec "$0" "$@"', process.execPath, '-e', WITHOUT_FILES, '--']
    const told = execFileSync('sh', [...args, ...modules, folder], { encoding: 'utf8' })
    assert.equal(told, 'internal: no process can be started (EMFILE)')
  },
)
