// Files for the user: whole under their name or not there, and nothing else harmed for them.
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { lstat, mkdir, readdir, readFile, symlink, utimes } from 'node:fs/promises'
import path from 'node:path'
import { test } from 'node:test'

import { writeWhole } from '../../src/store/whole-file.ts'
import { temporaryFolder } from './samples.ts'

function write(file: string, force = false): Promise<void> {
  return writeWhole({ file, force }, (handle) => handle.writeFile('all of it'))
}

test('every name that a file can have is one that a file can get', async (t) => {
  const folder = await temporaryFolder(t)
  for (const name of ['a', 'n'.repeat(255), '漢'.repeat(85), '😀'.repeat(63)]) {
    await write(path.join(folder, name))
    assert.equal(await readFile(path.join(folder, name), 'utf8'), 'all of it')
  }
  assert.equal((await readdir(folder)).length, 4)
  for (const name of ['n'.repeat(256), 'a\0b']) {
    await assert.rejects(write(path.join(folder, name)), { code: 'file_unusable' })
  }
})

test('what is no file stays what it is, also where a file would be replaced', async (t) => {
  const folder = await temporaryFolder(t)
  const [pipe, sub, link] = ['pipe', 'sub', 'link'].map((name) => path.join(folder, name))
  assert.ok(pipe && sub && link)
  execFileSync('mkfifo', [pipe])
  await mkdir(sub)
  await symlink(pipe, link)
  for (const file of [pipe, sub, link]) {
    for (const force of [false, true]) {
      await assert.rejects(write(file, force), { code: 'file_unusable', message: /is no file/ })
    }
  }
  assert.ok((await lstat(pipe)).isFIFO())
  assert.ok((await lstat(link)).isSymbolicLink())
  assert.equal((await readdir(folder)).length, 3)
})

test('what a killed export left behind is removed by the next one to that name', async (t) => {
  const folder = await temporaryFolder(t)
  const at = (name: string): string => path.join(folder, name)
  const kill = 'await handle.writeFile("half"); process.kill(process.pid, "SIGKILL")'
  const module = path.join(import.meta.dirname, '../../src/store/whole-file.ts')
  const script = `import { writeWhole } from ${JSON.stringify(module)}
    await writeWhole({ file: process.argv[1], force: false }, async (handle) => { ${kill} })`
  for (const name of ['a', 'a', 'b']) {
    spawnSync(process.execPath, ['--input-type=module', '-e', script, at(name)])
  }
  const left = await readdir(folder)
  assert.equal(left.length, 3)
  const [old, young, other] = left.toSorted()
  assert.ok(old && young && other)
  const longAgo = new Date(Date.now() - 2 * 60 * 60 * 1000)
  for (const name of [old, other]) await utimes(at(name), longAgo, longAgo)
  // The other one may still be at it.
  await write(at('a'))
  assert.deepEqual((await readdir(folder)).toSorted(), ['a', young, other])
})

test('a full disk is told for the file, which is over, and nothing is left of it', async (t) => {
  const folder = await temporaryFolder(t)
  const file = path.join(folder, 'a')
  const full = Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' })
  const message = `the disk is full: there is no room for ${file}`
  const writing = writeWhole({ file, force: false }, () => Promise.reject(full))
  await assert.rejects(writing, { code: 'disk_full', message })
  assert.deepEqual(await readdir(folder), [])
})
