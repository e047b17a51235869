// Runs kept in memory, found by any of their entries: a page of history asks for its entries one
// by one, and most of them lie in the same few runs.
import { ENTRY_MEMORY_BYTES } from '../core/limits.ts'
import { lastSeq, type Run, runBytes } from '../core/run.ts'

/** Memory that a run takes beside its entries. */
const RUN_OVERHEAD_BYTES = 256

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

  add(log: string, run: Run): void {
    const last = lastSeq(run)
    const key = `${log}/${last}`
    this.remove(log, last)
    const overhead = RUN_OVERHEAD_BYTES + ENTRY_MEMORY_BYTES * run.entries.length
    const bytes = runBytes(run) + overhead
    this.entries.set(key, { run, bytes })
    this.bytes += bytes
    const lasts = this.lasts.get(log) ?? []
    lasts.splice(placeOf(lasts, last), 0, last)
    this.lasts.set(log, lasts)
    this.shrink()
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
