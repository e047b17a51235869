// Telling front ends what happened to messages: new ones as they are shown, own ones as they are
// delivered and read. Describing costs; when nobody listens nothing is described.
import type { Clock } from '../../core/clock.ts'
import type { ConversationClock } from '../../core/frames.ts'
import type { AccountId, ConversationId, DeviceId } from '../../core/id.ts'
import { ANNOUNCED_WAITING_MAX } from '../../core/limits.ts'
import type { Logger } from '../../core/logger.ts'
import type { Conversations } from '../conversations.ts'
import { formatCursor } from '../cursor.ts'
import type { EventBody, EventBus } from '../event-bus.ts'
import type { Written } from '../ledger/ledger-group.ts'
import type { Cursor } from '../node-types.ts'
import type { Progress, Receipts } from '../receipts.ts'
import type { Troubles } from '../troubles.ts'
import type { History } from './history.ts'
import type { ProgressBook } from './progress.ts'

export interface AnnouncerInit {
  readonly conversations: Conversations
  readonly bus: EventBus
  readonly troubles: Troubles
  readonly receipts: Receipts
  readonly history: History
  readonly progress: ProgressBook
  /** Every device of this account: what they wrote is one's own. */
  readonly devices: ReadonlySet<DeviceId>
  readonly log: Logger
}

export class Announcer {
  private readonly init: AnnouncerInit
  /** What is announced keeps the order in which it was written. */
  private work: Promise<void> = Promise.resolve()
  private waiting = 0

  constructor(init: AnnouncerInit) {
    this.init = init
  }

  written(written: Written): void {
    this.trouble('disk')
    const { bus, log } = this.init
    // From then on nobody wants any of those that wait.
    if (this.waiting >= ANNOUNCED_WAITING_MAX) bus.leaveGap()
    if (!bus.wantsMessages || written.shown.length === 0) return
    this.waiting += 1
    this.work = this.work
      .then(() => this.describe(written))
      .catch((error: unknown) => {
        log.warn({ err: error }, 'new messages could not be announced')
        bus.leaveGap()
      })
      .finally(() => (this.waiting -= 1))
  }

  /** Something does not work, or works again (no message). Each change is told once. */
  trouble(where: string, message = ''): void {
    this.init.troubles.tell(where, message)
  }

  /**
   * Something else that is on disk happened. Followers go by places: told before what was written
   * earlier, it would make them take that for told.
   */
  tell(event: EventBody, cursor: Cursor): void {
    this.work = this.work.then(() => this.init.bus.emit(event, cursor))
  }

  /** Resolves once all that was written so far is announced. */
  async idle(): Promise<void> {
    await this.work
  }

  /** A peer told what it holds: own messages in it are delivered, but for those of `unproven`. */
  holds(
    peer: DeviceId,
    conversation: ConversationId,
    clock: Clock,
    unproven: ReadonlySet<DeviceId>,
  ): void {
    const { conversations, receipts } = this.init
    const account = conversations.authorOf(conversation, peer)
    const before = this.allProgress(conversation, account)
    receipts.setHolds(peer, conversation, clock, unproven)
    this.init.progress.told(conversation, account)
    const now = this.allProgress(conversation, account)
    this.tellProgress(conversation, account, 'delivered', { before, now })
  }

  /** Somebody told how far they have read. */
  async read(account: AccountId, { conversation, seqs }: ConversationClock): Promise<void> {
    const before = this.allProgress(conversation, account)
    const kept = this.init.receipts.reads.heard(account, conversation, seqs)
    this.init.progress.told(conversation, account)
    // What they tell meanwhile is told by itself.
    const now = this.allProgress(conversation, account)
    await kept
    this.tellProgress(conversation, account, 'read', { before, now })
  }

  private allProgress(conversation: ConversationId, account: AccountId): Map<DeviceId, Progress> {
    const { devices, progress } = this.init
    return new Map(
      [...devices].map((device) => [device, progress.with(conversation, device, account)]),
    )
  }

  private tellProgress(
    conversation: ConversationId,
    account: AccountId,
    state: 'delivered' | 'read',
    { before, now }: Readonly<Record<'before' | 'now', ReadonlyMap<DeviceId, Progress>>>,
  ): void {
    const { bus, conversations, history } = this.init
    if (conversations.isMe(account)) return
    for (const [device, { [state]: first }] of before) {
      const last = now.get(device)?.[state] ?? first
      if (last <= first) continue
      const { count, seq } = this.newly(conversation, device, first, last)
      if (count === 0 || !history.isFor(account, conversation, { device, seq })) continue
      const id = history.messageId(conversation, device, seq)
      const { state: _, ...reach } = history.reach(conversation, device, seq)
      bus.emit({ type: 'state', conversation, account, state, id, seq, count, ...reach })
    }
  }

  /** How many messages there are after an entry up to another, and the last of them. */
  private newly(
    id: ConversationId,
    device: DeviceId,
    after: number,
    last: number,
  ): { readonly count: number; readonly seq: number } {
    const { history, log } = this.init
    try {
      const count = history.messagesBetween(id, device, after, last)
      return { count, seq: history.lastMessage(id, device, last) }
    } catch (error) {
      log.warn({ err: error }, 'what of this are messages could not be read')
      return { count: last - after, seq: last }
    }
  }

  private async describe({ position, runs, shown }: Written): Promise<void> {
    const { bus, history } = this.init
    for (const { conversation, device, first, last, index } of shown) {
      // Whoever read from disk when its turn came comes to it there.
      if (!bus.wantsMessages) return
      const held = runs.map(({ run }) => run).filter((run) => run.conversation === conversation)
      for (const { seq, event } of await history.stretch(conversation, device, first, last, held)) {
        bus.emit(event, formatCursor({ position, index, seq }))
      }
    }
  }
}
