// A database that was closed well holds what was written last as a table.
import assert from 'node:assert/strict'
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { test, type TestContext } from 'node:test'

import { WRITE_OUT_BYTES_MIN } from '../../src/core/limits.ts'
import { silentLogger } from '../../src/core/logger.ts'
import { closeWell } from '../../src/store/close-well.ts'
import { Database } from '../../src/store/level.ts'
import { random, temporaryFolder } from './samples.ts'

const KEY = Buffer.from('r')

async function written(t: TestContext, bytes: number): Promise<Database> {
  const directory = path.join(await temporaryFolder(t), 'db')
  const database = await Database.open({ directory, create: true, random, log: silentLogger })
  await database.write([{ key: KEY, value: Buffer.from(random(bytes)) }])
  return database
}

async function logBytes(directory: string): Promise<number> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.log'))
  const sizes = await Promise.all(names.map((name) => stat(path.join(directory, name))))
  return sizes.reduce((sum, { size }) => sum + size, 0)
}

test('much that was written is a table after a closing; the next opening makes none', async (t) => {
  const database = await written(t, WRITE_OUT_BYTES_MIN)
  const { directory } = database
  await database.close(true)
  assert.equal(await logBytes(directory), 0)
  const again = await Database.open({ directory, create: false, random, log: silentLogger })
  t.after(() => again.close())
  assert.equal(again.get(KEY)?.byteLength, WRITE_OUT_BYTES_MIN)
  assert.doesNotMatch(await readFile(path.join(directory, 'LOG'), 'utf8'), /Level-0 table/)
})

test('little stays in the log, and so does all where something was amiss', async (t) => {
  for (const [bytes, isSound] of [
    [1000, true],
    [WRITE_OUT_BYTES_MIN, false],
  ] as const) {
    const database = await written(t, bytes)
    await database.close(isSound)
    assert.ok((await logBytes(database.directory)) >= bytes)
  }
})

test('a database that cannot be written out is closed all the same', async (t) => {
  const directory = await temporaryFolder(t)
  const asked: string[] = []
  const level = {
    compactRange: () => {
      asked.push('write out')
      return Promise.reject(new Error('IO error: No space left on device'))
    },
    close: () => {
      asked.push('close')
      return Promise.resolve()
    },
  }
  await writeFile(path.join(directory, '000001.log'), Buffer.alloc(WRITE_OUT_BYTES_MIN))
  await closeWell(level, path.join(directory, 'not there'), silentLogger)
  await closeWell(level, directory, silentLogger)
  assert.deepEqual(asked, ['close', 'write out', 'close'])
})
