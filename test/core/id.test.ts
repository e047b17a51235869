// Ids and their one text form, and the hashes that name conversations and logs.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import * as fc from 'fast-check'

import { isTidingsError } from '../../src/core/errors.ts'
import {
  type AccountId,
  base32Decode,
  base32Encode,
  directConversation,
  ID_BYTES,
  ID_CHARS,
  idFromBytes,
  idToBytes,
  isId,
  logName,
  logTag,
  messageId,
  parseMessageId,
  shortId,
} from '../../src/core/id.ts'
import { author, conversationId } from './authors.ts'

const bytes32 = fc.uint8Array({ minLength: ID_BYTES, maxLength: ID_BYTES })

test('bytes become text and the same bytes again', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 70 }), (bytes) => {
      const text = base32Encode(bytes)
      assert.match(text, /^[0-9a-v]*$/)
      assert.equal(text.length, Math.ceil((bytes.byteLength * 8) / 5))
      assert.deepEqual(base32Decode(text), bytes)
    }),
  )
})

test('the text form is base32hex of RFC 4648, in lower case and without padding', () => {
  const vectors = { f: 'co', fo: 'cpng', foo: 'cpnmu', foob: 'cpnmuog', fooba: 'cpnmuoj1' }
  for (const [plain, text] of Object.entries(vectors)) {
    assert.equal(base32Encode(Buffer.from(plain)), text)
  }
})

test('ids sort as their bytes do', () => {
  fc.assert(
    fc.property(bytes32, bytes32, (a, b) => {
      const [one, other] = [base32Encode(a), base32Encode(b)]
      assert.equal(Math.sign(Buffer.compare(a, b)), one < other ? -1 : one > other ? 1 : 0)
    }),
  )
})

test('an id has one text form only', () => {
  fc.assert(
    fc.property(bytes32, (bytes) => {
      const id = idFromBytes(bytes)
      assert.equal(id.length, ID_CHARS)
      assert.ok(isId(id))
      assert.deepEqual(idToBytes(id), bytes)
      // The last character has four bits that must be zero.
      assert.equal(isId(`${id.slice(0, -1)}1`), false)
    }),
  )
})

test('what is not an id is refused', () => {
  const id: string = author('ann').account
  for (const text of [
    '',
    id.slice(1),
    `${id}0`,
    id.toUpperCase(),
    `w${id.slice(1)}`,
    'ü'.repeat(52),
  ]) {
    assert.equal(isId(text), false, text)
    assert.throws(() => idToBytes(text as AccountId), TypeError)
  }
  assert.throws(() => idFromBytes(new Uint8Array(31)), TypeError)
  assert.throws(() => idFromBytes(new Uint8Array(33)), TypeError)
})

test('two accounts have one direct conversation, whoever computes it', () => {
  const [ann, bob, eve] = [author('ann').account, author('bob').account, author('eve').account]
  assert.equal(directConversation(ann, bob), directConversation(bob, ann))
  assert.notEqual(directConversation(ann, bob), directConversation(ann, eve))
})

test('every log has a name of its own', () => {
  const names = new Set<string>()
  for (const conversation of ['tea', 'soup'].map(conversationId)) {
    for (const { device } of [author('ann'), author('bob')]) {
      names.add(Buffer.from(logName(conversation, device)).toString('hex'))
      assert.match(logTag(conversation, device), /^[0-9a-v]{26}$/)
    }
  }
  assert.equal(names.size, 4)
})

test('a message id gives back its log and its place', () => {
  const tag = logTag(conversationId('tea'), author('ann').device)
  for (const seq of [1, 10, Number.MAX_SAFE_INTEGER]) {
    assert.deepEqual(parseMessageId(messageId(tag, seq)), { tag, seq })
  }
})

test('what is not a message id is bad input', () => {
  const tag = logTag(conversationId('tea'), author('ann').device)
  const wrong = [
    '',
    tag,
    `${tag}-`,
    `${tag}-0`,
    `${tag}-01`,
    `${tag}-1.5`,
    `${tag}--1`,
    ` ${tag}-1`,
  ]
  for (const id of [...wrong, `${tag}-9999999999999999`, `${tag}-1\n`, `x${tag}-1`]) {
    assert.throws(
      () => parseMessageId(id),
      (error) => isTidingsError(error, 'bad_input'),
      id,
    )
  }
})

test('a short id is the beginning of its id', () => {
  const { account } = author('ann')
  assert.ok(account.startsWith(shortId(account)))
  assert.equal(shortId(account).length, 8)
})
