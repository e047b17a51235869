// Failed writes, on a LevelDB that fails when told to.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdir, rmdir } from 'node:fs/promises'
import path from 'node:path'
import { test, type TestContext } from 'node:test'

import { Level } from 'level'

import { silentLogger } from '../../src/core/logger.ts'
import { Database, type DatabaseInit, type LevelHandle } from '../../src/store/level.ts'
import { random, temporaryFolder } from './samples.ts'

/**
 * Its next write reaches the log and fails all the same, as when the disk fails during the fsync:
 * LevelDB does not show such a write, but finds it when it is opened anew.
 */
async function openFailing(t: TestContext): Promise<{
  database: Database
  failOnce: () => void
  failReads: (on: boolean) => void
}> {
  let failing = false
  let isBlind = false
  const makeLevel: NonNullable<DatabaseInit['makeLevel']> = (directory, options) => {
    const level: LevelHandle = new Level(directory, options)
    const makeBatch = level.batch.bind(level) as () => ReturnType<LevelHandle['batch']>
    const getSync = level.getSync.bind(level)
    const batch = (): ReturnType<LevelHandle['batch']> => {
      const chain = makeBatch()
      const write = chain.write.bind(chain) as (options: object) => Promise<void>
      const failingWrite = async (writeOptions: object = {}): Promise<void> => {
        if (!failing) return write(writeOptions)
        failing = false
        const snapshot = level.snapshot()
        await write(writeOptions)
        const get = (key: Buffer): Buffer | undefined => {
          if (isBlind) throw new Error('IO error: Input/output error')
          return getSync(key, { snapshot })
        }
        Object.assign(level, { getSync: get })
        throw new Error('IO error: 000003.log: Input/output error')
      }
      return Object.assign(chain, { write: failingWrite })
    }
    return Object.assign(level, { batch })
  }
  const directory = path.join(await temporaryFolder(t), 'db')
  const init: DatabaseInit = { directory, create: true, random, log: silentLogger, makeLevel }
  const database = await Database.open(init)
  t.after(() => database.close())
  const failOnce = (): void => {
    failing = true
  }
  const failReads = (on: boolean): void => {
    isBlind = on
  }
  return { database, failOnce, failReads }
}

const [A, B, C] = ['a', 'b', 'c'].map((name) => Buffer.from(name)) as [Buffer, Buffer, Buffer]

test('a write that failed has not happened, even when it is found in the log later', async (t) => {
  const { database, failOnce } = await openFailing(t)
  await database.write([{ key: A, value: Buffer.from('1') }])
  failOnce()
  const failed = database.write([
    { key: A, value: Buffer.from('2') },
    { key: B, value: B },
  ])
  await assert.rejects(failed, { code: 'home_unusable' })
  await database.write([{ key: C, value: C }])
  assert.equal(String(database.get(A)), '1')
  assert.equal(database.get(B), undefined)
  assert.deepEqual(database.get(C), C)
})

test('reading holds a reopening up, and what comes later waits for it', async (t) => {
  const { database, failOnce } = await openFailing(t)
  await database.write([{ key: A, value: A }])
  failOnce()
  await assert.rejects(database.write([{ key: B, value: B }]))
  let finish = (): void => undefined
  const held = new Promise<void>((resolve) => {
    finish = resolve
  })
  const early = database.read(async (level) => {
    await held
    return level.get(A)
  })
  const write = database.write([{ key: C, value: C }])
  const late = database.read((level) => level.get(A))
  finish()
  assert.deepEqual(await Promise.all([early, late]), [A, A])
  await write
  assert.deepEqual(database.get(C), C)
})

test('closing waits for those who read, and refuses those who come later', async (t) => {
  const { database } = await openFailing(t)
  await database.write([{ key: A, value: A }])
  let finish = (): void => undefined
  const held = new Promise<void>((resolve) => {
    finish = resolve
  })
  const early = database.read(async (level) => {
    await held
    return level.get(A)
  })
  const closed = database.close()
  await assert.rejects(
    database.read((level) => level.get(A)),
    { code: 'shutting_down' },
  )
  finish()
  assert.deepEqual(await early, A)
  await closed
})

test('a write that failed is taken back before the database is closed', async (t) => {
  const { database, failOnce } = await openFailing(t)
  await database.write([{ key: A, value: A }])
  failOnce()
  await assert.rejects(database.write([{ key: B, value: B }]))
  await database.close()
  const { directory } = database
  const again = await Database.open({ directory, create: false, random, log: silentLogger })
  t.after(() => again.close())
  assert.deepEqual(again.get(A), A)
  assert.equal(again.get(B), undefined)
})

test('when it is not known what a failed write changed, nothing more is written', async (t) => {
  const { database, failOnce, failReads } = await openFailing(t)
  await database.write([{ key: A, value: A }])
  failOnce()
  failReads(true)
  await assert.rejects(database.write([{ key: B, value: B }]), { code: 'home_unusable' })
  failReads(false)
  await assert.rejects(database.write([{ key: C, value: C }]), { code: 'home_unusable' })
  assert.deepEqual(database.get(A), A, 'reading goes on')
})

test('where the disk takes nothing any more, what is on it can still be read', async (t) => {
  const { database, failOnce } = await openFailing(t)
  await database.write([{ key: A, value: A }])
  failOnce()
  await assert.rejects(database.write([{ key: B, value: B }]))
  // In its way: no file can be put there, as when the system made the disk read-only.
  const trial = path.join(database.directory, 'trial')
  await mkdir(trial)
  await assert.rejects(database.write([{ key: C, value: C }]), { code: 'home_unusable' })
  assert.deepEqual(await database.read((level) => level.get(A)), A)
  assert.equal(database.get(B), undefined)
  assert.equal(database.get(C), undefined)
  await rmdir(trial)
  await database.write([{ key: C, value: C }])
  assert.deepEqual(
    [A, B, C].map((key) => database.get(key)),
    [A, undefined, C],
  )
  assert.ok(!existsSync(trial), 'nothing is left of trying')
})
