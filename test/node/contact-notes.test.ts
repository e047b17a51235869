// What a meeting leaves behind about a contact holds up no messages where it cannot be kept.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { TidingsError } from '../../src/core/errors.ts'
import type { AccountId } from '../../src/core/id.ts'
import { friends, partsOf, until } from './nodes.ts'

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
  const { store } = init
  const commit = store.commit.bind(store)
  store.commit = () => Promise.reject(new TidingsError('disk_full', 'no room'))
  await bob.start()
  await until(async () => (await bob.texts(ann)).length === 1, 'he has it')
  assert.equal(book.get(bob.account as AccountId)?.name, 'Robert', 'nothing was kept')
  store.commit = commit
})
