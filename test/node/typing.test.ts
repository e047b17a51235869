// Who is typing: told to those in the conversation, seldom, and to nobody else; bounded on the way
// in; never on disk.
import assert from 'node:assert/strict'
import { mock, test } from 'node:test'

import type { Frame } from '../../src/core/frames.ts'
import type { AccountId, ConversationId, DeviceId } from '../../src/core/id.ts'
import { TYPING_EXPIRY_MS, TYPING_HEARD_MAX, TYPING_TELL_MS } from '../../src/core/limits.ts'
import type { Session } from '../../src/net/net.ts'
import { Typing } from '../../src/node/talk/typing.ts'
import { liar } from './liar.ts'
import { friends, type Person, person, until } from './nodes.ts'

const TALK = 't'.repeat(52) as ConversationId
const BOB = 'b'.repeat(52) as AccountId

/** One side with a clock of its own. */
function setUp() {
  const sent: Frame[] = []
  const changes: boolean[] = []
  const session = {
    account: BOB,
    device: 'd'.repeat(52) as DeviceId,
    send: (frame: Frame) => sent.push(frame) > 0,
  } as Partial<Session> as Session
  const world = { nowMs: 1000, mayTell: true }
  const typing = new Typing({
    uptimeMs: () => world.nowMs,
    sessionsOf: () => [session],
    mayTell: () => world.mayTell,
    changed: (_id, _account, is) => changes.push(is),
  })
  const told = (): boolean[] => sent.map((frame) => frame.type === 'typing' && !frame.stopped)
  return { typing, session, world, told, changes }
}

test('while typing goes on it is told every few seconds, and its end once', () => {
  const { typing, world, told } = setUp()
  for (let i = 0; i < 100; i++) {
    typing.tell(TALK, true)
    world.nowMs += TYPING_TELL_MS / 10
  }
  assert.deepEqual(
    told(),
    Array.from({ length: 10 }, () => true),
  )
  for (let i = 0; i < 5; i++) typing.tell(TALK, false)
  assert.deepEqual(told().slice(10), [false])
})

test('whoever stops and begins again and again is told of no more often', () => {
  const { typing, world, told } = setUp()
  for (let i = 0; i < 100; i++) {
    typing.tell(TALK, i % 2 === 0)
    world.nowMs += TYPING_TELL_MS / 50
  }
  assert.equal(told().filter((is) => is).length, 2)
  assert.ok(told().length <= 4, `${told().length} frames`)
})

test('a message is the end; nothing is told of that', () => {
  const { typing, told } = setUp()
  typing.tell(TALK, true)
  typing.sent(TALK)
  typing.tell(TALK, false)
  assert.deepEqual(told(), [true])
})

test('switched off nothing begins, and what was begun is ended', () => {
  const { typing, world, told } = setUp()
  typing.tell(TALK, true)
  world.mayTell = false
  typing.tell(TALK, false)
  world.nowMs += TYPING_TELL_MS
  typing.tell(TALK, true)
  typing.tell(TALK, false)
  assert.deepEqual(told(), [true, false])
})

test('what is heard is told as it changes, and ends by itself', () => {
  mock.timers.enable({ apis: ['setTimeout'] })
  try {
    const { typing, session, world, changes } = setUp()
    typing.hear(session, TALK, true)
    world.nowMs += TYPING_TELL_MS
    mock.timers.tick(TYPING_EXPIRY_MS - 1)
    typing.hear(session, TALK, true)
    mock.timers.tick(TYPING_EXPIRY_MS - 1)
    assert.deepEqual(changes, [true])
    mock.timers.tick(1)
    assert.deepEqual(changes, [true, false])
    typing.over(TALK, BOB)
    assert.deepEqual(changes, [true, false])
  } finally {
    mock.timers.reset()
  }
})

test('more than an honest node says is dropped', () => {
  const { typing, session, world, changes } = setUp()
  for (let i = 0; i < 1000; i++) typing.hear(session, TALK, i % 2 === 0)
  assert.equal(changes.length, TYPING_HEARD_MAX)
  world.nowMs += TYPING_TELL_MS
  typing.hear(session, TALK, true)
  assert.equal(changes.length, TYPING_HEARD_MAX + 1)
  typing.stop()
})

function typingOf(who: Person): [name: string, typing: boolean][] {
  return who.events.flatMap((event) =>
    event.type === 'typing' ? [[event.name, event.typing] as [string, boolean]] : [],
  )
}

test('a contact sees that one types, and the message ends it', async (t) => {
  const [ann, bob] = await friends(t)
  ann.node.talk.typing('bob', true)
  await until(() => typingOf(bob).length === 1, 'bob sees it')
  await ann.node.send('bob', 'hello')
  await until(() => typingOf(bob).length === 2, 'bob sees the end')
  assert.deepEqual(typingOf(bob), [
    ['ann', true],
    ['ann', false],
  ])
  const kinds = (): string[] => bob.events.map(({ type }) => type)
  await until(() => kinds().includes('message'), 'bob is told of the message')
  assert.ok(kinds().lastIndexOf('typing') < kinds().lastIndexOf('message'))
  assert.throws(() => ann.node.talk.typing('zoe', true), { code: 'unknown_name' })
})

test('whoever goes away types no more, and nothing of it is on disk', async (t) => {
  const [ann, bob] = await friends(t)
  const cursor = bob.node.cursor()
  ann.node.talk.typing('bob', true)
  await until(() => typingOf(bob).length === 1, 'bob sees it')
  await ann.stop()
  await until(() => typingOf(bob).length === 2, 'bob sees the end')
  assert.equal(bob.node.cursor(), cursor)
  await ann.start()
})

test('typing is switched off for one conversation while the node runs', async (t) => {
  const [ann, bob] = await friends(t)
  await ann.node.talk.setTelling('typing', false, 'bob')
  ann.node.talk.typing('bob', true)
  const { id } = await ann.node.send('bob', 'hello')
  await ann.node.waitFor(id, 'delivered', AbortSignal.timeout(5000))
  assert.deepEqual(typingOf(bob), [])
  const carol = await person(t, 'carol', { accept: 'auto', tellTyping: false })
  await ann.add(carol)
  await until(() => carol.online(ann), 'they are online')
  carol.node.talk.typing('ann', true)
  assert.equal(carol.node.talk.tellings().typing, false)
  const { id: last } = await carol.node.send('ann', 'hello')
  await carol.node.waitFor(last, 'delivered', AbortSignal.timeout(5000))
  assert.deepEqual(typingOf(ann), [])
})

test('typing in a conversation of others, or without end, comes to nothing', async (t) => {
  const ann = await person(t, 'ann', { accept: 'auto' })
  const mallory = await liar(t, ann)
  const other = 'a'.repeat(51).concat('0') as ConversationId
  mallory.say({ type: 'typing', conversation: other, stopped: false })
  for (let i = 0; i < 2000; i++) {
    mallory.say({
      type: 'typing',
      conversation: mallory.conversation,
      stopped: i % 2 === 1,
    })
  }
  mallory.say({ type: 'clocks_wanted' })
  const told = mallory.heard('clocks').length
  await until(() => mallory.heard('clocks').length > told, 'all of it was handled')
  assert.ok(typingOf(ann).length <= 2 * TYPING_HEARD_MAX)
  assert.ok(typingOf(ann).length >= 1)
})
