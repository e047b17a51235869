// Tables and MANIFESTs as LevelDB writes them: sound ones are found to be sound, and no flipped bit
// goes unseen.
import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { test, type TestContext } from 'node:test'

import { readLog } from '../../../src/store/repair/leveldb-bytes.ts'
import { tablesIn } from '../../../src/store/repair/manifest.ts'
import { checkTable, withoutDamage } from '../../../src/store/repair/table-file.ts'
import { recordEnds } from '../../fire/disk/harm.ts'
import { openNew, SampleLog } from '../samples.ts'
import { compact } from './tamper.ts'

/** What lies unused between the places in a footer and its last eight bytes. */
const FOOTER_BYTES = 48
const MAGIC_BYTES = 8

interface Files {
  readonly table: Buffer
  readonly number: number
  readonly manifest: Buffer
  readonly log: Buffer
  /** Where the records of the log end. */
  readonly ends: readonly number[]
}

async function files(t: TestContext): Promise<Files> {
  const { directory, store } = await openNew(t)
  const log = new SampleLog()
  for (let i = 0; i < 30; i++) await log.append(store, [`${i} `.repeat(400)])
  await store.close()
  const names = await readdir(directory)
  const logFile = path.join(directory, names.find((name) => name.endsWith('.log')) ?? '')
  const [bytes, ends] = [await readFile(logFile), recordEnds(logFile)]
  await compact(directory)
  const after = await readdir(directory)
  const name = after.find((each) => each.endsWith('.ldb')) ?? ''
  const manifest = after.find((each) => each.startsWith('MANIFEST')) ?? ''
  return {
    table: await readFile(path.join(directory, name)),
    number: Number.parseInt(name, 10),
    manifest: await readFile(path.join(directory, manifest)),
    log: bytes,
    ends,
  }
}

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes)
  copy[at] = (copy[at] ?? 0) ^ (1 << (at % 8))
  return copy
}

test('wherever a bit of a table is flipped, it is seen, and the rest is kept', async (t) => {
  const { table } = await files(t)
  const whole = checkTable(table)
  assert.ok(whole.isWhole && whole.sound.length > 4)
  const unused = table.byteLength - FOOTER_BYTES + 12
  let kept = 0
  for (let at = 0; at < table.byteLength; at += 31) {
    if (at >= unused && at < table.byteLength - MAGIC_BYTES) continue
    const bad = flipped(table, at)
    const check = checkTable(bad)
    assert.ok(!check.isWhole, `a bit at ${at} of ${table.byteLength}`)
    const rest = withoutDamage(bad, check)
    if (!rest) continue
    const again = checkTable(rest)
    assert.ok(again.isWhole, `what is left after a bit at ${at}`)
    assert.ok(again.sound.length >= whole.sound.length - 1)
    kept += 1
  }
  assert.ok(kept > table.byteLength / 31 / 2, 'most of it is kept most times')
})

test('a table that is cut off is not whole, wherever', async (t) => {
  const { table } = await files(t)
  for (const length of [0, 1, FOOTER_BYTES, table.byteLength >> 1, table.byteLength - 1]) {
    assert.ok(!checkTable(table.subarray(0, length)).isWhole, `${length} bytes`)
  }
})

test('a MANIFEST names the tables in use; flipped or torn it names none', async (t) => {
  const { table, number, manifest } = await files(t)
  assert.deepEqual([...(tablesIn(manifest) ?? [])], [[number, table.byteLength]])
  for (let at = 0; at < manifest.byteLength; at++) {
    assert.equal(tablesIn(flipped(manifest, at)), undefined, `a bit at ${at}`)
  }
  assert.equal(tablesIn(manifest.subarray(0, -1)), undefined)
  assert.equal(tablesIn(Buffer.alloc(0)), undefined)
})

test('records of a log are read up to the first that is damaged', async (t) => {
  const { log, ends } = await files(t)
  assert.ok(ends.length >= 30)
  const whole = readLog(log)
  assert.deepEqual([whole.records.length, whole.soundBytes], [ends.length, log.byteLength])
  const [before = 0, after = 0] = ends.slice(9)
  const bad = readLog(flipped(log, before + 20))
  assert.deepEqual([bad.records.length, bad.soundBytes], [10, before])
  const torn = readLog(log.subarray(0, after - 1))
  assert.deepEqual([torn.records.length, torn.soundBytes], [10, before])
})
