// What LevelDB loses without a word is known all the same, and stays known until it has come back.
import assert from 'node:assert/strict'
import { copyFile, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { crc32 } from 'node:zlib'

import { headKey, logIdOf, nameKey, runKey } from '../../../src/store/keys.ts'
import { open, openNew, SampleLog } from '../samples.ts'
import { tamper } from './tamper.ts'

test('writes lost at the end of a record of the log are missed until they return', async (t) => {
  const { directory, store } = await openNew(t)
  const log = new SampleLog()
  const { conversation, device } = log
  await log.append(store, ['a', 'b'])
  await store.close()
  // Closed and opened: what follows is in a log of its own.
  const again = await open(directory)
  const file = path.join(directory, (await logsOf(directory)).at(-1) ?? '')
  await log.append(again, ['c'])
  const { size } = await stat(file)
  const runs = [await log.append(again, ['d']), await log.append(again, ['e'])]
  await again.close()
  await truncate(file, size)

  const short = await open(directory)
  const words = short.damage.join('\n')
  assert.match(words, /2 writes are missing/)
  assert.match(words, /had 5 entries, of which 3 are left/)
  assert.equal(short.everHeld(conversation, device), 5)
  await short.close()
  const still = await open(directory)
  assert.match(still.damage.join('\n'), /had 5 entries, of which 3 are left/)
  const batch = still.batch()
  for (const run of runs) batch.putRun(run)
  batch.putHead(log.record())
  log.putOrder(batch, 4)
  await still.commit(batch)
  await still.close()
  const healed = await open(directory)
  t.after(() => healed.close())
  assert.deepEqual(healed.damage, [])
})

test('no position that was lost is used again, whatever is written next', async (t) => {
  const { directory, store } = await openNew(t)
  const log = new SampleLog()
  await log.append(store, ['a'])
  await store.close()
  const again = await open(directory)
  const file = path.join(directory, (await logsOf(directory)).at(-1) ?? '')
  const { size } = await stat(file)
  await log.append(again, ['b'])
  const given = again.position
  await again.close()
  await truncate(file, size)

  const short = await open(directory)
  const goesOn = short.position
  assert.notDeepEqual(short.damage, [])
  assert.ok(goesOn > given)
  await short.close()
  // Now nothing tells of the loss but where the opening before went on.
  await rm(path.join(directory, 'tally'))
  const healed = await open(directory)
  t.after(() => healed.close())
  assert.deepEqual(healed.damage, [])
  assert.ok(healed.position >= goesOn)
})

test('what is committed is noted in the same turn, not only at the end', async (t) => {
  const { directory, store } = await openNew(t)
  const log = new SampleLog()
  const file = path.join(directory, 'tally')
  await log.append(store, ['a', 'b'])
  await log.append(store, ['c'])
  await nextTurn()
  const noted = await readFile(file)
  await store.close()
  assert.deepEqual(noted, await readFile(file))
  assert.ok(noted.includes(logIdOf(log)))
})

test('a log that is gone without a trace is missed', async (t) => {
  const { directory, store } = await openNew(t)
  const log = new SampleLog()
  await log.append(store, ['a'])
  await store.close()
  const id = logIdOf(log)
  await tamper(directory, async (level) => {
    for (const key of [headKey(id), nameKey(id), runKey(id, 1)]) await level.del(key)
  })
  const again = await open(directory)
  t.after(() => again.close())
  assert.match(again.damage.join('\n'), /had 1 entries, of which 0 are left/)
  assert.equal(again.everHeld(log.conversation, log.device), 1)
})

test('a tally that is older, torn or not there tells less and never something wrong', async (t) => {
  const { directory, store } = await openNew(t)
  const log = new SampleLog()
  const file = path.join(directory, 'tally')
  await log.append(store, ['a'])
  await nextTurn()
  await copyFile(file, `${directory}-older`)
  await log.append(store, ['b'])
  await store.close()
  const bytes = await readFile(file)
  const torn = Buffer.from(bytes)
  torn.fill(0, 40)
  // Of 32 bytes: what is counted, how many, and their check.
  const impossible = Buffer.from(bytes).fill(0xff, 16, 24)
  impossible.writeUInt32BE(crc32(impossible.subarray(0, 24)), 24)
  const harms = [
    () => copyFile(`${directory}-older`, file),
    () => writeFile(file, torn),
    () => writeFile(file, impossible),
    () => writeFile(file, bytes.subarray(0, bytes.byteLength - 1)),
    () => writeFile(file, ''),
  ]
  for (const harm of harms) {
    await harm()
    const again = await open(directory)
    assert.deepEqual(again.damage, [])
    assert.equal(again.everHeld(log.conversation, log.device), 2, 'taken from what is there')
    await again.close()
  }
})

async function logsOf(directory: string): Promise<string[]> {
  return (await readdir(directory)).filter((name) => name.endsWith('.log')).toSorted()
}
