// What the user chooses for conversations and types in them without sending: kept across restarts,
// sealed, and the same for every front end.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { MUTE_MAX_MS, TEXT_BYTES_MAX } from '../../src/core/limits.ts'
import type { NodeEvent } from '../../src/node/node-types.ts'
import { recordKey } from '../../src/store/keys.ts'
import { flip, tamper } from '../store/repair/tamper.ts'
import { friends, type Person, person, until } from './nodes.ts'
import { restored } from './restore.ts'

async function has(who: Person, other: Person, count: number): Promise<void> {
  await until(async () => (await who.texts(other)).length === count, `${count} messages are there`)
}

function lastStanding({ events }: Person): Extract<NodeEvent, { type: 'conversation' }> {
  const event = events.findLast(({ type }) => type === 'conversation')
  assert.ok(event?.type === 'conversation')
  return event
}

test('a muted conversation still counts, stays muted over a restart, and is told', async (t) => {
  const [ann, bob] = await friends(t)
  const muted = await bob.node.talk.mute('ann', {})
  assert.deepEqual([muted.muted, muted.mutedUntilMs, muted.mutedAll], [true, undefined, false])
  await until(() => bob.events.some(({ type }) => type === 'conversation'), 'it is told')
  assert.equal(lastStanding(bob).muted, true)
  await ann.node.send('bob', 'hi @bob')
  await has(bob, ann, 1)
  await bob.stop()
  await bob.start()
  const [one] = await bob.node.conversations()
  assert.deepEqual([one?.muted, one?.unread, one?.mentions], [true, 1, 1])
  const after = await bob.node.talk.unmute('ann')
  assert.equal(after.muted, false)
  assert.equal((await bob.node.conversations())[0]?.muted, false)
})

test('muting for a time ends by itself', async (t) => {
  let nowMs = Date.now()
  const [, bob] = await friends(t, { now: () => nowMs })
  const { mutedUntilMs, mutedAll } = await bob.node.talk.mute('ann', { forMs: 60_000, all: true })
  assert.deepEqual([mutedUntilMs, mutedAll], [nowMs + 60_000, true])
  nowMs += 59_999
  assert.equal((await bob.node.conversations())[0]?.muted, true)
  nowMs += 1
  assert.equal((await bob.node.conversations())[0]?.muted, false)
  for (const forMs of [0, -1, NaN, MUTE_MAX_MS + 1]) {
    await assert.rejects(bob.node.talk.mute('ann', { forMs }), { code: 'bad_input' })
  }
  await assert.rejects(bob.node.talk.mute('zoe', {}), { code: 'unknown_name' })
})

test('a draft is kept over a restart and gone once something is sent', async (t) => {
  const [ann, bob] = await friends(t)
  assert.equal(ann.node.talk.draft('bob').text, '')
  await ann.node.talk.setDraft('bob', 'Lunch at')
  await ann.stop()
  await ann.start()
  assert.equal(ann.node.talk.draft('bob').text, 'Lunch at')
  assert.equal((await ann.node.conversations())[0]?.draft, 'Lunch at')
  await until(() => ann.online(bob), 'they are online')
  await ann.node.send('bob', 'Lunch at four?')
  assert.equal(ann.node.talk.draft('bob').text, '')
  await ann.node.talk.setDraft('bob', 'more')
  await ann.node.talk.setDraft('bob', '')
  assert.equal(ann.node.talk.draft('bob').text, '')
})

test('a draft that could not be sent is not kept either, and changes nothing', async (t) => {
  const [ann] = await friends(t)
  await ann.node.talk.setDraft('bob', 'x'.repeat(TEXT_BYTES_MAX))
  const tooLong = 'x'.repeat(TEXT_BYTES_MAX + 1)
  // Outside of the promise: what is wrong with it is known at once.
  const set = async (text: string): Promise<unknown> => ann.node.talk.setDraft('bob', text)
  await assert.rejects(set(tooLong), { code: 'text_too_long' })
  await assert.rejects(set('broken \ud800'), { code: 'text_not_utf8' })
  assert.equal(ann.node.talk.draft('bob').text.length, TEXT_BYTES_MAX)
  const [view] = await ann.node.conversations()
  assert.equal(view?.draft.length, 121)
})

test('what was chosen at the same time is all kept', async (t) => {
  const [ann] = await friends(t)
  const { talk } = ann.node
  await Promise.all([
    talk.mute('bob', {}),
    talk.setTelling('read', false, 'bob'),
    talk.setTelling('typing', false, 'bob'),
  ])
  const [chosen] = talk.tellings().conversations
  assert.deepEqual([chosen?.read, chosen?.typing], [false, false])
  assert.equal((await ann.node.conversations())[0]?.muted, true)
})

test('what was chosen and typed and cannot be read hides nothing, and is replaced', async (t) => {
  const [ann, bob] = await friends(t)
  const { conversation } = await ann.node.talk.mute('bob', {})
  await ann.node.talk.setDraft('bob', 'Lunch at')
  await ann.node.talk.setTelling('read', true, undefined)
  await bob.node.send('ann', 'hi')
  await has(ann, bob, 1)
  await ann.stop()
  await tamper(ann.database, async (level) => {
    await flip(level, recordKey('conversation', conversation))
    await flip(level, recordKey('draft', conversation))
    await flip(level, recordKey('setting', 'tell-read'))
  })
  await ann.start()
  const [one] = await ann.node.conversations()
  assert.deepEqual([one?.unread, one?.muted, one?.draft], [1, false, ''])
  // Whoever did not want that to be told is not asked for it by damage.
  const told = ann.node.talk.tellings()
  assert.deepEqual([told.read, told.conversations[0]?.read], [false, false])
  assert.equal(ann.node.damage.length, 3)
  await ann.node.markRead('bob')
  await ann.node.talk.mute('bob', {})
  await ann.node.talk.setDraft('bob', '')
  await ann.node.talk.setTelling('read', true, undefined)
  await ann.stop()
  await ann.start()
  const [again] = await ann.node.conversations()
  assert.deepEqual([again?.unread, again?.muted, again?.draft], [0, true, ''])
  assert.equal(ann.node.talk.tellings().read, true)
  assert.deepEqual(ann.node.damage, [])
})

test('a backup brings along what was read, muted and typed', async (t) => {
  const [ann, bob] = await friends(t)
  const { id } = await bob.node.send('ann', 'one @ann')
  await bob.node.send('ann', 'two @ann')
  await has(ann, bob, 2)
  await ann.node.markRead('bob', id)
  await ann.node.talk.mute('bob', { all: true })
  await ann.node.talk.setDraft('bob', 'Lunch at')
  await ann.node.talk.setTelling('read', false)
  await ann.stop()
  const again = await person(t, 'again', { copyOf: await restored(t, ann) })
  const [one] = await again.node.conversations()
  assert.deepEqual([one?.unread, one?.mentions, one?.mutedAll], [1, 1, true])
  assert.equal(again.node.talk.draft('bob').text, 'Lunch at')
  assert.equal(again.node.talk.tellings().read, false)
  await ann.start()
})
