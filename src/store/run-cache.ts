// Runs kept in memory, found by any of their entries: a page of history asks for its entries one
// by one, and most of them lie in the same few runs.
import { ENTRY_MEMORY_BYTES, RUN_MEMORY_BYTES } from '../core/limits.ts'
import { lastSeq, type Run, runBytes } from '../core/run.ts'

/** Larger runs have a buffer to themselves anyway: Node shares those of up to half of 8 KiB. */
const COMPACT_BYTES_MAX = 8 * 1024

interface Cached {
  readonly run: Run
  readonly bytes: number
}

export class RunCache {
  private readonly bytesMax: number
  private bytes = 0
  /** By log and last entry; what was used longest ago comes first. */
  private readonly entries = new Map<string, Cached>()
  /** For each log the last entries of its cached runs, ascending. */
  private readonly lasts = new Map<string, number[]>()

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax
  }

  find(log: string, seq: number): Run | undefined {
    const lasts = this.lasts.get(log)
    const last = lasts?.[placeOf(lasts, seq)]
    if (last === undefined) return undefined
    const key = `${log}/${last}`
    const cached = this.entries.get(key)
    if (!cached || cached.run.first > seq) return undefined
    this.entries.delete(key)
    this.entries.set(key, cached)
    return cached.run
  }

  /** A run that came just now. A large one is read by whoever reads many, once. */
  stored(log: string, run: Run): void {
    if (runBytes(run) <= COMPACT_BYTES_MAX) this.add(log, run)
  }

  add(log: string, run: Run): void {
    const last = lastSeq(run)
    const key = `${log}/${last}`
    this.remove(log, last)
    const overhead = RUN_MEMORY_BYTES + ENTRY_MEMORY_BYTES * run.entries.length
    const bytes = runBytes(run) + overhead
    this.entries.set(key, { run: compact(run), bytes })
    this.bytes += bytes
    const lasts = this.lasts.get(log) ?? []
    lasts.splice(placeOf(lasts, last), 0, last)
    this.lasts.set(log, lasts)
    this.shrink()
  }

  /** Forgets the runs of a log that end after the place. */
  cut(log: string, seq: number): void {
    const lasts = this.lasts.get(log) ?? []
    for (const last of lasts.slice(placeOf(lasts, seq + 1))) this.remove(log, last)
  }

  private remove(log: string, last: number): void {
    const key = `${log}/${last}`
    const cached = this.entries.get(key)
    if (!cached) return
    this.entries.delete(key)
    this.bytes -= cached.bytes
    const lasts = this.lasts.get(log)
    if (!lasts) return
    lasts.splice(placeOf(lasts, last), 1)
    if (lasts.length === 0) this.lasts.delete(log)
  }

  private shrink(): void {
    while (this.bytes > this.bytesMax) {
      const [oldest] = this.entries.keys()
      if (oldest === undefined) return
      const at = oldest.lastIndexOf('/')
      this.remove(oldest.slice(0, at), Number(oldest.slice(at + 1)))
    }
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
