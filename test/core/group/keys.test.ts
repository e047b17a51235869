import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'

import { type KeptKey, reviewed, withKey } from '../../../src/core/group/kept-keys.ts'
import { type GroupKey, KeyChain, keyCheck } from '../../../src/core/group/keys.ts'
import { GROUP_EPOCH_MAX, GROUP_KEYS_MAX } from '../../../src/core/limits.ts'

const FIRST = new Uint8Array(32).fill(1)
const hashOf = (domain: string, key: Uint8Array): Buffer =>
  createHash('sha256').update(`tidings/group-key/${domain}/1`).update(key).digest()

/** Every key, one after the other, as the specification has it. */
function keys(count: number): Uint8Array[] {
  const found: Uint8Array[] = [FIRST]
  while (found.length < count) found.push(hashOf('next', found.at(-1) ?? FIRST))
  return found
}

const chain = new KeyChain({ epoch: 0, key: FIRST })
const keyAt = (epoch: number): GroupKey => ({ epoch, key: chain.key(epoch) as Uint8Array })
const checkAt = (epoch: number): { epoch: number; check: Uint8Array } => {
  return { epoch, check: keyCheck(keyAt(epoch).key) }
}
const wrong = (epoch: number, byte = 9): GroupKey => {
  return { epoch, key: new Uint8Array(32).fill(byte) }
}
const proven = (key: GroupKey): KeptKey => ({ ...key, isProven: true })
const guessed = (key: GroupKey): KeptKey => ({ ...key, isProven: false })

test('a chain has all keys from its first on, in whatever order they are asked for', () => {
  const all = keys(1200)
  for (const first of [0, 1, 31, 32, 33, 700]) {
    const from = new KeyChain({ epoch: first, key: all[first] as Uint8Array })
    for (const epoch of [
      1199,
      0,
      first,
      800,
      799,
      801,
      1100,
      63,
      64,
      65,
      first + 1,
      first + 32,
      1199,
    ]) {
      const key = epoch < first ? undefined : all[epoch]
      assert.deepEqual(from.key(epoch), key, `${epoch} from ${first}`)
      assert.deepEqual(from.boxKey(epoch), key && hashOf('box', key))
    }
  }
})

test('keys far behind the first are found piece by piece', () => {
  const one = new KeyChain({ epoch: 7, key: FIRST })
  assert.equal(one.nears(7), true)
  let pieces = 0
  while (!one.nears(GROUP_EPOCH_MAX)) pieces += 1
  assert.ok(pieces > 20, `${pieces} pieces`)
  assert.equal(one.nears(0), true, 'there is none')
  assert.equal(one.nears(GROUP_EPOCH_MAX + 1), true)
  assert.deepEqual(one.key(GROUP_EPOCH_MAX), chain.key(GROUP_EPOCH_MAX - 7))
})

test('there is a last key', () => {
  const from = new KeyChain({ epoch: GROUP_EPOCH_MAX - 2, key: FIRST })
  assert.deepEqual(from.key(GROUP_EPOCH_MAX), keys(3)[2])
  assert.equal(from.key(GROUP_EPOCH_MAX + 1), undefined)
  assert.equal(from.boxKey(GROUP_EPOCH_MAX + 1), undefined)
})

test('a key is proven by the check of its own epoch or a later one', () => {
  for (const epoch of [0, 3, 4]) assert.ok(new KeyChain(keyAt(epoch)).proves(checkAt(4)))
  assert.ok(!new KeyChain(keyAt(5)).proves(checkAt(4)))
  assert.ok(!new KeyChain(wrong(3)).proves(checkAt(4)))
  assert.deepEqual(checkAt(2).check, hashOf('check', keys(3)[2] as Uint8Array))
})

test('a key is kept until it can be proven, and dropped if it is wrong', () => {
  const kept = withKey(withKey([], wrong(2), undefined), keyAt(2), undefined)
  assert.deepEqual(kept, [guessed(wrong(2)), guessed(keyAt(2))])
  assert.deepEqual(reviewed(kept, checkAt(2)), [proven(keyAt(2))])
  const done = [proven(keyAt(2))]
  assert.equal(reviewed(done, checkAt(2)), done)
  assert.equal(reviewed(done, { epoch: 3, check: keyAt(1).key }), done, 'what was proven stays')
  const later = [guessed(keyAt(5))]
  assert.equal(reviewed(later, checkAt(2)), later, 'nothing tells yet')
})

test('once it is known what proves a key, only such a one is taken', () => {
  assert.deepEqual(withKey([], keyAt(2), checkAt(2)), [proven(keyAt(2))])
  assert.deepEqual(withKey([], wrong(2), checkAt(2)), [])
  assert.deepEqual(withKey([], keyAt(3), checkAt(2)), [], 'later than what was granted')
  const kept = [proven(keyAt(2))]
  assert.equal(withKey(kept, keyAt(1), checkAt(2)), kept, 'nobody is made to take more')
  // Two members added somebody at once: one word counts, the other's key came first.
  assert.deepEqual(withKey([guessed(keyAt(4))], keyAt(3), checkAt(3)), [proven(keyAt(3))])
})

test('who comes back keeps what they have, even if whoever added them again lies', () => {
  const old = [proven(keyAt(1))]
  assert.equal(withKey(old, keyAt(6), undefined), old, 'the new key follows from it')
  const lie = { epoch: 6, check: keyCheck(wrong(6).key) }
  assert.deepEqual(withKey(old, wrong(6), lie), [proven(keyAt(1)), proven(wrong(6))])
})

test('liars cannot have any number of keys kept', () => {
  let kept: readonly KeptKey[] = []
  for (let i = 0; i < 2 * GROUP_KEYS_MAX; i++) kept = withKey(kept, wrong(1, 20 + i), undefined)
  assert.equal(kept.length, GROUP_KEYS_MAX)
})

test('wrong keys that nothing can tell about yet do not keep the right one out', () => {
  let kept: readonly KeptKey[] = []
  for (let i = 0; i < GROUP_KEYS_MAX; i++) kept = withKey(kept, wrong(100 + i), undefined)
  kept = reviewed(kept, checkAt(2))
  assert.equal(kept.length, GROUP_KEYS_MAX, 'they claim to be of later epochs')
  assert.deepEqual(withKey(kept, keyAt(2), checkAt(2)), [proven(keyAt(2))])
})
