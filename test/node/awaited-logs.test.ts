// Entries of a group that wait for the log of a device of which only some members have heard.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { crew, texts } from './crew.ts'
import { idOf } from './group-visitors.ts'
import { partsOf, type Person, until } from './nodes.ts'
import { Scribe } from './scribe.ts'

test('what an entry waits for is still taken after a start', async (t) => {
  const [ann, bob, cid] = (await crew(t, ['ann', 'bob', 'cid'])) as [Person, Person, Person]
  const id = idOf(ann)
  await ann.stop()
  // Bob alone hears of another device of Cid's, and answers to what it wrote.
  const other = new Scribe(id)
  const { conversations, groups, init, ledger, replicator, self, sharing } = partsOf(bob)
  const { device, record } = partsOf(cid).self
  const { version, devices } = record.devices
  const list = { ...record.devices, version: version + 1, devices: [...devices, other.device] }
  assert.ok(groups.met(id, list))
  conversations.openGroup(id)
  const session = [...sharing.all()].find((each) => each.device === device)
  assert.ok(session)
  replicator.frame(session, { type: 'run', run: other.next(['from the other device']) })
  const shown = (): number | undefined => ledger.conversation(id).get(other.device)?.order.shown
  await until(() => shown() === 1, 'bob has it')
  await bob.node.send('#crew', 'an answer')
  await cid.stop()
  // His disk does not give it yet.
  const readPage = init.store.readPage.bind(init.store)
  const slow = Promise.withResolvers<void>()
  init.store.readPage = async (conversation, author, ...range) => {
    if (author === other.device) await slow.promise
    return readPage(conversation, author, ...range)
  }
  await ann.start()
  const waiting = () => partsOf(ann).ledger.conversation(id).get(self.device)?.order.waiting
  await until(() => waiting()?.device === other.device, 'ann has the answer, which waits')
  await ann.stop()
  slow.resolve()
  await ann.start()
  await until(async () => (await texts(ann)).includes('an answer'), 'ann shows it')
})
