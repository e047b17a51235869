import assert from 'node:assert/strict'
import { test } from 'node:test'

import { friends, person, until } from '../nodes.ts'

test('a contact that is here is asked, and connects; one that is not is looked for', async (t) => {
  const [ann, bob] = await friends(t)
  const eve = await person(t, 'eve', { accept: 'auto' })
  await ann.add(eve)
  await until(() => ann.online(eve), 'eve is online')
  const { address } = eve
  await eve.stop()
  await until(() => !ann.online(eve), 'eve is gone')
  const { peers, sought } = await ann.node.survey()
  assert.deepEqual(
    peers.map(({ answer, ...peer }) => [peer, typeof answer === 'object' && answer.reached]),
    [[{ name: 'bob', agent: 'test', interface: 'lo', heard: false }, true]],
  )
  assert.deepEqual(sought, [
    {
      name: 'eve',
      isContact: true,
      heard: false,
      address: address.replace(/\/p2p\/.*/, ''),
      interface: 'lo',
      knock: 'refused',
    },
  ])
  assert.ok(ann.online(bob) && bob.online(ann), 'nobody lost a session by it')
})

test('whoever asks while others look gets the same answer', async (t) => {
  const [ann] = await friends(t)
  const [one, other] = await Promise.all([ann.node.survey(), ann.node.survey()])
  assert.equal(one, other)
  assert.notEqual(await ann.node.survey(), one)
})
