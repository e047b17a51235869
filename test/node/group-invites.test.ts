// Invitations that come faster than the disk takes them, or while it takes nothing.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import type { GroupInviteFrame } from '../../src/core/frames.ts'
import { GROUP_INVITES_MAX } from '../../src/core/limits.ts'
import { signDeviceList } from '../../src/wire/devices.ts'
import { encodeEntry } from '../../src/wire/entry.ts'
import { groupId } from '../../src/wire/group-bodies.ts'
import { circle, groupOf } from './crew.ts'
import { type Liar, liar } from './liar.ts'
import { fillDisk, partsOf, person, type Person, until } from './nodes.ts'

/** To a group of the liar's own. */
function invitation({ peer: { account, device } }: Liar): GroupInviteFrame {
  const devices = signDeviceList(account.id, 1, [device.id], account.sign)
  const about = { nonce: randomBytes(16), name: 'g', topic: '', open: false }
  const body = { kind: 'group_create', ...about, devices, displayName: 'Liar' } as const
  const entry = encodeEntry({ wallTimeMs: 1, deps: [], body })
  const conversation = groupId(entry)
  return { type: 'group_invite', conversation, device: device.id, entry, name: 'g' }
}

test('while one waits for the disk no more is taken of the session that brings them', async (t) => {
  const ann = await person(t, 'ann', { accept: 'auto' })
  const eve = await liar(t, ann)
  const { fellowship, groups, init } = partsOf(ann)
  let taken = 0
  const frame = fellowship.frame.bind(fellowship)
  fellowship.frame = (...args) => {
    taken += 1
    return frame(...args)
  }
  const commit = init.store.commit.bind(init.store)
  const slow = Promise.withResolvers<void>()
  init.store.commit = async (batch) => {
    await slow.promise
    return commit(batch)
  }
  const count = 20
  eve.say(...Array.from({ length: count }, () => invitation(eve)))
  await until(() => taken > 0, 'the first one')
  await sleep(200)
  assert.equal(taken, 1)
  slow.resolve()
  await until(() => [...groups.all()].length === count, 'all of them')
  assert.equal(taken, count)
})

test('one that meets a full disk is taken once there is room', async (t) => {
  const [ann, bob] = (await circle(t, ['ann', 'bob'])) as [Person, Person]
  await ann.node.groups.create('crew', {})
  const empty = fillDisk(bob)
  await ann.node.groups.invite('#crew', 'bob')
  await sleep(300)
  assert.equal(groupOf(bob), undefined)
  empty()
  await until(() => groupOf(bob)?.state === 'joined', 'Bob is in it')
  assert.ok(bob.online(ann))
})

test('whoever takes them by itself is not joined to groups without end', async (t) => {
  const ann = await person(t, 'ann', { accept: 'auto' })
  const eve = await liar(t, ann)
  const { groups } = partsOf(ann)
  const count = (): number => [...groups.all()].length
  eve.say(...Array.from({ length: 2 * GROUP_INVITES_MAX }, () => invitation(eve)))
  await until(() => count() >= GROUP_INVITES_MAX, 'some are taken')
  await partsOf(ann).fellowship.idle()
  await sleep(300)
  assert.equal(count(), GROUP_INVITES_MAX)
})
