// Starting a process that stays, from surroundings that are not as they should be.
import assert from 'node:assert/strict'
import { mkdtempSync, rmdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test, type TestContext } from 'node:test'

import { findPlaces } from '../../src/api/places.ts'
import { startDetached } from '../../src/daemon/detach.ts'

/** A child that is ready at once. */
const CHILD = ['-e', 'require("fs").writeSync(3, JSON.stringify({ ready: true }))']

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
