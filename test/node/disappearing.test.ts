// Messages that disappear: agreed by both sides, and gone everywhere at their time on each node.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { ConversationId } from '../../src/core/id.ts'
import { friends, partsOf, type Person, person, until } from './nodes.ts'

const HOUR_S = 3600
const HOUR_MS = 1000 * HOUR_S

/** A clock that a test moves on. */
class Clock {
  passedMs = 0
  readonly now = (): number => Date.now() + this.passedMs
}

async function seconds(one: Person, other: Person): Promise<number> {
  return (await one.node.disappear(other.account)).seconds
}

test('either side sets it, both see who did, and each text carries it', async (t) => {
  const [ann, bob] = await friends(t)
  assert.deepEqual(await ann.node.disappear(bob.account), {
    conversation: ann.node.contacts()[0]?.conversation,
    seconds: 0,
    setBy: undefined,
    setByName: '',
  })
  await ann.node.send(bob.account, 'stays')
  const set = await ann.node.disappear(bob.account, HOUR_S)
  assert.deepEqual([set.seconds, set.setByName], [HOUR_S, 'ann'])
  await until(async () => (await seconds(bob, ann)) === HOUR_S, 'bob sees it')
  assert.equal((await bob.node.disappear(ann.account)).setByName, 'ann')

  await bob.node.send(ann.account, 'goes')
  await until(async () => (await ann.texts(bob)).includes('goes'), 'ann has it')
  const history = await ann.node.history(bob.account, { limit: 10 })
  const [stays, event, goes] = history
  assert.deepEqual([stays?.goneAtMs, stays?.timer], [undefined, undefined])
  assert.deepEqual([event?.kind, event?.timer, event?.text], ['timer', HOUR_S, ''])
  assert.ok(Math.abs((goes?.goneAtMs ?? 0) - Date.now() - HOUR_MS) < 60_000)

  // What holds already is not said again.
  await bob.node.disappear(ann.account, HOUR_S)
  await bob.node.disappear(ann.account, 0)
  await until(async () => (await seconds(ann, bob)) === 0, 'ann sees that it is off')
  await ann.node.send(bob.account, 'stays too')
  const after = await ann.node.history(bob.account, { limit: 10 })
  assert.deepEqual(
    after.map(({ kind, timer, goneAtMs }) => [kind, timer, goneAtMs !== undefined]),
    [
      ['text', undefined, false],
      ['timer', HOUR_S, false],
      ['text', undefined, true],
      ['timer', 0, false],
      ['text', undefined, false],
    ],
  )
  await assert.rejects(ann.node.disappear(bob.account, -1), { code: 'bad_input' })
  await assert.rejects(ann.node.disappear(bob.account, 1e9), { code: 'bad_input' })
  await assert.rejects(ann.node.disappear('nobody', 5), { code: 'unknown_name' })
})

test('what disappeared is not shown, counted, quoted, answered, told or exported', async (t) => {
  const clock = new Clock()
  const [ann, bob] = await friends(t, { now: clock.now })
  await ann.node.send(bob.account, 'before')
  await ann.node.disappear(bob.account, HOUR_S)
  const secret = await ann.node.send(bob.account, 'a secret')
  await ann.node.disappear(bob.account, 0)
  await until(async () => (await bob.texts(ann)).length === 4, 'bob has them')
  await bob.node.send(ann.account, 'an answer', { reply: secret.id })
  await until(async () => (await ann.texts(bob)).length === 5, 'ann has the answer')
  const quote = async (who: Person, other: Person): Promise<string | undefined> => {
    return (await who.node.history(other.account, { limit: 1 }))[0]?.replyTo?.text
  }
  assert.equal(await quote(ann, bob), 'a secret')
  assert.equal(unread(await bob.node.conversations()), 2)

  clock.passedMs = 2 * HOUR_MS
  for (const [who, other] of [
    [ann, bob],
    [bob, ann],
  ] as const) {
    assert.deepEqual(await who.texts(other), ['before', '', '', 'an answer'])
    // The place stays, and pages are as long as they are asked for.
    const page = await who.node.history(other.account, { limit: 3 })
    assert.equal(page.length, 3)
    assert.equal(await quote(who, other), '')
    const found = { conversation: other.account, texts: [] as string[] }
    const stop = new AbortController()
    const told = who.node.follow(
      { since: '0' },
      (event) => {
        if (event.type === 'message') found.texts.push(event.message.text)
        if (event.type === 'message' && event.message.text === 'an answer') stop.abort()
      },
      stop.signal,
    )
    await told
    assert.ok(!found.texts.includes('a secret'))
    const { items } = await who.node.exportPage(other.account, {})
    const texts = items.map((item) => (item.type === 'message' ? item.message.text : item.type))
    assert.deepEqual(texts, ['before', '', '', 'an answer'])
  }
  assert.equal(unread(await bob.node.conversations()), 1)
  const again = { reply: secret.id }
  await assert.rejects(bob.node.send(ann.account, 'and?', again), { code: 'unknown_message' })
  // The logs are whole: nothing is missing anywhere.
  assert.ok(bob.node.sync().every(({ complete }) => complete))
})

function unread(conversations: readonly { unread: number }[]): number | undefined {
  return conversations[0]?.unread
}

test('who was away has the whole time from when the message came, across restarts', async (t) => {
  const clock = new Clock()
  const [ann, bob] = await friends(t, { now: clock.now })
  await ann.node.disappear(bob.account, HOUR_S)
  await until(async () => (await seconds(bob, ann)) === HOUR_S, 'bob sees it')
  await bob.stop()
  await ann.node.send(bob.account, 'while you were away')
  clock.passedMs = 2 * HOUR_MS
  assert.deepEqual(await ann.texts(bob), [''])
  await bob.start()
  await until(async () => (await bob.texts(ann)).length === 2, 'bob has it')
  clock.passedMs += HOUR_MS / 2
  await bob.stop()
  await bob.start()
  assert.deepEqual(await bob.texts(ann), ['', 'while you were away'])
  clock.passedMs += HOUR_MS
  assert.deepEqual(await bob.texts(ann), [''])
  assert.deepEqual(await seconds(bob, ann), HOUR_S)
})

test('changes of what is gone do not hold up who opens a conversation', async (t) => {
  const clock = new Clock()
  const [ann, bob] = await friends(t, { now: clock.now })
  await ann.node.disappear(bob.account, HOUR_S)
  const ROUNDS = 64
  for (let round = 0; round < ROUNDS; round++) {
    const { id } = await ann.node.send(bob.account, `${round}`)
    await ann.node.changes.react(id, '👍')
    const rest = Array.from({ length: 62 }, (_, i) => ann.node.send(bob.account, `${i}`))
    await Promise.all(rest)
  }
  const isThere = (): boolean => bob.node.sync(ann.account)[0]?.complete === true
  await until(async () => isThere() && (await bob.texts(ann, 1))[0] === '61', 'bob has all')
  clock.passedMs = 2 * HOUR_MS
  for (const [who, other] of [
    [ann, bob],
    [bob, ann],
  ] as const) {
    const { deadlines, ledger } = partsOf(who)
    const [id] = [...ledger.conversationIds()] as [ConversationId]
    const device = partsOf(ann).self.device
    const { seq } = ledger.conversation(id).get(device)?.head ?? assert.fail()
    assert.equal(seq, 1 + 64 * ROUNDS)
    assert.equal(deadlines.lastKept(id, device, seq), 1)
    assert.deepEqual(await who.texts(other, 50), [''])
    const [event] = await who.node.history(other.account, { limit: 1 })
    const read = t.mock.method(partsOf(who).init.store, 'readRuns')
    assert.deepEqual(
      await who.node.history(other.account, { limit: 9, after: event?.id ?? '' }),
      [],
    )
    assert.equal(read.mock.callCount(), 0)
  }
})

test('an opened conversation finds what is left below much that is gone', async (t) => {
  const clock = new Clock()
  const ann = await person(t, 'ann', { now: clock.now })
  const bob = await person(t, 'bob', { accept: 'auto', now: clock.now })
  await ann.add(bob)
  await until(() => ann.online(bob), 'they are online')
  await ann.node.send(bob.account, 'first')
  await ann.node.disappear(bob.account, HOUR_S)
  const MANY = 3000
  await Promise.all(Array.from({ length: MANY }, (_, i) => ann.node.send(bob.account, `${i}`)))
  await until(async () => (await bob.texts(ann, 1))[0] === `${MANY - 1}`, 'bob has them')
  assert.equal((await bob.texts(ann, 1000)).length, 1000)
  clock.passedMs = 2 * HOUR_MS
  for (const [who, other] of [
    [ann, bob],
    [bob, ann],
  ] as const) {
    const began = performance.now()
    assert.deepEqual(await who.texts(other, 50), ['first', ''])
    assert.ok(performance.now() - began < 100, `${performance.now() - began} ms`)
  }
  // What is written later comes in its place, and gets there from any node that holds the log.
  await bob.node.disappear(ann.account, 0)
  await bob.node.send(ann.account, 'still here')
  await until(async () => (await ann.texts(bob, 1))[0] === 'still here', 'ann has it')
  assert.deepEqual(await ann.texts(bob, 50), ['first', '', '', 'still here'])
})
