// A copy of a database that was put back, or runs a second time: what both copies wrote survives,
// and each goes on as a device that no other copy has.
import assert from 'node:assert/strict'
import { cp, rm } from 'node:fs/promises'
import { test, type TestContext } from 'node:test'

import { friends, partsOf, type Person, person, until } from './nodes.ts'

type Shown = { readonly author: string; readonly text: string; readonly own: boolean }

async function shown(one: Person, other: Person): Promise<Shown[]> {
  const messages = await one.node.history(other.account, { limit: 1000 })
  return messages.map(({ author, text, own }) => ({ author, text, own }))
}

/** Both have the texts, in the same order, and know whose they are. */
async function agree(ann: Person, bob: Person, texts: readonly string[]): Promise<void> {
  const has = async (one: Person, other: Person): Promise<boolean> =>
    (await one.texts(other)).toSorted().join() === texts.toSorted().join()
  await until(() => has(bob, ann), `bob has ${texts.join()}`)
  await until(() => has(ann, bob), `ann has ${texts.join()}`)
  const atAnn = await shown(ann, bob)
  const atBob = await shown(bob, ann)
  assert.deepEqual(
    atAnn.map(({ author, text }) => [author, text]),
    atBob.map(({ author, text }) => [author, text]),
  )
  for (const { author, own } of atAnn) assert.equal(own, author === ann.account)
  for (const { author, own } of atBob) assert.equal(own, author === bob.account)
}

/** Two friends; the first one's database is as it was before the last of what both of them hold. */
async function putBack(t: TestContext, texts: readonly string[]): Promise<[Person, Person]> {
  const [ann, bob] = await friends(t)
  for (const text of texts.slice(0, -1)) await ann.node.send('bob', text)
  await ann.stop()
  const copy = `${ann.database}.copy`
  await cp(ann.database, copy, { recursive: true })
  await ann.start()
  const { id } = await ann.node.send('bob', texts.at(-1) ?? '')
  await ann.node.waitFor(id, 'delivered', AbortSignal.timeout(5000))
  await bob.node.send('ann', 'b1')
  await ann.stop()
  await bob.stop()
  await rm(ann.database, { recursive: true })
  await cp(copy, ann.database, { recursive: true })
  await ann.start()
  return [ann, bob]
}

const told = (one: Person): boolean => one.events.some(({ type }) => type === 'fork')

test('an older copy that was written to goes on as a new device; nothing is lost', async (t) => {
  const [ann, bob] = await putBack(t, ['a1', 'a2'])
  const before = ann.node.identity()
  const second = await ann.node.send('bob', 'another a2')
  const last = await ann.node.send('bob', 'another a3', { reply: second.id })
  const delivered = ann.node.waitFor(last.id, 'delivered', AbortSignal.timeout(20_000))
  await bob.start()
  await until(() => told(ann), 'ann is told')
  await agree(ann, bob, ['a1', 'a2', 'b1', 'another a2', 'another a3'])
  assert.equal((await delivered).state, 'delivered', 'who waited for it hears of it')
  const third = (await bob.node.history(ann.account, { limit: 10 })).at(-1)
  assert.equal(third?.replyTo?.text, 'another a2', 'it still answers what it did')
  const after = ann.node.identity()
  assert.equal(after.account, before.account)
  assert.notEqual(after.peerId, before.peerId)
  await until(() => bob.events.some(({ type }) => type === 'device'), 'bob is told of the device')

  await ann.node.send('bob', 'a4')
  await bob.node.send('ann', 'b2')
  const all = ['a1', 'a2', 'b1', 'another a2', 'another a3', 'a4', 'b2']
  await agree(ann, bob, all)
  // And after a restart of both.
  await ann.stop()
  await bob.stop()
  await ann.start()
  await bob.start()
  await ann.node.send('bob', 'a5')
  await agree(ann, bob, [...all, 'a5'])
  assert.deepEqual([ann.node.damage, bob.node.damage], [[], []])
})

test('what is sent while a node goes on as another device is accepted, and arrives', async (t) => {
  const [ann, bob] = await putBack(t, ['a1', 'a2'])
  const texts = ['a1', 'a2', 'b1']
  const send = async (text: string): Promise<void> => {
    await ann.node.send('bob', text)
    texts.push(text)
  }
  await send('another a2')
  await bob.start()
  for (let i = 0; !told(ann) || i < 100; i++) await send(`more ${i}`)
  await agree(ann, bob, texts)
})

/** What each shows, with what became of it. */
async function looks(one: Person, other: Person): Promise<string[]> {
  const messages = await one.node.history(other.account, { limit: 1000 })
  return messages.map(({ text, deleted, replyTo }) => {
    const shown = deleted ? 'gone' : text
    return replyTo ? `${shown}, to ${replyTo.text}` : shown
  })
}

for (const [word, becomes, act] of [
  ['deleted', ['gone'], (ann, id) => ann.node.changes.delete(id)],
  ['edited', ['in other words'], (ann, id) => ann.node.changes.edit(id, 'in other words')],
  [
    'answered',
    ['another a2', 'an answer, to another a2'],
    (ann, id) => ann.node.send('bob', 'an answer', { reply: id }),
  ],
] as readonly [string, readonly string[], (ann: Person, id: string) => Promise<unknown>][]) {
  test(`what is ${word} while a node goes on as another device is the message meant`, async (t) => {
    const [ann, bob] = await putBack(t, ['a1', 'a2'])
    const { id } = await ann.node.send('bob', 'another a2')
    const { appender } = partsOf(ann)
    const hold = appender.hold.bind(appender)
    let acted: Promise<unknown> | undefined
    appender.hold = (held) => {
      hold(held)
      if (held) acted ??= act(ann, id)
    }
    await bob.start()
    await until(() => told(ann), 'ann is told')
    await acted
    const all = ['a1', 'a2', 'b1', ...becomes].toSorted().join()
    for (const [one, other] of [
      [ann, bob],
      [bob, ann],
    ] as const) {
      await until(
        async () => (await looks(one, other)).toSorted().join() === all,
        `${one.name} sees ${all}`,
      )
    }
    assert.ok(acted, 'it fell into that moment')
    // The id is that of a message of the other copy now.
    await assert.rejects(ann.node.changes.delete(id), { code: 'unknown_message' })
  })
}

test('a log of thousands that peers do not take is written again whole', async (t) => {
  const [ann, bob] = await putBack(t, ['first'])
  const texts = Array.from({ length: 9000 }, (_, i) => `m${i}`)
  for (let i = 0; i < texts.length; i += 500) {
    await Promise.all(texts.slice(i, i + 500).map((text) => ann.node.send('bob', text)))
  }
  await bob.start()
  await until(async () => {
    const page = await bob.node.history(ann.account, { limit: 10_000 })
    return page.length === texts.length + 2
  }, 'bob has them all')
  const page = await bob.node.history(ann.account, { limit: 10_000 })
  assert.deepEqual(
    page.map(({ text }) => text).filter((text) => text.startsWith('m')),
    texts,
  )
})

test('two copies that run at once become two devices of one person, and both go on', async (t) => {
  const [ann, bob] = await friends(t)
  await ann.node.send('bob', 'a1')
  await until(async () => (await bob.texts(ann)).length === 1, 'bob has it')
  await ann.stop()
  const twin = await person(t, 'twin', { copyOf: ann.database })
  await ann.start()
  const texts = ['a1']
  for (let i = 0; i < 5; i++) {
    await ann.node.send('bob', `here ${i}`)
    await twin.node.send('bob', `there ${i}`)
    texts.push(`here ${i}`, `there ${i}`)
  }
  await agree(ann, bob, texts)
  await agree(twin, bob, texts)
  assert.notEqual(ann.node.identity().peerId, twin.node.identity().peerId)
  // Each learns of the other's device, so that neither is left out for good.
  await ann.node.send('bob', 'here still')
  await twin.node.send('bob', 'there still')
  await bob.node.send('ann', 'hello you two')
  const all = [...texts, 'here still', 'there still', 'hello you two']
  await agree(ann, bob, all)
  await agree(twin, bob, all)
  assert.equal(told(ann) || told(twin), true)
})
