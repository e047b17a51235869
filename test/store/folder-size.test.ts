import assert from 'node:assert/strict'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'

import { FOLDER_LOOKS_MAX, FOLDER_SIZE_KEPT_MS } from '../../src/core/limits.ts'
import { FolderSize } from '../../src/store/folder-size.ts'
import { temporaryFolder } from '../api/harness.ts'

test('all files count, however many and deep, and a look is kept for a while', async (t) => {
  const folder = path.join(await temporaryFolder(t), 'profile')
  let nowMs = 0
  const size = new FolderSize(folder, () => nowMs)
  assert.equal(await size.bytes(), 0)
  mkdirSync(path.join(folder, 'db/deep'), { recursive: true })
  const count = 2 * FOLDER_LOOKS_MAX + 1
  for (let i = 0; i < count; i++) writeFileSync(path.join(folder, 'db', `${i}.ldb`), 'x'.repeat(10))
  writeFileSync(path.join(folder, 'db/deep/more'), 'x'.repeat(7))
  assert.equal(await size.bytes(), 0)
  nowMs += FOLDER_SIZE_KEPT_MS
  assert.equal(await size.bytes(), 10 * count + 7)
  rmSync(path.join(folder, 'db/deep'), { recursive: true })
  nowMs += FOLDER_SIZE_KEPT_MS
  assert.equal(await size.bytes(), 10 * count)
})
