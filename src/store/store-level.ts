// The store on LevelDB: everything of store.ts, joined from its parts. Reads that must answer at
// once (records, the order index) come from memory or one synchronous read; everything else is
// asynchronous. Writes go through one group commit.
import { TidingsError } from '../core/errors.ts'
import type { ResumeToken } from '../core/frames.ts'
import type { ConversationId, DeviceId } from '../core/id.ts'
import { GROUP_BYTES_MAX } from '../core/limits.ts'
import type { OrderChunk } from '../core/order-chunk.ts'
import type { Head, LogName, Run } from '../core/run.ts'
import { logKey } from '../core/sync/state.ts'
import { Keyring } from '../wire/keyring.ts'
import { type BatchWatcher, LevelBatch } from './batch.ts'
import { ChangeIndex } from './change-index.ts'
import { Copies } from './copies.ts'
import { cutAfter } from './cut.ts'
import { Cuts } from './cuts.ts'
import { Filters } from './filters.ts'
import { GroupCommit } from './group.ts'
import { Heads } from './heads.ts'
import { recordKey } from './keys.ts'
import type { Database } from './level.ts'
import { Logs } from './logs.ts'
import { OrderIndex } from './order-index.ts'
import { RecordReader } from './records.ts'
import { Suspects } from './repair/suspects.ts'
import type { StoreParts } from './store-parts.ts'
import type { Batch, HeadRecord, RecordKind, Records, Store, StoredEvent } from './store.ts'
import { Tips } from './tips.ts'
import { keepKeys, makeWatcher } from './watcher.ts'

/** A store that also tells what was found damaged. */
export interface LevelStore extends Store {
  /** In plain words; grows when a read meets damage. Empty when all is well. */
  readonly damage: readonly string[]
  /** Nothing was written after `settle`, until this opening, and nothing is damaged. */
  readonly isSettled: boolean
  /** Notes, synced, that what is derived from logs is all there. Nothing else may be under way. */
  settle(): Promise<void>
  readonly copies: Copies
  /** How many entries of a log were on disk at some time, though fewer may be left of them. */
  everHeld(conversation: ConversationId, device: DeviceId): number
  /** What was set aside of a log and continues it from this end on, with the end after it. */
  aside(
    conversation: ConversationId,
    device: DeviceId,
    end: Head,
  ): { readonly run: Run; readonly head: Head } | undefined
}

export class LevelDbStore implements LevelStore {
  readonly changes: ChangeIndex
  readonly filters: Filters
  readonly keyring = new Keyring()
  readonly tidy: Store['tidy'] = (kind, prefix) => this.records.tidy(kind, prefix)
  readonly copies = new Copies()
  private readonly parts: Omit<StoreParts, 'heads'>
  private readonly logs: Logs
  private readonly group: GroupCommit
  private readonly records: RecordReader
  private readonly order: OrderIndex
  private readonly watcher: BatchWatcher
  private readonly tips: Tips
  private readonly suspects: Suspects
  private readonly found: Heads
  private readonly cuts: Cuts
  private committed: number
  private given: number
  private closing: Promise<void> | undefined

  constructor({ heads, ...parts }: StoreParts) {
    this.parts = parts
    this.found = new Heads(parts, heads)
    this.committed = parts.position
    this.given = parts.position
    const { database, codec, runs: cache, lasts, tally } = parts
    const lastOf = (...log: [ConversationId, DeviceId]): number => lasts.get(logKey(...log)) ?? 0
    const cuts = (this.cuts = new Cuts(parts))
    this.logs = new Logs({ database, codec, cache, cuts, lastOf })
    const write: Database['write'] = async (operations) => {
      await database.write(tally.withCount(operations))
      tally.written()
    }
    this.tips = new Tips(lasts)
    const failed = (): void => this.tips.clear()
    this.group = new GroupCommit({ write, failed }, GROUP_BYTES_MAX)
    this.records = new RecordReader(parts)
    this.suspects = new Suspects(parts, ({ key, value }) =>
      this.group.commit([{ key, value }], value.byteLength),
    )
    this.changes = new ChangeIndex(parts, (operations) => this.group.commit(operations, 0))
    this.order = new OrderIndex({ database, codec, suspects: this.suspects, lastOf })
    this.filters = new Filters({ ...parts, cuts })
    const { order, records, keyring, changes } = this
    this.watcher = makeWatcher({ ...parts, order, records, keyring, changes })
  }

  /** Takes up the keys that are kept. */
  async load(): Promise<void> {
    for (const [id, record] of await this.all('group_key')) keepKeys(this.keyring, id, record)
  }

  get epoch(): string {
    return this.parts.epochs.epoch
  }

  get position(): number {
    return this.given
  }

  get isSettled(): boolean {
    return this.parts.isSettled && this.damage.length === 0
  }

  get damage(): readonly string[] {
    return this.parts.damage.words
  }

  async settle(): Promise<void> {
    const { named, pages, tally } = this.parts
    await pages.settle(this.group, tally, named.size)
  }

  everHeld(conversation: ConversationId, device: DeviceId): number {
    return this.parts.tally.everHeld({ conversation, device })
  }

  aside(
    conversation: ConversationId,
    device: DeviceId,
    end: Head,
  ): { run: Run; head: Head } | undefined {
    return this.parts.aside.after({ conversation, device }, end)
  }

  knowsToken(token: ResumeToken): boolean {
    return this.parts.epochs.knows(token, this.committed)
  }

  heads(): Promise<readonly HeadRecord[]> {
    return this.found.all()
  }

  readRun(conversation: ConversationId, device: DeviceId, seq: number): Promise<Run | undefined> {
    const log = { conversation, device }
    return this.reading(log, () => this.logs.readRun(log, seq))
  }

  readPage(
    conversation: ConversationId,
    device: DeviceId,
    first: number,
    last: number,
  ): Promise<Run | undefined> {
    const log = { conversation, device }
    return this.reading(log, () => this.logs.readPage(log, first, last))
  }

  readRuns(
    conversation: ConversationId,
    device: DeviceId,
    first: number,
    last: number,
  ): Promise<Run[]> {
    const log = { conversation, device }
    return this.reading(log, () => this.logs.readRuns(log, first, last))
  }

  private reading<T>(log: LogName, read: () => Promise<T>): Promise<T> {
    return this.suspects.noticing(log, this.cuts.steady(read))
  }

  logicals(
    conversation: ConversationId,
    device: DeviceId,
    chunk: number,
    least = 0,
  ): readonly number[] {
    return this.chunk(conversation, device, chunk, least).logicals
  }

  chunk(conversation: ConversationId, device: DeviceId, chunk: number, least = 0): OrderChunk {
    return this.order.chunk({ conversation, device }, chunk, least)
  }

  events(from: { position: number; index: number }, limit: number): Promise<StoredEvent[]> {
    return this.records.events(from, limit)
  }

  get<K extends RecordKind>(kind: K, key: string): Records[K] | undefined {
    return this.records.get(kind, key)
  }

  has(kind: RecordKind, key: string): boolean {
    return this.parts.database.get(recordKey(kind, key)) !== undefined
  }

  all<K extends RecordKind>(kind: K, prefix = ''): Promise<[string, Records[K]][]> {
    return this.records.all(kind, prefix)
  }

  keys(kind: RecordKind): Promise<string[]> {
    return this.records.keys(kind)
  }

  batch(): Batch {
    return new LevelBatch(this.parts.codec, this.watcher, this.cuts.now())
  }

  async cutLog(
    batch: Batch,
    conversation: ConversationId,
    device: DeviceId,
    last: number,
  ): Promise<void> {
    const { database, codec, lasts } = this.parts
    const log = { conversation, device }
    const before = lasts.get(logKey(conversation, device)) ?? 0
    const cut = await this.suspects.noticing(log, cutAfter(database, codec, log, last, before))
    LevelBatch.of(batch).cutLog(log, cut)
  }

  async commit(batch: Batch): Promise<void> {
    const level = LevelBatch.of(batch)
    if (this.closing) throw new TidingsError('shutting_down', 'the database is closed')
    this.filters.assertFresh(level)
    for (const log of level.heads) this.parts.pages.wear(log)
    this.tips.join(level)
    this.found.forget()
    this.given = Math.max(this.given, level.position)
    const write = async (): Promise<void> => {
      await this.group.commit(level.operations, level.bytes)
      this.committed = Math.max(this.committed, level.position)
      level.committed()
    }
    await (level.cuts.size > 0 ? this.cuts.run(level.cuts, write) : write())
  }

  close(): Promise<void> {
    const { database, tally, lock } = this.parts
    this.closing ??= this.group
      .idle()
      .then(() => {
        tally.close()
        return database.close(this.damage.length === 0)
      })
      .finally(() => lock?.release())
    return this.closing
  }
}
