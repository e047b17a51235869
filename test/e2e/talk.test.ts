// What goes with conversations beside their messages, as scripts and people see it on the command
// line.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { test, type TestContext } from 'node:test'

import type { Conversation, Message, Standing, Tellings } from '../../src/api/shapes.ts'
import { assertRefused, introduce, Person, waitUntil } from './harness.ts'

async function friends(t: TestContext): Promise<[alice: Person, bob: Person]> {
  const [alice, bob] = [await Person.create(t, 'alice'), await Person.create(t, 'bob')]
  await alice.start()
  await introduce(alice, bob, await bob.start('--accept', 'auto'))
  return [alice, bob]
}

async function text(who: Person, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await who.run(args)
  assert.equal(code, 0, stderr)
  return stdout
}

async function conversation(who: Person): Promise<Conversation> {
  const [one] = await who.json<Conversation[]>('conversations')
  assert.ok(one)
  return one
}

test('what is unread is told, and read up to a message or altogether', async (t) => {
  const [alice, bob] = await friends(t)
  const ids = []
  for (const words of ['one', '@alice two', 'three']) {
    const sent = await bob.json<{ id: string }>('send', '@alice', words, '--wait', 'delivered')
    ids.push(sent.id)
  }
  await waitUntil(async () => (await conversation(alice)).unread === 3, 'all came')
  assert.match(await text(alice, 'conversations'), /^bob +3 unread, 1 mention +\S+ \S+ +three\n$/)
  assert.match(await text(alice, 'status'), /^unread +3 unread, 1 mention$/m)
  assert.equal(await text(alice, 'read', '@bob', '--up-to', ids[1] ?? ''), '')
  const status = await alice.json<{ unread: number; mentions: number }>('status')
  assert.deepEqual([status.unread, status.mentions], [1, 0])
  const history = await bob.json<Message[]>('history', '@alice')
  await waitUntil(async () => {
    const states = (await bob.json<Message[]>('history', '@alice')).map(({ state }) => state)
    return states.join() === 'read,read,delivered'
  }, 'bob knows')
  assert.equal(history.length, 3)
  await alice.json('read', 'bob')
  assert.equal((await conversation(alice)).unread, 0)
  assert.match(await text(alice, 'conversations'), /^bob +\S+ \S+ +three\n$/)
})

test('muting, drafts and what contacts are told outlive the node', async (t) => {
  const [alice] = await friends(t)
  const muted = await alice.json<Standing>('mute', '@bob', '--for', '2h')
  assert.ok(muted.mutedUntil !== null && Date.parse(muted.mutedUntil) > Date.now() + 7_000_000)
  assert.match(await text(alice, 'mute', 'bob', '--all'), /^bob is muted, mentions too\n$/)
  assert.equal(await text(alice, 'draft', '@bob'), 'There is no draft.\n')
  assert.equal(await text(alice, 'draft', '@bob', 'Lunch', 'at'), 'Lunch at\n')
  await alice.json('tell', 'read', 'off')
  await alice.json('tell', 'typing', 'off', '--in', '@bob')
  const unknown = { exit: 1, code: 'unknown_name' }
  await assertRefused(alice, ['tell', 'read', '--in', '@nobody'], unknown)
  await assertRefused(alice, ['tell', 'read', 'on', '--in', '@nobody'], unknown)
  const client = await alice.connect(t)
  await assert.rejects(client.call('tell', { setting: 'on' }), { code: 'bad_input' })
  await alice.json('stop')
  await alice.start()
  assert.match(await text(alice, 'conversations'), /^bob .*muted, mentions too +draft: Lunch at/)
  assert.equal(
    await text(alice, 'tell'),
    'Contacts are not told how far you have read.\n' +
      'Contacts are told that you are typing.\n' +
      'bob is not told that you are typing.\n',
  )
  assert.equal(await text(alice, 'unmute', '@bob'), 'bob is not muted\n')
  assert.equal(await text(alice, 'draft', '@bob', ''), 'There is no draft.\n')
  await alice.json('tell', 'read', 'default')
  const { read, conversations } = await alice.json<Tellings>('tell', 'typing', 'default')
  assert.deepEqual([read, conversations.length], [true, 1])
})

test('who follows is told who types and what was read, and misses nothing by it', async (t) => {
  const [alice, bob] = await friends(t)
  const tail = alice.spawn(['--json', 'tail', '--since', '0'])
  assert.ok(tail.stdout)
  const events: Record<string, unknown>[] = []
  createInterface({ input: tail.stdout }).on('line', (line) => {
    events.push(JSON.parse(line) as Record<string, unknown>)
  })
  const heard = (type: string): Record<string, unknown>[] =>
    events.filter((event) => event['type'] === type)
  await bob.json('send', '@alice', 'first')
  await waitUntil(() => heard('message').length === 1, 'a message')
  const bobs = await bob.connect(t)
  await bobs.call('typing', { conversation: 'alice' })
  await waitUntil(() => heard('typing').length === 1, 'bob types')
  await bobs.call('typing', { conversation: 'alice', stopped: true })
  await waitUntil(() => heard('typing').length === 2, 'and stops')
  assert.deepEqual(
    heard('typing').map(({ name, typing }) => [name, typing]),
    [
      ['bob', true],
      ['bob', false],
    ],
  )
  await alice.json('read', '@bob')
  await waitUntil(() => heard('conversation').length === 1, 'it was read')
  assert.equal(heard('conversation')[0]?.['unread'], 0)
  // A signal has no place of its own: whoever goes on after it goes on after the message.
  const [message] = heard('message')
  assert.equal(heard('typing')[0]?.['cursor'], message?.['cursor'])
  tail.kill('SIGINT')
  await once(tail, 'exit')
})
