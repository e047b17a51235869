import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { text as readText } from 'node:stream/consumers'
import { test } from 'node:test'

import type { Message } from '../../src/api/client.ts'
import { kill, startExample } from './examples.ts'
import { introduce, Person, waitUntil } from './harness.ts'

const BOT = ['echo-bot', 'place.json'] as const

test('the echo bot answers each message once, over kills of itself and of its node', async (t) => {
  const [alice, echo] = [await Person.create(t, 'alice'), await Person.create(t, 'echo')]
  await alice.start()
  await introduce(alice, echo, await echo.start('--accept', 'auto'))
  const client = await alice.connect(t)
  const sent: string[] = []
  const send = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) {
      const text = `message ${sent.length + 1}`
      await client.send({ to: 'echo', text })
      sent.push(text)
    }
  }
  const answers = async (): Promise<Message[]> => {
    const history = await client.history({ conversation: 'echo', limit: 1000 })
    return history.filter(({ own }) => !own)
  }

  // These come before there is a bot.
  await send(10)
  let bot = startExample(t, echo, BOT)
  await waitUntil(async () => (await answers()).length >= 5, 'the first answers')
  // Each kill hits it at another moment of its work.
  for (const delayMs of [0, 7, 13, 29, 41]) {
    const sending = send(20)
    await new Promise((resolve) => setTimeout(resolve, delayMs))
    await kill(bot, 'SIGKILL')
    await sending
    bot = startExample(t, echo, BOT)
  }
  // The node goes away below a bot that stays, and asks for it until it is back.
  await echo.json('stop')
  await send(20)
  await echo.start('--accept', 'auto')
  await waitUntil(async () => (await answers()).length >= sent.length, 'all answers', 30_000)
  // And below one that has nothing to do.
  await echo.json('stop')
  await echo.start('--accept', 'auto')
  await send(1)
  await waitUntil(async () => (await answers()).length >= sent.length, 'the last answer', 30_000)
  await kill(bot, 'SIGTERM')
  assert.equal(bot.exitCode, 0)
  const texts = (await answers()).map(({ text }) => text)
  assert.deepEqual(texts, sent)
})

test('the bot goes on past what was deleted, and past groups that it is in no more', async (t) => {
  const [alice, echo] = [await Person.create(t, 'alice'), await Person.create(t, 'echo')]
  await alice.start()
  await introduce(alice, echo, await echo.start('--accept', 'auto'))
  const [client, bots] = [await alice.connect(t), await echo.connect(t)]
  const here = async (conversation: string, count: number): Promise<boolean> => {
    const history = await bots.history({ conversation }).catch(() => [])
    return history.filter(({ kind }) => kind === 'text').length === count
  }
  await client.group.create({ name: 'crew' })
  await client.group.invite({ group: '#crew', who: 'echo' })
  const joined = async (): Promise<boolean> => (await bots.group.list())[0]?.state === 'joined'
  await waitUntil(joined, 'the bot is in the group')
  await client.send({ to: '#crew', text: 'for nobody' })
  const { id } = await client.send({ to: 'echo', text: 'never mind' })
  await waitUntil(async () => (await here('#crew', 1)) && here('alice', 1), 'both are there')
  await client.delete({ id })
  await client.group.remove({ group: '#crew', who: 'echo' })
  await waitUntil(async () => (await bots.group.list())[0]?.state === 'removed', 'it is out')
  await client.send({ to: 'echo', text: 'are you well?' })
  const bot = startExample(t, echo, BOT)
  const answers = async (): Promise<string[]> =>
    (await client.history({ conversation: 'echo' })).flatMap(({ own, text }) => (own ? [] : [text]))
  await waitUntil(async () => (await answers()).length > 0, 'it answers')
  assert.deepEqual(await answers(), ['are you well?'])
  await kill(bot, 'SIGTERM')
})

test('a place that cannot be read ends a bot with words, and stays as it is', async (t) => {
  const echo = await Person.create(t, 'echo')
  const file = path.join(echo.home, 'place.json')
  for (const damaged of ['', '{"cursor":"1.0', 'null', '{}']) {
    await writeFile(file, damaged)
    const bot = startExample(t, echo, BOT, ['ignore', 'ignore', 'pipe'])
    assert.ok(bot.stderr)
    const [said] = await Promise.all([readText(bot.stderr), once(bot, 'exit')])
    assert.equal(bot.exitCode, 2)
    assert.match(said, /^echo-bot: place\.json: damaged, [^\n]*\n$/)
    assert.equal(await readFile(file, 'utf8'), damaged)
  }
})
