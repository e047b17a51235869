// A disk that is full and then has room again, for real: a small file system of the test's own.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, open as openFile, rm, rmdir, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test, type TestContext } from 'node:test'

import { RESERVE_BYTES } from '../../src/core/limits.ts'
import type { LevelStore } from '../../src/store/store-level.ts'
import { open, plainRun, random, SampleLog } from './samples.ts'

const MIB = 1024 * 1024
const DISK_BYTES = 5 * RESERVE_BYTES

function run(command: string, ...arguments_: string[]): void {
  execFileSync(command, arguments_, { stdio: 'ignore' })
}

/** A small disk; undefined when this user may not make one. */
async function smallDisk(t: TestContext): Promise<string | undefined> {
  const folder = await mkdtemp(path.join(tmpdir(), 'tidings-disk-'))
  try {
    run('mount', '-t', 'tmpfs', '-o', `size=${DISK_BYTES}`, 'tidings-test', folder)
  } catch {
    await rmdir(folder)
    t.skip('mounting a small disk needs root')
    return undefined
  }
  t.after(async () => {
    run('umount', '-l', folder)
    await rmdir(folder)
  })
  return folder
}

/** Fills the disk up to so many bytes; returns what gives the room back. */
async function fill(disk: string, leave: number): Promise<() => Promise<void>> {
  const ballast = path.join(disk, 'ballast')
  const { bavail, bsize } = await statfs(disk)
  const handle = await openFile(ballast, 'w')
  await handle.writeFile(Buffer.alloc(Math.max(0, bavail * bsize - leave), 1))
  await handle.close()
  return () => rm(ballast)
}

const text = (): string[] => [Buffer.from(random(30_000)).toString('base64')]

/** Appends until the disk is full; the log ends with what was accepted. */
async function appendUntilFull(store: LevelStore, log: SampleLog): Promise<void> {
  for (;;) {
    const before = log.head
    try {
      await log.append(store, text())
    } catch (error) {
      log.head = before
      assert.equal((error as { code?: string }).code, 'disk_full')
      return
    }
  }
}

test('a full disk refuses writes, allows reads, and is forgotten when there is room', async (t) => {
  const disk = await smallDisk(t)
  if (!disk) return
  const directory = path.join(disk, 'db')
  const store = await open(directory, { create: true })
  t.after(() => store.close())
  const log = new SampleLog()
  const { conversation, device } = log
  const first = await log.append(store, text())
  const settings = store.batch()
  settings.put('setting', 'a', { value: 1 })
  await store.commit(settings)

  const giveBack = await fill(disk, MIB)
  await appendUntilFull(store, log)
  const accepted = log.head.seq
  assert.ok(accepted > 1)
  await assert.rejects(log.append(store, text()), { code: 'disk_full' })
  log.head = (await store.heads())[0]?.head ?? log.head
  assert.equal(log.head.seq, accepted, 'what failed is not there')
  assert.deepEqual(plainRun(await store.readRun(conversation, device, 1)), plainRun(first))
  assert.deepEqual(store.get('setting', 'a'), { value: 1 })

  await giveBack()
  const reading = store.readPage(conversation, device, 1, accepted)
  await log.append(store, text())
  assert.ok(await reading, 'reading goes on while the database is reopened')
  for (let i = 0; i < 20; i++) await log.append(store, text())
  await store.close()

  const again = await open(directory)
  t.after(() => again.close())
  assert.deepEqual(again.damage, [])
  assert.equal((await again.heads())[0]?.head.seq, accepted + 21)
  for (let seq = 1; seq <= accepted + 21; seq++) {
    assert.equal((await again.readRun(conversation, device, seq))?.first, seq)
  }
})

test('a database opens on a full disk by the room kept in reserve', async (t) => {
  const disk = await smallDisk(t)
  if (!disk) return
  const directory = path.join(disk, 'db')
  const reserve = path.join(directory, 'reserve')
  const store = await open(directory, { create: true })
  const log = new SampleLog()
  for (let i = 0; i < 40; i++) await log.append(store, text())
  await store.close()
  assert.ok(existsSync(reserve))

  const giveBack = await fill(disk, 0)
  const full = await open(directory)
  assert.ok(!existsSync(reserve))
  const page = await full.readPage(log.conversation, log.device, 40, 40)
  assert.equal(page?.first, 40)
  await giveBack()
  await new SampleLog().append(full, text())
  assert.ok(existsSync(reserve), 'it is kept again as soon as there is room, without a restart')
  await full.close()

  const after = await open(directory)
  t.after(() => after.close())
  assert.ok(existsSync(reserve))
  assert.deepEqual(after.damage, [])
})
