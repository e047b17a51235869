// Damage is said, never passed on as data, and goes no further than it must.
import assert from 'node:assert/strict'
import { cp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { test, type TestContext } from 'node:test'

import type { Level } from 'level'

import { isTidingsError } from '../../../src/core/errors.ts'
import { lastSeq, type Run } from '../../../src/core/run.ts'
import {
  eventKey,
  logIdOf,
  metaKey,
  orderKey,
  recordKey,
  runKey,
  headKey,
  nameKey,
} from '../../../src/store/keys.ts'
import type { LevelStore } from '../../../src/store/store-level.ts'
import { beside, open, openNew, plainRun, sampleIdentity, SampleLog } from '../samples.ts'
import { flip, tamper } from './tamper.ts'

interface Sample {
  readonly directory: string
  readonly log: SampleLog
  readonly runs: readonly Run[]
  readonly id: Buffer
  readonly reopen: () => Promise<LevelStore>
}

/** A closed database with a log of five runs of three entries, ordered throughout. */
async function sample(t: TestContext): Promise<Sample> {
  const { directory, store } = await openNew(t)
  const log = new SampleLog()
  const runs: Run[] = []
  for (let i = 0; i < 5; i++) runs.push(await log.append(store, ['a', 'b', `${i}`]))
  const batch = store.batch()
  const { conversation, device } = log
  batch.putLogicals(
    conversation,
    device,
    0,
    Array.from({ length: 15 }, (_, i) => 10 + i),
  )
  batch.putHead(log.record({ logical: 24 }))
  batch.put('setting', 'one', { value: 1 })
  batch.put('setting', 'two', { value: 2 })
  batch.put('identity', 'self', sampleIdentity())
  await store.commit(batch)
  await store.close()
  const reopen = async (): Promise<LevelStore> => {
    const again = await open(directory)
    t.after(() => again.close())
    return again
  }
  return { directory, log, runs, id: logIdOf({ conversation, device }), reopen }
}

async function lengthOf(store: LevelStore): Promise<number | undefined> {
  return (await store.heads())[0]?.head.seq
}

test('a database that is not there is damage, not a new database', async (t) => {
  const { directory } = await sample(t)
  await rm(directory, { recursive: true })
  await assert.rejects(open(directory), { code: 'database_damaged' })
  assert.deepEqual(await beside(directory), [])
  await assert.rejects(open(path.join(directory, 'nowhere')), { code: 'database_damaged' })
})

test('a wrong key is said to be one, and changes nothing', async (t) => {
  const { directory, reopen } = await sample(t)
  const wrong = open(directory, { key: Buffer.alloc(32, 9) })
  await assert.rejects(wrong, { code: 'database_damaged', message: /key/ })
  const store = await reopen()
  assert.deepEqual(store.damage, [])
  assert.equal(await lengthOf(store), 15)
})

test('a database of a newer version is refused before anything is written', async (t) => {
  const { directory } = await sample(t)
  await tamper(directory, (level) => level.put(metaKey('format'), Buffer.of(2)))
  const dump = async (): Promise<string[]> => {
    const entries: string[] = []
    await tamper(directory, async (level) => {
      for await (const pair of level.iterator()) entries.push(Buffer.concat(pair).toString('hex'))
    })
    return entries
  }
  const before = await dump()
  await assert.rejects(open(directory), { code: 'database_newer' })
  assert.deepEqual(await dump(), before)
})

test('values that were swapped are not taken for each other', async (t) => {
  const { directory, runs, id, reopen, log } = await sample(t)
  await tamper(directory, async (level) => {
    const keys = [recordKey('setting', 'one'), recordKey('setting', 'two')] as const
    const [one, two] = [await level.get(keys[0]), await level.get(keys[1])]
    await level.batch().put(keys[0], two).put(keys[1], one).write()
    const [first, second] = [runKey(id, 3), runKey(id, 6)]
    const run = await level.get(second)
    await level.put(first, run)
  })
  const store = await reopen()
  assert.throws(() => store.get('setting', 'one'), { code: 'database_damaged' })
  const read = store.readRun(log.conversation, log.device, 1)
  await assert.rejects(read, { code: 'database_damaged' })
  const second = await store.readRun(log.conversation, log.device, 4)
  assert.deepEqual(plainRun(second), plainRun(runs[1]))
})

test('one damaged record or event is reported and does not hide the others', async (t) => {
  const { directory, reopen } = await sample(t)
  const before = await reopen()
  const batch = before.batch()
  const { conversation, device } = new SampleLog()
  for (const position of [20, 21, 22]) {
    batch.putEvent(position, 0, { type: 'shown', conversation, device, first: 1, last: 1 })
  }
  await before.commit(batch)
  await before.close()
  await tamper(directory, async (level) => {
    await flip(level, recordKey('setting', 'one'))
    await flip(level, eventKey(20, 0))
  })
  const store = await reopen()
  assert.deepEqual(await store.all('setting'), [['two', { value: 2 }]])
  const events = await store.events({ position: 0, index: 0 }, 1)
  assert.deepEqual(
    events.map(({ position }) => position),
    [21],
  )
  assert.equal(store.damage.length, 2)
  await store.all('setting')
  assert.equal(store.damage.length, 2, 'each once')
})

test('a newest run that is gone or unreadable lowers the head, and says so', async (t) => {
  for (const harm of [flip, (level: Level<Buffer, Buffer>, key: Buffer) => level.del(key)]) {
    const { directory, id, reopen, log } = await sample(t)
    const early = await reopen()
    const { epoch } = early
    await early.close()
    await tamper(directory, (level) => harm(level, runKey(id, 15)))
    const store = await reopen()
    const [record] = await store.heads()
    assert.deepEqual([record?.head.seq, record?.shown, record?.logical], [12, 12, 21])
    assert.match(store.damage.join('\n'), /should have 15 entries and has 12/)
    assert.equal(store.logicals(log.conversation, log.device, 0).length, 12)
    assert.ok(!store.knowsToken({ epoch, position: 15 }), 'peers must hear everything anew')
    await store.close()
    const again = await reopen()
    assert.match(again.damage.join('\n'), /had 15 entries, of which 12 are left/, 'still so')
    assert.equal(again.everHeld(log.conversation, log.device), 15)
    assert.equal(await lengthOf(again), 12)
    await again.close()
  }
})

test('a hole that a reader met is repaired at the next opening, and nothing is lost', async (t) => {
  const { directory, runs, id, reopen, log } = await sample(t)
  const { conversation, device } = log
  await tamper(directory, (level) => level.del(runKey(id, 6)))
  const first = await reopen()
  assert.deepEqual(first.damage, [], 'opening does not read the whole history')
  await assert.rejects(first.readRun(conversation, device, 5), { code: 'database_damaged' })
  const page = await first.readPage(conversation, device, 2, 15)
  assert.deepEqual([page?.first, page && lastSeq(page)], [2, 3], 'what comes before it is good')
  assert.equal(first.damage.length, 1)
  await first.close()

  const second = await reopen()
  assert.match(second.damage.join('\n'), /has 3[^]*3 runs after entry 3 are kept aside/)
  assert.equal(await lengthOf(second), 3)
  assert.equal(await second.readRun(conversation, device, 7), undefined)
  // A peer brings what is missing, closed differently.
  const batch = second.batch()
  const missing = runs[1]
  assert.ok(missing)
  batch.putRun(missing)
  const [lowered] = await second.heads()
  assert.ok(lowered && runs[2])
  batch.putHead({ ...lowered, head: { seq: 6, hash: runs[2].prevHash } })
  await second.commit(batch)
  await second.close()

  const third = await reopen()
  assert.deepEqual(third.damage, [])
  assert.equal(await lengthOf(third), 15)
  const whole = await third.readPage(conversation, device, 1, 15)
  assert.equal(whole?.entries.length, 15)
  await log.append(third, ['the log goes on'])
})

/** Three chunks of the order index in a closed database. */
async function orderedLog(
  t: TestContext,
): Promise<{ log: SampleLog; directory: string; key: (chunk: number) => Buffer }> {
  const { directory, store } = await openNew(t)
  const log = new SampleLog()
  for (let i = 0; i < 10; i++) {
    await log.append(
      store,
      Array.from({ length: 15 }, (_, j) => `${i}/${j}`),
    )
  }
  await store.close()
  const id = logIdOf(log)
  return { log, directory, key: (chunk) => orderKey(id, chunk) }
}

for (const [name, harm] of [
  ['flipped', flip],
  ['lost', (level: Level<Buffer, Buffer>, key: Buffer) => level.del(key)],
] as const) {
  test(`a ${name} part of the order index is noticed when read, then cut off`, async (t) => {
    const { log, directory, key } = await orderedLog(t)
    await tamper(directory, (level) => harm(level, key(1)))
    const first = await open(directory)
    assert.deepEqual(first.damage, [], 'opening does not read the whole index')
    assert.equal(first.logicals(log.conversation, log.device, 0, 64)[63], 64)
    assert.throws(() => first.logicals(log.conversation, log.device, 1, 1), {
      code: 'database_damaged',
    })
    assert.equal(first.damage.length, 1)
    await first.close()

    const second = await open(directory)
    t.after(() => second.close())
    assert.match(second.damage.join('\n'), /made anew from entry 65 on/)
    const [head] = await second.heads()
    assert.deepEqual([head?.head.seq, head?.shown, head?.logical], [150, 64, 64])
    assert.deepEqual(second.logicals(log.conversation, log.device, 1), [])
    assert.deepEqual(second.logicals(log.conversation, log.device, 2), [])
  })
}

test('a lost end of the order index is found at opening', async (t) => {
  const { directory, key } = await orderedLog(t)
  await tamper(directory, (level) => level.del(key(2)))
  const store = await open(directory)
  t.after(() => store.close())
  assert.match(store.damage.join('\n'), /made anew from entry 129 on/)
  const [head] = await store.heads()
  assert.deepEqual([head?.head.seq, head?.shown, head?.logical], [150, 128, 128])
})

test('a damaged record that peers tell again counts as not there, no other does', async (t) => {
  const { directory, store } = await openNew(t)
  const batch = store.batch()
  batch.put('holds', 'a', { clock: [] })
  batch.put('setting', 'a', { value: 1 })
  await store.commit(batch)
  await store.close()
  await tamper(directory, async (level) => {
    await flip(level, recordKey('holds', 'a'))
    await flip(level, recordKey('setting', 'a'))
  })
  const again = await open(directory)
  t.after(() => again.close())
  assert.equal(again.get('holds', 'a'), undefined)
  assert.equal(again.damage.length, 1)
  assert.throws(() => again.get('setting', 'a'), { code: 'database_damaged' })
  assert.equal(again.damage.length, 2, 'the next opening looks at all of it')
  const anew = again.batch()
  anew.put('holds', 'a', { clock: [] })
  await again.commit(anew)
  assert.deepEqual(again.get('holds', 'a'), { clock: [] })
})

test('a lost head is made anew from its runs', async (t) => {
  for (const harm of [flip, (level: Level<Buffer, Buffer>, key: Buffer) => level.del(key)]) {
    const { directory, id, reopen, log } = await sample(t)
    await tamper(directory, (level) => harm(level, headKey(id)))
    const store = await reopen()
    assert.match(store.damage.join('\n'), /lost its head; 15 entries/)
    const [record] = await store.heads()
    assert.deepEqual(record, log.record({ shown: 0, logical: 0, changedAt: 0 }))
  }
})

test('a name of a log that cannot be read is told once, and written anew', async (t) => {
  const { directory, id, reopen, log } = await sample(t)
  await tamper(directory, (level) => flip(level, nameKey(id)))
  const found = await reopen()
  assert.match(found.damage.join('\n'), /^the name of the log \w+ is not readable$/)
  await found.close()
  const again = await reopen()
  assert.deepEqual(again.damage, [])
  assert.equal(await lengthOf(again), 15)
  await again.close()
  await tamper(directory, (level) => level.del(headKey(id)))
  const store = await reopen()
  assert.equal((await store.heads())[0]?.device, log.device)
})

test('a log without head and name is kept aside', async (t) => {
  const { directory, id, reopen } = await sample(t)
  await tamper(directory, async (level) => {
    await level.del(headKey(id))
    await level.del(nameKey(id))
  })
  const store = await reopen()
  assert.match(store.damage.join('\n'), /lost its name/)
  assert.deepEqual(await store.heads(), [])
})

async function newestLog(directory: string): Promise<string> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.log')).toSorted()
  return path.join(directory, names.at(-1) ?? '')
}

test('bytes flipped in the write-ahead log are noticed, what is left is whole', async (t) => {
  const { directory, reopen } = await sample(t)
  const file = await newestLog(directory)
  const bytes = await readFile(file)
  bytes.fill(0xff, bytes.byteLength >> 1, (bytes.byteLength >> 1) + 64)
  await writeFile(file, bytes)
  const store = await reopen()
  assert.match(store.damage.join('\n'), /LevelDB lost part/)
  const length = (await lengthOf(store)) ?? 0
  assert.ok(length < 15)
  for (let seq = 1; seq <= length; seq++) {
    const record = (await store.heads())[0]
    assert.ok(record && (await store.readRun(record.conversation, record.device, seq)))
  }
})

test('a torn end of the write-ahead log takes the newest write as a whole', async (t) => {
  const { directory, reopen } = await sample(t)
  const file = await newestLog(directory)
  const { size } = await stat(file)
  await truncate(file, size - 5)
  const store = await reopen()
  assert.equal(store.get('setting', 'one'), undefined)
  const [record] = await store.heads()
  assert.equal(record?.head.seq, 15)
  assert.equal(record?.logical, 15, 'of the commit before')
})

test('bits flipped in a table give damage or the right value, never a wrong one', async (t) => {
  const { directory, reopen, log, runs } = await sample(t)
  await (await reopen()).close()
  const [table = ''] = (await readdir(directory)).filter((name) => name.endsWith('.ldb'))
  const { size } = await stat(path.join(directory, table))
  let noticed = 0
  for (let at = 7; at < size; at += Math.ceil(size / 25)) {
    const copy = `${directory}-${at}`
    await cp(directory, copy, { recursive: true })
    const bytes = await readFile(path.join(copy, table))
    bytes[at] = (bytes[at] ?? 0) ^ 0x10
    await writeFile(path.join(copy, table), bytes)
    if (await isNoticed(copy, log, runs)) noticed += 1
  }
  assert.ok(noticed > 10, `${noticed} noticed`)
})

/** Reads everything: what is read must be right. Whether anything was found damaged. */
async function isNoticed(
  directory: string,
  log: SampleLog,
  runs: readonly Run[],
): Promise<boolean> {
  let store: LevelStore | undefined
  try {
    store = await open(directory)
    for (const run of runs) {
      const found = await store.readRun(log.conversation, log.device, run.first)
      if (found) assert.deepEqual(plainRun(found), plainRun(run))
    }
    for (const [name, value] of [
      ['one', 1],
      ['two', 2],
    ] as const) {
      const setting: { value: unknown } | undefined = store.get('setting', name)
      if (setting) assert.equal(setting.value, value)
    }
    return store.damage.length > 0
  } catch (error) {
    assert.ok(isTidingsError(error, 'database_damaged'), String(error))
    return true
  } finally {
    await store?.close()
  }
}
