// Filters of search in the store: found by chunk, sealed, gone with what they tell of.
import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { test } from 'node:test'

import { isTidingsError } from '../../src/core/errors.ts'
import { SEARCH_CHUNK_ENTRIES as CHUNK } from '../../src/core/limits.ts'
import type { FilterRecord } from '../../src/core/records.ts'
import { lastSeq } from '../../src/core/run.ts'
import { FilterMaker } from '../../src/core/search/filter.ts'
import { filterKey, logIdOf, runKey } from '../../src/store/keys.ts'
import type { Batch, Store } from '../../src/store/store.ts'
import { flip, tamper } from './repair/tamper.ts'
import { open, openNew, SampleLog, sampleIdentity } from './samples.ts'

function filter(chunk: number, last = (chunk + 1) * CHUNK): FilterRecord {
  const maker = new FilterMaker()
  maker.begin()
  maker.add(`chunk number ${chunk}`)
  return {
    chunk,
    last,
    oldestMs: chunk,
    newestMs: chunk + 1,
    beforeMs: chunk,
    filter: maker.finish(),
  }
}

async function put(store: Store, log: SampleLog, chunks: readonly number[]): Promise<void> {
  const batch = store.batch()
  for (const chunk of chunks) batch.putFilter(log.conversation, log.device, filter(chunk))
  await store.commit(batch)
}

const chunksOf = async (store: Store, log: SampleLog, before = Infinity): Promise<number[]> => {
  const most = Math.min(before, Number.MAX_SAFE_INTEGER)
  return (await store.filters.read(log, most, 100)).map(({ chunk }) => chunk)
}

/** A log of so many chunks, with a filter for each. */
async function filled(store: Store, chunks: number): Promise<SampleLog> {
  const log = new SampleLog()
  for (let chunk = 0; chunk < chunks; chunk++) {
    await log.append(
      store,
      Array.from({ length: CHUNK }, (_, i) => `${chunk}/${i}`),
    )
  }
  await put(store, log, [...Array.from({ length: chunks }).keys()])
  return log
}

test('filters are found newest first, of their log alone, also after reopening', async (t) => {
  const { directory, store } = await openNew(t)
  const [log, other] = [await filled(store, 4), await filled(store, 1)]
  const check = async (from: Store): Promise<void> => {
    assert.deepEqual(await chunksOf(from, log), [3, 2, 1, 0])
    assert.deepEqual(await chunksOf(from, log, 3), [2, 1, 0])
    assert.deepEqual(await chunksOf(from, log, 0), [])
    assert.deepEqual(await chunksOf(from, other), [0])
    const two = await from.filters.read(log, 3, 2)
    assert.deepEqual(
      two.map(({ chunk }) => chunk),
      [2, 1],
    )
    const [one] = await from.filters.read(log, 3, 1)
    assert.ok(one)
    assert.deepEqual(
      { ...one, filter: Buffer.from(one.filter) },
      {
        ...filter(2),
        filter: Buffer.from(filter(2).filter),
      },
    )
  }
  await check(store)
  await store.close()
  const again = await open(directory)
  t.after(() => again.close())
  await check(again)
})

test('on disk there is neither a word nor a bare filter', async (t) => {
  const { directory, store } = await openNew(t)
  await filled(store, 2)
  await store.close()
  const bare = Buffer.from(filter(1).filter)
  for (const name of await readdir(directory)) {
    const bytes = await readFile(path.join(directory, name))
    assert.ok(!bytes.includes(bare), name)
    assert.ok(!bytes.includes('number'), name)
  }
})

test('a damaged filter is left out and told of, those around it are there', async (t) => {
  const { directory, store } = await openNew(t)
  const log = await filled(store, 3)
  await store.close()
  const key = filterKey(logIdOf(log), 1)
  await tamper(directory, (level) => flip(level, key))
  const again = await open(directory)
  t.after(() => again.close())
  assert.deepEqual(await chunksOf(again, log), [2, 0])
  assert.match(again.damage.join(), /filter/)
})

async function cut(store: Store, log: SampleLog, last: number): Promise<Batch> {
  const batch = store.batch()
  await store.cutLog(batch, log.conversation, log.device, last)
  return batch
}

test('cutting a log takes along the filters of what is cut off', async (t) => {
  const { store } = await openNew(t)
  const log = await filled(store, 4)
  await store.commit(await cut(store, log, 2 * CHUNK))
  assert.deepEqual(await chunksOf(store, log), [1, 0])
  await store.commit(await cut(store, log, CHUNK))
  assert.deepEqual(await chunksOf(store, log), [0])
})

test('a filter begun before a log was cut is refused, whenever it comes', async (t) => {
  const { store } = await openNew(t)
  const log = await filled(store, 4)
  const begun = (): Batch => {
    const batch = store.batch()
    batch.putFilter(log.conversation, log.device, filter(3))
    return batch
  }
  const refused = (e: unknown): boolean => isTidingsError(e, 'too_busy')
  const [early, late] = [begun(), begun()]
  const batch = await cut(store, log, CHUNK)
  // Written before the cut, it goes with it.
  const written = store.commit(early)
  const cutting = store.commit(batch)
  const meanwhile = begun()
  await assert.rejects(store.commit(late), refused)
  await assert.rejects(store.commit(meanwhile), refused)
  await written
  await cutting
  assert.deepEqual(await chunksOf(store, log), [0])
  await assert.rejects(store.commit(meanwhile), refused)
  await store.commit(begun())
  assert.deepEqual(await chunksOf(store, log), [3, 0])
})

test('a log that is repaired has no filters any more', async (t) => {
  const { directory, store } = await openNew(t)
  const [log, whole] = [await filled(store, 3), await filled(store, 1)]
  const batch = store.batch()
  batch.put('identity', 'self', sampleIdentity())
  await store.commit(batch)
  await store.close()
  await tamper(directory, async (level) => {
    const id = logIdOf(log)
    await level.del(runKey(id, 3 * CHUNK))
  })
  const again = await open(directory)
  t.after(() => again.close())
  assert.deepEqual(await chunksOf(again, log), [])
  assert.equal(await again.readRun(log.conversation, log.device, 3 * CHUNK), undefined)
  // Where one log is damaged all are walked, and nobody knows of their filters either.
  assert.ok((await chunksOf(again, whole)).length <= 1)
})

test('runs are read as they are stored, from memory and from disk', async (t) => {
  const { directory, store } = await openNew(t)
  const log = new SampleLog()
  await log.append(store, ['a', 'b', 'c'])
  await log.append(store, ['d'])
  await log.append(store, ['e', 'f'])
  await store.close()
  const again = await open(directory)
  t.after(() => again.close())
  const read = async (first: number, last: number): Promise<string[]> => {
    const runs = await again.readRuns(log.conversation, log.device, first, last)
    return runs.map((run) => `${run.first}-${lastSeq(run)}`)
  }
  for (let time = 0; time < 2; time++) {
    assert.deepEqual(await read(2, 4), ['1-3', '4-4'])
    assert.deepEqual(await read(4, 99), ['4-4', '5-6'])
    assert.deepEqual(await read(1, 1), ['1-3'])
    assert.deepEqual(await read(7, 9), [])
    assert.deepEqual(await read(0, 9), [])
    await again.readRun(log.conversation, log.device, 4)
  }
})
