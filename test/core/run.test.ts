// The hash chain, its signatures, and the judgement of received runs.
import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { test } from 'node:test'

import * as fc from 'fast-check'

import { idToBytes } from '../../src/core/id.ts'
import {
  chainEnd,
  chainHashes,
  checkRun,
  closeRun,
  emptyHead,
  lastSeq,
  publicKeyFromSeed,
  type Run,
  runBytes,
  signerFromSeed,
  verifySignature,
} from '../../src/core/run.ts'
import { author, conversationId, Log } from './authors.ts'

const TEA = conversationId('tea')
const ANN = author('ann')

function annsLog(...texts: readonly string[]): Log {
  const log = new Log(TEA, ANN)
  if (texts.length > 0) log.write(...texts)
  return log
}

const texts = fc.array(fc.string({ maxLength: 40 }), { minLength: 1, maxLength: 12 })

test('each link of the chain is the hash of the one before it and the entry', () => {
  const start = emptyHead(TEA, ANN.device).hash
  const domain = Buffer.from('tidings/log/1')
  const name = Buffer.concat([domain, idToBytes(TEA), idToBytes(ANN.device)])
  assert.deepEqual(start, hash('sha256', name, 'buffer'))
  const entries = ['one', '', 'three'].map((text) => Buffer.from(text))
  let link = start
  const links = entries.map((entry) => {
    link = hash('sha256', Buffer.concat([link, entry]), 'buffer')
    return link
  })
  assert.deepEqual(chainHashes(start, entries), links)
  assert.deepEqual(chainEnd(start, entries), links.at(-1))
  assert.ok(Buffer.from(start).equals(chainEnd(start, [])))
})

test('the signature covers a domain, the log, its length and the end of the chain', () => {
  const log = annsLog('1', '2')
  const number = Buffer.alloc(8)
  number.writeBigUInt64BE(2n)
  const domain = Buffer.from('tidings/run/1')
  const signed = Buffer.concat([domain, log.headAt(0).hash, number, log.head.hash])
  assert.ok(verifySignature(idToBytes(ANN.device), signed, log.run(1, 2).signature))
})

test('a signature verifies only its bytes under its key', () => {
  const seed = Buffer.alloc(32, 7)
  const key = publicKeyFromSeed(seed)
  const bytes = Buffer.from('bytes')
  const signature = signerFromSeed(seed)(bytes)
  assert.ok(verifySignature(key, bytes, signature))
  assert.equal(verifySignature(key, Buffer.from('other'), signature), false)
  assert.equal(verifySignature(idToBytes(ANN.device), bytes, signature), false)
  assert.equal(verifySignature(key, bytes, signature.subarray(1)), false)
  assert.equal(verifySignature(new Uint8Array(3), bytes, signature), false)
})

test('a run ends at its last entry and weighs its entries', () => {
  const run = annsLog('one', 'two', 'three').run(2, 3)
  assert.equal(run.first, 2)
  assert.equal(lastSeq(run), 3)
  assert.equal(runBytes(run), 8)
  assert.throws(() => closeRun({ conversation: TEA, device: ANN.device }, run0, [], ANN.signer))
})

const run0 = emptyHead(TEA, ANN.device)

test('wherever a good run meets the log, what is new is taken and the rest is known', () => {
  fc.assert(
    fc.property(texts, fc.nat(), fc.nat(), fc.nat(), (texts, x, y, z) => {
      const log = annsLog(...texts)
      const count = texts.length
      const held = x % (count + 1)
      const first = 1 + (y % count)
      const last = first + (z % (count - first + 1))
      const check = checkRun(log.run(first, last), log.headAt(held))
      if (last <= held) assert.deepEqual(check, { outcome: 'old' })
      else if (first > held + 1) assert.deepEqual(check, { outcome: 'gap' })
      else {
        const fresh = log.run(held + 1, last)
        assert.deepEqual(check, { outcome: 'extends', fresh, head: log.headAt(last) })
      }
    }),
  )
})

test('a run that was tampered with anywhere has a bad signature', () => {
  const log = annsLog('1', '2', '3')
  const good = log.run(2, 3)
  const flip = (bytes: Uint8Array): Uint8Array =>
    Uint8Array.from(bytes, (byte, i) => (i === 0 ? byte ^ 1 : byte))
  const bad: Run[] = [
    { ...good, signature: flip(good.signature) },
    { ...good, prevHash: flip(good.prevHash) },
    { ...good, entries: [Buffer.from('2'), Buffer.from('X')] },
    { ...good, entries: [Buffer.from('3'), Buffer.from('2')] },
    { ...good, entries: [Buffer.from('2')] },
    { ...good, entries: [] },
    { ...good, device: author('eve').device },
    { ...good, first: 1 },
  ]
  for (const run of bad) {
    assert.deepEqual(checkRun(run, log.headAt(1)), { outcome: 'bad_signature' })
  }
})

test('a run of another conversation is not taken for one of this', () => {
  const elsewhere = new Log(conversationId('soup'), ANN)
  elsewhere.write('1')
  const run = { ...elsewhere.run(1, 1), conversation: TEA }
  assert.equal(checkRun(run, emptyHead(TEA, ANN.device)).outcome, 'bad_signature')
})

test('a run from the middle of another conversation does not look like a fork of this', () => {
  const elsewhere = new Log(conversationId('soup'), ANN)
  elsewhere.write('1', '2', '3')
  const run = { ...elsewhere.run(2, 3), conversation: TEA }
  assert.equal(checkRun(run, annsLog('1').head).outcome, 'bad_signature')
})

test('a log begins with its own name: a device that signs anything else forks nothing', () => {
  const stray = { seq: 0, hash: new Uint8Array(32) }
  const { run } = closeRun(
    { conversation: TEA, device: ANN.device },
    stray,
    [run0.hash],
    ANN.signer,
  )
  assert.equal(checkRun(run, run0).outcome, 'bad_signature')
})

test('a log that the device signed twice is a fork, wherever the two part', () => {
  fc.assert(
    fc.property(texts, texts, texts, fc.boolean(), (common, mine, theirs, overlap) => {
      const log = annsLog(...common, 'mine', ...mine)
      const other = annsLog(...common, 'theirs', ...theirs, ...mine)
      const held = log.headAt(common.length + 1)
      const first = overlap ? 1 : common.length + 1
      const check = checkRun(other.run(first, other.entries.length), held)
      assert.deepEqual(check, { outcome: 'fork' })
      const next = checkRun(other.run(held.seq + 1, other.entries.length), held)
      assert.deepEqual(next, { outcome: 'fork' })
    }),
  )
})

test('a fork is seen even where the other log is no longer', () => {
  const log = annsLog('1', 'mine')
  const other = annsLog('1', 'theirs')
  assert.deepEqual(checkRun(other.run(2, 2), log.head), { outcome: 'fork' })
  assert.deepEqual(checkRun(log.run(2, 2), log.head), { outcome: 'old' })
})
