// A draft and what becomes of it, on a disk that takes its time.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { silentLogger } from '../../src/core/logger.ts'
import { Drafts } from '../../src/node/talk/drafts.ts'
import { recordKey } from '../../src/store/keys.ts'
import type { Store } from '../../src/store/store.ts'
import { flip, tamper } from '../store/repair/tamper.ts'
import { friends, partsOf } from './nodes.ts'
import { newConversation } from './scribe.ts'

function slowStore(): { readonly store: Store; readonly commits: () => number } {
  let kept: { text: string } | undefined
  let commits = 0
  const batch = () => {
    let next: { text: string } | undefined
    return {
      put: (_kind: string, _key: string, value: { text: string }) => (next = value),
      delete: () => (next = undefined),
      write: () => (kept = next),
    }
  }
  const commit = async ({ write }: ReturnType<typeof batch>): Promise<void> => {
    await new Promise((resolve) => setImmediate(resolve))
    commits += 1
    write()
  }
  const store = { get: () => kept, batch, commit } as unknown as Store
  return { store, commits: () => commits }
}

test('a draft that is being kept when something is sent is gone too', async () => {
  const { store } = slowStore()
  const drafts = new Drafts(store, silentLogger)
  const id = newConversation()
  const kept = drafts.set(id, 'Lunch at')
  const sent = drafts.sent(id)
  await kept
  await sent
  assert.equal(drafts.of(id), '')
})

test('where there is no draft, sending costs the disk nothing', async () => {
  const { store, commits } = slowStore()
  const drafts = new Drafts(store, silentLogger)
  const id = newConversation()
  await drafts.set(id, 'Lunch at')
  await drafts.sent(id)
  assert.equal(drafts.sent(id), undefined)
  assert.equal(commits(), 2)
})

test('a draft that cannot be read keeps no message from being sent', async (t) => {
  const [ann, bob] = await friends(t)
  const { conversation } = await ann.node.send(bob.account, 'first')
  await partsOf(ann).talk.drafts.set(conversation, 'half a sentence')
  await ann.stop()
  await tamper(ann.database, (level) => flip(level, recordKey('draft', conversation)))
  await ann.start()
  await ann.node.send(bob.account, 'second')
  await ann.node.send(bob.account, 'third')
  assert.deepEqual(await ann.texts(bob), ['first', 'second', 'third'])
})
