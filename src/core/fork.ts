// Proofs of forks: two different histories of one log, both signed by its device. A signed head and
// a run that comes by the same place another way are enough, and small: whoever gets them can check
// them without holding anything of the log (docs/PROTOCOL.md, "Forks").
import { chainEnd, cutRun, type Head, isSigned, lastSeq, type Run, vouchedEnd } from './run.ts'

export interface SignedHead extends Head {
  /** 64 bytes. */
  readonly signature: Uint8Array
}

export interface ForkProof {
  /** The end of one history: the one that whoever found the fork had accepted first. */
  readonly head: SignedHead
  /** Part of the other one: it comes by `head.seq` with another hash. */
  readonly run: Run
}

/**
 * The proof from the newest run that is held of a log and one that does not fit it.
 *
 * @returns undefined when the two do not contradict each other where the first one ends
 */
export function proveFork(held: Run, other: Run): ForkProof | undefined {
  const seq = lastSeq(held)
  const hash = chainEnd(held.prevHash, held.entries)
  if (seq < other.first - 1 || seq > lastSeq(other)) return undefined
  // What lies before the place proves nothing: only the hash there counts.
  const run = cutRun(other, Math.min(Math.max(other.first, seq + 1), lastSeq(other)))
  const proof = { head: { seq, hash, signature: held.signature }, run }
  return isForkProof(proof) ? proof : undefined
}

/** Whether the device of the run has signed two different histories. */
export function isForkProof({ head, run }: ForkProof): boolean {
  if (head.seq < 1 || head.seq < run.first - 1 || head.seq > lastSeq(run)) return false
  if (!vouchedEnd(run)) return false
  const other = chainEnd(run.prevHash, run.entries.slice(0, head.seq - run.first + 1))
  if (Buffer.compare(other, head.hash) === 0) return false
  return isSigned(run, head, head.signature)
}
