import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { argon2Sync } from 'node:crypto'
import { once } from 'node:events'
import {
  chmod,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  rmdir,
  stat,
  statfs,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { isTidingsError, TidingsError } from '../../../src/core/errors.ts'
import { RESERVE_BYTES } from '../../../src/core/limits.ts'
import { silentLogger } from '../../../src/core/logger.ts'
import { folderOfProfile, profileOfFolder } from '../../../src/core/profile-names.ts'
import { writeBackup } from '../../../src/store/backup/backup-export.ts'
import { logIdOf, runKey } from '../../../src/store/keys.ts'
import { Profiles } from '../../../src/store/profile/profiles.ts'
import { Sealer } from '../../../src/store/seal.ts'
import { flip, tamper } from '../repair/tamper.ts'
import { open, random, SampleLog, sampleIdentity, temporaryFolder } from '../samples.ts'

async function newProfiles(t: TestContext): Promise<{ dataDir: string; profiles: Profiles }> {
  const dataDir = await temporaryFolder(t)
  return { dataDir, profiles: profilesIn(dataDir) }
}

function profilesIn(dataDir: string): Profiles {
  const components = { random, nowMs: () => Date.now(), log: silentLogger }
  return new Profiles(components, { dataDir })
}

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

/** Appends entries, each in a run of its own, to profile `a`. */
async function fill(
  profiles: Profiles,
  password: string | undefined,
  log: SampleLog,
  count: number,
): Promise<void> {
  const store = await profiles.open('a', password)
  for (let i = 0; i < count; i++) await log.append(store, [`entry ${log.head.seq + 1}`])
  await store.close()
}

/** A first password in a process that is killed so long after it said those words. */
async function killedRekey(dataDir: string, words: string, afterMs: number): Promise<void> {
  const script = path.join(import.meta.dirname, 'rekeyer.ts')
  const child = spawn(process.execPath, [script, dataDir, 'new'], { stdio: 'pipe' })
  const exited = once(child, 'exit')
  let said = ''
  for await (const chunk of child.stdout) {
    said += String(chunk)
    if (!said.includes(words)) continue
    await sleep(afterMs)
    child.kill('SIGKILL')
  }
  await exited
  assert.ok(said.includes(words), said)
}

const codeOf = (error: unknown): string => (isTidingsError(error) ? error.code : String(error))

/** A file system of a few MiB; undefined when this user may not make one. */
async function smallDisk(t: TestContext): Promise<string | undefined> {
  const folder = await mkdtemp(path.join(tmpdir(), 'tidings-rekey-'))
  const size = `size=${6 * RESERVE_BYTES}`
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', size, 'tidings-rekey', folder])
  t.after(async () => {
    if (status === 0) spawnSync('umount', ['-l', folder])
    await rmdir(folder)
  })
  if (status === 0) return folder
  t.skip('mounting a small disk needs root')
  return undefined
}

test('a created profile is listed, unlocks, and its database holds its identity', async (t) => {
  const { profiles } = await newProfiles(t)
  assert.deepEqual(await profiles.list(), [])
  const identity = sampleIdentity('Ann')
  await profiles.create({ name: 'Ann', identity })
  await profiles.create({ name: 'bob b', password: 'secret', identity: sampleIdentity('Bob') })
  assert.deepEqual(await profiles.list(), [
    { name: 'Ann', displayName: 'Ann', locked: false, problem: undefined },
    { name: 'bob b', displayName: 'Bob', locked: true, problem: undefined },
  ])
  const key = await profiles.unlock('Ann')
  const store = await open(profiles.databaseDirectory('Ann'), { key })
  t.after(() => store.close())
  assert.equal(store.get('identity', 'self')?.accountSeed, identity.accountSeed)
  assert.deepEqual(store.damage, [])
})

test('a password is needed, must be right, and a wrong one changes nothing', async (t) => {
  const { dataDir, profiles } = await newProfiles(t)
  await profiles.create({ name: 'a', password: 'secret', identity: sampleIdentity() })
  const file = path.join(dataDir, 'profiles', 'a', 'profile.json')
  const before = await readFile(file, 'utf8')
  await assert.rejects(profiles.unlock('a'), { code: 'profile_locked' })
  for (const wrong of ['', 'Secret', 'secret ', 'x'.repeat(2000)]) {
    await assert.rejects(profiles.unlock('a', wrong), { code: 'wrong_password' })
    const change = profiles.changePassword('a', { from: wrong, to: 'other' })
    await assert.rejects(change, { code: 'wrong_password' })
  }
  const empty = profiles.changePassword('a', { from: 'secret', to: '' })
  await assert.rejects(empty, { code: 'bad_input' })
  assert.deepEqual(await readdir(path.dirname(file)), ['db', 'lock', 'profile.json'])
  assert.equal(await readFile(file, 'utf8'), before)
  assert.equal((await profiles.unlock('a', 'secret')).byteLength, 32)
})

test('any change of password makes another data key and keeps the data', async (t) => {
  const { dataDir, profiles } = await newProfiles(t)
  const identity = sampleIdentity('Zoe')
  await profiles.create({ name: 'a', password: 'one', identity })
  const folder = path.join(dataDir, 'profiles', 'a')
  const log = new SampleLog()
  await fill(profiles, 'one', log, 40)
  const keys = new Set([hexOf(await profiles.unlock('a', 'one'))])
  for (const [from, to] of [
    ['one', 'zwei ä'],
    ['zwei a\u0308', undefined],
    [undefined, 'three'],
    ['three', 'three'],
  ]) {
    const old = profiles.databaseDirectory('a')
    assert.deepEqual(await profiles.changePassword('a', { from, to }), [])
    assert.notEqual(profiles.databaseDirectory('a'), old)
    if (to !== from && to !== undefined && !from?.startsWith('zwei')) {
      await assert.rejects(profiles.unlock('a', from), /needs its password|is wrong/)
    }
    const key = hexOf(await profiles.unlock('a', to))
    assert.ok(!keys.has(key), 'every change makes another key')
    keys.add(key)
    const kept = await readFile(path.join(folder, 'profile.json'), 'utf8')
    for (const each of keys) assert.equal(kept.includes(each), to === undefined && each === key)
    assert.deepEqual(await readdir(folder), [
      path.basename(profiles.databaseDirectory('a')),
      'lock',
      'profile.json',
    ])
    await fill(profiles, to, log, 1)
  }
  const [listed] = await profiles.list()
  assert.deepEqual([listed?.displayName, listed?.locked], ['Zoe', true])
  const store = await profiles.open('a', 'three')
  t.after(() => store.close())
  assert.deepEqual(store.damage, [])
  assert.equal(store.get('identity', 'self')?.accountSeed, identity.accountSeed)
  const [head] = await store.heads()
  assert.equal(head?.head.seq, 44)
  const page = await store.readPage(log.conversation, log.device, 1, 44)
  assert.deepEqual(
    page?.entries.map(String),
    Array.from({ length: 44 }, (_, i) => `entry ${i + 1}`),
  )
})

test('kill -9 at any moment of a change leaves one of the keys, and all data', async (t) => {
  const { dataDir, profiles } = await newProfiles(t)
  await profiles.create({ name: 'a', identity: sampleIdentity() })
  const log = new SampleLog()
  const store = await profiles.open('a')
  const text = 'x'.repeat(30_000)
  for (let i = 0; i < 30; i++)
    await log.append(
      store,
      Array.from({ length: 4 }, () => text),
    )
  await store.close()
  const folder = path.join(dataDir, 'profiles', 'a')
  const pristine = path.join(dataDir, 'pristine')
  await cp(folder, pristine, { recursive: true })
  const outcomes = new Set<string>()
  // The words after which it is killed, and how many milliseconds after.
  const moments = [
    ['begin', 0],
    ['progress 0', 0],
    ['progress 0.8', 0],
    ['progress 1', 0],
    ['progress 1', 10],
    ['progress 1', 20],
    ['progress 1', 40],
    ['done', 0],
  ] as const
  for (const [words, afterMs] of moments) {
    await rm(folder, { recursive: true })
    await cp(pristine, folder, { recursive: true })
    await killedRekey(dataDir, words, afterMs)
    const [listed] = await profiles.list()
    outcomes.add(listed?.locked ? 'new' : 'old')
    const kept = await profiles.open('a', 'new')
    assert.deepEqual(kept.damage, [], `${words} + ${afterMs} ms`)
    const [head] = await kept.heads()
    assert.equal(head?.head.seq, log.head.seq)
    for (let seq = 1; seq <= log.head.seq; seq += 4) {
      const run = await kept.readRun(log.conversation, log.device, seq)
      assert.equal(run?.entries.at(-1)?.byteLength, text.length)
    }
    await kept.close()
    assert.equal((await readdir(folder)).length, 3, 'nothing is left over after an opening')
  }
  assert.deepEqual([...outcomes].toSorted(), ['new', 'old'])
})

test('who gives a change of password up keeps the old one, until it has changed', async (t) => {
  const { dataDir, profiles } = await newProfiles(t)
  await profiles.create({ name: 'a', identity: sampleIdentity() })
  await fill(profiles, undefined, new SampleLog(), 3)
  const folder = path.join(dataDir, 'profiles', 'a')
  const before = await readdir(folder)
  const stop = new AbortController()
  const reason = new TidingsError('interrupted', 'interrupted')
  // All of it is copied by then.
  const onProgress = (share: number): void => {
    if (share === 1) stop.abort(reason)
  }
  const change = { to: 'new', onProgress, signal: stop.signal }
  await assert.rejects(profiles.changePassword('a', change), reason)
  assert.deepEqual(await readdir(folder), before)
  await (await profiles.open('a')).close()
})

test('without room for a copy the password stays, and so does everything else', async (t) => {
  const disk = await smallDisk(t)
  if (!disk) return
  const profiles = profilesIn(disk)
  await profiles.create({ name: 'a', identity: sampleIdentity() })
  const log = new SampleLog()
  const store = await profiles.open('a')
  await log.append(store, ['x'.repeat(60_000)])
  await store.close()
  const ballast = path.join(disk, 'ballast')
  const { bavail, bsize } = await statfs(disk)
  await writeFile(ballast, Buffer.alloc(bavail * bsize - RESERVE_BYTES))
  const before = await readdir(path.join(disk, 'profiles', 'a'))
  const change = profiles.changePassword('a', { to: 'p' })
  await assert.rejects(change, { code: 'disk_full', message: /takes \d+ MiB; \d+ MiB are free/ })
  assert.deepEqual(await readdir(path.join(disk, 'profiles', 'a')), before)
  await (await profiles.open('a')).close()
  const backup = { profile: 'a', file: path.join(disk, 'b'), password: 'p', force: false }
  await rm(ballast)
  const again = await profiles.open('a')
  t.after(() => again.close())
  const left = await statfs(disk)
  await writeFile(ballast, Buffer.alloc(left.bavail * left.bsize - 20_000))
  await assert.rejects(writeBackup(again, backup, { random }), { code: 'disk_full' })
  assert.deepEqual((await readdir(disk)).toSorted(), ['ballast', 'profiles'])
  await rm(ballast)
  assert.deepEqual(await profiles.changePassword('a', { to: 'p' }).catch(codeOf), 'database_busy')
})

test('whoever opens a profile while its password changes gets it whole, or a reason', async (t) => {
  const { dataDir, profiles } = await newProfiles(t)
  await profiles.create({ name: 'a', identity: sampleIdentity() })
  const seen: string[] = []
  const openers = Array.from({ length: 3 }, () => {
    const script = path.join(import.meta.dirname, 'opener.ts')
    const child = spawn(process.execPath, [script, dataDir], { stdio: ['pipe', 'pipe', 'inherit'] })
    t.after(() => child.kill('SIGKILL'))
    child.stdout.on('data', (chunk: Buffer) => {
      seen.push(...String(chunk).trim().split('\n'))
    })
    return child
  })
  await Promise.all(openers.map((child) => once(child.stdout, 'data')))
  // Without passwords, since making keys of them takes most of the time.
  for (let changed = 0; changed < 5;) {
    const outcome = await profiles.changePassword('a', {}).then(() => 'changed', codeOf)
    if (outcome === 'changed') changed += 1
    else assert.equal(outcome, 'database_busy')
  }
  const over = openers.map((child) => once(child, 'close'))
  for (const child of openers) child.stdin.end()
  await Promise.all(over)
  assert.deepEqual([...new Set(seen)].toSorted(), ['database_busy', 'opened'])
  await (await profiles.open('a')).close()
})

test('what a thief had of old opens nothing that is there after a change', async (t) => {
  const { dataDir, profiles } = await newProfiles(t)
  await profiles.create({ name: 'a', identity: sampleIdentity() })
  const folder = path.join(dataDir, 'profiles', 'a')
  const stolen = await readFile(path.join(folder, 'profile.json'))
  const bare = await profiles.unlock('a')
  await profiles.changePassword('a', { to: 'first' })
  await assert.rejects(open(profiles.databaseDirectory('a'), { key: bare }), {
    code: 'database_damaged',
  })
  // And with the stolen file put in place of the new one nothing opens either, and nothing is lost.
  const current = await readFile(path.join(folder, 'profile.json'))
  await writeFile(path.join(folder, 'profile.json'), stolen)
  await assert.rejects(profiles.open('a'), { code: 'database_damaged' })
  await writeFile(path.join(folder, 'profile.json'), current)
  await (await profiles.open('a', 'first')).close()
})

test('stored Argon2 parameters are used, and raised to those of now by a change', async (t) => {
  const { dataDir, profiles } = await newProfiles(t)
  await profiles.create({ name: 'a', password: 'p', identity: sampleIdentity() })
  const file = path.join(dataDir, 'profiles', 'a', 'profile.json')
  const profile = JSON.parse(await readFile(file, 'utf8')) as { key: Record<string, unknown> }
  const { memoryKib, passes, lanes } = profile.key
  const weak = { memory: 64, passes: 1, parallelism: 1 }
  const nonce = random(16)
  const wrapping = argon2Sync('argon2id', { message: 'p', nonce, tagLength: 32, ...weak })
  const key = await profiles.unlock('a', 'p')
  const sealed = new Sealer(wrapping, random).seal(Buffer.from('tidings/data key/1'), key)
  const [salt, base64] = [Buffer.from(nonce).toString('base64'), sealed.toString('base64')]
  const old = { kdf: 'argon2id', memoryKib: 64, passes: 1, lanes: 1, salt, sealed: base64 }
  await writeFile(file, JSON.stringify({ ...profile, key: old }))
  assert.deepEqual(Buffer.from(await profiles.unlock('a', 'p')), Buffer.from(key))
  await profiles.changePassword('a', { from: 'p', to: 'p' })
  const { key: raised } = JSON.parse(await readFile(file, 'utf8')) as typeof profile
  assert.deepEqual(
    [raised['memoryKib'], raised['passes'], raised['lanes']],
    [memoryKib, passes, lanes],
  )
  assert.deepEqual([memoryKib, passes, lanes], [65536, 3, 4])
  await profiles.unlock('a', 'p')
})

test('a database in use keeps its password; what is damaged is carried over as that', async (t) => {
  const { profiles } = await newProfiles(t)
  await profiles.create({ name: 'a', password: 'p', identity: sampleIdentity() })
  const log = new SampleLog()
  await fill(profiles, 'p', log, 3)
  const store = await profiles.open('a', 'p')
  const change = { from: 'p', to: 'q' }
  await assert.rejects(profiles.changePassword('a', change), { code: 'database_busy' })
  await store.close()
  const id = logIdOf(log)
  await tamper(profiles.databaseDirectory('a'), (level) => flip(level, runKey(id, 2)))
  // The middle of a log is not looked at by an opening, so nothing is reported here.
  assert.deepEqual(await profiles.changePassword('a', change), [])
  const changed = await profiles.open('a', 'q')
  t.after(() => changed.close())
  const read = (seq: number) => changed.readRun(log.conversation, log.device, seq)
  assert.equal(String((await read(1))?.entries[0]), 'entry 1')
  await assert.rejects(read(2), { code: 'database_damaged' })
})

test('a profile of the former format opens, and has this one after a new password', async (t) => {
  const { dataDir, profiles } = await newProfiles(t)
  await profiles.create({ name: 'a', identity: sampleIdentity() })
  const file = path.join(dataDir, 'profiles', 'a', 'profile.json')
  const { database: _, ...profile } = JSON.parse(await readFile(file, 'utf8')) as object & {
    database: string
  }
  await writeFile(file, JSON.stringify({ ...profile, format: 1 }))
  await (await profiles.open('a')).close()
  await profiles.changePassword('a', { to: 'p' })
  assert.match(await readFile(file, 'utf8'), /"format": 2/)
  await (await profiles.open('a', 'p')).close()
})

test('of profiles created at once exactly one is made, and nothing is left over', async (t) => {
  const { dataDir, profiles } = await newProfiles(t)
  const results = await Promise.allSettled(
    Array.from({ length: 4 }, (_, i) =>
      profilesIn(dataDir).create({ name: 'x', identity: sampleIdentity(`${i}`) }),
    ),
  )
  const failures = results.filter((result) => result.status === 'rejected')
  assert.equal(failures.length, 3)
  for (const { reason } of failures) {
    assert.equal((reason as { code?: string }).code, 'profile_exists')
  }
  assert.deepEqual(await readdir(path.join(dataDir, 'profiles')), ['x'])
  await profiles.unlock('x')
  await assert.rejects(profiles.create({ name: 'x', identity: sampleIdentity() }), {
    code: 'profile_exists',
  })
})

test('folders are 0700 and files 0600, those that LevelDB makes later too', async (t) => {
  const { dataDir, profiles } = await newProfiles(t)
  await profiles.create({ name: 'a', password: 'p', identity: sampleIdentity() })
  await profiles.create({ name: 'b', identity: sampleIdentity() })
  const store = await open(profiles.databaseDirectory('b'), { key: await profiles.unlock('b') })
  await store.close()
  const root = path.join(dataDir, 'profiles')
  const names = await readdir(root, { recursive: true })
  assert.ok(names.some((name) => name.endsWith('.ldb')) && names.includes('b/db/CURRENT'))
  for (const name of ['', ...names]) {
    const info = await stat(path.join(root, name))
    assert.equal((info.mode & 0o777).toString(8), info.isDirectory() ? '700' : '600', name)
  }
})

test('names are checked, and every good one has a folder of its own on any file system', () => {
  const good = [
    'a',
    'Ann',
    'ann',
    'ANN',
    'Ännchen',
    'x y',
    'a.b',
    'con',
    'con.x',
    '-_',
    '漢字',
    '7',
  ]
  const folders = good.map(folderOfProfile)
  assert.equal(new Set(folders.map((folder) => folder.toLowerCase())).size, good.length)
  for (const folder of folders) assert.match(folder, /^(?!con$)[a-z0-9_%-]+$/)
  assert.deepEqual(folders.map(profileOfFolder), good)
  assert.equal(folderOfProfile('a\u0308'), folderOfProfile('ä'))
  const bad = [
    '',
    '.a',
    ' a',
    'a/b',
    '..',
    'a\0',
    'a\n',
    'x'.repeat(65),
    'a%41',
    'a\\b',
    '🎉',
    'a:b',
  ]
  for (const name of bad) assert.throws(() => folderOfProfile(name), { code: 'bad_name' }, name)
  for (const folder of ['%41%', 'Ann', '.new-0', '%61', 'a b']) {
    assert.equal(profileOfFolder(folder), undefined, folder)
  }
})

test('what is missing, newer, damaged or not a folder is told apart', async (t) => {
  const { dataDir, profiles } = await newProfiles(t)
  await assert.rejects(profiles.unlock('a'), { code: 'unknown_profile' })
  await profiles.create({ name: 'a', identity: sampleIdentity() })
  const folder = path.join(dataDir, 'profiles')
  const file = path.join(folder, 'a', 'profile.json')
  const text = await readFile(file, 'utf8')

  await writeFile(file, text.replace('"format": 2', '"format": 3, "new": true'))
  await assert.rejects(profiles.unlock('a'), { code: 'database_newer' })
  for (const damaged of [
    '',
    '{',
    '{"format": 1}',
    text.replace('"name"', '"nam"'),
    text.replace('"db"', '"../b"'),
  ]) {
    await writeFile(file, damaged)
    await assert.rejects(profiles.unlock('a'), { code: 'database_damaged' })
  }
  assert.match((await profiles.list())[0]?.problem ?? '', /profile\.json/)
  assert.equal(await profiles.exists('a'), true)
  assert.equal(await profiles.exists('b'), false)

  await writeFile(path.join(dataDir, 'file'), '')
  const unusable = profilesIn(path.join(dataDir, 'file'))
  for (const attempt of [
    () => unusable.list(),
    () => unusable.exists('a'),
    () => unusable.unlock('a'),
    () => unusable.create({ name: 'a', identity: sampleIdentity() }),
  ]) {
    await assert.rejects(attempt, { code: 'home_unusable' })
  }
})

test('an unreadable folder is said to be so', async (t) => {
  const { dataDir, profiles } = await newProfiles(t)
  await profiles.create({ name: 'a', identity: sampleIdentity() })
  const folder = path.join(dataDir, 'profiles', 'a')
  const directory = profiles.databaseDirectory('a')
  await chmod(folder, 0)
  // Root can read everything: be nobody meanwhile.
  const isRoot = process.getuid?.() === 0
  if (isRoot) process.seteuid?.(65534)
  try {
    await assert.rejects(profiles.unlock('a'), { code: 'home_unusable' })
    await assert.rejects(open(directory), { code: 'home_unusable' })
  } finally {
    if (isRoot) process.seteuid?.(0)
    await chmod(folder, 0o700)
  }
})

test('what an interrupted creation left goes after a while and is never listed', async (t) => {
  const { dataDir, profiles } = await newProfiles(t)
  await profiles.create({ name: 'a', identity: sampleIdentity() })
  const folder = path.join(dataDir, 'profiles')
  await mkdir(path.join(folder, '.new-0123'))
  assert.equal((await profiles.list()).length, 1)
  await profiles.create({ name: 'b', identity: sampleIdentity() })
  assert.ok((await readdir(folder)).includes('.new-0123'), 'it may still be under way')
  const components = { random, nowMs: () => Date.now() + 2 * 60 * 60 * 1000, log: silentLogger }
  await new Profiles(components, { dataDir }).create({ name: 'c', identity: sampleIdentity() })
  assert.deepEqual(await readdir(folder), ['a', 'b', 'c'])
})

test('what is still being made stays, however long that takes', async (t) => {
  const { dataDir, profiles } = await newProfiles(t)
  const identity = sampleIdentity()
  await profiles.build({ name: 'slow' }, async (store) => {
    const components = { random, nowMs: () => Date.now() + 2 * 60 * 60 * 1000, log: silentLogger }
    await new Profiles(components, { dataDir }).create({ name: 'quick', identity })
    const batch = store.batch()
    batch.put('identity', 'self', identity)
    await store.commit(batch)
    return identity
  })
  const store = await profiles.open('slow')
  t.after(() => store.close())
  assert.equal(store.get('identity', 'self')?.accountSeed, identity.accountSeed)
  assert.deepEqual((await readdir(path.join(dataDir, 'profiles'))).toSorted(), ['quick', 'slow'])
})

test('a copied profile that others can read is made private again when unlocked', async (t) => {
  const { dataDir, profiles } = await newProfiles(t)
  await profiles.create({ name: 'a', identity: sampleIdentity() })
  const [from, to] = ['a', 'b'].map((name) => path.join(dataDir, 'profiles', name)) as [
    string,
    string,
  ]
  await cp(from, to, { recursive: true })
  await chmod(to, 0o755)
  await profiles.unlock('b')
  assert.equal((await stat(to)).mode & 0o777, 0o700)
})
