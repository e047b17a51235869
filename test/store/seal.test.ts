import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Sealer } from '../../src/store/seal.ts'
import { KEY, random } from './samples.ts'

const NAME = Buffer.from('name')
const VALUE = Buffer.from('a value, not a secret any more')

test('what was sealed opens to the same bytes, and the seal shows none of them', () => {
  const sealer = new Sealer(KEY, random)
  const sealed = sealer.seal(NAME, VALUE)
  assert.deepEqual(sealer.open(NAME, sealed), VALUE)
  assert.equal(sealed.indexOf(VALUE.subarray(0, 4)), -1)
  assert.deepEqual(sealer.open(NAME, sealer.seal(NAME, Buffer.alloc(0))), Buffer.alloc(0))
})

test('a flipped bit anywhere, a cut or an addition is damage, never another value', () => {
  const sealer = new Sealer(KEY, random)
  const sealed = sealer.seal(NAME, VALUE)
  for (let bit = 0; bit < 8 * sealed.byteLength; bit++) {
    const changed = Buffer.from(sealed)
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    assert.throws(() => sealer.open(NAME, changed), { code: 'database_damaged' })
  }
  for (const length of [0, 1, 12, 28, sealed.byteLength - 1]) {
    const cut = sealed.subarray(0, length)
    assert.throws(() => sealer.open(NAME, cut), { code: 'database_damaged' })
  }
  const longer = Buffer.concat([sealed, Buffer.of(0)])
  assert.throws(() => sealer.open(NAME, longer), { code: 'database_damaged' })
})

test('a value opens under its own name and key only', () => {
  const sealer = new Sealer(KEY, random)
  const sealed = sealer.seal(NAME, VALUE)
  assert.throws(() => sealer.open(Buffer.from('nama'), sealed), { code: 'database_damaged' })
  const other = new Sealer(Buffer.alloc(32, 8), random)
  assert.throws(() => other.open(NAME, sealed), { code: 'database_damaged' })
})

test('no nonce comes twice', () => {
  const sealer = new Sealer(KEY, random)
  const nonces = Array.from({ length: 2000 }, () => sealer.seal(NAME, VALUE).toString('hex', 1, 13))
  assert.equal(new Set(nonces).size, nonces.length)
})
