// Files of a database that are missing or damaged are put in order before LevelDB sees them, on a
// copy; what cannot be saved is told, and a database that cannot be mended is left as it was.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { cp, mkdir, readFile, readdir, rename, rm, truncate, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { test, type TestContext } from 'node:test'
import { crc32 } from 'node:zlib'

import { logIdOf, runKey } from '../../../src/store/keys.ts'
import { inspect, survey } from '../../../src/store/repair/survey.ts'
import { checkTable } from '../../../src/store/repair/table-file.ts'
import type { LevelStore } from '../../../src/store/store-level.ts'
import { beside, open, openNew, sampleIdentity, SampleLog } from '../samples.ts'
import { tamper } from './tamper.ts'

const ROUNDS = 3
const PER_ROUND = 40
const COUNT = ROUNDS * PER_ROUND

interface Sample {
  readonly directory: string
  readonly log: SampleLog
  readonly reopen: () => Promise<LevelStore>
}

/** A closed database of several tables, with an identity and a log of COUNT runs of 1 KiB. */
async function sample(t: TestContext): Promise<Sample> {
  const { directory, store: first } = await openNew(t)
  const log = new SampleLog()
  const batch = first.batch()
  batch.put('identity', 'self', sampleIdentity())
  await first.commit(batch)
  for (let round = 0; round < ROUNDS; round++) {
    const store = round === 0 ? first : await open(directory)
    for (let i = 0; i < PER_ROUND; i++)
      await log.append(store, [`${log.head.seq + 1} `.repeat(300)])
    // Each opening makes a table of what was written before it.
    await store.close()
  }
  const reopen = async (): Promise<LevelStore> => {
    const store = await open(directory)
    t.after(() => store.close())
    return store
  }
  return { directory, log, reopen }
}

async function fileLike(directory: string, like: RegExp): Promise<string> {
  const names = (await readdir(directory)).filter((name) => like.test(name)).toSorted()
  assert.ok(names[0] !== undefined, `no ${String(like)}`)
  return path.join(directory, names[0])
}

async function flipAt(file: string, at: number): Promise<void> {
  const bytes = await readFile(file)
  bytes[at] = (bytes[at] ?? 0) ^ 4
  await rm(file)
  await writeFile(file, bytes)
}

/** How many entries are there, each being the right one. */
async function entriesOf(store: LevelStore): Promise<number> {
  const [record] = await store.heads()
  for (let seq = 1; seq <= (record?.head.seq ?? 0); seq++) {
    const run = record && (await store.readRun(record.conversation, record.device, seq))
    assert.equal(Buffer.from(run?.entries[0] ?? []).toString(), `${seq} `.repeat(300))
  }
  return record?.head.seq ?? 0
}

async function bytesOf(directory: string): Promise<Map<string, string>> {
  const names = await readdir(directory, { recursive: true, withFileTypes: true })
  const files = names.filter((entry) => entry.isFile() && entry.name !== 'LOCK')
  const contents = files.map(async ({ parentPath, name }): Promise<[string, string]> => {
    const file = path.join(parentPath, name)
    return [path.relative(directory, file), (await readFile(file)).toString('base64')]
  })
  return new Map(await Promise.all(contents))
}

const HARMS: Readonly<Record<string, (directory: string) => Promise<void>>> = {
  'a missing CURRENT': (directory) => rm(path.join(directory, 'CURRENT')),
  'a CURRENT of nonsense': (directory) => writeFile(path.join(directory, 'CURRENT'), 'MANIFEST-'),
  // Nothing is wrong with it as far as this program can tell: LevelDB itself refuses it.
  'a CURRENT without its end': async (directory) => {
    const file = path.join(directory, 'CURRENT')
    await writeFile(file, (await readFile(file, 'utf8')).trim())
  },
  'a missing MANIFEST': async (directory) => rm(await fileLike(directory, /^MANIFEST/)),
  'a flipped bit in the MANIFEST': async (directory) =>
    flipAt(await fileLike(directory, /^MANIFEST/), 30),
  'a MANIFEST that lost its end': async (directory) =>
    truncate(await fileLike(directory, /^MANIFEST/), 60),
  'a table whose filter is damaged': async (directory) => {
    const file = await fileLike(directory, /\.ldb$/)
    const { sound } = checkTable(await readFile(file))
    await flipAt(file, Math.max(...sound.map(({ at, length }) => at + length + 5)) + 3)
  },
}

for (const [what, harm] of Object.entries(HARMS)) {
  test(`${what} is told and mended, and nothing is lost`, async (t) => {
    const { directory, reopen } = await sample(t)
    await harm(directory)
    const before = await bytesOf(directory)
    const store = await reopen()
    assert.equal(store.damage.length, 1, store.damage.join('; '))
    assert.equal(await entriesOf(store), COUNT)
    assert.ok(store.get('identity', 'self'))
    await store.close()
    const kept = await bytesOf(`${directory}.damaged`)
    for (const [name, bytes] of before) {
      // Not the room kept aside, nor what LevelDB notes where it was tried first.
      if (!/^(reserve|LOG)/.test(name)) assert.equal(kept.get(name), bytes, `${name} as it was`)
    }
    assert.deepEqual((await reopen()).damage, [], 'told once: nothing is missing')
    assert.deepEqual(await beside(directory), ['db'])
  })
}

test('of a damaged table only the damaged part is lost, told until it is back', async (t) => {
  const { directory, reopen, log } = await sample(t)
  const tables = (await readdir(directory)).filter((name) => name.endsWith('.ldb')).toSorted()
  const file = path.join(directory, tables.at(-1) ?? '')
  const { sound } = checkTable(await readFile(file))
  assert.ok(sound.length > 8, 'a table of several parts')
  const block = sound[sound.length >> 1]
  await flipAt(file, (block?.at ?? 0) + 20)
  const store = await reopen()
  const words = store.damage.join('\n')
  assert.match(words, /^the table \d+\.ldb of the database is damaged: 1 of its \d+ parts/)
  assert.match(words, /^the log \S+ had 120 entries, of which \d+ are left$/m)
  const left = await entriesOf(store)
  assert.ok(left > PER_ROUND && left < COUNT, `${left} are left`)
  assert.equal(store.everHeld(log.conversation, log.device), COUNT, 'no number is used twice')
  await store.close()
  const again = await reopen()
  assert.match(again.damage.join('\n'), /had 120 entries/)
  assert.ok(existsSync(`${directory}.damaged/CURRENT`))
})

test('a missing table is a loss that is told, and the rest is there', async (t) => {
  const { directory, reopen } = await sample(t)
  const tables = (await readdir(directory)).filter((name) => name.endsWith('.ldb')).toSorted()
  await rm(path.join(directory, tables.at(-1) ?? ''))
  const store = await reopen()
  assert.match(store.damage.join('\n'), /^the table \d+ of the database is missing$/m)
  assert.match(store.damage.join('\n'), /had 120 entries/)
  assert.ok((await entriesOf(store)) >= PER_ROUND)
})

test('without a readable identity it is refused, and nothing is changed', async (t) => {
  const { directory } = await sample(t)
  // What was written first lies in the oldest table.
  await rm(await fileLike(directory, /\.ldb$/))
  const before = await bytesOf(directory)
  await assert.rejects(open(directory), {
    code: 'database_damaged',
    message: /Nothing was changed/,
  })
  assert.deepEqual(await bytesOf(directory), before)
  assert.deepEqual(await beside(directory), ['db'])
})

test('a key that does not fit mends nothing', async (t) => {
  const { directory } = await sample(t)
  await rm(path.join(directory, 'CURRENT'))
  const before = await bytesOf(directory)
  await assert.rejects(open(directory, { key: Buffer.alloc(32, 9) }), { code: 'database_damaged' })
  assert.deepEqual(await bytesOf(directory), before)
})

test('what another process has open is not mended', async (t) => {
  const { directory, store } = await openNew(t)
  await store.close()
  const writer = new URL(import.meta.resolve('../writer.ts')).pathname
  const child = spawn(process.execPath, [writer, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.after(() => child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  const current = await readFile(path.join(directory, 'CURRENT'))
  await rm(path.join(directory, 'CURRENT'))
  await assert.rejects(open(directory), { code: 'database_busy' })
  assert.deepEqual(await beside(directory), ['db'])
  await writeFile(path.join(directory, 'CURRENT'), current)
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
  const again = await open(directory)
  assert.deepEqual(again.damage, [], 'the lock went with its process')
  await again.close()
})

test('an exchange that was cut short is taken back, and done again', async (t) => {
  const { directory, reopen } = await sample(t)
  await rm(path.join(directory, 'CURRENT'))
  await mkdir(`${directory}.mending-0123/db`, { recursive: true })
  await rename(directory, `${directory}.mending-0123/original`)
  const store = await reopen()
  assert.equal(await entriesOf(store), COUNT)
  assert.equal(store.damage.length, 1)
  await store.close()
  assert.ok(!existsSync(`${directory}.damaged/CURRENT`))
  assert.ok(existsSync(`${directory}.damaged`))
  await (await reopen()).close()
  assert.deepEqual(await beside(directory), ['db'])
})

test('an exchange that only was not tidied up is', async (t) => {
  const { directory, reopen } = await sample(t)
  await cp(directory, `${directory}.mending-0123/original`, { recursive: true })
  await mkdir(`${directory}.mending-4567/db`, { recursive: true })
  // As the mended copy says until it was looked at.
  await writeFile(path.join(directory, 'mended'), '["a table was damaged"]')
  const store = await reopen()
  assert.deepEqual([...store.damage], ['a table was damaged'])
  assert.equal(await entriesOf(store), COUNT)
  await store.close()
  assert.ok(existsSync(`${directory}.damaged/CURRENT`))
  assert.deepEqual((await reopen()).damage, [])
  assert.deepEqual(await beside(directory), ['db'])
})

test('after a good closing opening looks at no more than it may, else at everything', async (t) => {
  const { directory, reopen } = await sample(t)
  const { tables, wasClosed } = await survey(directory)
  assert.ok(wasClosed && tables.length > 1)
  const oldest = tables.at(-1)
  await flipAt(path.join(directory, oldest?.name ?? ''), 20)
  const total = tables.reduce((sum, { lengthBytes }) => sum + lengthBytes, 0)
  assert.deepEqual((await inspect(directory, total - 1)).words, [], 'beyond what may be read')
  assert.equal((await inspect(directory, total)).words.length, 1)
  await rm(path.join(directory, 'closed'))
  assert.equal((await inspect(directory, 0)).words.length, 1, 'nobody knows how it was closed')
  const store = await reopen().catch(() => undefined)
  await store?.close()
})

test('a table that was found whole once is known by its sum, and by nothing less', async (t) => {
  const { directory, reopen } = await sample(t)
  await (await reopen()).close()
  const [table] = (await survey(directory)).tables.toReversed()
  const [file, note] = [path.join(directory, table?.name ?? ''), path.join(directory, 'whole')]
  const known = (await readFile(note, 'utf8')).split('\n')
  const sum = crc32(await readFile(file))
  assert.ok(known.includes(`${table?.number} ${table?.lengthBytes} ${sum}`), known.join('; '))
  await flipAt(file, 20)
  assert.equal((await inspect(directory)).words.length, 1, 'damaged since')
  const damaged = known.map((line) => line.replace(`${sum}`, `${sum + 1}`))
  await writeFile(note, damaged.join('\n'))
  assert.equal((await inspect(directory)).words.length, 1)
  await flipAt(file, 20)
  assert.deepEqual((await inspect(directory)).words, [], 'the note is wrong, the table is not')
})

test('notes that cannot be read keep no database from opening', async (t) => {
  const { directory, reopen } = await sample(t)
  for (const note of ['whole', 'closed']) {
    await rm(path.join(directory, note), { force: true })
    await mkdir(path.join(directory, note))
    const store = await reopen()
    assert.deepEqual(store.damage, [])
    await store.close()
  }
})

test('damage that was met while it was open is not called a good closing', async (t) => {
  const { directory, reopen, log } = await sample(t)
  const id = logIdOf(log)
  await tamper(directory, (level) => level.del(runKey(id, 5)))
  const store = await reopen()
  const read = store.readRun(log.conversation, log.device, 5)
  await assert.rejects(read, { code: 'database_damaged' })
  await store.close()
  assert.ok(!(await survey(directory)).wasClosed)
})
