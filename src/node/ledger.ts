// Writing entries down. The ledger carries out the sync engine's `store` effects: it gathers what
// waits into one group, orders what can be ordered, writes runs, order index, heads and events in
// one synced commit, and only then reports. Everything that is told to anybody passes through here.
import { type TidingsError, toTidingsError } from '../core/errors.ts'
import type { ConversationId, DeviceId } from '../core/id.ts'
import { COMMIT_ENTRIES_MAX, GROUP_BYTES_MAX } from '../core/limits.ts'
import type { Logger } from '../core/logger.ts'
import type { OrderLog } from '../core/order.ts'
import { runBytes } from '../core/run.ts'
import type { StoredRun } from '../core/sync/state.ts'
import type { Batch, EventRecord, Store } from '../store/store.ts'
import type { CursorParts } from './cursor.ts'
import {
  type Composed,
  composeGroup,
  headRecord,
  type LedgerConversation,
  type LedgerLog,
  type Shown,
} from './ledger-group.ts'

export type { LedgerConversation, LedgerLog }

/** What one commit made durable. */
export interface Written {
  readonly position: number
  readonly runs: readonly StoredRun[]
  readonly shown: readonly Shown[]
}

export interface LedgerHooks {
  written(written: Written): void
  failed(runs: readonly StoredRun[], error: TidingsError): void
  /** Whether a run may still be written: whoever sent it may have been blocked meanwhile. */
  isWanted(stored: StoredRun): boolean
  /** These were not wanted any more. */
  dropped(runs: readonly StoredRun[]): void
}

export class Ledger {
  private readonly store: Store
  private readonly log: Logger
  private readonly hooks: LedgerHooks
  private readonly conversations = new Map<ConversationId, LedgerConversation>()
  private queue: StoredRun[] = []
  /** What is written by itself; it takes turns with the queue, so that neither waits for ever. */
  private readonly works: (() => Promise<void>)[] = []
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
        await this.inTurn(() => this.writeGroup([], [id]))
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
  record(event: EventRecord, fill: (batch: Batch) => void): Promise<CursorParts> {
    return this.inTurn(async () => {
      const position = ++this.lastPosition
      const batch = this.store.batch()
      fill(batch)
      batch.putEvent(position, 0, event)
      await this.store.commit(batch)
      this.newestEvent = { position, index: 0, seq: 1 }
      return this.newestEvent
    })
  }

  markForked(
    id: ConversationId,
    device: DeviceId,
    proof: string | undefined,
    atMs: number,
  ): Promise<void> {
    return this.inTurn(async () => {
      const log = this.conversation(id).get(device)
      if (!log) return
      const forked = { ...log, forked: true }
      const batch = this.store.batch()
      batch.putHead(headRecord(id, device, forked))
      if (proof) batch.put('fork', `${id}/${device}`, { proof, foundAtMs: atMs })
      await this.store.commit(batch)
      this.setLog(id, device, forked)
    })
  }

  /** Resolves when nothing waits for the disk. */
  async idle(): Promise<void> {
    while (this.running) await this.running
  }

  /** Runs the work while nothing else is being written. */
  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.works.push(() => work().then(resolve, reject))
      this.running ??= this.drain()
    })
  }

  private async drain(): Promise<void> {
    // What arrives in the same turn belongs to the same group.
    await Promise.resolve()
    while (this.queue.length > 0 || this.works.length > 0) {
      const work = this.works.shift()
      if (work) {
        await work()
        this.dropUnwanted()
      }
      if (this.queue.length > 0) await this.writeGroup(this.takeGroup(), [])
    }
    this.running = undefined
  }

  /** What waits may have come from somebody who is no contact since the change just written. */
  private dropUnwanted(): void {
    const unwanted = this.queue.filter((stored) => !this.hooks.isWanted(stored))
    if (unwanted.length === 0) return
    this.queue = this.queue.filter((stored) => this.hooks.isWanted(stored))
    this.tell(() => this.hooks.dropped(unwanted))
  }

  /** Never rejects. */
  private async writeGroup(
    group: readonly StoredRun[],
    resumed: readonly ConversationId[],
  ): Promise<void> {
    try {
      const { written, damaged } = await this.commitGroup(group, resumed)
      if (written) this.tell(() => this.hooks.written(written))
      if (damaged) this.fail(group, damaged.error, ({ run }) => damaged.ids.has(run.conversation))
    } catch (error) {
      this.fail(group, toTidingsError(error), () => true)
    }
  }

  /** Runs behind the failed ones build on them: none may reach the disk. */
  private fail(
    group: readonly StoredRun[],
    error: TidingsError,
    isLost: (stored: StoredRun) => boolean,
  ): void {
    this.log.error({ err: error }, 'writing entries failed')
    const lost = [...group, ...this.queue].filter(isLost)
    this.queue = this.queue.filter((stored) => !isLost(stored))
    this.tell(() => this.hooks.failed(lost, error))
  }

  /** What is on disk stays there, whatever becomes of the news. */
  private tell(hook: () => void): void {
    try {
      hook()
    } catch (error) {
      this.log.error({ err: error }, 'what was written could not be told')
    }
  }

  private takeGroup(): StoredRun[] {
    let bytes = 0
    let entries = 0
    let count = 0
    for (const { run } of this.queue) {
      bytes += runBytes(run)
      entries += run.entries.length
      if (count > 0 && (bytes > GROUP_BYTES_MAX || entries > COMMIT_ENTRIES_MAX)) break
      count += 1
    }
    return this.queue.splice(0, count)
  }

  private async commitGroup(
    group: readonly StoredRun[],
    resumed: readonly ConversationId[],
  ): Promise<{ written: Written | undefined; damaged: Composed['damaged'] }> {
    // Also after a failed write: what it may have left behind must not mix with this group.
    const position = ++this.lastPosition
    const before = (id: ConversationId): LedgerConversation => this.conversation(id)
    const composed = await composeGroup(this.store, before, { position, group, resumed })
    const { batch, logs, runs, shown, damaged } = composed
    if (!batch) return { written: undefined, damaged }
    await this.store.commit(batch)
    for (const [id, device, log] of logs) this.setLog(id, device, log)
    const newest = shown.at(-1)
    if (newest) this.newestEvent = { position, index: newest.index, seq: newest.last }
    return { written: { position, runs, shown }, damaged }
  }

  private setLog(id: ConversationId, device: DeviceId, log: LedgerLog): void {
    this.conversations.set(id, new Map(this.conversation(id)).set(device, log))
  }
}
