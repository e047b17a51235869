// The Fork frame: a signed head of a log, and a run of the same log that comes by its place with
// another hash (docs/PROTOCOL.md, "Forks").
import type { ForkFrame } from '../core/frames.ts'
import { NUMBER_MAX } from '../core/limits.ts'
import { HASH_BYTES, lastSeq, type Run, SIGNATURE_BYTES } from '../core/run.ts'
import type { Reader } from './reader.ts'
import { readRun, writeRun } from './session-parts.ts'
import { Writer } from './writer.ts'

export function writeFork({ proof, held }: ForkFrame): Writer {
  const { head, run } = proof
  const message = writeRun(run)
  return new Writer(message.byteLength + 160)
    .message(1, message)
    .uint(2, head.seq)
    .bytes(3, head.hash)
    .bytes(4, head.signature)
    .uint(5, held)
}

/** Whether it proves anything is found out where it matters; here it could. */
export function readFork(reader: Reader): ForkFrame {
  let run: Run | undefined
  let seq: number | undefined
  let hash: Uint8Array | undefined
  let signature: Uint8Array | undefined
  let held = 0
  while (reader.next()) {
    if (reader.field === 1) run = readRun(reader.once('run').message('run'))
    else if (reader.field === 2) seq = reader.once('seq').uint(1, NUMBER_MAX)
    else if (reader.field === 3) hash = reader.once('hash').bytes(HASH_BYTES, HASH_BYTES)
    else if (reader.field === 4) {
      signature = reader.once('signature').bytes(SIGNATURE_BYTES, SIGNATURE_BYTES)
    } else if (reader.field === 5) held = reader.once('held').uint(0, NUMBER_MAX)
    else reader.skip()
  }
  const proof = {
    head: {
      seq: reader.required(seq, 'seq'),
      hash: reader.required(hash, 'hash'),
      signature: reader.required(signature, 'signature'),
    },
    run: reader.required(run, 'run'),
  }
  const { first } = proof.run
  if (proof.head.seq < first - 1 || proof.head.seq > lastSeq(proof.run)) {
    reader.each('seq').fail('is not a place of the run')
  }
  return { type: 'fork', proof, held }
}
