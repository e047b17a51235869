import assert from 'node:assert/strict'
import { chmod, cp, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { test, type TestContext } from 'node:test'

import { silentLogger } from '../../src/core/logger.ts'
import { folderOfProfile, profileOfFolder } from '../../src/core/profile-names.ts'
import { Profiles } from '../../src/store/profiles.ts'
import { open, random, sampleIdentity, temporaryFolder } from './samples.ts'

async function newProfiles(t: TestContext): Promise<{ dataDir: string; profiles: Profiles }> {
  const dataDir = await temporaryFolder(t)
  return { dataDir, profiles: profilesIn(dataDir) }
}

function profilesIn(dataDir: string): Profiles {
  const components = { random, nowMs: () => Date.now(), log: silentLogger }
  return new Profiles(components, { dataDir })
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
    const change = profiles.changePassword('a', wrong, 'other')
    await assert.rejects(change, { code: 'wrong_password' })
  }
  await assert.rejects(profiles.changePassword('a', 'secret', ''), { code: 'bad_input' })
  assert.equal(await readFile(file, 'utf8'), before)
  assert.equal((await profiles.unlock('a', 'secret')).byteLength, 32)
})

test('a password can be changed, removed and set; the data key stays the same', async (t) => {
  const { dataDir, profiles } = await newProfiles(t)
  await profiles.create({ name: 'a', password: 'one', identity: sampleIdentity('Zoe') })
  const file = path.join(dataDir, 'profiles', 'a', 'profile.json')
  const salt = async (): Promise<string> => /"salt": "(.*)"/.exec(await readFile(file, 'utf8'))![1]!
  const [key, firstSalt] = [await profiles.unlock('a', 'one'), await salt()]
  const hex = Buffer.from(key).toString('hex')
  assert.ok(!(await readFile(file, 'utf8')).includes(hex))

  await profiles.changePassword('a', 'one', 'zwei ä')
  assert.notEqual(await salt(), firstSalt)
  await assert.rejects(profiles.unlock('a', 'one'), { code: 'wrong_password' })
  assert.deepEqual(Buffer.from(await profiles.unlock('a', 'zwei a\u0308')), Buffer.from(key))

  await profiles.changePassword('a', 'zwei ä')
  const [listed] = await profiles.list()
  assert.deepEqual([listed?.displayName, listed?.locked], ['Zoe', false])
  assert.deepEqual(Buffer.from(await profiles.unlock('a')), Buffer.from(key))

  await profiles.changePassword('a', undefined, 'three')
  await assert.rejects(profiles.unlock('a'), { code: 'profile_locked' })
  assert.ok(!(await readFile(file, 'utf8')).includes(hex), 'the bare key is gone')
  assert.deepEqual(Buffer.from(await profiles.unlock('a', 'three')), Buffer.from(key))
  assert.deepEqual(await readdir(path.dirname(file)), ['db', 'profile.json'])
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

  await writeFile(file, text.replace('"format": 1', '"format": 2, "new": true'))
  await assert.rejects(profiles.unlock('a'), { code: 'database_newer' })
  for (const damaged of ['', '{', '{"format": 1}', text.replace('"name"', '"nam"')]) {
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
  await chmod(folder, 0)
  // Root can read everything: be nobody meanwhile.
  const isRoot = process.getuid?.() === 0
  if (isRoot) process.seteuid?.(65534)
  try {
    await assert.rejects(profiles.unlock('a'), { code: 'home_unusable' })
    const directory = profiles.databaseDirectory('a')
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
