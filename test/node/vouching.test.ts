// When a member shows by which entries it was added to somebody who stays silent.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { groupState } from '../../src/core/group/state.ts'
import { GROUP_PROOF_WAIT_MS } from '../../src/core/limits.ts'
import { Vouching } from '../../src/node/groups/vouching.ts'
import type { NodeParts } from '../../src/node/parts.ts'
import { crew } from './crew.ts'
import { idOf } from './group-visitors.ts'
import { partsOf, type Person } from './nodes.ts'
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
