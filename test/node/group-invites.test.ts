// Invitations that come faster than the disk takes them.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import type { GroupInviteFrame } from '../../src/core/frames.ts'
import { signDeviceList } from '../../src/wire/devices.ts'
import { encodeEntry } from '../../src/wire/entry.ts'
import { groupId } from '../../src/wire/group-bodies.ts'
import { type Liar, liar } from './liar.ts'
import { partsOf, person, until } from './nodes.ts'

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
