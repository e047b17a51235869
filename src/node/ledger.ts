// Writing entries down. The ledger carries out the sync engine's `store` effects: it gathers what
// waits into one group, orders what can be ordered, writes runs, order index, heads and events in
// one synced commit, and only then reports. Everything that is told to anybody passes through here.
import { toTidingsError, type TidingsError } from '../core/errors.ts'
import type { ConversationId, DeviceId } from '../core/id.ts'
import { GROUP_BYTES_MAX } from '../core/limits.ts'
import type { Logger } from '../core/logger.ts'
import type { OrderLog } from '../core/order.ts'
import { type Head, runBytes } from '../core/run.ts'
import type { StoredRun } from '../core/sync/state.ts'
import type { Batch, EventRecord, HeadRecord, Store } from '../store/store.ts'
import type { CursorParts } from './cursor.ts'
import { orderGroup, type ShownStretch } from './ordering.ts'

/** One log as written: how far it is held, and how far it is ordered. */
export interface LedgerLog {
  readonly head: Head
  readonly forked: boolean
  readonly order: OrderLog
  readonly changedAt: number
}

export type LedgerConversation = ReadonlyMap<DeviceId, LedgerLog>

/** What one commit made durable. */
export interface Written {
  readonly position: number
  readonly runs: readonly StoredRun[]
  readonly shown: readonly (ShownStretch & { readonly index: number })[]
}

export interface LedgerHooks {
  written(written: Written): void
  failed(runs: readonly StoredRun[], error: TidingsError): void
}

export class Ledger {
  private readonly store: Store
  private readonly log: Logger
  private readonly hooks: LedgerHooks
  private readonly conversations = new Map<ConversationId, LedgerConversation>()
  private queue: StoredRun[] = []
  private running: Promise<void> | undefined
  private lastPosition: number
  private newestEvent: CursorParts

  constructor(store: Store, log: Logger, hooks: LedgerHooks) {
    this.store = store
    this.log = log
    this.hooks = hooks
    this.lastPosition = store.position
    this.newestEvent = { position: store.position + 1, index: 0, seq: 0 }
  }

  /** The newest event that is on disk. */
  get newest(): CursorParts {
    return this.newestEvent
  }

  /** Takes up every head on disk. */
  async load(): Promise<void> {
    for await (const record of this.store.heads()) {
      const logs = new Map(this.conversations.get(record.conversation))
      const { head, forked, shown, logical, changedAt } = record
      logs.set(record.device, { head, forked, order: { shown, logical }, changedAt })
      this.conversations.set(record.conversation, logs)
    }
  }

  /** Orders what was stored but still waited when the node stopped. */
  async settle(): Promise<void> {
    for (const [id, logs] of this.conversations) {
      if ([...logs.values()].some((log) => log.order.shown < log.head.seq)) {
        await this.enqueue(() => this.commitGroup([], [id]))
      }
    }
  }

  conversation(id: ConversationId): LedgerConversation {
    return this.conversations.get(id) ?? new Map<DeviceId, LedgerLog>()
  }

  conversationIds(): IterableIterator<ConversationId> {
    return this.conversations.keys()
  }

  orderLogs(id: ConversationId): Map<DeviceId, OrderLog> {
    return new Map([...this.conversation(id)].map(([device, log]) => [device, log.order] as const))
  }

  /** Writes a run after everything that was given before it. Reports through the hooks. */
  write(stored: StoredRun): void {
    this.queue.push(stored)
    this.running ??= this.drain()
  }

  /** Writes a change of contacts with the event that tells of it; its place, once it is synced. */
  async record(event: EventRecord, fill: (batch: Batch) => void): Promise<CursorParts> {
    await this.enqueue(async () => {
      const position = ++this.lastPosition
      const batch = this.store.batch()
      fill(batch)
      batch.putEvent(position, 0, event)
      await this.store.commit(batch)
      this.newestEvent = { position, index: 0, seq: 1 }
    })
    return this.newestEvent
  }

  async markForked(
    id: ConversationId,
    device: DeviceId,
    proof: string,
    atMs: number,
  ): Promise<void> {
    const log = this.conversation(id).get(device)
    if (!log) return
    const forked = { ...log, forked: true }
    this.setLog(id, device, forked)
    const batch = this.store.batch()
    batch.putHead(headRecord(id, device, forked))
    batch.put('fork', `${id}/${device}`, { run: proof, foundAtMs: atMs })
    await this.store.commit(batch)
  }

  /** Resolves when nothing waits for the disk. */
  async idle(): Promise<void> {
    while (this.running) await this.running
  }

  private async enqueue(work: () => Promise<void>): Promise<void> {
    while (this.running) await this.running
    const running = work().finally(() => {
      if (this.running === done) this.running = undefined
      if (this.queue.length > 0) this.running ??= this.drain()
    })
    const done = running.catch(() => {})
    this.running = done
    await running
  }

  private async drain(): Promise<void> {
    // What arrives in the same turn belongs to the same group.
    await Promise.resolve()
    while (this.queue.length > 0) {
      const group = this.takeGroup()
      try {
        await this.commitGroup(group, [])
      } catch (error) {
        const failure = toTidingsError(error)
        this.log.error({ err: failure }, 'writing entries failed')
        // Runs behind the failed ones build on them: none may reach the disk.
        const lost = [...group, ...this.queue]
        this.queue = []
        this.hooks.failed(lost, failure)
      }
    }
    this.running = undefined
  }

  private takeGroup(): StoredRun[] {
    let bytes = 0
    let count = 0
    for (const { run } of this.queue) {
      bytes += runBytes(run)
      if (count > 0 && bytes > GROUP_BYTES_MAX) break
      count += 1
    }
    return this.queue.splice(0, count)
  }

  private async commitGroup(
    group: readonly StoredRun[],
    resumed: readonly ConversationId[],
  ): Promise<void> {
    // Also after a failed write: what it may have left behind must not mix with this group.
    const position = ++this.lastPosition
    const batch = this.store.batch()
    const shown: (ShownStretch & { index: number })[] = []
    const next: [ConversationId, DeviceId, LedgerLog][] = []
    let changes = 0
    for (const id of new Set([...group.map(({ run }) => run.conversation), ...resumed])) {
      const own = group.filter(({ run }) => run.conversation === id)
      for (const { run } of own) batch.putRun(run)
      const result = await orderGroup(this.store, id, this.conversation(id), own, batch)
      for (const stretch of result.shown) {
        const index = shown.length
        shown.push({ ...stretch, index })
        const { device, first, last } = stretch
        batch.putEvent(position, index, { type: 'shown', conversation: id, device, first, last })
      }
      for (const [device, log] of result.logs) {
        const changed = result.changed.has(device)
        const written = changed ? { ...log, changedAt: position } : log
        next.push([id, device, written])
        if (changed) batch.putHead(headRecord(id, device, written))
        changes += changed ? 1 : 0
      }
    }
    if (changes > 0) await this.store.commit(batch)
    for (const [id, device, log] of next) this.setLog(id, device, log)
    if (changes === 0) return
    const newest = shown.at(-1)
    if (newest) this.newestEvent = { position, index: newest.index, seq: newest.last }
    this.hooks.written({ position, runs: group, shown })
  }

  private setLog(id: ConversationId, device: DeviceId, log: LedgerLog): void {
    this.conversations.set(id, new Map(this.conversation(id)).set(device, log))
  }
}

function headRecord(id: ConversationId, device: DeviceId, log: LedgerLog): HeadRecord {
  const { head, forked, changedAt } = log
  const { shown, logical } = log.order
  return { conversation: id, device, head, forked, shown, logical, changedAt }
}
