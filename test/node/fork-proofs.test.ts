// To whom a proof of a fork goes once it was read from the disk, and how many at once.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { proveFork } from '../../src/core/fork.ts'
import type { ForkFrame, Frame } from '../../src/core/frames.ts'
import type { AccountId, DeviceId } from '../../src/core/id.ts'
import { OUTBOX_BYTES_MAX } from '../../src/core/limits.ts'
import { forkRecord } from '../../src/node/fork-record.ts'
import type { ReplicatorHooks } from '../../src/node/replicator-hooks.ts'
import { signDeviceList } from '../../src/wire/devices.ts'
import { type Keys, makeKeys } from '../net/peers.ts'
import { crew } from './crew.ts'
import { idOf } from './group-visitors.ts'
import { friends, partsOf, type Person, until } from './nodes.ts'
import { newConversation, Scribe } from './scribe.ts'
import { StubSession } from './stub-session.ts'

test('a proof goes to nobody with whom its conversation is not shared any more', async (t) => {
  const [ann, bob] = await friends(t)
  const { forks, init, replicator } = partsOf(ann)
  const peer = partsOf(bob).self.device
  const [shared] = replicator.current.peers.get(peer)?.shared ?? []
  assert.ok(shared)
  const { hooks } = replicator as unknown as { readonly hooks: ReplicatorHooks }
  const session = new StubSession({ ...makeKeys<DeviceId>(), id: peer })
  const sent = session.sent as ForkFrame[]
  for (const conversation of [newConversation(), shared]) {
    const { device, keys } = new Scribe(conversation)
    const [one, other] = ['one', 'other'].map((text) => new Scribe(conversation, keys).next([text]))
    const proof = one && other && proveFork(one, other)
    assert.ok(proof)
    const batch = init.store.batch()
    batch.put('fork', `${conversation}/${device}`, forkRecord(proof, 1, 1))
    await init.store.commit(batch)
    const effect = { type: 'prove', peer, conversation, device, held: 1 } as const
    hooks.prove(effect, session)
  }
  await until(() => sent.length > 0, 'a proof')
  await forks.idle()
  assert.deepEqual(
    sent.map(({ proof }) => proof.run.conversation),
    [shared],
  )
})

/** Ann adds somebody with so many devices to her group. */
async function addDevices(ann: Person, count: number): Promise<readonly Keys<DeviceId>[]> {
  const account = makeKeys<AccountId>()
  const keys = Array.from({ length: count }, () => makeKeys<DeviceId>())
  const ids = keys.map((each) => each.id)
  const devices = signDeviceList(account.id, 1, ids, account.sign)
  const body = { kind: 'group_add', devices, displayName: 'Mallory' } as const
  await partsOf(ann).appender.append(idOf(ann), body)
  return keys
}

/** Each of them wrote two histories, and Ann was shown both. */
async function forkAll(ann: Person, keys: readonly Keys<DeviceId>[]): Promise<void> {
  const { forks, ledger, replicator } = partsOf(ann)
  const id = idOf(ann)
  const session = new StubSession()
  const exchanged = { shared: new Set([id]), heard: new Set([id]) }
  replicator.connected(session, exchanged, { theirs: new Map(), token: undefined })
  const hear = (frame: Extract<Frame, { type: 'run' }>): void => replicator.frame(session, frame)
  const large = 'x'.repeat(32_000)
  for (const each of keys) {
    hear({ type: 'run', run: new Scribe(id, each).next(['a']) })
    await ledger.idle()
    hear({ type: 'run', run: new Scribe(id, each).next([large, large, large, large]) })
  }
  await forks.idle()
  replicator.disconnected(session)
  assert.equal(replicator.current.forks.size, keys.length)
}

test('more proofs than may wait for a peer reach it, and keep nobody apart', async (t) => {
  const count = 48
  assert.ok(count * 128_000 > OUTBOX_BYTES_MAX)
  const [ann, bob] = (await crew(t, ['ann', 'bob'])) as [Person, Person]
  const keys = await addDevices(ann, count)
  const isKnown = (): boolean =>
    keys.every(({ id }) => partsOf(bob).groups.writers(idOf(bob)).has(id))
  await until(isKnown, 'he knows of them')
  await bob.stop()
  await until(() => !ann.online(bob), 'he is gone')
  await forkAll(ann, keys)
  await ann.node.send(bob.account, 'there you are')
  await bob.start()
  await until(() => ann.online(bob) && bob.online(ann), 'they meet')
  const [session] = partsOf(ann).meetings.mutualSessions(bob.account as AccountId)
  await until(() => partsOf(bob).replicator.current.forks.size === count, 'all proofs', 30_000)
  assert.deepEqual(await bob.texts(ann), ['there you are'])
  assert.ok(session && partsOf(ann).meetings.isMutual(session), 'in the very session')
})

test('a proof that comes before anything of its log is kept, and ends that log', async (t) => {
  const [ann, bob] = await friends(t)
  const { book, conversations, forks, init, ledger, replicator, sharing } = partsOf(ann)
  const { account, device, signer } = partsOf(bob).self
  const id = book.conversationWith(account)
  const one = new Scribe(id)
  // Another device of Bob's is known, and nothing of what it wrote.
  await book.update(account, (known) => {
    const { devices } = known
    assert.ok(devices)
    const list = [...devices.devices, one.device]
    return { ...known, devices: { ...devices, version: devices.version + 1, devices: list } }
  })
  conversations.open(account)
  const session = [...sharing.all()].find((each) => each.device === device)
  assert.ok(session)
  const twin = new Scribe(id, one.keys)
  const first = one.next(['1'])
  twin.next(['1'])
  const second = one.next(['2'])
  const proof = proveFork(second, twin.next(['another 2']))
  assert.ok(proof)
  replicator.frame(session, { type: 'fork', proof, held: 2 })
  await forks.idle()
  for (const run of [first, second]) replicator.frame(session, { type: 'run', run })
  const answer = new Scribe(id, { ...makeKeys<DeviceId>(), id: device, sign: signer }).next(
    ['to what the other history says'],
    [{ device: one.device, seq: 3 }],
  )
  replicator.frame(session, { type: 'run', run: answer })
  await ledger.idle()
  await forks.idle()
  await ledger.idle()
  assert.ok(init.store.has('fork', `${id}/${one.device}`))
  const log = ledger.conversation(id).get(one.device)
  assert.deepEqual([log?.forked, log?.head.seq], [true, 2])
  assert.equal(ledger.conversation(id).get(device)?.order.shown, 1, 'what waits for more goes on')
})
