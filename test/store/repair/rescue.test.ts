// The damaged original is there until repair is done, and nothing is left behind otherwise.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { cp, mkdir, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { test, type TestContext } from 'node:test'

import { logIdOf, metaKey, runKey } from '../../../src/store/keys.ts'
import { beside, open, openNew, plainRun, SampleLog } from '../samples.ts'
import { flip, tamper } from './tamper.ts'

/** A closed database with five entries in a log; its newest run is gone. */
async function damaged(t: TestContext): Promise<{ directory: string; log: SampleLog }> {
  const { directory, store } = await openNew(t)
  const log = new SampleLog()
  for (const text of ['a', 'b', 'c', 'd', 'e']) await log.append(store, [text])
  await store.close()
  const id = logIdOf(log)
  await tamper(directory, (level) => level.del(runKey(id, 5)))
  return { directory, log }
}

test('opening a sound database leaves nothing beside it', async (t) => {
  const { directory, store } = await openNew(t)
  await store.close()
  await (await open(directory)).close()
  assert.deepEqual(await beside(directory), ['db'])
})

test('what is repaired is kept as it was, readable, until all of it came back', async (t) => {
  const { directory, log } = await damaged(t)
  // What LevelDB's own repair leaves, and half a copy of an opening that was killed.
  await mkdir(path.join(directory, 'lost'))
  await mkdir(`${directory}.before-0123`)
  const store = await open(directory)
  assert.deepEqual((await beside(directory)).toSorted(), ['db', 'db.damaged'])
  assert.equal((await store.heads())[0]?.head.seq, 4)
  await store.close()
  const copy = path.join(path.dirname(directory), 'looked-at')
  await cp(`${directory}.damaged`, copy, { recursive: true })
  const id = logIdOf(log)
  await tamper(copy, async (level) => assert.ok(await level.get(runKey(id, 4))))
  await rm(copy, { recursive: true })

  const second = await open(directory)
  assert.ok(existsSync(`${directory}.damaged`), 'it has not come back yet')
  const [record] = await second.heads()
  assert.ok(record)
  log.head = record.head
  await log.append(second, ['e'])
  await second.close()
  await (await open(directory)).close()
  assert.deepEqual(await beside(directory), ['db'])
})

test('what is damaged later does not take away the first copy while that is wanted', async (t) => {
  const { directory, log } = await damaged(t)
  await (await open(directory)).close()
  const other = new SampleLog()
  for (let round = 0; round < 2; round++) {
    const store = await open(directory)
    await other.append(store, ['x'])
    await store.close()
    const key = runKey(logIdOf(other), other.head.seq)
    await tamper(directory, (level) => flip(level, key))
    const again = await open(directory)
    other.head = (await again.heads()).find(({ device }) => device === other.device)!.head
    await again.close()
  }
  assert.deepEqual(await beside(directory), ['db', 'db.damaged', 'db.damaged.first'])
  await tamper(`${directory}.damaged.first`, async (level) => {
    assert.ok(await level.get(runKey(logIdOf(log), 4)), 'what is still missing')
  })
  const store = await open(directory)
  log.head = (await store.heads()).find(({ device }) => device === log.device)!.head
  await log.append(store, ['e'])
  await other.append(store, ['y'])
  await store.close()
  await (await open(directory)).close()
  assert.deepEqual(await beside(directory), ['db'])
})

test('a database that is refused after LevelDB changed it is kept as it was', async (t) => {
  const { directory } = await damaged(t)
  await tamper(directory, (level) => level.del(metaKey('format')))
  await assert.rejects(open(directory), { code: 'database_damaged' })
  assert.ok(existsSync(`${directory}.damaged/CURRENT`))
})

test('one that does not open at all is left alone, without a copy', async (t) => {
  const { directory } = await damaged(t)
  await rename(path.join(directory, 'CURRENT'), `${directory}-current`)
  await assert.rejects(open(directory), { code: 'database_damaged' })
  assert.ok(!(await beside(directory)).some((name) => name.startsWith('db.')))
})

test('what was set aside behind a hole follows once the hole is closed', async (t) => {
  const { directory, store } = await openNew(t)
  const log = new SampleLog()
  const runs = [await log.append(store, ['a']), await log.append(store, ['b', 'c'])]
  runs.push(await log.append(store, ['d']), await log.append(store, ['e']))
  await store.close()
  const { conversation, device } = log
  const id = logIdOf({ conversation, device })
  await tamper(directory, (level) => level.del(runKey(id, 3)))
  const first = await open(directory)
  await assert.rejects(first.readRun(conversation, device, 2), { code: 'database_damaged' })
  await first.close()

  const second = await open(directory)
  t.after(() => second.close())
  const [short] = await second.heads()
  assert.equal(short?.head.seq, 1)
  assert.equal(second.aside(conversation, device, short.head), undefined, 'a hole lies between')
  const [, , d, e] = runs
  assert.ok(d && e)
  const joined = second.aside(conversation, device, { seq: 3, hash: d.prevHash })
  assert.deepEqual(plainRun(joined?.run), plainRun(d))
  assert.ok(joined)
  assert.deepEqual(plainRun(second.aside(conversation, device, joined.head)?.run), plainRun(e))
  const other = { seq: 3, hash: e.prevHash }
  assert.equal(second.aside(conversation, device, other), undefined, 'of another history')
})
