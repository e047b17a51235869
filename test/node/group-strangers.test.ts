// Who is no member of a group gets nothing, and the same as for a group that there is not; unless
// they show that they may be a member whom nobody here knows yet. Then they are heard, and cannot
// do more than bring what members signed.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import type { ConversationClock, DeviceList, GroupInviteFrame } from '../../src/core/frames.ts'
import { decodeVoucher, readVouched } from '../../src/wire/group-vouchers.ts'
import type { Peer } from '../net/peers.ts'
import { crew, groupOf, has, join, texts } from './crew.ts'
import {
  addAndRemove,
  added,
  addedBy,
  answers,
  idOf,
  invention,
  invitation,
  reach,
  visitor,
} from './group-visitors.ts'
import { partsOf, person, type Person, until } from './nodes.ts'

const listOf = (peer: Peer) => peer.hello().devices
/** A group that this visitor made up. */
const noGroup = (peer: Peer): GroupInviteFrame => invention({ ...listOf(peer), device: peer.id })

/** One who shows that a member has just added them, and says what they hold. */
async function claims(
  t: TestContext,
  victim: Person,
  invite: (peer: Peer) => GroupInviteFrame,
  clock: ConversationClock,
): Promise<Peer> {
  const peer = await visitor(t)
  const session = await reach(peer, victim)
  session.send(invite(peer))
  await until(() => peer.frames.some(({ type }) => type === 'clocks'), 'it is heard')
  session.send({ type: 'clocks', reset: false, clocks: [clock] })
  return peer
}

test('strangers leave nothing, however many are shown to be members', async (t) => {
  const [ann, bob] = (await crew(t, ['ann', 'bob'])) as [Person, Person]
  const { init, records, self } = partsOf(ann)
  const conversation = idOf(ann)
  const bare = await invitation(ann)
  const shown = (peer: Peer): GroupInviteFrame => ({
    ...bare,
    proof: [addedBy(bob, conversation, listOf(peer))],
  })
  const seqs = new Map([
    [partsOf(bob).self.device, 1000],
    [self.device, 1],
  ])
  const eve = await claims(t, ann, shown, { conversation, seqs })
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

test('who has nothing to show gets the silence of a group that there is not', async (t) => {
  const [ann, bob] = (await crew(t, ['ann', 'bob'])) as [Person, Person]
  const conversation = idOf(ann)
  const bare = await invitation(ann)
  const other = await visitor(t)
  const made: Record<string, (peer: Peer) => Promise<GroupInviteFrame> | GroupInviteFrame> = {
    'a group that there is not': noGroup,
    'a group that there is not, with a proof': (peer) => {
      const none = noGroup(peer)
      return { ...none, proof: [addedBy(bob, none.conversation, listOf(peer))] }
    },
    'the first entry alone': () => bare,
    'the proof of somebody else': () => ({
      ...bare,
      proof: [addedBy(bob, conversation, listOf(other))],
    }),
    'a proof with another signature': (peer) => {
      const { devices, run } = addedBy(bob, conversation, listOf(peer))
      return { ...bare, proof: [{ devices, run: { ...run, signature: randomBytes(64) } }] }
    },
    'a removal, and the old proof': async (peer) => {
      return { ...bare, proof: [await addAndRemove(ann, listOf(peer))] }
    },
    'a removal, and no proof': async (peer) => {
      await addAndRemove(ann, listOf(peer))
      return bare
    },
    'a member whom somebody added who was removed': async (peer) => {
      const old = await visitor(t)
      const proof = [await addAndRemove(ann, listOf(old))]
      const { device } = old
      const by = { devices: listOf(old), device: device.id, sign: device.sign }
      return { ...bare, proof: [added(by, conversation, listOf(peer)), ...proof] }
    },
  }
  const got = await Promise.all(
    Object.entries(made).map(async ([name, invite]) => {
      const peer = await visitor(t)
      const answer = await answers(peer, ann, await invite(peer))
      assert.equal(partsOf(ann).replicator.current.peers.has(peer.id), false, name)
      return [name, answer]
    }),
  )
  assert.deepEqual(
    got,
    Object.keys(made).map((name) => [name, []]),
  )
  const eve = await visitor(t)
  const proof = [addedBy(bob, conversation, listOf(eve))]
  const answer = await answers(eve, ann, { ...bare, proof })
  assert.ok(answer.includes('clocks_wanted'), 'who has something to show is heard')
})

/** Comes as a contact, and waits until all is said. */
async function contact(t: TestContext, victim: Person, before?: Peer): Promise<Peer> {
  const peer = await visitor(t, before)
  const session = await reach(peer, victim)
  session.send({ type: 'contact', request: 'please', text: '' })
  const account = peer.account.id
  const isAsked = (): boolean => victim.node.contacts().some((each) => each.account === account)
  await until(isAsked, 'the victim is asked')
  if (!before) await victim.node.acceptContact(account)
  await until(() => peer.frames.some(({ type }) => type === 'clocks'), 'they are contacts')
  await sleep(1000)
  return peer
}

test('a removed contact gets what a contact gets for a group that there is not', async (t) => {
  const ann = await person(t, 'ann', { accept: 'ask' })
  await ann.node.groups.create('crew', {})
  const bare = await invitation(ann)
  const [eve, joe] = [await contact(t, ann), await contact(t, ann)]
  await eve.net.stop()
  const isGone = (): boolean => !partsOf(ann).replicator.current.peers.has(eve.id)
  await until(isGone, 'Eve is gone')
  const proof = [await addAndRemove(ann, listOf(eve))]
  const [again, other] = await Promise.all([eve, joe].map((who) => contact(t, ann, who)))
  assert.ok(again && other)
  const [got, expected] = await Promise.all([
    answers(again, ann, { ...bare, proof }),
    answers(other, ann, noGroup(other)),
  ])
  assert.ok(expected.length > 0)
  assert.deepEqual(got, expected)
})

test('who is added is shown by which entry, and keeps that', async (t) => {
  const [ann, bob] = (await crew(t, ['ann', 'bob'])) as [Person, Person]
  const kept = (): (string | undefined)[] => {
    const { record } = partsOf(bob).groups.get(idOf(bob)) ?? {}
    const vouchers = (record?.vouchers ?? []).map(decodeVoucher).map(readVouched)
    return vouchers.flatMap((voucher) => [voucher?.by, voucher?.account])
  }
  assert.deepEqual(kept(), [ann.account, bob.account])
  await bob.stop()
  await bob.start()
  assert.deepEqual(kept(), [ann.account, bob.account])
  const { vouching, self } = partsOf(bob)
  const shown = async (list: DeviceList): Promise<number> => {
    const proof = [addedBy(ann, idOf(ann), list)]
    return vouching.ofOwn({ ...(await invitation(ann)), proof }).length
  }
  assert.equal(await shown(partsOf(ann).self.record.devices), 0, 'it is not about Bob')
  assert.equal(await shown(self.record.devices), 1, 'what is kept is known by now')
})

test('a member whom nobody knows who is still there brings the group up to date', async (t) => {
  const [ann, bob, cid] = (await crew(t, ['ann', 'bob', 'cid'])) as [Person, Person, Person]
  await ann.node.groups.promote('#crew', 'bob')
  const isAdmin = (): boolean =>
    bob.node.groups
      .members('#crew')
      .some(({ account, role }) => account === bob.account && role === 'admin')
  await until(isAdmin, 'Bob is an admin')
  await ann.stop()
  // Two hops: Bob adds Dan and makes an admin of him, who adds Eve.
  const [dan, eve] = [
    await person(t, 'dan', { accept: 'auto' }),
    await person(t, 'eve', { accept: 'auto' }),
  ]
  await bob.add(dan)
  await until(() => bob.online(dan) && dan.online(bob), 'Bob and Dan are online')
  await join(bob, dan)
  await bob.node.groups.promote('#crew', dan.account)
  await dan.add(eve)
  await until(() => dan.online(eve) && eve.online(dan), 'Dan and Eve are online')
  const danIsAdmin = (): boolean =>
    dan.node.groups
      .members('#crew')
      .some(({ account, role }) => account === dan.account && role === 'admin')
  await until(danIsAdmin, 'Dan is an admin')
  await join(dan, eve)
  await bob.node.send('#crew', 'a last word')
  await has(eve, 'a last word')
  for (const gone of [bob, cid, dan]) await gone.stop()
  await eve.node.send('#crew', 'from Eve')

  await ann.start()
  assert.equal(ann.node.groups.members('#crew').length, 3)
  await partsOf(eve).net.reach({ addresses: [ann.address] }, AbortSignal.timeout(5000))
  await has(ann, 'a last word')
  await has(ann, 'from Eve')
  assert.equal(ann.node.groups.members('#crew').length, 5)
  await ann.node.send('#crew', 'welcome')
  await has(eve, 'welcome')
  assert.equal(groupOf(eve)?.state, 'joined')
  for (const gone of [bob, cid, dan]) await gone.start()
})
