// Entries in a box: who can open them, and what becomes of those that are none.
import assert from 'node:assert/strict'
import { createCipheriv } from 'node:crypto'
import { test } from 'node:test'

import * as fc from 'fast-check'

import type { Dep, Entry, TextBody } from '../../src/core/entry.ts'
import { KeyChain } from '../../src/core/group/keys.ts'
import {
  type AccountId,
  type ConversationId,
  type DeviceId,
  idFromBytes,
  idToBytes,
} from '../../src/core/id.ts'
import {
  DEPS_MAX,
  GROUP_EPOCH_MAX,
  MENTIONS_MAX,
  NUMBER_MAX,
  TEXT_BYTES_MAX,
  WALL_TIME_MS_MAX,
} from '../../src/core/limits.ts'
import type { LogName } from '../../src/core/run.ts'
import { closedEntry, epochOf, isUnreadable, openedEntry } from '../../src/wire/closed-entry.ts'
import { decodeEntry, encodeEntry, entryDeps } from '../../src/wire/entry.ts'
import { mayExpire } from '../../src/wire/expiry.ts'
import { decodeFrame } from '../../src/wire/frames.ts'
import { isGroupTag } from '../../src/wire/group-bodies.ts'
import { Writer } from '../../src/wire/writer.ts'
import { comparable, entry } from './arbitraries.ts'

const REFUSED = { code: 'protocol_error' }
const id = <T extends AccountId | ConversationId | DeviceId>(byte: number): T =>
  idFromBytes<T>(new Uint8Array(32).fill(byte))
const LOG: LogName = { conversation: id<ConversationId>(1), device: id<DeviceId>(2) }
const NONCE = new Uint8Array(12).fill(7)
const CHAIN = new KeyChain({ epoch: 0, key: new Uint8Array(32).fill(3) })

const keyOf = (epoch: number): Uint8Array => CHAIN.boxKey(epoch) as Uint8Array
const chainFrom = (epoch: number): KeyChain =>
  new KeyChain({ epoch, key: CHAIN.key(epoch) as Uint8Array })
const lock = (epoch: number, log = LOG): Parameters<typeof closedEntry>[2] => {
  return { log, key: keyOf(epoch) }
}
const text = (words: string, deps: readonly Dep[] = []): Uint8Array =>
  encodeEntry({ wallTimeMs: 5, deps, body: { kind: 'text', text: words } })

/** An entry that holds any bytes in its box, as somebody may make it who has the key. */
function boxed(content: Uint8Array, epoch = 0): Uint8Array {
  const cipher = createCipheriv('aes-256-gcm', keyOf(epoch), NONCE)
  const ids = [idToBytes(LOG.conversation), idToBytes(LOG.device)]
  cipher.setAAD(Buffer.concat([Buffer.from('tidings/closed/1'), ...ids]))
  const inner = [cipher.update(content), cipher.final(), cipher.getAuthTag()]
  const box = Buffer.concat([NONCE, ...inner])
  return encodeEntry({ wallTimeMs: 5, deps: [], body: { kind: 'closed', epoch, box } })
}

const isInTheClear = ({ body }: Entry): boolean =>
  body.kind === 'closed' || body.kind === 'timer' || body.kind.startsWith('group_')

test('who has the key reads an entry as it was before it was closed', () => {
  fc.assert(
    fc.property(entry, fc.integer({ min: 0, max: 9 }), (value, epoch) => {
      fc.pre(!isInTheClear(value))
      const plain = encodeEntry(value)
      const closed = closedEntry(plain, epoch, lock(epoch), NONCE)
      assert.equal(epochOf(closed), epoch)
      assert.deepEqual(entryDeps(closed), value.deps)
      assert.equal(decodeEntry(closed).wallTimeMs, value.wallTimeMs)
      assert.equal(decodeEntry(closed).body.kind, 'closed')
      assert.equal(mayExpire(closed), true)
      const opened = openedEntry(closed, LOG, [chainFrom(epoch)])
      assert.deepEqual(comparable(opened), comparable(plain))
      assert.equal(openedEntry(closed, LOG, [chainFrom(epoch + 1)]), closed, 'a later key')
      assert.equal(openedEntry(closed, LOG, []), closed, 'no key')
    }),
  )
})

test('what is not closed is the very same entry, whatever keys there are', () => {
  fc.assert(
    fc.property(entry, (value) => {
      fc.pre(value.body.kind !== 'closed')
      const bytes = encodeEntry(value)
      assert.equal(openedEntry(bytes, LOG, [CHAIN]), bytes)
      assert.equal(epochOf(bytes), undefined)
      const expires = value.body.kind === 'text' && value.body.expires !== undefined
      assert.equal(mayExpire(bytes), expires)
    }),
  )
})

test('fields of later versions around the body stay where they are', () => {
  const before = new Writer().uint(3, NUMBER_MAX).finish()
  const after = new Writer().bytes(1001, Buffer.from('later')).finish()
  const plain = Buffer.concat([before, text('hi'), after])
  const closed = closedEntry(plain, 3, lock(3), NONCE)
  assert.deepEqual(closed.subarray(0, before.length), before)
  assert.deepEqual(closed.subarray(-after.length), after)
  assert.deepEqual(openedEntry(closed, LOG, [CHAIN]), plain)
})

test('a body of a later version can be in a box', () => {
  const plain = new Writer().uint(1, 7).message(99, new Writer().uint(9, 1)).finish()
  const closed = closedEntry(plain, 0, lock(0), NONCE)
  assert.deepEqual(comparable(openedEntry(closed, LOG, [CHAIN])), comparable(plain))
})

test('what others have to read stands in the clear', () => {
  const timer = encodeEntry({ wallTimeMs: 1, deps: [], body: { kind: 'timer', seconds: 5 } })
  assert.throws(() => closedEntry(timer, 0, lock(0), NONCE), TypeError)
  const closed = closedEntry(text('hi'), 0, lock(0), NONCE)
  assert.throws(() => closedEntry(closed, 0, lock(0), NONCE), TypeError)
})

test('a box is worth nothing in another log, under another epoch, or changed', () => {
  const closed = closedEntry(text('hello'), 2, lock(2), NONCE)
  const unreadable = (bytes: Uint8Array, log = LOG): void => {
    const opened = openedEntry(bytes, log, [CHAIN])
    assert.ok(isUnreadable(opened))
    assert.equal(decodeEntry(opened).body.kind, 'unknown')
    assert.equal(decodeEntry(opened).wallTimeMs, 5)
  }
  unreadable(closed, { ...LOG, device: id<DeviceId>(9) })
  unreadable(closed, { ...LOG, conversation: id<ConversationId>(9) })
  const { body } = decodeEntry(closed)
  assert.ok(body.kind === 'closed')
  unreadable(encodeEntry({ wallTimeMs: 5, deps: [], body: { ...body, epoch: 3 } }))
  for (const at of [0, 11, 12, 20, body.box.length - 16, body.box.length - 1]) {
    const box = Uint8Array.from(body.box)
    box[at] = (box[at] ?? 0) ^ 1
    unreadable(encodeEntry({ wallTimeMs: 5, deps: [], body: { ...body, box } }))
  }
  assert.ok(!isUnreadable(openedEntry(closed, LOG, [CHAIN])))
})

test('one right key among others is enough', () => {
  const wrong = new KeyChain({ epoch: 0, key: new Uint8Array(32).fill(8) })
  const closed = closedEntry(text('hello'), 2, lock(2), NONCE)
  assert.deepEqual(openedEntry(closed, LOG, [wrong, chainFrom(2)]), text('hello'))
  assert.ok(isUnreadable(openedEntry(closed, LOG, [wrong, chainFrom(3)])))
})

const hi = new Writer().string(1, 'hi')
const CONTENTS: Record<string, Uint8Array> = {
  nothing: new Writer().bytes(16, Buffer.alloc(0)).finish(),
  'two texts': new Writer().message(16, hi).message(16, hi).finish(),
  'a text and a time': new Writer().message(16, hi).uint(1, 5).finish(),
  'a text and a field of a later version': new Writer().message(16, hi).uint(1001, 5).finish(),
  'no body': new Writer().uint(3, 5).bytes(3, Buffer.from('x')).finish(),
  'a number': new Writer().uint(16, 70_000).finish(),
  'a field over the last body': new Writer().message(1001, hi).finish(),
  'a text that is none': new Writer().message(16, new Writer().bytes(1, Buffer.of(0xff))).finish(),
  'a text that is cut': new Writer().message(16, hi).finish().subarray(0, 5),
  'a timer': new Writer().message(40, new Writer().uint(1, 5)).finish(),
  'a box': new Writer().message(41, new Writer().bytes(2, Buffer.alloc(40))).finish(),
  'what a group consists of': new Writer().message(28, new Writer().string(1, 'mine')).finish(),
  'a group of a later version': Buffer.alloc(3),
}

test('what is in a box and no body is shown as nothing that is known', async (t) => {
  for (const [name, content] of Object.entries(CONTENTS)) {
    await t.test(name, () => {
      const opened = openedEntry(boxed(content), LOG, [CHAIN])
      assert.equal(decodeEntry(opened).body.kind, 'unknown')
      assert.ok(isUnreadable(opened))
    })
  }
  assert.ok(isGroupTag(28))
  const fine = new Writer().message(16, hi).finish()
  assert.equal(decodeEntry(openedEntry(boxed(fine), LOG, [CHAIN])).body.kind, 'text')
})

test('any bytes in a box, and any box, are read without fault', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 3, maxLength: 60 }), (content) => {
      decodeEntry(openedEntry(boxed(content), LOG, [CHAIN]))
    }),
  )
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 31, maxLength: 60 }), (box) => {
      const bytes = encodeEntry({
        wallTimeMs: 5,
        deps: [],
        body: { kind: 'closed', epoch: 0, box },
      })
      assert.ok(isUnreadable(openedEntry(bytes, LOG, [CHAIN])))
    }),
  )
})

test('the longest text that there may be fits into a box', () => {
  const many = <T extends AccountId | DeviceId>(count: number): T[] =>
    Array.from({ length: count }, (_, i) => {
      const bytes = Buffer.alloc(32)
      bytes.writeUInt32BE(i)
      return idFromBytes<T>(bytes)
    })
  const deps = many<DeviceId>(DEPS_MAX).map((device) => ({ device, seq: NUMBER_MAX }))
  const body: TextBody = {
    kind: 'text',
    text: 'ü'.repeat(TEXT_BYTES_MAX / 2),
    mentions: many<AccountId>(MENTIONS_MAX),
    replyTo: { device: id<DeviceId>(5), seq: NUMBER_MAX },
  }
  const plain = encodeEntry({ wallTimeMs: WALL_TIME_MS_MAX, deps, body })
  const last = GROUP_EPOCH_MAX
  const closed = closedEntry(plain, last, lock(last), NONCE)
  assert.deepEqual(comparable(openedEntry(closed, LOG, [CHAIN])), comparable(plain))
})

const entryOf = (tag: number, body: Writer): Uint8Array => new Writer().message(tag, body).finish()
const BOX = Buffer.alloc(31)
const list = (): Writer =>
  new Writer()
    .bytes(1, Buffer.alloc(32, 1))
    .uint(2, 1)
    .bytes(3, Buffer.alloc(32, 2))
    .bytes(4, Buffer.alloc(64, 3))
const added = (): Writer => new Writer().message(1, list()).string(2, 'bob')
const made = (): Writer =>
  new Writer().bytes(1, Buffer.alloc(16)).string(2, 'crew').message(5, list()).string(6, 'ann')

const NO_ENTRIES: Record<string, Uint8Array> = {
  'a box that is missing': entryOf(41, new Writer().uint(1, 1)),
  'a box that is too short': entryOf(41, new Writer().bytes(2, BOX.subarray(1))),
  'two boxes': entryOf(41, new Writer().bytes(2, BOX).bytes(2, BOX)),
  'two epochs': entryOf(41, new Writer().uint(1, 1).uint(1, 1).bytes(2, BOX)),
  'an epoch past the last': entryOf(41, new Writer().uint(1, GROUP_EPOCH_MAX + 1).bytes(2, BOX)),
  'a box that is a number': entryOf(41, new Writer().uint(2, 31)),
  'a closed body that is a number': new Writer().uint(41, 31).finish(),
  'an added one without a check': entryOf(25, added().uint(3, 1)),
  'an added one without an epoch': entryOf(25, added().bytes(4, Buffer.alloc(32))),
  'an added one at epoch 0': Buffer.concat([
    entryOf(25, new Writer().raw(added().number(24).number(0).bytes(4, BOX).finish())),
  ]),
  'an added one past the last epoch': entryOf(
    25,
    added()
      .uint(3, GROUP_EPOCH_MAX + 1)
      .bytes(4, Buffer.alloc(32)),
  ),
  'an added one with a short check': entryOf(25, added().uint(3, 1).bytes(4, BOX)),
  'a group with a short check': entryOf(24, made().bytes(7, BOX)),
  'a group with two checks': entryOf(
    24,
    made().bytes(7, Buffer.alloc(32)).bytes(7, Buffer.alloc(32)),
  ),
}

test('what is no entry of a group with keys is refused', async (t) => {
  for (const [name, bytes] of Object.entries(NO_ENTRIES)) {
    await t.test(name, () => {
      assert.throws(() => decodeEntry(bytes), REFUSED)
      assert.throws(() => entryDeps(bytes), REFUSED)
    })
  }
  decodeEntry(entryOf(41, new Writer().bytes(2, BOX)))
  decodeEntry(entryOf(25, added().uint(3, GROUP_EPOCH_MAX).bytes(4, Buffer.alloc(32))))
  decodeEntry(entryOf(24, made().bytes(7, Buffer.alloc(32))))
})

const key = (): Writer => new Writer().bytes(1, Buffer.alloc(32))
const invite = (): Writer =>
  new Writer().bytes(1, Buffer.alloc(32, 2)).bytes(2, entryOf(24, made())).string(3, 'crew')
const NO_FRAMES: Record<string, Uint8Array> = {
  'a key of no conversation': entryOf(20, new Writer().bytes(3, Buffer.alloc(32))),
  'a conversation without a key': entryOf(20, key().uint(2, 1)),
  'a short key': entryOf(20, key().bytes(3, BOX)),
  'a key past the last epoch': entryOf(
    20,
    key()
      .uint(2, GROUP_EPOCH_MAX + 1)
      .bytes(3, Buffer.alloc(32)),
  ),
  'an invitation with an epoch and no key': entryOf(16, invite().uint(4, 1)),
  'an invitation with a short key': entryOf(16, invite().uint(4, 1).bytes(5, BOX)),
  'an invitation past the last epoch': entryOf(
    16,
    invite()
      .uint(4, GROUP_EPOCH_MAX + 1)
      .bytes(5, Buffer.alloc(32)),
  ),
}

test('a frame with a key that is none is refused', async (t) => {
  for (const [name, bytes] of Object.entries(NO_FRAMES)) {
    await t.test(name, () => assert.throws(() => decodeFrame(bytes), REFUSED))
  }
  decodeFrame(entryOf(20, key().bytes(3, Buffer.alloc(32))))
  decodeFrame(entryOf(16, invite().uint(4, 1).bytes(5, Buffer.alloc(32))))
})
