// Somebody added by an id, whose devices are not known yet: what nodes nearby claim about that.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { AccountId, DeviceId } from '../../src/core/id.ts'
import { CLAIMANTS_MAX, CLAIMANTS_OF_KNOWN_MAX } from '../../src/core/limits.ts'
import { peerTextOf } from '../../src/net/identity.ts'
import type { NearbyNode } from '../../src/net/net.ts'
import { encodeInvite } from '../../src/wire/invite.ts'
import { makeKeys } from '../net/peers.ts'
import { partsOf, person, type Person } from './nodes.ts'

const NOWHERE = '/ip4/127.0.0.1/tcp/1'

/** What discovery of a node tells, and whom that node then looks for. */
function surroundings(who: Person): {
  readonly kept: Map<DeviceId, readonly string[]>
  readonly appear: (account: AccountId, device?: DeviceId) => NearbyNode
  readonly vanish: (node: NearbyNode) => void
} {
  const { net, switchboard } = partsOf(who)
  const kept = new Map<DeviceId, readonly string[]>()
  const nearby = new Set<NearbyNode>()
  net.keep = (device, addresses) => void kept.set(device, addresses)
  net.release = (device) => void kept.delete(device)
  net.nearby = () => [...nearby]
  const hooks = switchboard.hooks()
  return {
    kept,
    appear: (account, device = makeKeys<DeviceId>().id) => {
      const peerId = peerTextOf(device)
      const node = { device, peerId, account, name: 'Bob', addresses: [NOWHERE] }
      nearby.add(node)
      hooks.nearbyChanged(node, true)
      return node
    },
    vanish: (node) => {
      nearby.delete(node)
      hooks.nearbyChanged(node, false)
    },
  }
}

const add = (who: Person, whom: string): Promise<unknown> =>
  who.node.addContact(whom, {}, AbortSignal.timeout(5000))

test('few devices are looked for on a claim, and that ends with it', async (t) => {
  const ann = await person(t, 'ann')
  const { appear, kept, vanish } = surroundings(ann)
  const bob = makeKeys<AccountId>().id
  await add(ann, bob)
  const written = partsOf(ann).book.get(bob)
  const forged = Array.from({ length: 100 }, () => appear(bob))
  const real = appear(bob)
  await partsOf(ann).book.idle()
  assert.equal(kept.size, CLAIMANTS_MAX)
  for (const node of forged) vanish(node)
  assert.deepEqual([...kept.keys()], [real.device], 'the one that stays is looked for')
  vanish(real)
  assert.equal(kept.size, 0)
  assert.equal(partsOf(ann).book.get(bob), written, 'nothing was written')
})

test('where an invite says that somebody is, claims do not make forgotten', async (t) => {
  const ann = await person(t, 'ann')
  const { appear } = surroundings(ann)
  const [bob, device] = [makeKeys<AccountId>().id, makeKeys<DeviceId>().id]
  await add(
    ann,
    encodeInvite({ account: bob, name: 'Bob', hints: [{ device, addresses: [NOWHERE] }] }),
  )
  for (let i = 0; i < 20; i++) appear(bob)
  await partsOf(ann).book.idle()
  await ann.stop()
  await ann.start()
  const devices = ann.node.showContact(bob).devices.map((each) => each.device)
  assert.deepEqual(devices, [device])
})

test('a claim to a known device changes nothing about where that is looked for', async (t) => {
  const ann = await person(t, 'ann')
  const { appear, kept } = surroundings(ann)
  const [bob, eve, device] = [
    makeKeys<AccountId>().id,
    makeKeys<AccountId>().id,
    makeKeys<DeviceId>().id,
  ]
  const address = '/ip4/10.0.0.7/tcp/4001'
  await add(
    ann,
    encodeInvite({ account: bob, name: 'Bob', hints: [{ device, addresses: [address] }] }),
  )
  await add(ann, eve)
  const node = appear(eve, device)
  await partsOf(ann).book.idle()
  assert.deepEqual(kept.get(node.device), [address])
})

test('who claims to be of somebody is not looked for once that one is no contact', async (t) => {
  const ann = await person(t, 'ann')
  const { appear, kept } = surroundings(ann)
  const [bob, eve] = [makeKeys<AccountId>().id, makeKeys<AccountId>().id]
  for (const each of [bob, eve]) await add(ann, each)
  const [ofBob, ofEve] = [appear(bob), appear(eve)]
  assert.deepEqual([...kept.keys()], [ofBob.device, ofEve.device])
  await ann.node.removeContact(bob)
  assert.deepEqual([...kept.keys()], [ofEve.device])
  const hooks = partsOf(ann).switchboard.hooks()
  assert.ok(!hooks.isContact(ofBob.device), 'nor told where this node listens')
  assert.ok(hooks.isContact(ofEve.device))
})

test('a new device of a contact is looked for, and told nothing without a proof', async (t) => {
  const ann = await person(t, 'ann')
  const { appear, kept, vanish } = surroundings(ann)
  const { book, switchboard } = partsOf(ann)
  const [bob, device] = [makeKeys<AccountId>().id, makeKeys<DeviceId>().id]
  await add(ann, bob)
  const list = { account: bob, version: 1, devices: [device], signature: new Uint8Array(64) }
  await book.meetDevices(bob, list)
  const forged = Array.from({ length: 20 }, () => appear(bob))
  const real = appear(bob)
  assert.equal(kept.size, CLAIMANTS_OF_KNOWN_MAX)
  for (const node of forged) vanish(node)
  assert.deepEqual([...kept.keys()], [real.device])
  assert.ok(!switchboard.hooks().isContact(real.device))
})
