// Strangers who know a group: by its first entry they are heard, and cannot do more than bring what
// its members signed.
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'

import type { ConversationClock, GroupInviteFrame } from '../../src/core/frames.ts'
import type { ConversationId } from '../../src/core/id.ts'
import { Peer } from '../net/peers.ts'
import { crew, groupOf, texts } from './crew.ts'
import { partsOf, type Person, until } from './nodes.ts'

const idOf = (who: Person): ConversationId => groupOf(who)?.conversation as ConversationId

/** As everybody has it who ever was in the group, or was asked. */
async function invitation(who: Person): Promise<GroupInviteFrame> {
  const { self, init } = partsOf(who)
  const run = await init.store.readRun(idOf(who), self.device, 1)
  const [entry] = run?.entries ?? []
  assert.ok(entry)
  const about = { device: self.device, entry, name: 'crew' }
  return { type: 'group_invite', conversation: idOf(who), ...about }
}

/** A new identity that shows it and says what it holds; who counts what it was asked for. */
async function claims(
  t: TestContext,
  victim: Person,
  invite: GroupInviteFrame,
  clock: ConversationClock,
): Promise<Peer> {
  const peer = await Peer.start({ name: 'Eve' })
  t.after(() => peer.net.stop())
  const session = await peer.net.reach({ addresses: [victim.address] }, AbortSignal.timeout(5000))
  session.send(invite)
  await until(() => peer.frames.some(({ type }) => type === 'clocks'), 'it is heard')
  session.send({ type: 'clocks', reset: false, clocks: [clock] })
  return peer
}

test('strangers leave nothing, however many of them know the group', async (t) => {
  const [ann, bob] = (await crew(t, ['ann', 'bob'])) as [Person, Person]
  const { init, records, self } = partsOf(ann)
  const invite = await invitation(ann)
  const conversation = idOf(ann)
  const seqs = new Map([
    [partsOf(bob).self.device, 1000],
    [self.device, 1],
  ])
  const eve = await claims(t, ann, invite, { conversation, seqs })
  await until(() => eve.frames.some(({ type }) => type === 'want'), 'it is asked')
  await eve.net.stop()
  await until(() => !partsOf(ann).replicator.current.peers.has(eve.id), 'it is gone')
  await records.flush()
  const holds = (await init.store.all('holds')).map(([key]) => key)
  assert.ok(
    holds.some((key) => key.endsWith(conversation)),
    'of members it is kept',
  )
  assert.deepEqual(
    holds.filter((key) => key.startsWith(eve.id)),
    [],
  )
  assert.equal(ann.node.sync('#crew')[0]?.complete, true)
  await bob.node.send('#crew', 'still')
  await until(async () => (await texts(ann)).includes('still'), 'Ann has it')
})
