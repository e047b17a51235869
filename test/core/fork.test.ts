// Proofs of forks: made from what is held and what does not fit, and checked by anybody.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import * as fc from 'fast-check'

import { type ForkProof, isForkProof, proveFork } from '../../src/core/fork.ts'
import { FRAME_BYTES_MAX, RUN_BYTES_MAX, RUN_ENTRIES_MAX } from '../../src/core/limits.ts'
import { chainHashes, lastSeq, runBytes } from '../../src/core/run.ts'
import { encodeFrame } from '../../src/wire/frames.ts'
import { author, conversationId, Log } from './authors.ts'

const TEA = conversationId('tea')
const ANN = author('ann')
const texts = fc.array(fc.string({ maxLength: 20 }), { minLength: 1, maxLength: 6 })

/** Two histories of one log that part after some common entries. */
function histories(common: readonly string[], one: string[], other: string[]): [Log, Log] {
  const log = new Log(TEA, ANN)
  if (common.length > 0) log.write(...common)
  const copy = log.copy(common.length)
  log.write('one', ...one)
  copy.write('other', ...other)
  return [log, copy]
}

function someProof(): ForkProof {
  const [log, copy] = histories(['1'], ['2'], ['3'])
  const proof = proveFork(log.run(2, 3), copy.run(2, 3))
  assert.ok(proof)
  return proof
}

test('wherever two histories part, the end of the one and a run of the other prove it', () => {
  fc.assert(
    fc.property(texts, texts, texts, fc.nat(), fc.nat(), (common, one, other, x, y) => {
      const [log, copy] = histories(common, one, other)
      const { seq } = log.head
      const held = log.run(1 + (x % seq), seq)
      const last = copy.head.seq
      const run = copy.run(1 + (y % last), last)
      const proof = proveFork(held, run)
      const isCovered = run.first - 1 <= seq && seq <= last
      const atSeq = seq < run.first ? run.prevHash : copy.heads[seq]?.hash
      const differs = isCovered && Buffer.compare(atSeq ?? run.prevHash, log.head.hash) !== 0
      assert.equal(proof !== undefined, differs)
      if (proof) assert.ok(isForkProof(proof))
    }),
  )
})

test('a proof holds no more of the other history than what follows the place', () => {
  const [log, copy] = histories(['1'], ['2'], ['3', '4', '5'])
  const proof = proveFork(log.run(1, 3), copy.run(1, 5))
  assert.deepEqual(proof?.run, copy.run(4, 5))
  const short = proveFork(log.run(1, 3), copy.run(1, 3))
  assert.deepEqual(short?.run, copy.run(3, 3))
})

test('one history proves nothing, however it is cut', () => {
  const log = new Log(TEA, ANN)
  log.write('1', '2', '3')
  assert.equal(proveFork(log.run(1, 2), log.run(1, 3)), undefined)
  assert.equal(proveFork(log.run(1, 3), log.run(2, 2)), undefined)
})

test('a proof in which anything was changed proves nothing', () => {
  const proof = someProof()
  const { head, run } = proof
  const wrong = new Uint8Array(32).fill(9)
  const changed: ForkProof[] = [
    { ...proof, head: { ...head, hash: wrong } },
    { ...proof, head: { ...head, signature: new Uint8Array(64) } },
    { ...proof, head: { ...head, seq: head.seq + 1 } },
    { ...proof, head: { ...head, seq: 0 } },
    { ...proof, run: { ...run, prevHash: wrong } },
    { ...proof, run: { ...run, signature: head.signature } },
    { ...proof, run: { ...run, conversation: conversationId('soup') } },
    { ...proof, run: { ...run, device: author('bob').device } },
    { ...proof, run: { ...run, entries: [] } },
  ]
  for (const each of changed) assert.equal(isForkProof(each), false)
})

test('the same history in two conversations is no fork of either', () => {
  const soup = new Log(conversationId('soup'), ANN)
  const tea = new Log(TEA, ANN)
  soup.write('1', '2')
  tea.write('one', 'two')
  const relabelled = { ...soup.run(2, 2), conversation: TEA }
  assert.equal(proveFork(tea.run(1, 2), relabelled), undefined)
})

test('the largest proof fits into a frame', () => {
  const log = new Log(TEA, ANN)
  const copy = log.copy(0)
  log.write('small')
  const entry = Buffer.alloc(Math.floor(RUN_BYTES_MAX / RUN_ENTRIES_MAX)).toString()
  const last = Buffer.alloc(60_000).toString()
  copy.write(...Array.from({ length: RUN_ENTRIES_MAX - 1 }, () => entry), last)
  const run = copy.run(1, RUN_ENTRIES_MAX)
  assert.ok(runBytes(run) > RUN_BYTES_MAX)
  const hash = chainHashes(log.run(1, 1).prevHash, log.run(1, 1).entries)[0]
  assert.ok(hash && lastSeq(run) > 1)
  const head = { seq: 1, hash, signature: log.run(1, 1).signature }
  const frame = encodeFrame({ type: 'fork', proof: { head, run }, held: 1 })
  assert.ok(frame.byteLength <= FRAME_BYTES_MAX)
})
