// Writing entries down. The ledger carries out the sync engine's `store` effects: it gathers what
// waits into one group, orders what can be ordered, writes runs, order index, heads and events in
// one synced commit, and only then reports. Everything that is told to anybody passes through here.
import { type TidingsError, toTidingsError } from '../../core/errors.ts'
import type { ForkFrame } from '../../core/frames.ts'
import type { ConversationId, DeviceId } from '../../core/id.ts'
import type { Logger } from '../../core/logger.ts'
import type { OrderLog } from '../../core/order.ts'
import type { StoredRun } from '../../core/sync/state.ts'
import type { Batch, EventRecord, Store } from '../../store/store.ts'
import type { CursorParts } from '../cursor.ts'
import { forkRecord } from '../fork-record.ts'
import { Backlog } from './backlog.ts'
import { rebuildChanges } from './change-rebuild.ts'
import {
  type Composed,
  composeCut,
  composeGroup,
  type CutBack,
  type Group,
  type LedgerHooks,
  type Written,
} from './ledger-group.ts'
import {
  headRecord,
  type LedgerConversation,
  type LedgerLog,
  newLog,
  putLogs,
  readLog,
} from './ledger-log.ts'
import { WriteQueue } from './write-queue.ts'

export class Ledger {
  private readonly store: Store
  private readonly log: Logger
  private readonly hooks: LedgerHooks
  private readonly conversations = new Map<ConversationId, LedgerConversation>()
  private readonly queue: WriteQueue
  private readonly backlog = new Backlog((id, indexed) =>
    this.queue.inTurn(() => this.writeGroup([], [id], indexed)),
  )
  private readonly before = (id: ConversationId): LedgerConversation => this.conversation(id)
  private lastPosition: number
  private newestEvent: CursorParts

  constructor(store: Store, log: Logger, hooks: LedgerHooks) {
    this.store = store
    this.log = log
    this.hooks = hooks
    this.queue = new WriteQueue({
      write: async (group) => void (await this.writeGroup(group, [])),
      changed: () => this.dropUnwanted(),
    })
    this.lastPosition = store.position
    this.newestEvent = { position: store.position + 1, index: 0, seq: 0 }
  }

  /** The newest event that is on disk. */
  get newest(): CursorParts {
    return this.newestEvent
  }

  /** Takes up every head on disk. */
  async load(): Promise<void> {
    const logs = (await this.store.heads()).map((head) => readLog(this.store, head, this.hooks))
    putLogs(this.conversations, logs)
  }

  /** Orders what was stored but still waited when the node stopped. */
  async settle(): Promise<void> {
    const { isWhole } = this.store.changes
    // It may be all that there is: then changes are indexed after it, piece by piece.
    await this.backlog.settle(this.conversations, isWhole)
    if (isWhole) return
    const failed = (error: unknown): void => this.fail([], toTidingsError(error), () => false)
    // What fails is done again at the next start.
    await this.queue.inTurn(() => rebuildChanges(this.store, this.conversations).catch(failed))
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
  }

  /** Writes a change of contacts with the event that tells of it; its place, once it is synced. */
  record(event: EventRecord, fill: (batch: Batch) => void): Promise<CursorParts> {
    return this.queue.inTurn(async () => {
      const position = ++this.lastPosition
      const batch = this.store.batch()
      fill(batch)
      batch.putEvent(position, 0, event)
      await this.store.commit(batch)
      return (this.newestEvent = { position, index: 0, seq: 1 })
    })
  }

  /** @param fork `held`: how much of the log is accepted; after a start none without a proof */
  markForked(
    id: ConversationId,
    device: DeviceId,
    { proof, held }: Partial<ForkFrame> & Pick<ForkFrame, 'held'>,
    atMs: number,
  ): Promise<void> {
    return this.queue.inTurn(async () => {
      // The proof may be here before anything of the log.
      const log = this.conversation(id).get(device) ?? newLog(id, device)
      const forked = { ...log, forked: true, until: held }
      const batch = this.store.batch()
      batch.putHead(headRecord(id, device, forked))
      const record = proof && forkRecord(proof, held, atMs)
      if (record) batch.put('fork', `${id}/${device}`, record)
      const counted = record && this.hooks.countProof?.(batch, id, device, record.proof.length)
      await this.store.commit(batch)
      counted?.()
      putLogs(this.conversations, [[id, device, forked]])
    })
  }

  /** Orders what waits for more of a log that will not come. */
  async resume(id: ConversationId): Promise<void> {
    await this.backlog.order(id)
  }

  /**
   * Cuts the end off an own log and writes it again elsewhere, in one synced step, without a word
   * to the hooks. `make` may read the disk: nothing is being written meanwhile.
   *
   * @returns where its event stands, if it has one
   */
  cutBack(make: () => Promise<CutBack>): Promise<CursorParts> {
    return this.queue.inTurn(async () => {
      const cut = await make()
      const position = ++this.lastPosition
      const asked = { position, shows: this.hooks.shows }
      const { batch, log, composed } = await composeCut(this.store, this.before, cut, asked)
      await this.store.commit(batch)
      putLogs(this.conversations, [[cut.conversation, cut.device, log]])
      this.took(position, composed)
      this.backlog.later(composed.unfinished)
      const at = { position, index: composed.shown.length, seq: 1 }
      if (cut.event) this.newestEvent = at
      return at
    })
  }

  /** Resolves when nothing waits for the disk. */
  idle(): Promise<void> {
    return this.queue.idle()
  }

  /** Resolves when one group of what waits is written, and after that this work is done alone. */
  turn(work: () => Promise<void> = () => Promise.resolve()): Promise<void> {
    return this.queue.inTurn(work)
  }

  /** What waits is written; whatever comes later is refused with `shutting_down`. */
  close(): Promise<void> {
    return this.queue.close()
  }

  /** What waits may have come from somebody who is no contact since the change just written. */
  private dropUnwanted(): void {
    const unwanted = this.queue.remove((stored) => !this.hooks.isWanted(stored))
    if (unwanted.length > 0) this.tell(() => this.hooks.dropped(unwanted))
  }

  /** Never rejects. @returns what more can be ordered of; undefined where it was not written */
  private async writeGroup(
    group: readonly StoredRun[],
    resumed: readonly ConversationId[],
    indexed = true,
  ): Promise<readonly ConversationId[] | undefined> {
    try {
      const { written, composed } = await this.commitGroup({ group, resumed, indexed })
      const { damaged, unfinished } = composed
      if (written) {
        this.tell(() => this.hooks.stored?.(written))
        await Promise.resolve()
        this.tell(() => this.hooks.written(written))
      }
      if (resumed.length > 0) this.tell(() => this.hooks.resumed?.(resumed))
      if (damaged) this.fail(group, damaged.error, ({ run }) => damaged.ids.has(run.conversation))
      if (group.length > 0) this.backlog.later(unfinished)
      return unfinished
    } catch (error) {
      this.fail(group, toTidingsError(error), () => true)
      return undefined
    }
  }

  /** Runs behind the failed ones build on them: none may reach the disk. */
  private fail(
    group: readonly StoredRun[],
    error: TidingsError,
    isLost: (stored: StoredRun) => boolean,
  ): void {
    this.log.error({ err: error }, 'writing entries failed')
    const lost = [...group.filter(isLost), ...this.queue.remove(isLost)]
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

  private async commitGroup(
    group: Omit<Group, 'position'>,
  ): Promise<{ written?: Written; composed: Composed }> {
    // Also after a failed write: what it may have left behind must not mix with this group.
    const position = ++this.lastPosition
    const batch = this.store.batch()
    const asked = { ...group, position, shows: this.hooks.shows }
    const composed = await composeGroup(this.store, batch, this.before, asked)
    const { isEmpty, runs, shown, ofGroups } = composed
    if (!isEmpty) {
      this.hooks.count?.(batch, runs)
      await this.store.commit(batch)
    }
    // What a log waits for is not on disk: after a start it is found out anew.
    this.took(position, composed)
    return { composed, ...(!isEmpty && { written: { position, runs, shown, ofGroups } }) }
  }

  /** It is on disk. */
  private took(position: number, { logs, shown }: Composed): void {
    putLogs(this.conversations, logs)
    const newest = shown.at(-1)
    if (newest) this.newestEvent = { position, index: newest.index, seq: newest.last }
  }
}
