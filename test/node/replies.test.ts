// What a message may say beside its words: whom it answers, whom it addresses, what its author
// does.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { isTidingsError } from '../../src/core/errors.ts'
import { crew, has } from './crew.ts'
import { deviceOf, liar } from './liar.ts'
import { friends, type Person, person, until } from './nodes.ts'

test('an answer is shown with what it answers, on both sides', async (t) => {
  const [ann, bob] = await friends(t)
  const { id } = await ann.node.send('bob', `Tea\nor ${'coffee '.repeat(40)}?`)
  await until(async () => (await bob.texts(ann)).length === 1, 'bob has it')
  await bob.node.send('ann', 'Tea.', { reply: id })
  await until(async () => (await ann.texts(bob)).length === 2, 'ann has the answer')
  for (const [one, other] of [
    [ann, bob],
    [bob, ann],
  ] as const) {
    const [, answer] = await one.node.history(other.account, { limit: 10 })
    assert.equal(answer?.replyTo?.id, id)
    assert.equal(answer?.replyTo?.author, ann.account)
    assert.equal(answer?.replyTo?.authorName, 'ann')
    assert.match(answer?.replyTo?.text ?? '', /^Tea or coffee .*…$/)
    assert.ok((answer?.replyTo?.text.length ?? 999) <= 121)
  }
})

test('an answer to what somebody did quotes that', async (t) => {
  const [ann, bob] = (await crew(t, ['ann', 'bob'])) as [Person, Person]
  await ann.node.disappear('#crew', 3600)
  const history = () => ann.node.history('#crew', { limit: 10 })
  for (const [kind, words] of [
    ['group', 'made the group "crew"'],
    ['timer', 'set messages to disappear after 1 hour'],
  ] as const) {
    const reply = (await history()).find((message) => message.kind === kind)?.id ?? ''
    await ann.node.send('#crew', `about the ${kind}`, { reply })
    await has(bob, `about the ${kind}`)
    for (const who of [ann, bob]) {
      const [answer] = await who.node.history('#crew', { limit: 1 })
      assert.equal(answer?.replyTo?.text, words)
    }
  }
})

test('what is not a message here cannot be answered, and nothing is sent', async (t) => {
  const [ann, bob] = await friends(t)
  const { id } = await ann.node.send('bob', 'one')
  const none = id.replace(/-\d+$/, '-2')
  const unknown = (error: unknown): boolean => isTidingsError(error, 'unknown_message')
  await assert.rejects(ann.node.send('bob', 'two', { reply: none }), unknown)
  const bad = (error: unknown): boolean => isTidingsError(error, 'bad_input')
  await assert.rejects(ann.node.send('bob', 'two', { reply: 'nonsense' }), bad)
  assert.deepEqual(await ann.texts(bob), ['one'])
})

test('whoever is addressed by name or alias is told so, by account', async (t) => {
  const [ann, bob] = await friends(t)
  await ann.node.renameContact('bob', 'Robert')
  await ann.node.send('Robert', 'are you there, @robert?')
  await ann.node.send('Robert', 'nobody@bob.example')
  await until(async () => (await bob.texts(ann)).length === 2, 'bob has both')
  const [first, second] = await bob.node.history(ann.account, { limit: 10 })
  assert.deepEqual([first?.mentions, first?.mentionsYou], [[bob.account], true])
  assert.deepEqual([second?.mentions, second?.mentionsYou], [[], false])
  const [own] = await ann.node.history(bob.account, { limit: 10 })
  assert.equal(own?.mentionsYou, false)
})

test('an action is one on both sides, and a plain message is none', async (t) => {
  const [ann, bob] = await friends(t)
  await ann.node.send('bob', 'waves', { action: true })
  await ann.node.send('bob', 'hello')
  await until(async () => (await bob.texts(ann)).length === 2, 'bob has both')
  const actions = (await bob.node.history(ann.account, { limit: 10 })).map(({ action }) => action)
  assert.deepEqual(actions, [true, false])
})

test('an answer to what is not there is shown as that', async (t) => {
  const ann = await person(t, 'ann', { accept: 'auto' })
  const mallory = await liar(t, ann)
  const replyTo = { device: deviceOf(ann, mallory), seq: 4_000_000_000 }
  const body = { kind: 'text', text: 'as you said', replyTo } as const
  mallory.say({ type: 'run', run: mallory.scribe.say([body]) })
  await until(
    async () => (await ann.node.history(mallory.account, { limit: 5 })).length === 1,
    'ann shows it',
  )
  const [message] = await ann.node.history(mallory.account, { limit: 5 })
  assert.equal(message?.replyTo?.author, undefined)
  assert.equal(message?.replyTo?.text, '')
})
