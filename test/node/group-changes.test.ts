// What somebody does to messages after they were removed, not having heard of it, or pretending so.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { PINS_MAX } from '../../src/core/limits.ts'
import type { MessageView } from '../../src/node/node-types.ts'
import { crew, said } from './crew.ts'
import { partsOf, type Person, until } from './nodes.ts'

test('what a removed one takes back later stays as it was', async (t) => {
  const [ann, bob, cid] = (await crew(t, ['ann', 'bob', 'cid'])) as [Person, Person, Person]
  await ann.node.send('#crew', 'of ann')
  await until(async () => (await said(bob)).length === 1, 'Bob has it')
  const { id: own } = await bob.node.send('#crew', 'of bob')
  const idOf = async (who: Person, text: string): Promise<string> =>
    (await said(who)).find((each) => each.text === text)?.id ?? ''
  await bob.node.changes.react(await idOf(bob, 'of ann'), '👍')
  await bob.node.changes.pin(await idOf(bob, 'of ann'))
  const isThere = ({ pinned, reactions }: MessageView): boolean => pinned && reactions.length === 1
  for (const who of [ann, cid]) {
    await until(async () => (await said(who)).some(isThere), 'all of it is there')
  }
  const look = async (who: Person): Promise<Partial<MessageView>[]> =>
    (await said(who)).map(({ text, deleted, edited, pinned, reactions }) => {
      return { text, deleted, edited, pinned, reactions }
    })
  const before = await look(cid)
  // Who knows of it takes nothing of Bob any more, but what Cid took who does not.
  for (const who of [bob, cid]) await who.stop()
  await ann.node.groups.remove('#crew', 'bob')
  await ann.stop()
  for (const who of [bob, cid]) await who.start()
  await bob.node.changes.react(await idOf(bob, 'of ann'), '👍', { remove: true })
  await bob.node.changes.unpin(await idOf(bob, 'of ann'))
  await bob.node.changes.edit(own, 'what bob would have liked to say')
  await bob.node.changes.delete(own)
  // And what he pins now does not push what others see out of the list.
  for (let i = 0; i < PINS_MAX; i++) {
    const { id } = await bob.node.send('#crew', `${i}`)
    await bob.node.changes.pin(id)
  }
  const { conversation } = await bob.node.changes.react(await idOf(bob, 'of ann'), '☕')
  const [device] = partsOf(bob).self.devices
  assert.ok(device)
  const seq = (who: Person): number =>
    partsOf(who).ledger.conversation(conversation).get(device)?.order.shown ?? 0
  await until(() => seq(cid) === seq(bob), 'Cid holds what he wrote')
  await bob.stop()
  await ann.start()
  await until(() => seq(ann) === seq(cid), 'Ann holds it too')
  await until(() => cid.node.groups.members('#crew').length === 2, 'Cid knows')
  await bob.start()
  assert.deepEqual(await look(cid), before)
  for (const who of [ann, cid]) {
    const pins = await who.node.changes.pins('#crew')
    assert.deepEqual(
      pins.map(({ text }) => text),
      ['of ann'],
    )
  }
})
