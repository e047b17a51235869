import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { after, test } from 'node:test'

import { REPL_FOLDER_ENTRIES_MAX } from '../../src/core/limits.ts'
import { fileNamed, filesIn } from '../../src/repl/files.ts'

const folder = mkdtempSync(path.join(os.tmpdir(), 'tidings-files-'))
after(() => rmSync(folder, { recursive: true }))

test('a file is named from here, from the root, or from the own folder', () => {
  assert.equal(fileNamed('a/../b.md'), path.resolve('b.md'))
  assert.equal(fileNamed('/etc/hosts'), path.resolve('/etc/hosts'))
  assert.equal(fileNamed('~/b.md'), path.join(os.homedir(), 'b.md'))
  assert.equal(fileNamed('~'), os.homedir())
  assert.equal(fileNamed('~b'), path.resolve('~b'))
})

test('what lies in a folder, folders known by their slash, also behind a link', () => {
  mkdirSync(path.join(folder, 'sub'))
  writeFileSync(path.join(folder, '.hidden'), '')
  writeFileSync(path.join(folder, 'a b'), '')
  symlinkSync('sub', path.join(folder, 'to-sub'))
  symlinkSync('nowhere', path.join(folder, 'to-nothing'))
  const found = ['.hidden', 'a b', 'sub/', 'to-nothing', 'to-sub/']
  assert.deepEqual(filesIn(`${folder}/`).toSorted(), found)
  assert.deepEqual(filesIn(`${folder}/sub/`), [])
  assert.deepEqual(filesIn(`${folder}/none/`), [])
  assert.deepEqual(filesIn(`${folder}/a b/`), [])
})

test('of a folder with very much in it a part is looked at', () => {
  const many = path.join(folder, 'many')
  mkdirSync(many)
  for (let i = 0; i <= REPL_FOLDER_ENTRIES_MAX; i++) writeFileSync(path.join(many, `${i}`), '')
  assert.equal(filesIn(`${many}/`).length, REPL_FOLDER_ENTRIES_MAX)
})
