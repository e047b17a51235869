// What a meeting leaves behind about a contact holds up no messages where it cannot be kept.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { TidingsError } from '../../src/core/errors.ts'
import type { AccountId } from '../../src/core/id.ts'
import type { Store } from '../../src/store/store.ts'
import { friends, partsOf, until } from './nodes.ts'

/** Whatever a test does, the disk of a node has no room from now on; what ends that. */
function fill({ store }: { store: Pick<Store, 'commit'> }): () => void {
  const commit = store.commit.bind(store)
  store.commit = () => Promise.reject(new TidingsError('disk_full', 'no room'))
  return () => {
    store.commit = commit
  }
}

test('with a full disk messages still leave for somebody who is elsewhere now', async (t) => {
  const [ann, bob] = await friends(t)
  await bob.stop()
  await until(() => !ann.online(bob), 'he is gone')
  await ann.node.send(bob.account, 'accepted before')
  const { book, init } = partsOf(ann)
  await book.update(bob.account as AccountId, (known) => ({
    ...known,
    name: 'Robert',
    hints: known.hints.map((hint) => ({ ...hint, addresses: ['/ip4/127.0.0.1/tcp/9'] })),
  }))
  const empty = fill(init)
  await bob.start()
  await until(async () => (await bob.texts(ann)).length === 1, 'he has it')
  assert.equal(book.get(bob.account as AccountId)?.name, 'Robert', 'nothing was kept')
  empty()
})

test('with a full disk a newer list of a known device costs no messages', async (t) => {
  const [ann, bob] = await friends(t)
  await bob.stop()
  await until(() => !ann.online(bob), 'he is gone')
  await ann.node.send(bob.account, 'accepted before')
  const { book, init } = partsOf(ann)
  const account = bob.account as AccountId
  const older = -1
  await book.update(account, (known) => ({
    ...known,
    ...(known.devices && { devices: { ...known.devices, version: older } }),
  }))
  const empty = fill(init)
  await bob.start()
  await until(async () => (await bob.texts(ann)).length === 1, 'he has it')
  assert.equal(book.get(account)?.devices?.version, older, 'nothing was kept')
  empty()
})
