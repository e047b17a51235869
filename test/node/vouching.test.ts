// When a member shows by which entries it was added to somebody who stays silent.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { groupState } from '../../src/core/group/state.ts'
import { GROUP_PROOF_WAIT_MS } from '../../src/core/limits.ts'
import { Vouching } from '../../src/node/groups/vouching.ts'
import type { NodeParts } from '../../src/node/parts.ts'
import { circle, crew, groupOf, has, join } from './crew.ts'
import { idOf } from './group-visitors.ts'
import { partsOf, type Person, until } from './nodes.ts'
import { StubSession } from './stub-session.ts'

test('a proof waits for the first entry of its group, and is shown then', async (t) => {
  const [, bob] = (await crew(t, ['ann', 'bob'])) as [Person, Person]
  const id = idOf(bob)
  const parts = partsOf(bob)
  const { record, state } = parts.groups.get(id) ?? {}
  assert.ok(record?.vouchers && state)
  let known = groupState(id, [])
  let uptimeMs = 0
  const stubs = {
    groups: { get: () => ({ record, state: known }), wear: () => {} },
    sharing: { shares: () => true },
    receipts: { holds: () => new Map() },
    init: { store: parts.init.store, log: parts.init.log, uptimeMs: () => uptimeMs },
  }
  const vouching = new Vouching({ ...parts, ...stubs } as unknown as NodeParts)
  const session = new StubSession()
  vouching.begin(session, id, undefined)
  const ticked = async (): Promise<number> => {
    vouching.tick()
    await vouching.idle()
    return session.sent.length
  }
  assert.equal(await ticked(), 0, 'first those speak who know it')
  uptimeMs = GROUP_PROOF_WAIT_MS
  assert.equal(await ticked(), 0, 'nothing of the group is here')
  known = state
  assert.equal(await ticked(), 1)
  const [frame] = session.sent
  assert.ok(frame?.type === 'group_invite')
  assert.equal(frame.proof?.length, 1)
  assert.equal(await ticked(), 1, 'once')
})

test('who listened, was removed and is added again in one session is shown why', async (t) => {
  const [, bob] = (await crew(t, ['ann', 'bob'])) as [Person, Person]
  const id = idOf(bob)
  const parts = partsOf(bob)
  let uptimeMs = 0
  let held = new Map([[parts.self.device, 1]])
  const stubs = {
    groups: { get: parts.groups.get.bind(parts.groups), wear: () => {} },
    sharing: { shares: () => true },
    receipts: { holds: () => held },
    init: { store: parts.init.store, log: parts.init.log, uptimeMs: () => uptimeMs },
  }
  const vouching = new Vouching({ ...parts, ...stubs } as unknown as NodeParts)
  const session = new StubSession()
  const begun = async (): Promise<number> => {
    uptimeMs += GROUP_PROOF_WAIT_MS
    vouching.tick()
    await vouching.idle()
    return session.sent.length
  }
  vouching.begin(session, id, undefined)
  vouching.heardHolds(session.device, id)
  assert.equal(await begun(), 0, 'it tells of the group')
  // What it told is not heard any more while it is no member.
  held = new Map()
  vouching.begin(session, id, undefined)
  assert.equal(await begun(), 1)
})

test('who holds nothing of a group but its own add is heard, its inviter gone', async (t) => {
  const [ann, bob, cid] = (await circle(t, ['ann', 'bob', 'cid'])) as [Person, Person, Person]
  await ann.node.groups.create('crew', {})
  const anns = partsOf(ann).self.device
  await join(ann, bob)
  await ann.node.groups.promote('#crew', 'bob')
  const isAdmin = (): boolean => groupOf(bob)?.role === 'admin'
  await until(isAdmin, 'Bob is an admin')
  await ann.stop()
  // All that Bob holds comes, but for what Ann wrote: it waits for what made the group.
  for (const session of partsOf(bob).sharing.all()) {
    const send = session.send.bind(session)
    session.send = (frame) => (frame.type === 'run' && frame.run.device === anns) || send(frame)
  }
  await bob.node.groups.invite('#crew', 'cid')
  await bob.node.send('#crew', 'my last word')
  const bobs = partsOf(bob).self.device
  const held = (who: Person): number =>
    partsOf(who).ledger.conversation(idOf(bob)).get(bobs)?.head.seq ?? 0
  await until(() => held(cid) === held(bob), 'Cid holds what Bob wrote')
  await bob.stop()
  assert.equal(groupOf(cid)?.state, 'joining')

  // What came with the invitation is there after a start too.
  await cid.stop()
  await cid.start()
  assert.ok(partsOf(cid).groups.get(idOf(cid))?.record.first)
  await ann.start()
  await until(() => groupOf(cid)?.state === 'joined', 'Cid has joined')
  await has(ann, 'my last word')
  await until(() => ann.node.groups.members('#crew').length === 3, 'Ann knows Cid')
  assert.equal(partsOf(cid).groups.get(idOf(cid))?.record.first, undefined, 'it is in its log now')
  await bob.start()
})
