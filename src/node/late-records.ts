// Records learned from peers (what they hold, have read, where they are), written a little later
// than they are learned: several share one write, and however much a peer tells there is never more
// than one value waiting for each key. What a crash takes is told again at the next meeting.
import { isTidingsError } from '../core/errors.ts'
import { RECEIPT_WRITE_DELAY_MS, WRITE_RETRY_MS } from '../core/limits.ts'
import type { Logger } from '../core/logger.ts'
import type { Records, Store } from '../store/store.ts'

export type LateKind = 'peer' | 'holds' | 'read'

interface Late<K extends LateKind = LateKind> {
  readonly kind: K
  readonly key: string
  readonly value: Records[K]
}

export class LateRecords {
  private readonly store: Store
  private readonly log: Logger
  private waiting = new Map<string, Late>()
  private writing: ReadonlyMap<string, Late> = new Map()
  private timer: NodeJS.Timeout | undefined
  /** Settles, without failing, when the write under way is over. */
  private work: Promise<void> = Promise.resolve()
  private next: Promise<void> | undefined

  constructor(store: Store, log: Logger) {
    this.store = store
    this.log = log
  }

  /** The newest value, written or not. */
  get<K extends LateKind>(kind: K, key: string): Records[K] | undefined {
    const name = `${kind}/${key}`
    const late = this.waiting.get(name) ?? this.writing.get(name)
    return late ? (late.value as Records[K]) : this.store.get(kind, key)
  }

  /** The keys of all read positions on disk. */
  reads(): Promise<string[]> {
    return this.store.keys('read')
  }

  /** All peers as they are on disk. */
  peers(): Promise<[string, Records['peer']][]> {
    return this.store.all('peer')
  }

  put<K extends LateKind>(kind: K, key: string, value: Records[K]): void {
    this.waiting.set(`${kind}/${key}`, { kind, key, value })
    this.writeIn(RECEIPT_WRITE_DELAY_MS)
  }

  private writeIn(delayMs: number): void {
    // Whoever stops the node writes what waits. A failure is logged where it happens; what failed
    // goes with the next write.
    this.timer ??= setTimeout(() => void this.flush().catch(() => {}), delayMs).unref()
  }

  /** Resolves once everything that was put is on disk. */
  flush(): Promise<void> {
    clearTimeout(this.timer)
    this.timer = undefined
    if (!this.next) {
      this.next = this.work.then(() => this.write())
      this.work = this.next.catch(() => {})
    }
    return this.next
  }

  private async write(): Promise<void> {
    this.next = undefined
    if (this.waiting.size === 0) return
    this.writing = this.waiting
    this.waiting = new Map()
    try {
      const batch = this.store.batch()
      for (const { kind, key, value } of this.writing.values()) batch.put(kind, key, value)
      await this.store.commit(batch)
    } catch (error) {
      // What was learned since counts more.
      this.waiting = new Map([...this.writing, ...this.waiting])
      this.log.warn({ err: error }, 'what peers told could not be written')
      if (!isTidingsError(error, 'shutting_down')) this.writeIn(WRITE_RETRY_MS)
      throw error
    } finally {
      this.writing = new Map()
    }
  }
}
