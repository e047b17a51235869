// Backups between real daemons: a machine that is lost, and one that goes on beside its restored
// self. Passwords come from files, as scripts give them.
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { test, type TestContext } from 'node:test'

import type { Message } from '../../src/api/client.ts'
import { assertRefused, introduce, Person, waitUntil } from './harness.ts'

interface Imported {
  readonly profile: string
  readonly account: string
  readonly contacts: number
  readonly messages: number
}

interface Report {
  readonly complete: boolean
  readonly devices: readonly { readonly account: string; readonly forked: boolean }[]
}

/** A password file, and a place for a backup, that outlive any one home. */
function files(person: Person): { password: string; backup: string } {
  const folder = path.join(person.home, '..')
  const [password, backup] = ['password', 'ann.tidings'].map((name) => path.join(folder, name))
  assert.ok(password && backup)
  writeFileSync(password, 'correct horse battery staple\n')
  return { password, backup }
}

async function people(t: TestContext): Promise<{ ann: Person; bob: Person; account: string }> {
  const [ann, bob] = [await Person.create(t, 'ann'), await Person.create(t, 'bob')]
  const { account } = await ann.start()
  await introduce(ann, bob, await bob.start('--accept', 'auto'))
  return { ann, bob, account }
}

/** The same person on a machine of their own, from the backup. */
async function restored(
  t: TestContext,
  backup: string,
  password: string,
): Promise<{ ann: Person; imported: Imported }> {
  const ann = await Person.create(t, 'ann')
  const args = ['profile', 'import', backup, '--password-file', password, '--no-password']
  return { ann, imported: await ann.json<Imported>(...args) }
}

async function textsOf(person: Person, who: string): Promise<string[]> {
  return (await person.json<Message[]>('history', who)).map(({ text }) => text)
}

async function shows(person: Person, who: string, wanted: readonly string[]): Promise<void> {
  const words = `${person.name} shows ${wanted.join(', ')}`
  await waitUntil(async () => {
    const texts = await textsOf(person, who)
    return wanted.every((text) => texts.includes(text))
  }, words)
  assert.deepEqual((await textsOf(person, who)).toSorted(), wanted.toSorted())
}

/** Complete, nothing forked, nothing twice, and everybody in the same order. */
async function agree(everybody: readonly (readonly [Person, string])[]): Promise<void> {
  const orders = new Set<string>()
  for (const [person, who] of everybody) {
    await waitUntil(async () => {
      const reports = await person.json<Report[]>('sync')
      assert.ok(reports.every(({ devices }) => devices.every(({ forked }) => !forked)))
      return reports.every(({ complete }) => complete)
    }, `${person.name} has everything`)
    const ids = (await person.json<Message[]>('history', who)).map(({ id }) => id)
    assert.equal(new Set(ids).size, ids.length)
    orders.add(ids.join())
  }
  assert.equal(orders.size, 1, 'one order for all')
}

test('a lost machine comes back from its backup, with what was said since', async (t) => {
  const { ann, bob, account } = await people(t)
  const { password, backup } = files(ann)
  await ann.json('send', '@bob', 'before 1', '--wait', 'delivered')
  await bob.json('send', '@ann', 'before 2', '--wait', 'delivered')
  const exported = await ann.json('profile', 'export', backup, '--password-file', password)
  assert.deepEqual([exported['contacts'], exported['messages']], [1, 2])
  await ann.json('send', '@bob', 'after the backup', '--wait', 'delivered')
  await ann.end()
  await bob.json('send', '@ann', 'are you there?')

  const { ann: again, imported } = await restored(t, backup, password)
  assert.deepEqual([imported.account, imported.contacts, imported.messages], [account, 1, 2])
  assert.deepEqual(await again.json('profile', 'list'), [
    { profile: 'ann', name: 'ann', locked: false, problem: null },
  ])
  const ready = await again.start()
  assert.equal(ready.account, account, 'the same person')
  assert.deepEqual((await textsOf(again, '@bob')).slice(0, 2), ['before 1', 'before 2'])
  const since = ['before 1', 'before 2', 'after the backup', 'are you there?']
  await shows(again, '@bob', since)
  await again.json('send', '@bob', 'new machine', '--wait', 'delivered')
  await bob.json('send', '@ann', 'welcome', '--wait', 'delivered')
  for (const [person, who] of [
    [again, '@bob'],
    [bob, '@ann'],
  ] as const) {
    await shows(person, who, [...since, 'new machine', 'welcome'])
  }
  await agree([
    [again, '@bob'],
    [bob, '@ann'],
  ])
  const mine = new Set(['before 1', 'after the backup', 'new machine'])
  for (const { text, own, author, authorName } of await again.json<Message[]>('history', '@bob')) {
    assert.deepEqual([own, authorName], mine.has(text) ? [true, 'ann'] : [false, 'bob'], text)
    assert.equal(author === account, mine.has(text), text)
  }
  for (const { text, own, author } of await bob.json<Message[]>('history', '@ann')) {
    assert.deepEqual([own, author === account], [!mine.has(text), mine.has(text)], text)
  }
})

test('beside its original an import is a second device, and both go on', async (t) => {
  const { ann, bob, account } = await people(t)
  const { password, backup } = files(ann)
  await ann.json('send', '@bob', 'one', '--wait', 'delivered')
  await ann.json('profile', 'export', backup, '--password-file', password)
  const { ann: second } = await restored(t, backup, password)
  const [first, other] = [await ann.json('whoami'), await second.start()]
  assert.equal(other.account, account)
  assert.notEqual(other.peerId, first['peerId'], 'a device of its own')
  await second.json('send', '@bob', 'from the second', '--wait', 'delivered')
  await ann.json('send', '@bob', 'from the first', '--wait', 'delivered')
  await bob.json('send', '@ann', 'to both', '--wait', 'delivered')
  const all = ['one', 'from the second', 'from the first', 'to both']
  await shows(bob, '@ann', all)
  await shows(second, '@bob', all)
  await shows(ann, '@bob', all)
  await agree([
    [ann, '@bob'],
    [second, '@bob'],
    [bob, '@ann'],
  ])
  // And again once the first one was away and knows of nothing.
  await ann.json('stop')
  await second.json('send', '@bob', 'meanwhile', '--wait', 'delivered')
  await ann.start()
  await ann.json('send', '@bob', 'back', '--wait', 'delivered')
  for (const [person, who] of [
    [ann, '@bob'],
    [second, '@bob'],
    [bob, '@ann'],
  ] as const) {
    await shows(person, who, [...all, 'meanwhile', 'back'])
  }
  await agree([
    [ann, '@bob'],
    [second, '@bob'],
    [bob, '@ann'],
  ])
})

test('an export is the same with a node and without; a locked profile stays locked', async (t) => {
  const ann = await Person.create(t, 'ann')
  const { password, backup } = files(ann)
  await ann.json('profile', 'create', 'ann', '--password-file', password)
  await ann.json('profile', 'export', backup, '--password-file', password)
  await ann.start('--password-file', password)
  const twin = `${backup}2`
  await ann.json('profile', 'export', twin, '--password-file', password)
  for (const file of [backup, twin]) {
    const other = await Person.create(t, 'ann')
    const args = ['profile', 'import', file, 'Ann B', '--password-file', password]
    const imported = await other.json<Imported>(...args)
    assert.equal(imported.profile, 'Ann B')
    const listed = [{ profile: 'Ann B', name: 'ann', locked: true, problem: null }]
    assert.deepEqual(await other.json('profile', 'list'), listed)
    const started = ['--profile', 'Ann B', 'start', '--no-input']
    await assertRefused(other, started, { exit: 4, code: 'profile_locked' })
  }
  // The password is in no log, and nothing of the backup lies about.
  const { log } = await ann.json<{ log: string }>('paths')
  assert.doesNotMatch(readFileSync(log, 'utf8'), /correct horse/)
  assert.deepEqual(
    readdirSync(path.join(ann.home, '..')).filter((name) => name.startsWith('ann.')),
    ['ann.tidings', 'ann.tidings2'],
  )
})

test('a refused export has its code, with a node and without, and writes nothing', async (t) => {
  const ann = await Person.create(t, 'ann')
  const { password, backup } = files(ann)
  const wrong = `${password}.wrong`
  writeFileSync(wrong, 'battery staple\n')
  const save = (file: string, secret = password): string[] => {
    return ['profile', 'export', file, '--password-file', secret]
  }
  await assertRefused(ann, save(backup), { exit: 1, code: 'unknown_profile' })
  await ann.json('profile', 'create', 'ann', '--password-file', password)
  const unasked = ['profile', 'export', backup]
  await assertRefused(ann, unasked, { exit: 4, code: 'profile_locked', message: /password-file/ })
  for (const isRunning of [false, true]) {
    if (isRunning) await ann.start('--password-file', password)
    await assertRefused(ann, save(backup, wrong), { exit: 4, code: 'wrong_password' })
    const nowhere = path.join(ann.home, 'none', 'a')
    await assertRefused(ann, save(nowhere), { exit: 1, code: 'file_unusable' })
    assert.ok(!existsSync(backup))
    await ann.json(...save(backup))
    const before = readFileSync(backup)
    await assertRefused(ann, save(backup), { exit: 1, code: 'file_exists', message: /--force/ })
    assert.deepEqual(readFileSync(backup), before)
    await ann.json(...save(backup), '--force')
    assert.notDeepEqual(readFileSync(backup), before)
    rmSync(backup)
  }
})

test('an import that is refused has its code, and leaves no profile', async (t) => {
  const ann = await Person.create(t, 'ann')
  const { password, backup } = files(ann)
  const wrong = `${password}.wrong`
  writeFileSync(wrong, 'battery staple\n')
  await ann.json('profile', 'create', 'ann', '--no-password')
  await ann.json('profile', 'export', backup, '--password-file', password)
  const good = readFileSync(backup)
  const load = (file: string, secret = password): string[] => {
    return ['profile', 'import', file, 'b', '--password-file', secret]
  }
  const same = ['profile', 'import', backup, '--password-file', password]
  await assertRefused(ann, same, { exit: 1, code: 'profile_exists' })
  await assertRefused(ann, load(backup, wrong), { exit: 4, code: 'wrong_password' })
  await assertRefused(ann, load(`${backup}2`), { exit: 1, code: 'file_unusable' })
  const contrary = [...load(backup), '--no-password', '--new-password-file', wrong]
  await assertRefused(ann, contrary, { exit: 2, code: 'bad_input' })
  const unnamable = ['profile', 'import', backup, '../b', '--password-file', password]
  await assertRefused(ann, unnamable, { exit: 2, code: 'bad_name' })
  writeFileSync(backup, good.toString('latin1').replace('backup 1', 'backup 2'), 'latin1')
  await assertRefused(ann, load(backup), { exit: 1, code: 'backup_newer' })
  for (const damaged of [Buffer.alloc(0), good.subarray(0, -1), Buffer.concat([good, good])]) {
    writeFileSync(backup, damaged)
    await assertRefused(ann, load(backup), { exit: 1, code: 'backup_damaged' })
  }
  assert.deepEqual(readdirSync(path.join(ann.home, 'profiles')), ['ann'])
})

test('the password changes while no node runs, and the old one opens nothing then', async (t) => {
  const ann = await Person.create(t, 'ann')
  const { password } = files(ann)
  const next = `${password}.next`
  writeFileSync(next, 'battery staple\n')
  await ann.json('profile', 'create', 'ann', '--password-file', password)
  const change = ['profile', 'passwd', '--password-file', password, '--new-password-file', next]
  await ann.start('--password-file', password)
  // Of whom it is said has to be stopped, and not who is the default.
  const message = /stop it: tidings --profile ann stop/
  await assertRefused(ann, change, { exit: 1, code: 'already_running', message })
  await ann.json('stop')
  assert.deepEqual(await ann.json(...change), { profile: 'ann', name: 'ann', locked: true })
  const start = ['start', '--password-file', password]
  await assertRefused(ann, start, { exit: 4, code: 'wrong_password' })
  await ann.start('--password-file', next)
})
