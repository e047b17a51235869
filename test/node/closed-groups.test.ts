// Groups whose new members read from their joining on.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { TidingsError } from '../../src/core/errors.ts'
import type { ConversationId } from '../../src/core/id.ts'
import type { LevelStore } from '../../src/store/store-level.ts'
import { encodeEntry } from '../../src/wire/entry.ts'
import { circle, crewWithKeys, groupOf, has, join, said, texts } from './crew.ts'
import { partsOf, type Person, until } from './nodes.ts'

const soon = (): AbortSignal => AbortSignal.timeout(10_000)
const idOf = (who: Person): ConversationId => groupOf(who)?.conversation as ConversationId

async function found(who: Person, query: string): Promise<string[]> {
  const { results } = await who.node.search({ query, limit: 100 })
  const found: string[] = []
  for await (const { text } of results(AbortSignal.timeout(5000))) found.push(text)
  return found
}

async function exported(who: Person): Promise<string[]> {
  const kept: string[] = []
  let cursor: string | undefined
  do {
    const page = await who.node.exportPage('#crew', cursor === undefined ? {} : { cursor })
    cursor = page.next
    for (const item of page.items) {
      if (item.type === 'message' && item.message.kind !== 'group') kept.push(item.message.text)
    }
  } while (cursor !== undefined)
  return kept
}

const complete = (who: Person): Promise<void> =>
  until(() => who.node.sync('#crew')[0]?.complete === true, `${who.name} holds everything`)
const unread = (who: Person): number => partsOf(who).talk.unread.of(idOf(who)).messages

test('a new member has what is written after its joining, and nothing from before', async (t) => {
  const [ann, bob, dan] = (await crewWithKeys(t, ['ann', 'bob', 'dan'])) as [Person, Person, Person]
  for (const who of [ann, bob]) assert.equal(groupOf(who)?.history, 'joining')
  const first = await ann.node.send('#crew', 'the secret harbour, @dan')
  await has(bob, 'the secret harbour, @dan')
  await bob.node.send('#crew', 'secret answer', { reply: first.id })
  await has(ann, 'secret answer')
  await join(ann, dan)
  await complete(dan)
  assert.equal(groupOf(dan)?.history, 'joining')
  assert.deepEqual(await texts(dan), [])
  const after = await ann.node.send('#crew', 'hello dan')
  await has(dan, 'hello dan')
  await bob.node.send('#crew', 'no secret, @dan', { reply: first.id })
  await has(dan, 'no secret, @dan')
  await dan.node.send('#crew', 'hello all', { reply: after.id })
  for (const who of [ann, bob]) await has(who, 'hello all')
  const all = [
    'the secret harbour, @dan',
    'secret answer',
    'hello dan',
    'no secret, @dan',
    'hello all',
  ]
  for (const who of [ann, bob]) {
    assert.deepEqual(await texts(who), all)
    assert.deepEqual((await exported(who)).toSorted(), all.toSorted())
  }
  assert.deepEqual(await texts(dan), all.slice(2))
  const lines = (await dan.node.history('#crew', { limit: 100 })).map(({ text }) => text)
  assert.ok(lines.includes('added you, to read from here on'))
  const [, answer] = await said(dan)
  assert.deepEqual([answer?.replyTo?.text, answer?.replyTo?.author], ['', undefined])
  assert.deepEqual(await exported(dan), all.slice(2))
  assert.deepEqual(await found(dan, 'secret'), ['no secret, @dan'])
  assert.equal((await found(ann, 'secret')).length, 3)
  assert.deepEqual([unread(dan), dan.node.talk.unread().mentions], [2, 1])
  await assert.rejects(dan.node.changes.react(first.id, '👍'), { code: 'unknown_message' })
  await assert.rejects(dan.node.changes.pin(first.id), { code: 'unknown_message' })
  // Dan holds what he cannot read, and read the group up to its end.
  await dan.node.markRead('#crew')
  const reach = async (id: string): Promise<string> => {
    const message = (await said(ann)).find((each) => each.id === id)
    return [message?.deliveredTo, message?.readBy, message?.of].join()
  }
  await until(async () => (await reach(after.id)) === '2,1,2', 'Ann knows that Dan has read')
  assert.equal(await reach(first.id), '1,0,1')
  const states = ann.events.flatMap((event) => (event.type === 'state' ? [event] : []))
  assert.ok(!states.some(({ id, account }) => id === first.id && account === dan.account))
  const told = dan.events.flatMap((event) => (event.type === 'message' ? [event.message.text] : []))
  assert.ok(!told.some((text) => text.includes('harbour')))
  assert.equal(
    dan.events.filter((e) => e.type === 'message' && e.message.kind === 'unknown').length,
    0,
  )
})

test('an old member has what it missed from a new member who cannot read it', async (t) => {
  const people = await crewWithKeys(t, ['ann', 'bob', 'cid', 'dan'])
  const [ann, bob, cid, dan] = people as [Person, Person, Person, Person]
  await join(ann, cid)
  await until(() => groupOf(bob)?.members === 3, 'Bob knows')
  await bob.stop()
  await join(ann, dan)
  await until(() => groupOf(cid)?.members === 4, 'Cid knows')
  for (const who of [ann, cid]) await who.stop()
  await bob.start()
  await bob.node.send('#crew', 'I leave for good')
  await ann.start()
  await has(ann, 'I leave for good')
  await until(() => groupOf(bob)?.members === 4, 'Bob knows')
  const held = (): boolean =>
    dan.node.sync('#crew')[0]?.devices.some(({ name, have }) => name === 'bob' && have > 1) === true
  await until(held, 'Dan holds it')
  for (const who of [ann, bob]) await who.stop()
  await cid.start()
  await has(cid, 'I leave for good')
  assert.deepEqual(
    (await said(cid)).map(({ authorName }) => authorName),
    ['bob'],
  )
  assert.deepEqual(await texts(dan), [])
})

test('messages are edited, deleted, marked and pinned as in any group', async (t) => {
  const [ann, bob, dan] = (await crewWithKeys(t, ['ann', 'bob', 'dan'])) as [Person, Person, Person]
  const old = await ann.node.send('#crew', 'old wrods')
  await has(bob, 'old wrods')
  await join(ann, dan)
  const { id } = await ann.node.send('#crew', 'some wrods')
  for (const who of [bob, dan]) await has(who, 'some wrods')
  await ann.node.changes.edit(id, 'some words')
  await ann.node.changes.edit(old.id, 'old words')
  await bob.node.changes.react(id, '👍')
  await bob.node.changes.react(old.id, '👍')
  await bob.node.changes.pin(id)
  await bob.node.changes.pin(old.id)
  const gone = await bob.node.send('#crew', 'never mind')
  await bob.node.changes.delete(gone.id)
  for (const who of [ann, bob, dan]) {
    await until(async () => {
      const [message] = (await said(who)).filter((each) => each.id === id)
      return message?.edited === true && message.pinned && message.reactions.length === 1
    }, `${who.name} has all of it`)
    await until(
      async () => (await said(who)).some((each) => each.id === gone.id && each.deleted),
      'the other is gone',
    )
  }
  assert.deepEqual(await texts(dan), ['some words', ''])
  assert.deepEqual(
    (await dan.node.changes.pins('#crew')).map(({ text }) => text),
    ['some words'],
  )
  assert.equal((await ann.node.changes.pins('#crew')).length, 2)
  assert.deepEqual(await found(dan, 'words'), ['some words'])
  assert.deepEqual((await found(bob, 'words')).toSorted(), ['old words', 'some words'])
  assert.deepEqual(
    (await ann.node.changes.edits(old.id)).map(({ text }) => text),
    ['old wrods', 'old words'],
  )
  await assert.rejects(dan.node.changes.edits(old.id), { code: 'unknown_message' })
})

test('messages disappear in such a group too', async (t) => {
  const [ann, bob] = (await crewWithKeys(t, ['ann', 'bob'])) as [Person, Person]
  await ann.node.disappear('#crew', 1)
  await until(async () => (await bob.node.disappear('#crew')).seconds === 1, 'Bob knows')
  await ann.node.send('#crew', 'soon gone')
  await has(bob, 'soon gone')
  assert.equal(unread(bob), 1)
  for (const who of [ann, bob]) {
    await until(async () => (await texts(who)).length === 0, `it is gone for ${who.name}`)
  }
  assert.equal(unread(bob), 0)
  assert.deepEqual(await found(bob, 'gone'), [])
})

test('who leaves and comes back reads on, and keeps what was read before', async (t) => {
  const [ann, bob, cid] = (await crewWithKeys(t, ['ann', 'bob', 'cid'])) as [Person, Person, Person]
  await ann.node.send('#crew', 'one')
  await has(bob, 'one')
  await bob.node.groups.leave('#crew')
  await until(() => ann.node.groups.members('#crew').length === 1, 'Ann knows')
  await join(ann, cid)
  await ann.node.send('#crew', 'two')
  await has(cid, 'two')
  await ann.node.groups.invite('#crew', 'bob')
  await until(() => groupOf(bob)?.state === 'joined', 'Bob is back')
  await bob.node.send('#crew', 'three')
  for (const who of [ann, cid]) await has(who, 'three')
  await until(async () => (await texts(bob)).length === 3, 'Bob has all')
  assert.deepEqual(await texts(bob), ['one', 'two', 'three'])
  assert.deepEqual(await texts(cid), ['two', 'three'])
})

test('a removed member gets nothing more and no key', async (t) => {
  const [ann, bob, cid] = (await crewWithKeys(t, ['ann', 'bob', 'cid'])) as [Person, Person, Person]
  const given = new Set<string>()
  const { groupKeys } = partsOf(ann)
  const offer = groupKeys.offer.bind(groupKeys)
  groupKeys.offer = (session, id) => {
    const offered = offer(session, id)
    if (offered.key) given.add(session.account)
    return offered
  }
  await ann.node.groups.remove('#crew', 'bob')
  await until(() => groupOf(bob)?.state === 'removed', 'Bob knows')
  await join(ann, cid)
  await bob.stop()
  await bob.start()
  await until(() => ann.online(bob), 'they meet again')
  await ann.node.send('#crew', 'among us')
  await has(cid, 'among us')
  assert.deepEqual([...given], [cid.account])
  assert.deepEqual(await texts(bob), [])
})

/** Takes the keys of somebody away who is not running, or puts others in their place. */
async function withStore(who: Person, work: (store: LevelStore) => Promise<void>): Promise<void> {
  const store = await who.openStore()
  await work(store)
  await store.close()
}

test('a key that was lost comes back, and with it all that it opens', async (t) => {
  const [ann, bob, cid] = (await crewWithKeys(t, ['ann', 'bob', 'cid'])) as [Person, Person, Person]
  const { id } = await ann.node.send('#crew', 'with a tpyo, @bob')
  await has(bob, 'with a tpyo, @bob')
  await ann.node.changes.edit(id, 'with a typo, @bob')
  await ann.node.disappear('#crew', 3600)
  await ann.node.send('#crew', 'gone in an hour')
  await has(bob, 'gone in an hour')
  await ann.stop()
  await bob.stop()
  const group = idOf(cid) ?? ''
  assert.equal(group, '')
  await withStore(bob, async (store) => {
    const batch = store.batch()
    const [[key] = ['']] = await store.all('group_key')
    batch.delete('group_key', key)
    // What was derived is as it would be, had the entries come without the key.
    for (const [name] of await store.all('counts')) batch.delete('counts', name)
    for (const [name] of await store.all('deadline')) batch.delete('deadline', name)
    await store.commit(batch)
    await store.changes.clear()
  })
  await bob.start()
  assert.deepEqual(await texts(bob), [])
  assert.deepEqual(await found(bob, 'typo'), [])
  assert.equal(unread(bob), 0)
  await assert.rejects(bob.node.send('#crew', 'hello'), { code: 'group_key_missing' })
  await assert.rejects(bob.node.groups.promote('#crew', 'ann'), { code: 'not_admin' })
  await ann.start()
  await has(bob, 'with a typo, @bob')
  assert.deepEqual(await texts(bob), ['with a typo, @bob', 'gone in an hour'])
  await until(async () => (await found(bob, 'typo')).length === 1, 'it is found')
  await until(() => unread(bob) === 2, 'both are counted')
  const [, timed] = await said(bob)
  assert.equal(typeof timed?.goneAtMs, 'number')
  await bob.node.send('#crew', 'hello')
  await has(ann, 'hello')
  await bob.stop()
  await bob.start()
  assert.deepEqual(await texts(bob), ['with a typo, @bob', 'gone in an hour', 'hello'])
})

test('a stop before all was derived anew is made good at the next start', async (t) => {
  const [ann, bob] = (await crewWithKeys(t, ['ann', 'bob'])) as [Person, Person]
  const { id } = await ann.node.send('#crew', 'wrods')
  await has(bob, 'wrods')
  await ann.node.changes.edit(id, 'words')
  await has(bob, 'words')
  await bob.stop()
  let keys = ''
  await withStore(bob, async (store) => {
    const [[key, record] = ['', undefined]] = await store.all('group_key')
    assert.ok(record)
    keys = JSON.stringify(record.keys.map(({ epoch }) => epoch))
    const lost = store.batch()
    lost.delete('group_key', key)
    await store.commit(lost)
    await store.changes.clear()
  })
  await ann.stop()
  await bob.start()
  assert.deepEqual(await texts(bob), [])
  await bob.stop()
  await withStore(bob, async (store) => {
    const other = await ann.openStore()
    const [[key, record] = ['', undefined]] = await other.all('group_key')
    await other.close()
    assert.ok(record)
    const batch = store.batch()
    batch.put('group_key', key, { ...record, isNew: true })
    await store.commit(batch)
  })
  await bob.start()
  await until(async () => (await texts(bob)).join() === 'words', 'Bob reads it')
  assert.equal(keys, '[1]')
})

test('a wrong key is dropped once the group tells, and the right one taken', async (t) => {
  const [ann, bob, dan] = (await crewWithKeys(t, ['ann', 'bob', 'dan'])) as [Person, Person, Person]
  await ann.node.send('#crew', 'before')
  const { groupKeys } = partsOf(ann)
  const offer = groupKeys.offer.bind(groupKeys)
  groupKeys.offer = (...to) => {
    const { key } = offer(...to)
    return key ? { key: { ...key, key: new Uint8Array(32).fill(1) } } : {}
  }
  await ann.node.groups.invite('#crew', 'dan')
  await until(() => groupOf(dan)?.state === 'joined', 'Dan has joined')
  await ann.node.send('#crew', 'after')
  // Bob gives the right one as soon as he knows that Dan is a member.
  await has(dan, 'after')
  assert.deepEqual(await texts(dan), ['after'])
  const [[, record] = ['', undefined]] = await partsOf(dan).init.store.all('group_key')
  assert.deepEqual(
    record?.keys.map(({ epoch, isProven }) => [epoch, isProven]),
    [[2, true]],
  )
  assert.ok(bob.online(dan))
})

test('nothing that was said before lies readable on the disk of a new member', async (t) => {
  const [ann, bob, dan] = (await crewWithKeys(t, ['ann', 'bob', 'dan'])) as [Person, Person, Person]
  const secret = 'the harbour at midnight'
  await ann.node.send('#crew', secret)
  await has(bob, secret)
  await join(ann, dan)
  await complete(dan)
  await ann.node.send('#crew', 'for dan too')
  await has(dan, 'for dan too')
  const id = idOf(dan)
  await dan.stop()
  await bob.stop()
  const readable = async (who: Person): Promise<string> => {
    const parts: string[] = []
    await withStore(who, async (store) => {
      for (const { conversation, device, head } of await store.heads()) {
        if (conversation !== id) continue
        for (let seq = 1; seq <= head.seq;) {
          const run = await store.readPage(conversation, device, seq, head.seq)
          assert.ok(run)
          for (const entry of run.entries) {
            parts.push(Buffer.from(entry).toString('latin1'))
            parts.push(Buffer.from(store.keyring.open(run, entry)).toString('latin1'))
          }
          seq += run.entries.length
        }
      }
    })
    return parts.join('\n')
  }
  const [atDan, atBob] = [await readable(dan), await readable(bob)]
  assert.ok(atBob.includes(secret) && atBob.includes('for dan too'))
  assert.ok(!atDan.includes('harbour') && atDan.includes('for dan too'))
})

test('whoever joins an open group reads from then on', async (t) => {
  const [ann, bob] = (await circle(t, ['ann', 'bob'])) as [Person, Person]
  await ann.node.groups.create('crew', { history: 'joining', open: true })
  await ann.node.send('#crew', 'alone')
  partsOf(bob).net.nearby = () => {
    const { account, device } = partsOf(ann).self
    const where = { addresses: [ann.address], peerId: '', name: 'ann' }
    return [{ account, device, ...where }]
  }
  await bob.node.groups.join('#crew', soon())
  await until(() => groupOf(bob)?.state === 'joined', 'Bob is in')
  await until(() => groupOf(ann)?.members === 2, 'Ann knows')
  await ann.node.send('#crew', 'together')
  await has(bob, 'together')
  assert.deepEqual(await texts(bob), ['together'])
})

test('the newest messages cost the same below any number that cannot be read', async (t) => {
  const [ann, , dan] = (await crewWithKeys(t, ['ann', 'bob', 'dan'])) as [Person, Person, Person]
  await Promise.all(Array.from({ length: 900 }, (_, i) => ann.node.send('#crew', `old ${i}`)))
  await join(ann, dan)
  await complete(dan)
  const { store } = partsOf(dan).init
  let reads = 0
  const readRun = store.readRun.bind(store)
  store.readRun = (...where) => {
    reads += 1
    return readRun(...where)
  }
  const lines = await dan.node.history('#crew', { limit: 20 })
  assert.ok(lines.every(({ kind }) => kind === 'group'))
  assert.ok(lines.length >= 3 && reads < 20, `${reads} reads`)
})

test('a group that could not be made leaves no key behind', async (t) => {
  const [ann] = (await circle(t, ['ann', 'bob'])) as [Person]
  const { appender, init } = partsOf(ann)
  const append = appender.appendEncoded.bind(appender)
  appender.appendEncoded = () => Promise.reject(new TidingsError('disk_full', 'no room'))
  const made = ann.node.groups.create('crew', { history: 'joining' })
  await assert.rejects(made, { code: 'disk_full' })
  assert.deepEqual(await init.store.all('group_key'), [])
  appender.appendEncoded = append
  await ann.node.groups.create('crew', { history: 'joining' })
  assert.equal((await init.store.all('group_key')).length, 1)
})

test('a stop while a group is made leaves nothing of it', async (t) => {
  const [ann, bob] = (await crewWithKeys(t, ['ann', 'bob'])) as [Person, Person]
  const made = idOf(ann)
  const { appender, init } = partsOf(ann)
  const { resolve, promise: begun } = Promise.withResolvers<void>()
  appender.appendEncoded = () => {
    resolve()
    return new Promise(() => {})
  }
  void ann.node.groups.create('board', { history: 'joining' })
  await begun
  assert.equal((await init.store.all('group_key')).length, 2)
  for (const who of [ann, bob]) {
    await who.stop()
    await who.start()
    assert.deepEqual(
      who.node.groups.list().map(({ conversation, state }) => [conversation, state]),
      [[made, 'joined']],
    )
    assert.equal((await partsOf(who).init.store.all('group_key')).length, 1)
  }
})

test('somebody whom an admin added without a key reads nothing, and is shown so', async (t) => {
  const [ann, bob, cid] = (await crewWithKeys(t, ['ann', 'bob', 'cid'])) as [Person, Person, Person]
  const { groupKeys } = partsOf(ann)
  const encode = groupKeys.encode.bind(groupKeys)
  groupKeys.encode = (log, entry) =>
    entry.body.kind === 'group_add' ? encodeEntry(entry) : encode(log, entry)
  await join(ann, cid)
  groupKeys.encode = encode
  await ann.node.send('#crew', 'hello')
  await has(bob, 'hello')
  await complete(cid)
  assert.deepEqual(await texts(cid), [])
  await assert.rejects(cid.node.send('#crew', 'hello'), { code: 'group_key_missing' })
  const reads = (who: Person): string[] => who.node.groups.members('#crew').map((one) => one.reads)
  assert.deepEqual(reads(bob), ['all', 'joining', 'nothing'])
  await ann.node.groups.remove('#crew', 'cid')
  await until(() => groupOf(cid)?.state === 'removed', 'Cid knows')
  await ann.node.groups.invite('#crew', 'cid')
  await until(() => groupOf(cid)?.state === 'joined', 'Cid is in again')
  await ann.node.send('#crew', 'once more')
  await has(cid, 'once more')
  assert.deepEqual(await texts(cid), ['once more'])
})

test('a key that a member gives makes no group one with keys', async (t) => {
  const [ann, bob, dan] = (await circle(t, ['ann', 'bob', 'dan'])) as [Person, Person, Person]
  await ann.node.groups.create('crew', {})
  const { groupKeys, sharing } = partsOf(ann)
  const key = { epoch: 0, key: new Uint8Array(32).fill(1) }
  groupKeys.offer = () => ({ key })
  await ann.node.groups.invite('#crew', 'bob')
  await until(() => groupOf(bob)?.state === 'joined', 'Bob has joined')
  for (const session of sharing.sessionsOf(idOf(ann))) {
    session.send({ type: 'group_key', conversation: idOf(ann), ...key })
  }
  await ann.node.send('#crew', 'for all')
  await has(bob, 'for all')
  await ann.node.groups.invite('#crew', 'dan')
  await until(() => groupOf(dan)?.state === 'joined', 'Dan has joined')
  await has(dan, 'for all')
  for (const who of [bob, dan]) {
    assert.equal(groupOf(who)?.history, 'all', who.name)
    await partsOf(who).groupKeys.idle()
    assert.deepEqual(await partsOf(who).init.store.all('group_key'), [], who.name)
  }
})
