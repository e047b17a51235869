// A profile that is restored from a backup on another machine, after one of its copies had to go on
// as another device: what the device of before still writes has to reach it like everything else.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { friends, type Person, person, until } from './nodes.ts'
import { restored } from './restore.ts'

async function has(one: Person, other: Person, texts: readonly string[]): Promise<void> {
  const wanted = texts.toSorted().join()
  const all = async (): Promise<boolean> => (await one.texts(other)).toSorted().join() === wanted
  await until(all, `${one.name} has ${wanted}`)
}

test('what a given up device still writes reaches a profile restored from a backup', async (t) => {
  const [ann, bob] = await friends(t)
  await ann.stop()
  const twin = await person(t, 'twin', { copyOf: ann.database })
  const peerId = twin.node.identity().peerId
  const texts = ['t1', 't2']
  for (const text of texts) await twin.node.send('bob', text)
  await has(bob, twin, texts)
  await twin.stop()
  await bob.stop()
  // Written while bob is away: when they meet ann sees that bob holds more, and other entries.
  await ann.start()
  await ann.node.send('bob', 'a1')
  texts.push('a1')
  await bob.start()
  await has(ann, bob, texts)
  await twin.start()
  await has(twin, bob, texts)
  assert.equal(twin.node.identity().peerId, peerId, 'the twin is the device that it was')

  await ann.stop()
  const again = await person(t, 'ann again', { copyOf: await restored(t, ann) })
  await ann.start()
  await twin.node.send('bob', 't3')
  texts.push('t3')
  await has(bob, twin, texts)
  await has(again, bob, texts)
})
