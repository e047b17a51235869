// Files for the user: whole under their name or not there, and nothing else harmed for them.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { lstat, mkdir, readdir, readFile, symlink } from 'node:fs/promises'
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
