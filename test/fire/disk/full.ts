// A full disk, for real: a node whose home lies on a small file system of its own. It says that the
// disk is full, keeps nothing of what it refused, goes on reading, and goes on writing by itself
// once there is room.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, open, rmdir, statfs, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { type Client, isTidingsError } from '../../../src/api/client.ts'
import { introduce, Person, waitUntil } from '../../e2e/harness.ts'
import { tell } from '../table.ts'
import { assertNothingUncaught, assertWholeLogs, wholeHistory } from './history.ts'

const MIB = 1024 * 1024
const SMALL_MIB = 64
const LARGE_MIB = 160
/** A node whose disk has room again goes on within this time; peers may take a try longer. */
const RESUME_MS = 5000
const CONVERGE_MS = 15_000

function run(command: string, ...args: string[]): void {
  execFileSync(command, args, { stdio: 'ignore' })
}

function mount(options: string, folder: string): void {
  run('mount', '-t', 'tmpfs', '-o', options, 'tidings-fire', folder)
}

/** Somebody whose home is the only thing on a small disk; undefined where none can be made. */
async function onSmallDisk(t: TestContext): Promise<[Person, string] | undefined> {
  const disk = await mkdtemp(path.join(tmpdir(), 'tidings-fire-disk-'))
  try {
    mount(`size=${SMALL_MIB}m`, disk)
  } catch {
    await rmdir(disk)
    t.skip('mounting a small disk needs root')
    return undefined
  }
  const person = new Person('ann', path.join(disk, 'home'))
  t.after(async () => {
    await person.end()
    run('umount', '-l', disk)
    await rmdir(disk)
  })
  await mkdir(person.home)
  await writeFile(path.join(person.home, 'config.toml'), '[mdns]\nenabled = false\n')
  return [person, disk]
}

async function fill(disk: string, leave: number): Promise<void> {
  const { bavail, bsize } = await statfs(disk)
  const handle = await open(path.join(disk, `ballast-${leave}`), 'w')
  await handle.writeFile(Buffer.alloc(Math.max(0, bavail * bsize - leave), 1))
  await handle.close()
}

const isFull = (error: unknown): boolean =>
  isTidingsError(error, 'disk_full') && /disk is full/.test(error.message)

/** Sends until the disk is full; the texts that were accepted. */
async function sendUntilFull(client: Client, to: string): Promise<string[]> {
  const accepted: string[] = []
  for (let i = 0; i < 1000; i++) {
    const text = `${i} ${'x'.repeat(16_000)}`
    try {
      await client.send({ to, text })
      accepted.push(text)
    } catch (error) {
      assert.ok(isFull(error), String(error))
      return accepted
    }
  }
  return assert.fail('the disk never got full')
}

async function fullDisk(t: TestContext): Promise<void> {
  const found = await onSmallDisk(t)
  if (!found) return
  const [ann, disk] = found
  const bob = await Person.create(t, 'bob')
  const ready = await ann.start('--accept', 'auto')
  const bobReady = await bob.start('--accept', 'auto')
  await introduce(ann, bob, bobReady)
  const [atAnn, atBob] = [await ann.connect(t), await bob.connect(t)]
  const [a, b] = [ready.account, bobReady.account]
  await atAnn.send({ to: b, text: 'while there is room' })

  await fill(disk, 2 * MIB)
  const accepted = ['while there is room', ...(await sendUntilFull(atAnn, b))]
  await assert.rejects(atAnn.send({ to: b, text: 'refused' }), isFull)
  await fill(disk, 0).catch(() => {})
  await assert.rejects(atAnn.send({ to: b, text: 'refused' }), isFull)
  const there = (await wholeHistory(atAnn, b)).map(({ text }) => text)
  assert.ok(there.join() === accepted.join(), 'what was accepted can be read, and nothing else')
  for (let i = 0; i < 20; i++) await atBob.send({ to: a, text: `bob ${i}` })
  // The peer's messages cannot be kept either; that must neither end the node nor be told as kept.
  await sleep(3000)
  const told = (await wholeHistory(atBob, a)).filter(({ own }) => own)
  assert.ok(told.every(({ state }) => state === 'queued'))
  assert.equal((await atAnn.status()).pid, ready.pid, 'the same process')

  mount(`remount,size=${LARGE_MIB}m`, disk)
  const roomAt = Date.now()
  let resumedMs = 0
  const sends = async (): Promise<boolean> => {
    try {
      await atAnn.send({ to: b, text: 'there is room again' })
      resumedMs = Date.now() - roomAt
      return true
    } catch (error) {
      assert.ok(isFull(error), String(error))
      return false
    }
  }
  await waitUntil(sends, 'sending works again', RESUME_MS)
  accepted.push('there is room again')
  const own = (texts: readonly { author: string; text: string }[]): string =>
    texts
      .filter(({ author }) => author === a)
      .map(({ text }) => text)
      .join()
  const isSame = async (): Promise<boolean> => {
    const [at, by] = [await wholeHistory(atAnn, b), await wholeHistory(atBob, a)]
    if (at.length !== accepted.length + 20 || at.length !== by.length) return false
    assertWholeLogs(at, 'ann')
    return (
      own(by) === accepted.join() && at.map(({ id }) => id).join() === by.map(({ id }) => id).join()
    )
  }
  await waitUntil(isSame, 'both have all that was accepted', CONVERGE_MS)
  const { pid, damage } = await atAnn.status()
  assert.equal(pid, ready.pid, 'without a restart')
  assert.deepEqual(damage, [])
  for (const person of [ann, bob]) assertNothingUncaught(person)
  await ann.json('stop')
  await ann.start('--accept', 'auto')
  const again = await ann.connect(t)
  assert.deepEqual((await again.status()).damage, [])
  assert.equal((await wholeHistory(again, b)).length, accepted.length + 20)
  tell(t, {
    fault: 'disk full, then larger',
    dose: `${SMALL_MIB} MiB, ${accepted.length} messages until full`,
    result:
      `refused as disk_full, history read on; sends again after ${resumedMs} ms, ` +
      `together after ${Date.now() - roomAt} ms; 0 lost`,
  })
}

export function fullTests(): void {
  test('a full disk refuses, reads on, and is forgotten when there is room', fullDisk)
}
