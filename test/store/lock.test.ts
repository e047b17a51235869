import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmod, readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { test } from 'node:test'

import { Lock } from '../../src/store/lock.ts'
import { temporaryFolder } from './samples.ts'

const HOLDER = `
  import { Lock } from '${import.meta.resolve('../../src/store/lock.ts')}'
  try {
    Lock.take(process.argv[1])
    console.log('taken')
    setInterval(() => undefined, 1000)
  } catch (error) {
    console.log(error.code)
  }`

test('one has a lock at a time, in one process or in several', async (t) => {
  const folder = await temporaryFolder(t)
  const lock = Lock.take(folder)
  assert.throws(() => Lock.take(folder), { code: 'database_busy' })
  const other = spawnSync(process.execPath, ['-e', HOLDER, folder], { encoding: 'utf8' })
  assert.equal(other.stdout, 'database_busy\n', other.stderr)
  assert.equal(other.stderr, '')
  // What was refused has not taken the lock away: the system drops it with any closed descriptor.
  assert.throws(() => Lock.take(folder), { code: 'database_busy' })
  const again = spawnSync(process.execPath, ['-e', HOLDER, folder], { encoding: 'utf8' })
  assert.equal(again.stdout, 'database_busy\n')
  lock.release()
  lock.release()
  Lock.take(folder).release()
  assert.deepEqual(await readdir(folder), ['lock'])
  assert.equal((await readFile(path.join(folder, 'lock'))).byteLength, 0)
})

test('a lock ends with its process, however that ends', async (t) => {
  const folder = await temporaryFolder(t)
  const child = spawn(process.execPath, ['-e', HOLDER, folder])
  t.after(() => child.kill('SIGKILL'))
  const [said] = (await once(child.stdout, 'data')) as [Buffer]
  assert.equal(String(said), 'taken\n')
  assert.throws(() => Lock.take(folder), { code: 'database_busy' })
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
  Lock.take(folder).release()
})

test('a folder that cannot be used is refused in its own words', async (t) => {
  const folder = await temporaryFolder(t)
  assert.throws(() => Lock.take(path.join(folder, 'none')), { code: 'database_damaged' })
  assert.throws(() => Lock.take('/proc/1'), { code: 'home_unusable' })
  if (process.getuid?.() === 0) return
  await chmod(folder, 0o500)
  assert.throws(() => Lock.take(folder), { code: 'home_unusable', message: /permission/ })
  await chmod(folder, 0o700)
})
