// How often a group hears from a node of somebody's newest device list.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { AccountId } from '../../src/core/id.ts'
import { LISTS_PASSED_ON_AT_ONCE, LISTS_PASSED_ON_EVERY_MS } from '../../src/core/limits.ts'
import { ListPace } from '../../src/node/groups/list-pace.ts'
import { signDeviceList } from '../../src/wire/devices.ts'
import { makeKeys } from '../net/peers.ts'
import { crew } from './crew.ts'
import { idOf } from './group-visitors.ts'
import { liar } from './liar.ts'
import { partsOf, type Person, until } from './nodes.ts'
import { newConversation } from './scribe.ts'

test('a few are passed on at once, then one in a while, of each member in each group', () => {
  let now = 1000
  const pace = new ListPace(() => now)
  const [one, other] = [makeKeys<AccountId>().id, makeKeys<AccountId>().id]
  const group = newConversation()
  const taken = (account = one, id = group): number => {
    let count = 0
    while (pace.take(id, account)) count += 1
    return count
  }
  assert.equal(taken(), LISTS_PASSED_ON_AT_ONCE)
  assert.equal(taken(other), LISTS_PASSED_ON_AT_ONCE)
  assert.equal(taken(one, newConversation()), LISTS_PASSED_ON_AT_ONCE)
  now += LISTS_PASSED_ON_EVERY_MS
  assert.equal(taken(), 1)
  now += 2.5 * LISTS_PASSED_ON_EVERY_MS
  assert.equal(taken(), 2)
  now += 100 * LISTS_PASSED_ON_EVERY_MS
  assert.equal(taken(), LISTS_PASSED_ON_AT_ONCE)
})

test('who says Hello with ever newer lists makes nobody write without end', async (t) => {
  const [ann, bob] = (await crew(t, ['ann', 'bob'])) as [Person, Person]
  const id = idOf(bob)
  const { peer, session } = await liar(t, bob)
  const { account, device } = peer
  const list = (version: number) =>
    signDeviceList(account.id, version, [device.id, makeKeys<typeof device.id>().id], account.sign)
  const devices = list(1)
  await partsOf(ann).appender.append(id, { kind: 'group_add', devices, displayName: 'Liar' })
  const { groups, ledger, self } = partsOf(bob)
  await until(() => groups.get(id)?.state.members.has(account.id) === true, 'he knows')
  const written = (): number => ledger.conversation(id).get(self.device)?.head.seq ?? 0
  const before = written()
  for (let version = 2; version <= 50; version++) {
    session.send({ ...peer.hello(), devices: list(version) })
  }
  await until(() => written() === before + LISTS_PASSED_ON_AT_ONCE, 'some of them')
  await bob.node.send('#crew', 'after all of that')
  await until(() => ann.online(bob) && written() > before + LISTS_PASSED_ON_AT_ONCE, 'his own')
  assert.equal(written(), before + LISTS_PASSED_ON_AT_ONCE + 1)
})
