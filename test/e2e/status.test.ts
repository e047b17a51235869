// What `status` tells, of real nodes: who is there, what waits and for whom, what went over the
// network and what lies on disk.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import * as v from 'valibot'

import { status as statusSchema, type Status } from '../../src/api/shapes.ts'
import { introduce, Person, waitUntil } from './harness.ts'

async function statusOf(person: Person): Promise<Status> {
  return v.parse(statusSchema, await person.json('status'))
}

test('who is online is told with address and time, also after they come back', async (t) => {
  const [ann, bob] = [await Person.create(t, 'ann'), await Person.create(t, 'bob')]
  const annReady = await ann.start()
  const before = Date.now()
  const ready = await bob.start('--accept', 'auto')
  assert.deepEqual((await statusOf(ann)).connections, [])
  await introduce(ann, bob, ready)
  await ann.json('contact', 'rename', 'bob', 'Bob from the lab')
  const { connections, peers } = await statusOf(ann)
  assert.equal(peers, 1)
  const [{ onlineSince, ...bobIs } = { onlineSince: '' }, ...more] = connections
  assert.deepEqual(more, [])
  assert.deepEqual(bobIs, {
    account: ready.account,
    name: 'Bob from the lab',
    contact: 'friend',
    address: ready.addresses[0]?.replace(/\/p2p\/.*/, ''),
    outgoing: true,
  })
  assert.ok(Date.parse(onlineSince) >= before - 1000 && Date.parse(onlineSince) <= Date.now())
  const [annIs] = (await statusOf(bob)).connections
  assert.deepEqual([annIs?.account, annIs?.outgoing], [annReady.account, false])

  const { stdout } = await ann.run(['status'])
  assert.match(stdout, /^online {4}1 contact, 0 nodes nearby$/m)
  assert.match(stdout, /^ {10}Bob from the lab {2}127\.0\.0\.1:\d+ {2}for \d+ s$/m)
  const there = (await bob.run(['status'])).stdout
  assert.match(there, /^ {10}ann {2}127\.0\.0\.1 {2}for \d+ s$/m)

  await bob.json('stop')
  await waitUntil(async () => (await statusOf(ann)).connections.length === 0, 'bob is gone')
  await bob.start()
  await waitUntil(async () => (await statusOf(ann)).connections.length === 1, 'bob is back')
  const again = (await statusOf(ann)).connections[0]
  assert.ok(Date.parse(again?.onlineSince ?? '') > Date.parse(onlineSince))
})

test('what waits is told by conversation, and for how many people', async (t) => {
  const [ann, bob, carol] = await Promise.all(
    ['ann', 'bob', 'carol'].map((n) => Person.create(t, n)),
  )
  assert.ok(ann && bob && carol)
  await ann.start('--accept', 'auto')
  await introduce(ann, bob, await bob.start('--accept', 'auto'))
  await introduce(ann, carol, await carol.start('--accept', 'auto'))
  await ann.json('group', 'create', 'crew')
  await ann.json('group', 'invite', '#crew', 'bob')
  await waitUntil(
    async () => (await bob.run(['group', 'join', '#crew'])).code === 0,
    'bob is in it',
  )
  const empty = { messages: 0, people: 0, conversations: [] }
  await ann.json('send', '@bob', 'there?', '--wait', 'delivered')
  await ann.json('send', '#crew', 'all there?', '--wait', 'delivered')
  assert.deepEqual((await statusOf(ann)).queue, empty)
  assert.match((await ann.run(['status'])).stdout, /^queue {5}nothing waits$/m)

  await bob.json('stop')
  await carol.json('stop')
  await waitUntil(async () => (await statusOf(ann)).connections.length === 0, 'nobody is there')
  for (const words of ['1', '2', '3']) await ann.json('send', '@bob', words)
  const { id } = await ann.json<{ id: string }>('send', '@carol', '1')
  await ann.json('send', '#crew', '1')
  await ann.json('send', '#crew', '2')
  // What was done to messages is none itself.
  await ann.json('edit', id, 'one')
  await ann.json('react', id, '👍')
  const { queue } = await statusOf(ann)
  assert.deepEqual([queue.messages, queue.people], [6, 2])
  const told = queue.conversations.map(({ name, messages, people }) => [name, messages, people])
  assert.deepEqual(told, [
    ['bob', 3, 1],
    ['#crew', 2, 1],
    ['carol', 1, 1],
  ])
  const line = /^queue {5}6 messages for 2 people: bob 3, #crew 2, carol 1$/m
  assert.match((await ann.run(['status'])).stdout, line)

  await bob.start()
  await waitUntil(async () => (await statusOf(ann)).queue.messages === 1, 'bob has all of it')
  assert.equal((await statusOf(ann)).queue.conversations[0]?.name, 'carol')
  // Whom the user does not write to any more gets nothing, and nothing waits for them.
  await ann.json('contact', 'remove', 'carol')
  assert.deepEqual((await statusOf(ann)).queue, empty)
})

test('bytes are counted both ways, and the database grows with what it holds', async (t) => {
  const [ann, bob] = [await Person.create(t, 'ann'), await Person.create(t, 'bob')]
  await ann.start()
  await introduce(ann, bob, await bob.start('--accept', 'auto'))
  const before = await statusOf(ann)
  assert.ok(before.traffic.sentBytes > 0 && before.traffic.receivedBytes > 0)
  const text = 'x'.repeat(30_000)
  for (let i = 0; i < 10; i++) await ann.json('send', '@bob', text, '--wait', 'delivered')
  const [after, there] = [await statusOf(ann), await statusOf(bob)]
  const sent = after.traffic.sentBytes - before.traffic.sentBytes
  assert.ok(sent > 300_000 && sent < 330_000, `${sent}`)
  assert.ok(there.traffic.receivedBytes > 300_000 && there.traffic.sentBytes < 100_000)
  assert.ok(after.traffic.receivedBytes - before.traffic.receivedBytes < 100_000)
  // The size is looked at anew after some seconds.
  const grown = async (): Promise<boolean> =>
    (await statusOf(ann)).databaseBytes - before.databaseBytes > 300_000
  await waitUntil(grown, 'the database is known to be larger')
  const { stdout } = await ann.run(['status'])
  assert.match(stdout, /^traffic {3}\d+ KiB sent, [\d.]+ KiB received$/m)
  assert.match(stdout, /^database {2}[\d.]+ MiB on disk$/m)
  // Another name is another session of the same node.
  await ann.json('name', 'Anna')
  assert.ok((await statusOf(ann)).traffic.sentBytes >= after.traffic.sentBytes)
})
