// Edits, deletions, reactions and pins between real nodes: what both sides show, what is refused,
// and that it stays so over restarts, damage and whatever comes in another order.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { isTidingsError } from '../../src/core/errors.ts'
import { REACTIONS_PER_ACCOUNT_MAX } from '../../src/core/limits.ts'
import type { MessageView, NodeEvent } from '../../src/node/node-types.ts'
import { deviceOf, liar } from './liar.ts'
import { friends, type Person, person, until } from './nodes.ts'

const refuses = (code: string) => (error: unknown) => isTidingsError(error) && error.code === code

type Look = Pick<MessageView, 'id' | 'text' | 'edited' | 'deleted' | 'pinned'> & {
  readonly reactions: string
}

/** What of a conversation two people must see alike. */
async function looks(one: Person, other: Person): Promise<Look[]> {
  const messages = await one.node.history(other.account, { limit: 1000 })
  return messages.map(({ id, text, edited, deleted, pinned, reactions }) => {
    const shown = reactions.map(({ emoji, accounts }) => `${emoji} ${accounts.toSorted().join()}`)
    return { id, text, edited, deleted, pinned, reactions: shown.join('; ') }
  })
}

/** Both see the same, and that it is as wanted. */
async function agree(
  ann: Person,
  bob: Person,
  isSo: (messages: readonly Look[]) => boolean,
): Promise<void> {
  await until(async () => isSo(await looks(ann, bob)), 'ann shows it')
  await until(async () => isSo(await looks(bob, ann)), 'bob shows it')
  assert.deepEqual(await looks(ann, bob), await looks(bob, ann))
}

const changes = (one: Person): string[] =>
  one.events.flatMap((event) =>
    event.type === 'changed'
      ? [`${event.byName} ${event.change} ${event.emoji ?? event.message.text}`]
      : [],
  )

test('edits, reactions, pins and deletions look alike on both sides, and are told', async (t) => {
  const [ann, bob] = await friends(t)
  const { id: first } = await ann.node.send('bob', 'Lunhc?')
  await until(async () => (await bob.texts(ann)).length === 1, 'bob has it')
  const { id: second } = await bob.node.send('ann', 'Yes')
  await agree(ann, bob, (messages) => messages.length === 2)

  const edited = await ann.node.changes.edit(first, 'Lunch, @bob?')
  assert.deepEqual(
    [edited.text, edited.edited, edited.mentions],
    ['Lunch, @bob?', true, [bob.account]],
  )
  await agree(ann, bob, ([message]) => message?.text === 'Lunch, @bob?')
  const [atBob] = await bob.node.history('ann', { limit: 10 })
  assert.equal(atBob?.mentionsYou, true)

  await bob.node.changes.react(first, '👍')
  await ann.node.changes.react(first, '👍')
  await agree(ann, bob, ([message]) => message?.reactions.split(',').length === 2)
  const [reacted] = await ann.node.history('bob', { limit: 10 })
  assert.deepEqual(
    reacted?.reactions.map(({ emoji, accounts, mine }) => [emoji, accounts.length, mine]),
    [['👍', 2, true]],
  )
  await bob.node.changes.react(first, '👍', { remove: true })
  await agree(ann, bob, ([message]) => message?.reactions === `👍 ${ann.account}`)

  await bob.node.changes.pin(first)
  await agree(ann, bob, ([message]) => message?.pinned === true)
  await ann.node.changes.pin(second)
  await agree(ann, bob, (messages) => messages.every(({ pinned }) => pinned))
  for (const [one, other] of [
    [ann, bob],
    [bob, ann],
  ] as const) {
    const pins = await one.node.changes.pins(other.account)
    assert.deepEqual(
      pins.map(({ id }) => id),
      [second, first],
    )
  }
  await bob.node.changes.unpin(second)
  await agree(ann, bob, (messages) => messages[1]?.pinned === false)

  const deleted = await ann.node.changes.delete(first)
  assert.deepEqual([deleted.deleted, deleted.text, deleted.reactions], [true, '', []])
  await agree(ann, bob, ([message]) => message?.deleted === true && message.text === '')
  assert.deepEqual(await ann.node.changes.pins('bob'), [])

  const told = [
    'ann edited Lunch, @bob?',
    'bob reacted 👍',
    'ann reacted 👍',
    'bob unreacted 👍',
    'bob pinned Lunch, @bob?',
    'ann pinned Yes',
    'bob unpinned Yes',
    'ann deleted ',
  ]
  await until(() => changes(ann).length === told.length, 'ann is told of each')
  await until(() => changes(bob).length === told.length, 'bob is told of each')
  assert.deepEqual(
    [changes(ann).toSorted(), changes(bob).toSorted()],
    [told.toSorted(), told.toSorted()],
  )
})

test('what cannot count is refused by its own code, and nothing is written', async (t) => {
  const [ann, bob] = await friends(t)
  const { changes } = ann.node
  const { id: mine } = await ann.node.send('bob', 'mine')
  const { id: gone } = await ann.node.send('bob', 'gone')
  const { id: theirs } = await bob.node.send('ann', 'theirs')
  await until(async () => (await ann.texts(bob)).length === 3, 'ann has all')
  await changes.delete(gone)
  const before = ann.node.sync('bob')
  await assert.rejects(changes.edit(theirs, 'x'), refuses('not_yours'))
  await assert.rejects(changes.delete(theirs), refuses('not_yours'))
  await assert.rejects(changes.edit(mine, ''), refuses('text_empty'))
  await assert.rejects(changes.edit(mine, ' \u200b'), refuses('text_empty'))
  await assert.rejects(changes.edit(mine, 'x'.repeat(32_769)), refuses('text_too_long'))
  await assert.rejects(changes.edit(mine, 'half \ud83d'), refuses('text_not_utf8'))
  await assert.rejects(changes.react(mine, 'ok'), refuses('bad_emoji'))
  await assert.rejects(changes.react(mine, ''), refuses('bad_emoji'))
  for (const change of [
    () => changes.edit(gone, 'back'),
    () => changes.delete(gone),
    () => changes.react(gone, '👍'),
    () => changes.pin(gone),
    () => changes.edits(gone),
  ]) {
    await assert.rejects(change(), refuses('message_deleted'))
  }
  // The fourth entry of her log, which deleted something, is no message.
  const change = mine.replace(/-1$/, '-3')
  for (const id of [change, mine.replace(/-1$/, '-9'), `${'0'.repeat(26)}-1`]) {
    await assert.rejects(changes.edit(id, 'x'), refuses('unknown_message'))
    await assert.rejects(changes.react(id, '👍'), refuses('unknown_message'))
    await assert.rejects(changes.edits(id), refuses('unknown_message'))
    await assert.rejects(ann.node.send('bob', 'x', { reply: id }), refuses('unknown_message'))
  }
  await assert.rejects(changes.pin('nonsense'), refuses('bad_input'))
  await assert.rejects(changes.pins('nobody'), refuses('unknown_name'))
  assert.deepEqual(ann.node.sync('bob'), before)

  await ann.node.blockContact('bob')
  await assert.rejects(changes.edit(mine, 'other'), refuses('contact_blocked'))
})

test('what is so already is not written again', async (t) => {
  const [ann] = await friends(t)
  const { id } = await ann.node.send('bob', 'one')
  await ann.node.changes.react(id, '👍')
  await ann.node.changes.pin(id)
  const held = (): number | undefined =>
    ann.node.sync('bob')[0]?.devices.find(({ account }) => account === ann.account)?.have
  const before = held()
  assert.equal(before, 3)
  await ann.node.changes.react(id, '👍')
  await ann.node.changes.react(id, '❤️', { remove: true })
  await ann.node.changes.pin(id)
  await ann.node.changes.edit(id, 'one')
  assert.equal(held(), before)
  for (let i = 1; i < REACTIONS_PER_ACCOUNT_MAX; i++) {
    await ann.node.changes.react(id, String.fromCodePoint(0x1f400 + i))
  }
  await assert.rejects(ann.node.changes.react(id, '☕'), refuses('too_many_reactions'))
  const [message] = await ann.node.history('bob', { limit: 1 })
  assert.equal(message?.reactions.length, REACTIONS_PER_ACCOUNT_MAX)
})

test('changes that are asked for at once take effect in that order', async (t) => {
  const [ann] = await friends(t)
  const { id } = await ann.node.send('bob', 'one')
  const { changes: now } = ann.node
  await Promise.all([
    ...Array.from({ length: 50 }, (_, i) => now.edit(id, `edit ${i}`)),
    now.react(id, '👍'),
    now.edit(id, 'one'),
    now.react(id, '👍', { remove: true }),
    now.edit(id, 'two'),
    now.edit(id, 'one'),
  ])
  const [message] = await ann.node.history('bob', { limit: 1 })
  assert.equal(message?.text, 'one')
  assert.deepEqual(message.reactions, [])
  const words = (await now.edits(id)).map(({ text }) => text)
  assert.deepEqual(words.slice(-4), ['edit 49', 'one', 'two', 'one'])
})

test('a message is edited while nobody is there, and what it said before is kept', async (t) => {
  const [ann, bob] = await friends(t)
  await bob.stop()
  const { id } = await ann.node.send('bob', 'one')
  for (const text of ['two', 'three', 'four']) await ann.node.changes.edit(id, text)
  const [queued] = await ann.node.history('bob', { limit: 10 })
  assert.deepEqual([queued?.text, queued?.state], ['four', 'queued'])
  await ann.stop()
  await ann.start()
  await bob.start()
  await agree(ann, bob, ([message]) => message?.text === 'four')
  for (const one of [ann, bob]) {
    const edits = await one.node.changes.edits(id)
    assert.deepEqual(
      edits.map(({ text }) => text),
      ['one', 'two', 'three', 'four'],
    )
    assert.equal(edits[0]?.id, id)
  }
  const state = await ann.node.waitFor(id, 'delivered', AbortSignal.timeout(5000))
  assert.equal(state.state, 'delivered')
})

test('history, unread and what is told as delivered count messages and no changes', async (t) => {
  const [ann, bob] = await friends(t)
  const ids: string[] = []
  for (let i = 0; i < 5; i++) ids.push((await ann.node.send('bob', `m${i}`)).id)
  await until(async () => (await bob.texts(ann)).length === 5, 'bob has them')
  const delivered = (): number[] =>
    ann.events.flatMap((event) => (event.type === 'state' ? [event.count] : []))
  await until(() => delivered().length > 0, 'ann knows')
  const unread = async (): Promise<number | undefined> =>
    (await bob.node.conversations())[0]?.unread
  assert.equal(await unread(), 5)
  await bob.node.markRead('ann', ids[1])
  assert.equal(await unread(), 3)
  for (let i = 0; i < 200; i++) await ann.node.changes.edit(ids[0] ?? '', `edit ${i}`)
  for (const id of ids) await bob.node.changes.react(id, '👍')
  await agree(ann, bob, (messages) => messages.every(({ reactions }) => reactions !== ''))
  await agree(ann, bob, ([message]) => message?.text === 'edit 199')
  assert.equal(await unread(), 3)
  const page = await bob.node.history('ann', { limit: 3 })
  assert.deepEqual(
    page.map(({ text }) => text),
    ['m2', 'm3', 'm4'],
  )
  const [last] = await bob.node.conversations()
  assert.equal(last?.lastMessage?.text, 'm4')
  const before = await bob.node.history('ann', { limit: 2, before: ids[2] ?? '' })
  assert.deepEqual(
    before.map(({ text }) => text),
    ['edit 199', 'm1'],
  )
  await bob.node.markRead('ann')
  assert.equal(await unread(), 0)
  const told = (): number => delivered().reduce((a, b) => a + b, 0)
  await until(() => told() >= 10, 'five delivered, five read')
  assert.equal(told(), 10)
})

test('an answer quotes what a message says now, and nothing of one that is gone', async (t) => {
  const [ann, bob] = await friends(t)
  const { id } = await ann.node.send('bob', 'first')
  await until(async () => (await bob.texts(ann)).length === 1, 'bob has it')
  await bob.node.send('ann', 'answer', { reply: id })
  const quote = async (): Promise<unknown> => {
    const { text, deleted } = (await bob.node.history('ann', { limit: 1 }))[0]?.replyTo ?? {}
    return `${text} ${deleted}`
  }
  assert.equal(await quote(), 'first false')
  await ann.node.changes.edit(id, 'second')
  await until(async () => (await quote()) === 'second false', 'the quote changes too')
  await ann.node.changes.delete(id)
  await until(async () => (await quote()) === ' true', 'the quote is gone too')
})

test('who follows from a cursor is told of changes once, with the message as it is', async (t) => {
  const [ann, bob] = await friends(t)
  const { id } = await ann.node.send('bob', 'one')
  await ann.node.changes.edit(id, 'two')
  await ann.node.changes.react(id, '👍')
  await until(() => changes(bob).length === 2, 'bob is told')
  const told: string[] = []
  let cursor = '0'
  const follow = async (since: string, count: number): Promise<void> => {
    const stop = new AbortController()
    const listen = (event: NodeEvent): void => {
      if (event.type === 'message') told.push(`message ${event.message.text}`)
      else if (event.type === 'changed') told.push(`${event.change} ${event.message.text}`)
      else return
      cursor = event.cursor
    }
    const following = bob.node.follow({ since, conversation: 'ann' }, listen, stop.signal)
    await until(() => told.length >= count, `${count} are told`)
    stop.abort()
    await following
  }
  await follow('0', 3)
  assert.deepEqual(told, ['message two', 'edited two', 'reacted two'])
  await bob.stop()
  await bob.start()
  await until(() => ann.online(bob), 'they are online')
  await ann.node.changes.pin(id)
  await follow(cursor, 4)
  assert.deepEqual(told.slice(3), ['pinned two'])
})

test('a change whose message is not here yet takes effect when it comes', async (t) => {
  const ann = await person(t, 'ann', { accept: 'auto' })
  const mallory = await liar(t, ann)
  const { scribe } = mallory
  const me = deviceOf(ann, mallory)
  const early = { device: scribe.device, seq: 4 }
  const never = { device: me, seq: 4_000_000_000 }
  mallory.say({
    type: 'run',
    run: scribe.say([
      { kind: 'edit', target: early, text: 'as it is now' },
      { kind: 'reaction', target: early, emoji: '👍', removed: false },
      { kind: 'pin', target: never, removed: false },
    ]),
  })
  await until(
    () => ann.node.sync()[0]?.devices.some(({ shown }) => shown === 3) ?? false,
    'they came',
  )
  assert.deepEqual(await ann.node.history(mallory.account, { limit: 9 }), [])
  assert.deepEqual(await ann.node.changes.pins(mallory.account), [])
  mallory.say({ type: 'run', run: scribe.next(['as it was']) })
  await until(
    async () => (await ann.node.history(mallory.account, { limit: 9 })).length > 0,
    'shown',
  )
  const [message] = await ann.node.history(mallory.account, { limit: 9 })
  assert.deepEqual([message?.text, message?.edited], ['as it is now', true])
  assert.equal(message?.reactions[0]?.emoji, '👍')
})

test('changes of others that may not count are kept, and change nothing', async (t) => {
  const ann = await person(t, 'ann', { accept: 'auto' })
  const mallory = await liar(t, ann)
  const { id } = await ann.node.send(mallory.account, 'mine')
  const target = { device: deviceOf(ann, mallory), seq: 1 }
  mallory.say({
    type: 'run',
    run: mallory.scribe.say([
      { kind: 'edit', target, text: 'what she never said' },
      { kind: 'delete', target },
      { kind: 'text', text: 'ha' },
    ]),
  })
  await until(
    async () => (await ann.node.history(mallory.account, { limit: 9 })).length === 2,
    'ha',
  )
  const [message] = await ann.node.history(mallory.account, { limit: 9 })
  assert.deepEqual([message?.id, message?.text, message?.edited], [id, 'mine', false])
  assert.equal(message?.deleted, false)
  assert.deepEqual(changes(ann), [])
  assert.equal((await ann.node.changes.edits(id)).length, 1)
})
