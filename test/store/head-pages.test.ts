// The heads of many logs are read from pages at a start, where these say what the heads say.
import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import path from 'node:path'
import { test, type TestContext } from 'node:test'

import { silentLogger } from '../../src/core/logger.ts'
import { Codec } from '../../src/store/codec.ts'
import { HEAD_PAGES_LOGS_MIN, HeadPages } from '../../src/store/head-pages.ts'
import { headKey, headPageKey, logIdOf } from '../../src/store/keys.ts'
import { Database } from '../../src/store/level.ts'
import { noteClosing } from '../../src/store/repair/closing.ts'
import { Sealer } from '../../src/store/seal.ts'
import type { LevelStore } from '../../src/store/store-level.ts'
import { tamper } from './repair/tamper.ts'
import { KEY, open, openNew, random, SampleLog } from './samples.ts'

interface Sample {
  readonly directory: string
  readonly logs: readonly SampleLog[]
  /** Opens it, and closes it again. */
  readonly visit: (use: (store: LevelStore) => Promise<void>) => Promise<void>
}

/** A database of so many logs, closed in good order and settled. */
async function sample(t: TestContext, count = HEAD_PAGES_LOGS_MIN): Promise<Sample> {
  const { directory, store } = await openNew(t)
  const logs = Array.from({ length: count }, () => new SampleLog())
  const batch = store.batch()
  for (const log of logs) {
    batch.putRun(log.next(['one']))
    log.putOrder(batch, 1)
    batch.putHead(log.record())
  }
  await store.commit(batch)
  await store.settle()
  await store.close()
  const visit: Sample['visit'] = async (use) => {
    const again = await open(directory)
    try {
      await use(again)
    } finally {
      await again.close()
    }
  }
  return { directory, logs, visit }
}

/** As a good closing leaves it, but without the heads of logs. */
async function withoutHeads(directory: string, logs: readonly SampleLog[]): Promise<void> {
  await tamper(directory, (level) =>
    level.batch(
      logs.map(({ conversation, device }) => {
        return { type: 'del', key: headKey(logIdOf({ conversation, device })) }
      }),
    ),
  )
  await noteClosing(directory, silentLogger)
}

async function endsOf(store: LevelStore): Promise<Map<string, number>> {
  const heads = await store.heads()
  return new Map(heads.map(({ device, head }) => [device, head.seq]))
}

const endsAs = (logs: readonly SampleLog[]): Map<string, number> =>
  new Map(logs.map(({ device, head }) => [device, head.seq]))

async function arePaged(directory: string): Promise<boolean> {
  const database = await Database.open({ directory, create: false, random, log: silentLogger })
  try {
    const codec = new Codec(new Sealer(KEY, random))
    return (await HeadPages.read({ database, codec })) !== undefined
  } finally {
    await database.close()
  }
}

test('after a stop in good order heads are read from pages, and each is the same', async (t) => {
  const { directory, logs, visit } = await sample(t)
  let before: unknown
  await visit(async (store) => {
    before = (await store.heads()).toSorted((a, b) => (a.device < b.device ? -1 : 1))
  })
  assert.ok(await arePaged(directory))
  await noteClosing(directory, silentLogger)
  await withoutHeads(directory, logs)
  await visit(async (store) => {
    const heads = await store.heads()
    assert.deepEqual(
      heads.toSorted((a, b) => (a.device < b.device ? -1 : 1)),
      before,
    )
    assert.deepEqual(store.damage, [])
    const [log] = logs
    assert.ok(log && (await store.readRun(log.conversation, log.device, 1)))
  })
})

test('what was written since is in the pages after the next stop', async (t) => {
  const { directory, logs, visit } = await sample(t)
  await visit(async (store) => {
    await logs[7]?.append(store, ['two', 'three'])
    await store.settle()
  })
  await withoutHeads(directory, logs)
  await visit(async (store) => assert.deepEqual(await endsOf(store), endsAs(logs)))
})

test('pages do not count once something was written after them', async (t) => {
  const { directory, logs, visit } = await sample(t)
  await visit(async (store) => void (await logs[7]?.append(store, ['two', 'three'])))
  assert.ok(!(await arePaged(directory)))
  await noteClosing(directory, silentLogger)
  await visit(async (store) => {
    assert.deepEqual(await endsOf(store), endsAs(logs))
    await store.settle()
  })
  assert.ok(await arePaged(directory), 'all of them are made anew')
})

test('pages do not count where one of them is missing', async (t) => {
  const { directory, logs, visit } = await sample(t)
  await tamper(directory, (level) => level.del(headPageKey(200)))
  await noteClosing(directory, silentLogger)
  await visit(async (store) => {
    assert.deepEqual(await endsOf(store), endsAs(logs))
    assert.deepEqual(store.damage, [])
  })
})

test('an opening that does not read the pages takes their note back', async (t) => {
  const { directory, visit } = await sample(t)
  assert.ok(await arePaged(directory))
  await rm(path.join(directory, 'closed'), { force: true })
  await visit(async () => {})
  assert.ok(!(await arePaged(directory)), 'it may have repaired heads')
})

test('heads of few logs lie in no pages', async (t) => {
  const { directory } = await sample(t, HEAD_PAGES_LOGS_MIN - 1)
  assert.ok(!(await arePaged(directory)))
})

test('while heads are settled none is written, whenever that is tried', async (t) => {
  const { logs, visit } = await sample(t)
  let refused = 0
  for (const [turns, log] of logs.slice(0, 12).entries()) {
    let expected = 2
    await visit(async (store) => {
      await log.append(store, ['before'])
      const settled = store.settle()
      for (let i = 0; i < turns; i++) await new Promise((resolve) => setImmediate(resolve))
      const [late] = await Promise.allSettled([log.append(store, ['late'])])
      if (late?.status === 'fulfilled') expected = 3
      else refused += 1
      await settled
    })
    await visit(async (store) => {
      assert.deepEqual(store.damage, [])
      const heads = await store.heads()
      assert.equal(heads.find(({ device }) => device === log.device)?.head.seq, expected)
    })
  }
  assert.ok(refused > 0)
})
