// A database whose folder is taken away, or replaced, while it is open.
import assert from 'node:assert/strict'
import { cp, readdir, readFile, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { test, type TestContext } from 'node:test'

import { silentLogger } from '../../src/core/logger.ts'
import { Database } from '../../src/store/level.ts'
import { random, temporaryFolder } from './samples.ts'

const [A, B] = ['a', 'b'].map((name) => Buffer.from(name)) as [Buffer, Buffer]
/** More than LevelDB keeps in its log before it makes a table of it. */
const LARGE_BYTES = 5 * 1024 * 1024

async function opened(t: TestContext): Promise<Database> {
  const directory = path.join(await temporaryFolder(t), 'db')
  const database = await Database.open({ directory, create: true, random, log: silentLogger })
  t.after(() => database.close())
  await database.write([{ key: A, value: Buffer.from(random(LARGE_BYTES)) }])
  return database
}

async function contents(folder: string): Promise<Map<string, string>> {
  const names = (await readdir(folder)).toSorted()
  const read = (name: string): Promise<string> => readFile(path.join(folder, name), 'latin1')
  return new Map(await Promise.all(names.map(async (name) => [name, await read(name)] as const)))
}

test('nothing is accepted while the folder is away, and it goes on once it is back', async (t) => {
  const database = await opened(t)
  const { directory } = database
  await rename(directory, `${directory}-away`)
  await assert.rejects(database.write([{ key: B, value: B }]), {
    code: 'home_unusable',
    message: /not in its folder any more/,
  })
  assert.equal(database.get(A)?.byteLength, LARGE_BYTES, 'reading goes on')
  await rename(`${directory}-away`, directory)
  assert.equal(database.get(B), undefined)
  await database.write([{ key: B, value: B }])
  assert.deepEqual(database.get(B), B)
})

test('a copy that is put in its place stays as it is', async (t) => {
  const database = await opened(t)
  const { directory } = database
  const copy = `${directory}-copy`
  await cp(directory, copy, { recursive: true })
  await rename(directory, `${directory}-away`)
  await rename(copy, directory)
  const before = await contents(directory)
  await assert.rejects(database.write([{ key: B, value: B }]), { code: 'home_unusable' })
  await database.close(true)
  assert.deepEqual(await contents(directory), before)
})

test('a folder that is removed loses nothing that was accepted after that', async (t) => {
  const database = await opened(t)
  await rm(database.directory, { recursive: true })
  await assert.rejects(database.write([{ key: B, value: B }]), { code: 'home_unusable' })
  await database.close(true)
})
