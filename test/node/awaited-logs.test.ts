// Entries of a group that wait for the log of a device of which only some members have heard.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { DeviceId } from '../../src/core/id.ts'
import type { Run } from '../../src/core/run.ts'
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

/** Cid has another device, which one of the others has heard of. */
function acquaint(who: Person, cid: Person, device: DeviceId): void {
  const { conversations, groups } = partsOf(who)
  const { devices: list } = partsOf(cid).self.record
  const devices = [...list.devices, device].toSorted()
  const newer = { ...list, version: list.version + 1, devices }
  assert.ok(groups.met(idOf(who), newer))
  conversations.openGroup(idOf(who))
}

test('what an entry waits for is taken also after it waited for something else', async (t) => {
  const [ann, bob, cid] = (await crew(t, ['ann', 'bob', 'cid'])) as [Person, Person, Person]
  const id = idOf(ann)
  await cid.stop()
  const [forked, unheard] = [new Scribe(id), new Scribe(id)]
  acquaint(ann, cid, forked.device)
  const { forks, ledger, replicator, sharing } = partsOf(ann)
  const session = [...sharing.all()].find(({ account }) => account === bob.account)
  assert.ok(session)
  const hear = async (run: Run): Promise<void> => {
    replicator.frame(session, { type: 'run', run })
    for (const each of [ledger, forks, ledger]) await each.idle()
  }
  const twin = new Scribe(id, forked.keys)
  await hear(forked.next(['1']))
  // Bob saw more of that log, and one of which Ann has not heard.
  const { self } = partsOf(bob)
  const answer = new Scribe(id, { ...forked.keys, id: self.device, sign: self.signer })
  const head = partsOf(bob).ledger.conversation(id).get(self.device)?.head
  assert.ok(head)
  answer.head = head
  await hear(answer.next(['an answer'], [{ device: forked.device, seq: 2 }]))
  await hear(answer.next(['another'], [{ device: unheard.device, seq: 1 }]))
  const isTaken = (): boolean =>
    replicator.current.conversations.get(id)?.devices.has(unheard.device) === true
  assert.equal(isTaken(), false)
  await hear(twin.next(['another 1', 'another 2']))
  await until(async () => (await texts(ann)).includes('an answer'), 'ann shows the answer')
  assert.ok(isTaken())
})
