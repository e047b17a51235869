// Changing messages from the shell, between real daemons: what the commands print, what scripts
// get.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { Event, Message } from '../../src/api/client.ts'
import { assertRefused, introduce, Person, waitUntil } from './harness.ts'

test('a message is edited, reacted to, pinned and deleted by command', async (t) => {
  const [ann, bob] = [await Person.create(t, 'ann'), await Person.create(t, 'bob')]
  await ann.start()
  await introduce(ann, bob, await bob.start('--accept', 'auto'))
  const { id } = await ann.json<{ id: string }>('send', '@bob', 'Lunhc?', '--wait', 'delivered')
  const edited = await ann.json<Message>('edit', id, 'Lunch,', 'at one?')
  assert.deepEqual([edited.id, edited.text, edited.edited], [id, 'Lunch, at one?', true])
  const { code, stdout } = await ann.run(['edit', id], { input: 'Lunch?\n' })
  assert.equal(code, 0)
  assert.match(stdout, /ann: Lunch\? {2}\(edited\) {2}\((queued|delivered|read)\)\n/)
  await waitUntil(async () => {
    const [message] = await bob.json<Message[]>('history', '@ann')
    return message?.text === 'Lunch?'
  }, 'bob sees it')
  await assertRefused(bob, ['edit', id, 'Supper?'], { exit: 1, code: 'not_yours' })
  await assertRefused(bob, ['delete', id], { exit: 1, code: 'not_yours' })

  const reacted = await bob.json<Message>('react', id, '👍')
  assert.deepEqual(
    reacted.reactions.map(({ emoji, mine }) => [emoji, mine]),
    [['👍', true]],
  )
  assert.equal((await bob.run(['pin', id])).code, 0)
  await waitUntil(async () => (await ann.json<Message[]>('pins', '@bob')).length === 1, 'a pin')
  const shown = await ann.run(['history', '@bob'])
  assert.match(shown.stdout, /ann: Lunch\? {2}\(edited\) {2}\(pinned\) {2}\[👍\] {2}\(delivered\)/)
  const edits = await bob.json<{ text: string }[]>('edits', id)
  assert.deepEqual(
    edits.map(({ text }) => text),
    ['Lunhc?', 'Lunch, at one?', 'Lunch?'],
  )
  assert.match((await bob.run(['edits', id])).stdout, /Lunhc\?\n.*at one\?\n.*Lunch\?\n$/)
  assert.deepEqual((await bob.json<Message>('react', id, '👍', '--remove')).reactions, [])
  assert.equal((await bob.json<Message>('unpin', id)).pinned, false)

  const answer = await bob.json<{ id: string }>('send', '@ann', 'Yes', '--reply', id)
  assert.equal((await ann.run(['delete', id])).stdout, `deleted ${id}\n`)
  await assertRefused(ann, ['edit', id, 'x'], { exit: 1, code: 'message_deleted' })
  await waitUntil(async () => {
    const [message] = await bob.json<Message[]>('history', '@ann')
    return message?.deleted === true && message.text === ''
  }, 'bob sees it no more')
  const after = await bob.run(['history', '@ann'])
  assert.doesNotMatch(after.stdout, /Lunch/)
  assert.match(after.stdout, /ann: \(deleted\)/)
  assert.match(after.stdout, /> ann: \(deleted\)/)
  assert.match(answer.id, /-\d+$/)
  assert.match((await ann.run(['pins', '@bob'])).stdout, /Nothing is pinned here/)

  const tail = bob.spawn(['--json', 'tail', '--since', '0'])
  let lines = ''
  tail.stdout?.on('data', (chunk: Buffer) => (lines += chunk.toString()))
  const events = (): Event[] =>
    lines
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Event)
  const done = (): string[] =>
    events().flatMap((event) => (event.type === 'changed' ? [event.change] : []))
  // Of what is deleted nothing else is told.
  await waitUntil(() => done().length > 0, 'it is told')
  assert.deepEqual(done(), ['deleted'])
  assert.doesNotMatch(lines, /Lunch/)
  tail.kill()
})
