// What a meeting leaves behind about a contact: where it listens, from the first one on. It holds
// up no messages where it cannot be kept.
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'

import type { AccountId } from '../../src/core/id.ts'
import { fillDisk, friends, partsOf, person, type Person, until } from './nodes.ts'

/** Two friends, the second one away, and a message that waits for him. */
async function parted(t: TestContext): Promise<[Person, Person]> {
  const [ann, bob] = await friends(t)
  await bob.stop()
  await until(() => !ann.online(bob), 'he is gone')
  await ann.node.send(bob.account, 'accepted before')
  return [ann, bob]
}

test('with a full disk messages still leave for somebody who is elsewhere now', async (t) => {
  const [ann, bob] = await parted(t)
  const { book } = partsOf(ann)
  await book.update(bob.account as AccountId, (known) => ({
    ...known,
    name: 'Robert',
    hints: known.hints.map((hint) => ({ ...hint, addresses: ['/ip4/127.0.0.1/tcp/9'] })),
  }))
  const empty = fillDisk(ann)
  await bob.start()
  await until(async () => (await bob.texts(ann)).length === 1, 'he has it')
  assert.equal(book.get(bob.account as AccountId)?.name, 'Robert', 'nothing was kept')
  empty()
})

test('with a full disk a newer list of a known device costs no messages', async (t) => {
  const [ann, bob] = await parted(t)
  const { book } = partsOf(ann)
  const account = bob.account as AccountId
  const older = -1
  await book.update(account, (known) => ({
    ...known,
    ...(known.devices && { devices: { ...known.devices, version: older } }),
  }))
  const empty = fillDisk(ann)
  await bob.start()
  await until(async () => (await bob.texts(ann)).length === 1, 'he has it')
  assert.equal(book.get(account)?.devices?.version, older, 'nothing was kept')
  empty()
})

for (const accept of ['auto', 'ask'] as const) {
  test(`who is asked learns in that session where to look, accepting by ${accept}`, async (t) => {
    const [ann, bob] = [await person(t, 'ann'), await person(t, 'bob', { accept })]
    await ann.add(bob)
    if (accept === 'ask') {
      await until(() => bob.node.contacts().length === 1, 'the request is there')
      await bob.node.acceptContact('ann')
    }
    await until(() => ann.online(bob) && bob.online(ann), 'they are online')
    const knows = (who: Person, other: Person): boolean =>
      who.node.showContact(other.account).addresses.includes(other.address.replace(/\/p2p\/.*/, ''))
    await until(() => knows(bob, ann) && knows(ann, bob), 'both know')
  })
}

test('a contact was seen last when it was heard, not after the sleep since', async (t) => {
  const heardAtMs = Date.parse('2026-05-01T18:00:00Z')
  t.mock.timers.enable({ apis: ['Date'], now: heardAtMs })
  const [ann, bob] = await friends(t)
  const { book, net } = partsOf(ann)
  const session = net.session(partsOf(bob).self.device)
  assert.ok(session)
  t.mock.timers.setTime(Date.parse('2026-05-04T08:00:00Z'))
  session.close('timeout', 'no answer after the network changed')
  await book.idle()
  assert.equal(book.get(bob.account as AccountId)?.lastSeenMs, heardAtMs)
})
