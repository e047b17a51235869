// Runs kept in memory, found by any of their entries: a page of history asks for its entries one
// by one, and most of them lie in the same few runs. Like core/lru it forgets many at a time.
import { lastSeq, type Run, runBytes, runMemoryBytes } from '../core/run.ts'

/** Larger runs have a buffer to themselves anyway: Node shares those of up to half of 8 KiB. */
const COMPACT_BYTES_MAX = 8 * 1024

export class RunCache {
  private readonly youngBytesMax: number
  private young = new Generation()
  private old = new Generation()

  /** @param bytesMax of memory at most; the half of it that was used last is kept */
  constructor(bytesMax: number) {
    this.youngBytesMax = bytesMax / 2
  }

  find(log: string, seq: number): Run | undefined {
    const run = this.young.find(log, seq)
    if (run) return run
    const kept = this.old.find(log, seq)
    if (kept) this.keep(log, kept)
    return kept
  }

  /** A run that came just now. A large one is read by whoever reads many, once. */
  stored(log: string, run: Run): void {
    if (runBytes(run) <= COMPACT_BYTES_MAX) this.add(log, run)
  }

  add(log: string, run: Run): void {
    this.keep(log, compact(run))
  }

  /** Forgets the runs of a log that end after the place. */
  cut(log: string, seq: number): void {
    this.young.cut(log, seq)
    this.old.cut(log, seq)
  }

  private keep(log: string, run: Run): void {
    if (this.young.bytes + runMemoryBytes(run) > this.youngBytesMax) {
      this.old = this.young
      this.young = new Generation()
    }
    this.young.put(log, run)
  }
}

/** Of one log, in the order of their last entries. */
interface LogRuns {
  readonly lasts: number[]
  readonly runs: Run[]
}

class Generation {
  bytes = 0
  private readonly logs = new Map<string, LogRuns>()

  find(log: string, seq: number): Run | undefined {
    const held = this.logs.get(log)
    const run = held?.runs[placeOf(held.lasts, seq)]
    return run && run.first <= seq ? run : undefined
  }

  /** In place of the one that ends with the same entry. */
  put(log: string, run: Run): void {
    const held = this.logs.get(log) ?? { lasts: [], runs: [] }
    const last = lastSeq(run)
    const place = placeOf(held.lasts, last)
    const isThere = held.lasts[place] === last
    held.lasts.splice(place, isThere ? 1 : 0, last)
    const [before] = held.runs.splice(place, isThere ? 1 : 0, run)
    this.bytes += runMemoryBytes(run) - (before ? runMemoryBytes(before) : 0)
    this.logs.set(log, held)
  }

  cut(log: string, seq: number): void {
    const held = this.logs.get(log)
    if (!held) return
    const place = placeOf(held.lasts, seq + 1)
    held.lasts.splice(place)
    for (const run of held.runs.splice(place)) this.bytes -= runMemoryBytes(run)
    if (place === 0) this.logs.delete(log)
  }
}

/**
 * The run with bytes of its own. What came off the network or out of a seal are views into buffers
 * that are shared with much else, and a few bytes kept would keep 8 KiB alive.
 */
function compact(run: Run): Run {
  const size = runBytes(run) + run.prevHash.byteLength + run.signature.byteLength
  if (size > COMPACT_BYTES_MAX) return run
  const bytes = Buffer.allocUnsafeSlow(size)
  let at = 0
  const own = (view: Uint8Array): Uint8Array => {
    bytes.set(view, at)
    at += view.byteLength
    return bytes.subarray(at - view.byteLength, at)
  }
  const { prevHash, entries, signature } = run
  const kept = { prevHash: own(prevHash), entries: entries.map(own), signature: own(signature) }
  return { ...run, ...kept }
}

/** Index of the first number that is not below `value`. */
function placeOf(ascending: readonly number[], value: number): number {
  let low = 0
  let high = ascending.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((ascending[middle] ?? Infinity) < value) low = middle + 1
    else high = middle
  }
  return low
}
