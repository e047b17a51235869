import assert from 'node:assert/strict'
import path from 'node:path'
import { test } from 'node:test'

import { TidingsError } from '../../src/core/errors.ts'
import { silentLogger } from '../../src/core/logger.ts'
import { GroupCommit } from '../../src/store/group.ts'
import { Database, type Operation } from '../../src/store/level.ts'
import { random, temporaryFolder } from './samples.ts'

const put = (name: string): Operation[] => [{ key: Buffer.from(name), value: Buffer.alloc(100) }]
const ignore = (): void => undefined

test('concurrent commits share synced writes; one alone does not wait for more', async (t) => {
  const directory = path.join(await temporaryFolder(t), 'db')
  const database = await Database.open({ directory, create: true, random, log: silentLogger })
  t.after(() => database.close())
  let writes = 0
  const write: Database['write'] = (operations) => {
    writes += 1
    return database.write(operations)
  }
  const group = new GroupCommit({ write, failed: ignore }, 1024 * 1024)
  await Promise.all(
    Array.from({ length: 64 }, async (_, writer) => {
      for (let i = 0; i < 10; i++) await group.commit(put(`${writer}/${i}`), 100)
    }),
  )
  assert.ok(writes <= 20, `${writes} writes for 640 commits`)
  writes = 0
  for (let i = 0; i < 5; i++) await group.commit(put(`last/${i}`), 100)
  assert.equal(writes, 5)
  assert.ok(database.get(Buffer.from('63/9')))
})

test('a group keeps to its bound, but takes one that is larger alone', async () => {
  const sizes: number[] = []
  const write = async (operations: readonly Operation[]): Promise<void> => {
    sizes.push(operations.length)
  }
  const group = new GroupCommit({ write, failed: ignore }, 250)
  await Promise.all([100, 100, 100, 900, 100].map((bytes) => group.commit(put('a'), bytes)))
  assert.deepEqual(sizes, [2, 1, 1, 1])
})

test('when a write fails, all with and behind it fail, and no later ones', async () => {
  let broken = true
  const write = async (): Promise<void> => {
    if (broken) throw new TidingsError('disk_full', 'full')
  }
  const order: string[] = []
  const group = new GroupCommit({ write, failed: () => order.push('failed') }, 250)
  const commits = ['a', 'b', 'c', 'd', 'e'].map((name) =>
    group
      .commit(put(name), 100)
      .catch((error: unknown) => order.push((error as TidingsError).code)),
  )
  await Promise.all(commits)
  assert.deepEqual(order, ['failed', ...commits.map(() => 'disk_full')])
  broken = false
  await group.commit(put('f'), 100)
})

test('idle waits for everything that was committed', async () => {
  let written = 0
  const write = async (operations: readonly Operation[]): Promise<void> => {
    await new Promise((resolve) => setTimeout(resolve, 5))
    written += operations.length
  }
  const group = new GroupCommit({ write, failed: ignore }, 150)
  const commits = ['a', 'b', 'c'].map((name) => group.commit(put(name), 100))
  await group.idle()
  assert.equal(written, 3)
  await Promise.all(commits)
})
