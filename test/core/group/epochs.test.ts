// From which key on each member of a group with keys reads.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { KeyCheck } from '../../../src/core/group/keys.ts'
import type { GroupChange } from '../../../src/core/group/rules.ts'
import type { DeviceId } from '../../../src/core/id.ts'
import { GROUP_EPOCH_MAX } from '../../../src/core/limits.ts'
import { listOf, type Person, person, Script } from './script.ts'

const [ann, bob, cid, dan] = [person('ann'), person('bob'), person('cid'), person('dan')]
const NOWHERE = new Map<DeviceId, number>()
const checkOf = (byte: number): Uint8Array => new Uint8Array(32).fill(byte)
const keyAt = (epoch: number, byte = epoch): KeyCheck => ({ epoch, check: checkOf(byte) })

function withKeys(): Script {
  const script = new Script()
  const { list: devices, name: displayName } = ann
  const made = { name: 'crew', topic: '', open: false, nonce: new Uint8Array(16) }
  const body = { kind: 'group_create', ...made, devices, displayName } as const
  script.say(ann.device, { ...body, keyCheck: checkOf(0) })
  return script
}

function add(
  script: Script,
  by: Person,
  { list: devices, name: displayName }: Person,
  key: KeyCheck,
  seen?: readonly GroupChange[],
): GroupChange {
  return script.say(by.device, { kind: 'group_add', devices, displayName, key }, seen)
}

const keyOf = ({ state }: Script, { account }: Person): KeyCheck | undefined =>
  state.members.get(account)?.key

test('a group without keys gives nobody one, whatever an entry says', () => {
  const script = new Script()
  script.create(ann)
  add(script, ann, bob, keyAt(5))
  assert.deepEqual([script.state.history, script.state.epoch], ['all', 0])
  assert.equal(keyOf(script, ann), undefined)
  assert.equal(keyOf(script, bob), undefined)
})

test('who made the group reads from the first key on, everybody else from their own', () => {
  const script = withKeys()
  assert.deepEqual([script.state.history, script.state.epoch], ['joining', 0])
  add(script, ann, bob, keyAt(1))
  script.here(bob)
  add(script, ann, cid, keyAt(2))
  assert.deepEqual(keyOf(script, ann), keyAt(0))
  assert.deepEqual(keyOf(script, bob), keyAt(1))
  assert.deepEqual(keyOf(script, cid), keyAt(2))
  assert.equal(script.state.epoch, 2)
})

test('adding a member again changes nothing, and who may not add gives no key', () => {
  const script = withKeys()
  add(script, ann, bob, keyAt(1))
  add(script, ann, bob, keyAt(7))
  add(script, bob, cid, keyAt(8))
  assert.deepEqual(keyOf(script, bob), keyAt(1))
  assert.equal(keyOf(script, cid), undefined)
  assert.equal(script.state.epoch, 1)
})

test('of two who add somebody at once the first in the order counts, for all alike', () => {
  const script = withKeys()
  add(script, ann, bob, keyAt(1))
  script.here(bob)
  script.promote(ann, bob)
  const seen = [...script.changes]
  // Both come at the same logical time: Ann's device sorts first.
  add(script, bob, cid, keyAt(2, 20), seen)
  add(script, ann, dan, keyAt(2), seen)
  assert.equal(script.state.epoch, 2)
  const both = [...script.changes]
  add(script, ann, cid, keyAt(3), both)
  assert.deepEqual(keyOf(script, cid), keyAt(2, 20))
  assert.deepEqual(keyOf(script, dan), keyAt(2))
  assert.equal(script.state.epoch, 2, 'what has no effect does not count')
})

test('who comes back is given the key of their coming back', () => {
  const script = withKeys()
  add(script, ann, bob, keyAt(1))
  script.here(bob)
  script.remove(bob, bob, NOWHERE)
  add(script, ann, bob, keyAt(2))
  assert.deepEqual(keyOf(script, bob), keyAt(2))
  assert.equal(script.state.epoch, 2)
})

test('another device of a member changes nothing about its key', () => {
  const script = withKeys()
  add(script, ann, bob, keyAt(1))
  const devices = listOf(bob.account, [bob.device, dan.device], 2)
  script.here(bob)
  script.say(bob.device, { kind: 'group_devices', devices, displayName: 'robert' })
  assert.deepEqual(keyOf(script, bob), keyAt(1))
  assert.equal(script.state.members.get(bob.account)?.name, 'robert')
})

test('an add that a removal undoes has used up its key all the same', () => {
  const script = withKeys()
  add(script, ann, bob, keyAt(1))
  script.here(bob)
  script.promote(ann, bob)
  const ends = script.upTo(bob)
  add(script, bob, cid, keyAt(40))
  assert.equal(script.state.epoch, 40)
  script.remove(ann, bob, ends)
  assert.equal(script.state.epoch, 40)
  assert.equal(script.state.members.has(cid.account), false)
})

test('nobody has a key given to somebody that they do not have themselves', () => {
  const eve = person('eve')
  for (const epoch of [1, 2, 3]) {
    const script = withKeys()
    add(script, ann, bob, keyAt(1))
    add(script, ann, cid, keyAt(2))
    script.here(cid)
    script.promote(ann, cid)
    add(script, cid, dan, keyAt(epoch))
    assert.ok(script.state.members.has(dan.account))
    const isGiven = epoch >= 2
    assert.deepEqual(keyOf(script, dan), isGiven ? keyAt(epoch) : undefined, `epoch ${epoch}`)
    // Who reads nothing has nothing to give either.
    script.here(dan)
    script.promote(ann, dan)
    add(script, dan, eve, keyAt(9))
    assert.deepEqual(keyOf(script, eve), isGiven ? keyAt(9) : undefined)
    assert.equal(script.state.epoch, isGiven ? 9 : 2)
  }
})

test('after the last key everybody who is added reads from there', () => {
  const script = withKeys()
  const last = { epoch: GROUP_EPOCH_MAX, check: checkOf(7) }
  add(script, ann, bob, last)
  script.here(bob)
  script.promote(ann, bob)
  add(script, bob, cid, last)
  assert.deepEqual(keyOf(script, cid), last)
  assert.equal(script.state.epoch, GROUP_EPOCH_MAX)
})
