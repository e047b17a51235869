import assert from 'node:assert/strict'
import { test } from 'node:test'

import { type GroupKey, KeyChain } from '../../src/core/group/keys.ts'
import { type ConversationId, type DeviceId, idFromBytes } from '../../src/core/id.ts'
import type { LogName } from '../../src/core/run.ts'
import { closedEntry, epochOf } from '../../src/wire/closed-entry.ts'
import { decodeEntry, encodeEntry, rewritten } from '../../src/wire/entry.ts'
import { Keyring } from '../../src/wire/keyring.ts'

const log = (byte: number): LogName => ({
  conversation: idFromBytes<ConversationId>(new Uint8Array(32).fill(1)),
  device: idFromBytes<DeviceId>(new Uint8Array(32).fill(byte)),
})
const FIRST: GroupKey = { epoch: 0, key: new Uint8Array(32).fill(3) }
const CHAIN = new KeyChain(FIRST)
const LATER: GroupKey = { epoch: 2, key: CHAIN.key(2) as Uint8Array }
const plain = encodeEntry({ wallTimeMs: 5, deps: [], body: { kind: 'text', text: 'hello' } })
const nonce = (): Uint8Array => new Uint8Array(12).fill(7)
const closed = (epoch: number): Uint8Array =>
  closedEntry(plain, epoch, { log: log(2), key: CHAIN.boxKey(epoch) as Uint8Array }, nonce())

test('entries read as the keys at hand have it, also after these change', () => {
  const keyring = new Keyring()
  const [old, young] = [closed(1), closed(2)]
  const reads = (entry: Uint8Array): boolean => {
    // The second look is the same as the first.
    assert.deepEqual(keyring.open(log(2), entry), keyring.open(log(2), entry))
    return Buffer.compare(keyring.open(log(2), entry), plain) === 0
  }
  assert.deepEqual([reads(old), reads(young)], [false, false])
  const id = log(2).conversation
  keyring.keep(id, [LATER])
  assert.deepEqual([reads(old), reads(young)], [false, true])
  keyring.keep(id, [LATER, FIRST])
  assert.deepEqual([reads(old), reads(young)], [true, true])
  keyring.keep(id, [])
  assert.deepEqual([reads(old), reads(young)], [false, false])
  assert.equal(keyring.open(log(2), old), old)
})

test('what moves to another log reads there, in the epoch that it had', () => {
  const keyring = new Keyring()
  const move = (entry: Uint8Array): Uint8Array =>
    keyring.moved(entry, log(2), log(4), (bytes) => rewritten(bytes, [], (ref) => ref), nonce)
  // Without the key it can only be taken along as it is.
  assert.deepEqual(Buffer.from(move(closed(2))), Buffer.from(closed(2)))
  keyring.keep(log(2).conversation, [LATER])
  assert.deepEqual(Buffer.from(move(closed(1))), Buffer.from(closed(1)))
  const moved = move(closed(2))
  assert.equal(epochOf(moved), 2)
  assert.deepEqual(Buffer.from(keyring.open(log(4), moved)), Buffer.from(plain))
  assert.equal(decodeEntry(keyring.open(log(2), moved.slice())).body.kind, 'unknown')
  assert.deepEqual(Buffer.from(move(plain)), Buffer.from(plain), 'in the clear')
})
