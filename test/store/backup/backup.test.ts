import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import {
  mkdir,
  open as openFile,
  readdir,
  readFile,
  stat,
  truncate,
  writeFile,
} from 'node:fs/promises'
import path from 'node:path'
import { test, type TestContext } from 'node:test'

import { deadlineOf, lastKept } from '../../../src/core/deadlines.ts'
import { proveFork } from '../../../src/core/fork.ts'
import {
  type AccountId,
  type ConversationId,
  type DeviceId,
  idFromBytes,
} from '../../../src/core/id.ts'
import { BACKUP_CHUNK_BYTES } from '../../../src/core/limits.ts'
import { lastSeq, type Run } from '../../../src/core/run.ts'
import { newContact } from '../../../src/node/people/contact-record.ts'
import { makeIdentity } from '../../../src/node/people/identity.ts'
import { writeBackup } from '../../../src/store/backup/backup-export.ts'
import { BackupWriter } from '../../../src/store/backup/backup-file.ts'
import { Backup } from '../../../src/store/backup/backup-import.ts'
import { encodeJson, KIND } from '../../../src/store/backup/backup-records.ts'
import { readDeadlines } from '../../../src/store/deadlines.ts'
import { logIdOf, recordKey, runKey } from '../../../src/store/keys.ts'
import type { LevelStore } from '../../../src/store/store-level.ts'
import type { HeadRecord } from '../../../src/store/store.ts'
import { encodeEntry } from '../../../src/wire/entry.ts'
import { encodeFrame } from '../../../src/wire/frames.ts'
import { encodeRun } from '../../../src/wire/records.ts'
import { flip, tamper } from '../repair/tamper.ts'
import { newConversation, open, openNew, random, SampleLog, temporaryFolder } from '../samples.ts'

const PASSWORD = 'correct horse'
/** Guesses cost nothing here, so that the tests do not either. */
const CHEAP = { random, cost: { memoryKib: 64, passes: 1, lanes: 1 } }
const ann = makeIdentity('Ann', randomBytes(32), randomBytes(32))
const bob = makeIdentity('Bob', randomBytes(32), randomBytes(32))
const entry = (text: string): Uint8Array =>
  encodeEntry({ wallTimeMs: 1, deps: [], body: { kind: 'text', text } })
const hexes = (entries: readonly Uint8Array[] = []): string[] =>
  entries.map((each) => Buffer.from(each).toString('hex'))

interface Filled {
  readonly directory: string
  readonly store: LevelStore
  readonly logs: readonly SampleLog[]
}

/** A database with a bit of everything. */
async function filled(t: TestContext): Promise<Filled> {
  const { directory, store } = await openNew(t)
  const logs = [new SampleLog(), new SampleLog()]
  const batch = store.batch()
  batch.put('identity', 'self', ann)
  const { account, devices } = bob.devices
  const [device] = devices as [DeviceId]
  const hints = [{ device, addresses: ['/ip4/127.0.0.1/tcp/1'] }]
  const record = newContact(account, { state: 'friend', name: 'Bob', hints, devices: bob.devices })
  batch.put('contact', account, { ...record, alias: 'Bobby', verified: true })
  const token = { epoch: '0'.repeat(16), position: 3 }
  batch.put('peer', device, { device, account, addresses: ['/ip4/127.0.0.1/tcp/2'], token })
  const conversation = logs[0]!.conversation
  batch.put('read', `${account}/${conversation}`, { clock: [[device, 2]] })
  batch.put('holds', `${device}/${conversation}`, { clock: [[device, 3]] })
  const large = `${device}/${logs[1]!.conversation}`
  batch.put('holds', large, { clock: [], isSplit: true })
  batch.put('holds', `${large}/${device.charAt(0)}`, { clock: [[device, 3]] })
  batch.put('received', account, { bytes: 300 })
  batch.put('setting', 'last-port', { value: 4001 })
  batch.put('setting', 'taste', { value: 'plain' })
  await store.commit(batch)
  for (const log of logs) {
    await log.append(store, ['one', 'two'].map(entry))
    await log.append(store, [entry('three')])
  }
  return { directory, store, logs }
}

async function written(
  t: TestContext,
  store: LevelStore,
): Promise<{ file: string; folder: string }> {
  const folder = await temporaryFolder(t)
  const file = path.join(folder, 'a.tidings')
  await writeBackup(store, { profile: 'ann', file, password: PASSWORD, force: false }, CHEAP)
  return { file, folder }
}

async function restore(
  t: TestContext,
  file: string,
): Promise<{ store: LevelStore; backup: Backup; counts: { contacts: number; entries: number } }> {
  const backup = await Backup.open(file, PASSWORD)
  t.after(() => backup.close())
  const { store } = await openNew(t)
  const counts = await backup.restore(store, { ...backup.start, deviceSeed: 'd'.repeat(64) })
  return { store, backup, counts }
}

test('a backup brings back everything but what is of the old database and device', async (t) => {
  const { store, logs } = await filled(t)
  const { file, folder } = await written(t, store)
  assert.equal((await stat(file)).mode & 0o777, 0o600)
  assert.deepEqual(await readdir(folder), ['a.tidings'])
  const { store: other, backup, counts } = await restore(t, file)
  assert.deepEqual(counts, { contacts: 1, entries: 6 })
  const { accountSeed, name, profile } = backup.start
  assert.deepEqual([accountSeed, name, profile], [ann.accountSeed, 'Ann', 'ann'])
  const { account, devices } = bob.devices
  const [device] = devices as [DeviceId]
  assert.deepEqual(await other.all('contact'), await store.all('contact'))
  assert.deepEqual(await other.all('read'), await store.all('read'))
  assert.deepEqual(await other.all('holds'), await store.all('holds'))
  assert.deepEqual(await other.all('received'), await store.all('received'))
  const addresses = ['/ip4/127.0.0.1/tcp/2']
  assert.deepEqual(await other.all('peer'), [[device, { device, account, addresses }]])
  assert.deepEqual(await other.all('setting'), [['taste', { value: 'plain' }]])
  const bare = (heads: readonly HeadRecord[]) =>
    heads.map(({ conversation, device, head }) => ({
      conversation,
      device,
      seq: head.seq,
      hash: Buffer.from(head.hash).toString('hex'),
    }))
  const heads = await other.heads()
  assert.deepEqual(bare(heads), bare(await store.heads()))
  for (const { shown } of heads) assert.equal(shown, 0, 'order is made anew')
  for (const log of logs) {
    const page = await other.readPage(log.conversation, log.device, 1, 3)
    assert.deepEqual(hexes(page?.entries), hexes(['one', 'two', 'three'].map(entry)))
  }
  const bytes = await readFile(file)
  const [, deviceSeed] = [ann.accountSeed, ann.deviceSeed].map((hex) => Buffer.from(hex, 'hex'))
  assert.ok(deviceSeed && !bytes.includes(deviceSeed))
  assert.ok(!JSON.stringify(backup.start).includes(ann.deviceSeed), 'no device key leaves')
})

test('what is to disappear does so after an import too, by the clock of its author', async (t) => {
  const { store, logs } = await filled(t)
  const [log] = logs as [SampleLog]
  const body = { kind: 'text', text: 'goes', expires: 60 } as const
  await log.append(store, [encodeEntry({ wallTimeMs: 5000, deps: [], body })])
  const { file } = await written(t, store)
  const restored = await restore(t, file)
  const read = readDeadlines(restored.store, log)
  assert.equal(deadlineOf(read, 4), 65_000)
  assert.equal(deadlineOf(read, 3), 0)
  assert.equal(lastKept(read, 4, 65_000), 3)
  assert.equal(lastKept(read, 4, 64_999), 4)
})

test('a wrong password, a newer version and what is no backup are told apart', async (t) => {
  const { store } = await filled(t)
  const { file, folder } = await written(t, store)
  await assert.rejects(Backup.open(file, 'wrong'), { code: 'wrong_password' })
  const bytes = await readFile(file)
  const changed = path.join(folder, 'changed')
  for (const [content, code] of [
    [
      Buffer.from(bytes.toString('latin1').replace('backup 1\n', 'backup 2\n'), 'latin1'),
      'backup_newer',
    ],
    [
      Buffer.from(bytes.toString('latin1').replace('"lanes":1', '"lanes":2'), 'latin1'),
      'backup_damaged',
    ],
    [Buffer.from('tidings backup 1\n{}\n'), 'backup_damaged'],
    [Buffer.from('something else'), 'backup_damaged'],
    [Buffer.alloc(0), 'backup_damaged'],
    [randomBytes(100_000), 'backup_damaged'],
  ] as const) {
    await writeFile(changed, content)
    await assert.rejects(Backup.open(changed, PASSWORD), { code })
  }
  await assert.rejects(Backup.open(folder, PASSWORD), { code: 'file_unusable' })
  await assert.rejects(Backup.open(path.join(folder, 'none'), PASSWORD), { code: 'file_unusable' })
})

test('a cut, a changed bit, chunks in another order or of another backup are found', async (t) => {
  const { store, logs } = await filled(t)
  const long = entry('x'.repeat(30_000))
  for (let i = 0; i < 4; i++) await logs[0]!.append(store, [long, long, long])
  const { file, folder } = await written(t, store)
  const { file: twin } = await written(t, store)
  const bytes = await readFile(file)
  const header = bytes.indexOf('\n', bytes.indexOf('\n', bytes.indexOf('\n') + 1) + 1) + 1
  const sealed = BACKUP_CHUNK_BYTES + 16
  const chunk = (n: number, of = bytes): Buffer =>
    of.subarray(header + n * sealed, header + (n + 1) * sealed)
  const chunks = Math.ceil((bytes.byteLength - header) / sealed)
  assert.ok(chunks > 3)
  const start = bytes.subarray(0, header)
  const rest = bytes.subarray(header + 2 * sealed)
  const other = await readFile(twin)
  const spoilt = path.join(folder, 'spoilt')
  const cases: [string, Buffer][] = [
    ['without its end', bytes.subarray(0, bytes.byteLength - 1)],
    ['cut between chunks', bytes.subarray(0, header + 2 * sealed)],
    ['cut in a tag', bytes.subarray(0, header + sealed - 3)],
    ['only a header', start],
    ['a header without its last byte', start.subarray(0, header - 1)],
    ['with more behind it', Buffer.concat([bytes, Buffer.alloc(9)])],
    ['two chunks swapped', Buffer.concat([start, chunk(1), chunk(0), rest])],
    ['a chunk twice', Buffer.concat([start, chunk(0), chunk(0), rest])],
    ['a chunk left out', Buffer.concat([start, chunk(0), rest])],
    ['a chunk of another backup', Buffer.concat([start, chunk(0), chunk(1, other), rest])],
    [
      'the header of another backup',
      Buffer.concat([other.subarray(0, header), chunk(0), chunk(1), rest]),
    ],
  ]
  for (let i = 0; i < 40; i++) {
    const flipped = Buffer.from(bytes)
    const at =
      i < 20
        ? Math.floor((i / 20) * header)
        : header + Math.floor(((i - 20) / 20) * (bytes.byteLength - header))
    flipped[at] = flipped[at]! ^ (1 << (i % 8))
    cases.push([`bit ${i % 8} of byte ${at}`, flipped])
  }
  for (const [what, content] of cases) {
    await writeFile(spoilt, content)
    await assert.rejects(restore(t, spoilt), { code: /^backup_(damaged|newer)$/ }, what)
  }
})

test('a file that is there stays, unless it is forced, and a failure leaves nothing', async (t) => {
  const { store } = await filled(t)
  const { file, folder } = await written(t, store)
  const before = await readFile(file)
  const backup = { profile: 'ann', file, password: PASSWORD, force: false }
  await assert.rejects(writeBackup(store, backup, CHEAP), { code: 'file_exists' })
  assert.deepEqual(await readFile(file), before)
  await writeBackup(store, { ...backup, force: true }, CHEAP)
  assert.notDeepEqual(await readFile(file), before)
  const nowhere = { ...backup, file: path.join(folder, 'none', 'a') }
  await assert.rejects(writeBackup(store, nowhere, CHEAP), { code: 'file_unusable' })
  await mkdir(path.join(folder, 'sub'))
  const onFolder = { ...backup, file: path.join(folder, 'sub'), force: true }
  await assert.rejects(writeBackup(store, onFolder, CHEAP), { code: 'file_unusable' })
  const stopped = writeBackup(store, { ...backup, force: true }, CHEAP, AbortSignal.abort())
  await assert.rejects(stopped, { code: 'interrupted' })
  const empty = { ...backup, force: true, password: '' }
  await assert.rejects(writeBackup(store, empty, CHEAP), { code: 'bad_input' })
  assert.deepEqual((await readdir(folder)).toSorted(), ['a.tidings', 'sub'])
})

test('of a damaged database the backup holds what can be read, and says what not', async (t) => {
  const { directory, store, logs } = await filled(t)
  await store.close()
  const log = logs[0]!
  const id = logIdOf(log)
  await appendTo(directory, log)
  await tamper(directory, (level) => flip(level, runKey(id, 3)))
  const damaged = await open(directory)
  t.after(() => damaged.close())
  const file = path.join(await temporaryFolder(t), 'b')
  const backup = { profile: 'ann', file, password: PASSWORD, force: false }
  const { damage, entries } = await writeBackup(damaged, backup, CHEAP)
  assert.match(damage.join('\n'), /^2 entries of \w{52} in \w{52} cannot be read/)
  const { store: other, counts } = await restore(t, file)
  assert.deepEqual([entries, counts.entries], [5, 5])
  const page = await other.readPage(log.conversation, log.device, 1, 9)
  assert.deepEqual(hexes(page?.entries), hexes(['one', 'two'].map(entry)))
})

async function appendTo(directory: string, log: SampleLog): Promise<void> {
  const store = await open(directory)
  await log.append(store, [entry('four')])
  await store.close()
}

test('a backup that somebody made up brings in nothing that is not signed and valid', async (t) => {
  const folder = await temporaryFolder(t)
  const log = new SampleLog()
  const { conversation, device } = log
  const good = log.next([entry('one')])
  const head = { seq: log.head.seq, hash: log.head.hash }
  const bad = new SampleLog(conversation).next(['no entry'])
  const start = { profile: 'x', ...ann }
  const body = (value: object) => encodeJson(value as never)
  const record = (kind: string, key: string, value: object) =>
    [KIND.record, body({ kind, key, value })] as const
  const begin = [KIND.log, body({ conversation, device, forked: false })] as const
  const run = (of: Run) => [KIND.run, encodeRun(of)] as const
  const end = [KIND.head, body(head)] as const
  const stranger = idFromBytes<AccountId>(randomBytes(32))
  const contact = newContact(bob.devices.account, { state: 'friend', devices: bob.devices })
  const signature = randomBytes(64)
  const key = { epoch: 1, key: randomBytes(32), isProven: true }
  const keys = (id: string, ...some: readonly object[]) =>
    [[KIND.start, body(start)], record('group_key', id, { keys: some })] as const
  const forged = { ...contact, devices: { ...bob.devices, version: 9 } }
  const cases: Record<string, readonly (readonly [number, Uint8Array])[]> = {
    'a key of another account': [[KIND.start, body({ ...start, accountSeed: bob.accountSeed })]],
    'a device list that is not signed': [
      [KIND.start, body({ ...start, devices: { ...ann.devices, signature } })],
    ],
    'a name with a control character': [[KIND.start, body({ ...start, name: 'a\u001b' })]],
    'no identity': [begin],
    'a second identity': [
      [KIND.start, body(start)],
      [KIND.start, body(start)],
    ],
    'an unknown kind': [
      [KIND.start, body(start)],
      [99, Buffer.alloc(0)],
    ],
    'an identity as a record': [[KIND.start, body(start)], record('identity', 'self', ann)],
    'a contact with a forged list': [
      [KIND.start, body(start)],
      record('contact', contact.account, forged),
    ],
    'a contact under another key': [
      [KIND.start, body(start)],
      record('contact', stranger, contact),
    ],
    'a setting of another device': [
      [KIND.start, body(start)],
      record('setting', 'last-port', { value: 1 }),
    ],
    'a clock that is none': [
      [KIND.start, body(start)],
      record('read', `${stranger}/${conversation}`, { clock: [['x', 1]] }),
    ],
    'a key that is too short': keys(conversation, { ...key, key: randomBytes(31) }),
    'a key of an epoch that there is not': keys(conversation, { ...key, epoch: 65_536 }),
    'a key that is not said to be proven or not': keys(conversation, { epoch: 1, key: key.key }),
    'more keys than there are': keys(conversation, key, key, key, key, key),
    'a key of no group': keys('crew', key),
    'a run without a log': [[KIND.start, body(start)], run(good)],
    'a run of another log': [
      [KIND.start, body(start)],
      [KIND.log, body({ conversation, device: bob.devices.devices[0], forked: false })],
      run(good),
    ],
    'a run that is not signed': [[KIND.start, body(start)], begin, run({ ...good, signature })],
    'a run twice': [[KIND.start, body(start)], begin, run(good), run(good), end],
    'an entry that is none': [
      [KIND.start, body(start)],
      [KIND.log, body({ conversation, device: bad.device, forked: false })],
      run(bad),
    ],
    'a log without an end': [[KIND.start, body(start)], begin, run(good)],
    'a log with another end': [
      [KIND.start, body(start)],
      begin,
      run(good),
      [KIND.head, body({ seq: 1, hash: randomBytes(32) })],
    ],
    'a log that should be longer': [
      [KIND.start, body(start)],
      begin,
      run(good),
      [KIND.head, body({ ...head, seq: 2 })],
    ],
    'a log twice': [[KIND.start, body(start)], begin, run(good), end, begin],
  }
  for (const [what, records] of Object.entries(cases)) {
    const file = await made(folder, records)
    await assert.rejects(restore(t, file), { code: 'backup_damaged' }, what)
  }
  const whole = await made(folder, [[KIND.start, body(start)], begin, run(good), end])
  assert.deepEqual((await restore(t, whole)).counts, { contacts: 0, entries: 1 })
  const { store } = await restore(t, await made(folder, keys(conversation, key)))
  assert.deepEqual(hexes([store.get('group_key', conversation)?.keys[0]?.key ?? Buffer.of()]), [
    key.key.toString('hex'),
  ])
  assert.equal(store.keyring.chains(conversation).length, 1, 'it opens entries at once')
})

async function made(
  folder: string,
  records: readonly (readonly [number, Uint8Array])[],
): Promise<string> {
  const file = path.join(folder, 'made')
  await writeFile(file, '')
  const handle = await openFile(file, 'w')
  const writer = await BackupWriter.begin(handle, PASSWORD, CHEAP)
  for (const [kind, body] of records) await writer.write({ kind, body })
  await writer.finish()
  await handle.close()
  return file
}

test('a fork comes with its proof, and only with one', async (t) => {
  const { store } = await openNew(t)
  const seed = randomBytes(32)
  const conversation = idFromBytes<ConversationId>(randomBytes(32))
  const [log, twin] = [new SampleLog(conversation, seed), new SampleLog(conversation, seed)]
  const held = await log.append(store, [entry('this')])
  const proof = proveFork(held, twin.next([entry('that')]))
  assert.ok(proof)
  const frame = encodeFrame({ type: 'fork', proof, held: 1 })
  const record = { proof: Buffer.from(frame).toString('base64'), foundAtMs: 7 }
  const key = `${conversation}/${log.device}`
  const batch = store.batch()
  batch.put('identity', 'self', ann)
  batch.put('fork', key, record)
  batch.putHead(log.record({ forked: true }))
  await store.commit(batch)
  const { store: other } = await restore(t, (await written(t, store)).file)
  assert.deepEqual(await other.all('fork'), [[key, record]])
  assert.equal((await other.heads())[0]?.forked, true)
  const misplaced = store.batch()
  misplaced.put('fork', `${conversation}/${bob.devices.devices[0]}`, record)
  await store.commit(misplaced)
  const { file } = await written(t, store)
  await assert.rejects(restore(t, file), { code: 'backup_damaged' })
})

test('an own fork whose proof cannot be read keeps no backup from being made', async (t) => {
  const { directory, store } = await openNew(t)
  const log = new SampleLog(newConversation(), Buffer.from(ann.deviceSeed, 'hex'))
  await log.append(store, [entry('this')])
  const key = `${log.conversation}/${log.device}`
  const batch = store.batch()
  batch.put('identity', 'self', ann)
  batch.put('fork', key, { proof: '', foundAtMs: 7 })
  batch.putHead(log.record({ forked: true }))
  await store.commit(batch)
  await store.close()
  await tamper(directory, (level) => flip(level, recordKey('fork', key)))
  const again = await open(directory)
  t.after(() => again.close())
  const { store: other } = await restore(t, (await written(t, again)).file)
  const [head] = await other.heads()
  assert.deepEqual([head?.head.seq, head?.forked], [1, true])
})

test('100,000 messages, many in a run of their own, go out and come back in seconds', async (t) => {
  const { store } = await openNew(t)
  const identity = store.batch()
  identity.put('identity', 'self', ann)
  await store.commit(identity)
  const log = new SampleLog()
  const [COUNT, SINGLE] = [100_000, 20_000]
  const texts = Array.from({ length: COUNT }, (_, i) => entry(`message ${i}`))
  for (let at = 0; at < COUNT;) {
    const batch = store.batch()
    for (const stop = at + 5000; at < stop;) {
      const count = at < SINGLE ? 1 : 500
      batch.putRun(log.next(texts.slice(at, at + count)))
      at += count
    }
    batch.putHead(log.record({ shown: 0, logical: 0 }))
    await store.commit(batch)
  }
  const begunAt = performance.now()
  let lastAt = begunAt
  let lagMs = 0
  const watch = setInterval(() => {
    lagMs = Math.max(lagMs, performance.now() - lastAt)
    lastAt = performance.now()
  }, 5)
  const { file } = await written(t, store)
  clearInterval(watch)
  const exportedMs = performance.now() - begunAt
  const { store: other, counts } = await restore(t, file)
  const importedMs = performance.now() - begunAt - exportedMs
  assert.equal(counts.entries, COUNT)
  const last = await other.readRun(log.conversation, log.device, COUNT)
  assert.equal(last && lastSeq(last), COUNT)
  const { size } = await stat(file)
  const ms = Math.round
  t.diagnostic(
    `${size} bytes; ${ms(exportedMs)} ms out, ${ms(importedMs)} ms back, lag ${ms(lagMs)} ms`,
  )
  assert.ok(exportedMs < 10_000 && importedMs < 10_000)
})

test('a file that shrinks while it is read is damaged and no endless loop', async (t) => {
  const { store, logs } = await filled(t)
  const long = entry('x'.repeat(30_000))
  for (let i = 0; i < 3; i++) await logs[0]!.append(store, [long, long, long])
  const { file } = await written(t, store)
  const backup = await Backup.open(file, PASSWORD)
  t.after(() => backup.close())
  await truncate(file, 1000)
  const { store: other } = await openNew(t)
  const restoring = backup.restore(other, { ...backup.start, deviceSeed: 'd'.repeat(64) })
  await assert.rejects(restoring, { code: 'backup_damaged' })
})
