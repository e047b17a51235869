// What the user has not read yet: messages of others after the read position, counted as they are
// shown (core/counting), so that telling costs two small reads for each log, whatever came.
import { type Counts, chunkOf, countsAt, NOTHING_COUNTED, withKinds } from '../../core/counting.ts'
import { isTidingsError } from '../../core/errors.ts'
import { wasMember } from '../../core/group/state.ts'
import { type AccountId, type ConversationId, type DeviceId, idToBytes } from '../../core/id.ts'
import { RUN_ENTRIES_MAX } from '../../core/limits.ts'
import type { Logger } from '../../core/logger.ts'
import { lastSeq, type Run } from '../../core/run.ts'
import type { LevelStore } from '../../store/store-level.ts'
import type { Batch } from '../../store/store.ts'
import type { Conversations } from '../conversations.ts'
import type { Groups } from '../groups/groups.ts'
import { ifReadable } from '../if-readable.ts'
import type { Newly } from '../ledger/ledger-group.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { logicalOf } from '../ledger/order-reader.ts'
import type { Deadlines } from '../messages/deadlines.ts'
import type { Timers } from '../messages/timers.ts'
import type { Receipts } from '../receipts.ts'
import { kindsOf } from './entry-kinds.ts'

/** Unread messages that are looked at one by one, where some may not be shown. */
const LOOKED_AT_MAX = 1000

export interface UnreadInit {
  readonly me: AccountId
  /** Every device of this account: what they wrote is read. */
  readonly devices: ReadonlySet<DeviceId>
  readonly store: LevelStore
  readonly ledger: Pick<Ledger, 'conversation' | 'conversationIds'>
  readonly receipts: Pick<Receipts, 'reads'>
  readonly deadlines: Pick<Deadlines, 'lastKept'>
  readonly timers: Pick<Timers, 'setting'>
  readonly conversations: Pick<Conversations, 'isHidden'>
  readonly groups: Pick<Groups, 'get' | 'counts'>
  readonly log: Logger
}

/** A stretch of one log. */
interface Stretch {
  readonly id: ConversationId
  readonly device: DeviceId
  readonly first: number
  readonly last: number
}

export class Unread {
  private readonly init: UnreadInit
  private readonly myBytes: Uint8Array

  constructor(init: UnreadInit) {
    this.init = init
    this.myBytes = idToBytes(init.me)
  }

  /** Counts what was shown before there were counts, or where these cannot be read any more. */
  async load(): Promise<void> {
    if (this.init.store.isSettled) return
    for (const id of this.init.ledger.conversationIds()) {
      for (const stretch of this.stretches(id)) {
        if (stretch.first <= stretch.last && !this.exact(stretch)) await this.mend(stretch)
      }
    }
  }

  /** Counts anew what of a conversation is not read: it reads in another way than before. */
  async countAgain(id: ConversationId): Promise<void> {
    for (const stretch of this.stretches(id)) {
      if (stretch.first <= stretch.last) await this.mend(stretch)
    }
  }

  /** Puts the kinds of what a commit shows into it. Never rejects for what cannot be read. */
  async count(
    batch: Batch,
    id: ConversationId,
    shown: readonly Newly[],
    runs: readonly Run[],
  ): Promise<void> {
    for (const { device, first, last } of shown) {
      if (this.init.devices.has(device)) continue
      const kinds = await this.kinds({ id, device, first, last }, runs)
      if (kinds !== undefined) this.put(batch, { id, device, first, last }, kinds, true)
    }
  }

  /** What of a conversation is not read, and how much of that addresses the user. */
  of(id: ConversationId): Counts {
    let { messages, mentions } = NOTHING_COUNTED
    for (const stretch of this.stretches(id)) {
      const counts = this.mayHide(stretch) ? this.seen(stretch) : this.counted(stretch)
      messages += counts.messages
      mentions += counts.mentions
    }
    return { messages, mentions }
  }

  /** Whether some of it may not be shown. */
  private mayHide({ id, device, first, last }: Stretch): boolean {
    const { groups, timers } = this.init
    if (first > last) return false
    if (timers.setting(id) !== undefined) return true
    const state = groups.get(id)?.state
    if (!state) return false
    const author = state.devices.get(device)
    const isEnded = state.bars.some(({ account, isRemoval }) => isRemoval && account === author)
    // Whose adding came to nothing was never removed, and nothing of theirs is shown.
    return isEnded || !wasMember(state, device)
  }

  /**
   * Without what has disappeared, and in a group without what does not count there. Where that
   * takes long to find out, all of the rest counts.
   */
  private seen(stretch: Stretch): Counts {
    const { id, device, first, last } = stretch
    let { messages, mentions } = NOTHING_COUNTED
    let seq = last
    const take = (part: Stretch): void => {
      const counts = this.counted(part)
      messages += counts.messages
      mentions += counts.mentions
    }
    for (let looked = 0; looked < LOOKED_AT_MAX; looked++, seq--) {
      seq = this.init.deadlines.lastKept(id, device, seq)
      if (seq < first) return { messages, mentions }
      const one = { ...stretch, first: seq, last: seq }
      if (!this.isBarred(one)) take(one)
    }
    take({ ...stretch, last: seq })
    return { messages, mentions }
  }

  /** Whether an entry does not count in its group. */
  private isBarred({ id, device, last: seq }: Stretch): boolean {
    const { groups, store } = this.init
    try {
      return !groups.counts(id, { device, seq, logical: logicalOf(store, id, device, seq) })
    } catch (error) {
      // Where the order cannot be read is told elsewhere.
      if (isTidingsError(error, 'database_damaged')) return false
      throw error
    }
  }

  /** What of each log of others is shown and not read; `first` is past `last` where all is. */
  private *stretches(id: ConversationId): Iterable<Stretch> {
    const { conversations, devices, ledger, me, receipts } = this.init
    const read = receipts.reads.of(me, id)
    for (const [device, { order }] of ledger.conversation(id)) {
      if (devices.has(device) || conversations.isHidden(id, device)) continue
      yield { id, device, first: (read.get(device) ?? 0) + 1, last: order.shown }
    }
  }

  private counted(stretch: Stretch): Counts {
    return this.exact(stretch) ?? this.estimate(stretch)
  }

  private exact({ id, device, first, last }: Stretch): Counts | undefined {
    if (first > last) return NOTHING_COUNTED
    const { store } = this.init
    const end = store.get('counts', keyOf(id, device, chunkOf(last)))
    const till = end && countsAt(end, chunkOf(last), last)
    if (!till || end.since > first) return undefined
    // Before it nothing was counted.
    if (end.since === first) return till
    const begin = store.get('counts', keyOf(id, device, chunkOf(first - 1)))
    const before = begin?.since === end.since && countsAt(begin, chunkOf(first - 1), first - 1)
    if (!before) return undefined
    const messages = till.messages - before.messages
    return { messages, mentions: till.mentions - before.mentions }
  }

  /** Damage that was met since the start; the next one counts anew. */
  private estimate({ first, last }: Stretch): Counts {
    return { messages: last - first + 1, mentions: 0 }
  }

  /** Counts anew what is not read of a log. */
  private async mend({ id, device, first, last }: Stretch): Promise<void> {
    const { log, store } = this.init
    log.info({ conversation: id, entries: last - first + 1 }, 'counting what is not read')
    for (let from = first; from <= last;) {
      const till = Math.min(last, from + RUN_ENTRIES_MAX - 1)
      const part = { id, device, first: from, last: till }
      const kinds = await this.kinds(part, [])
      if (kinds === undefined) return
      const batch = store.batch()
      this.put(batch, part, kinds, from > first)
      await store.commit(batch)
      from = till + 1
    }
  }

  /** @param joins whether it goes on with what was counted before it */
  private put(batch: Batch, stretch: Stretch, kinds: string, joins: boolean): void {
    const { id, device, first } = stretch
    const chunks = withKinds(first, kinds, (index) =>
      joins ? this.init.store.get('counts', keyOf(id, device, index)) : undefined,
    )
    for (const [index, chunk] of chunks) batch.put('counts', keyOf(id, device, index), chunk)
  }

  /** An EntryKind for each entry; undefined when they cannot be read, which is told elsewhere. */
  private async kinds(
    { id, device, first, last }: Stretch,
    runs: readonly Run[],
  ): Promise<string | undefined> {
    const { store } = this.init
    let kinds = ''
    for (let seq = first; seq <= last;) {
      const from = seq
      const run =
        runs.find((each) => each.device === device && each.first <= seq && seq <= lastSeq(each)) ??
        (await ifReadable(() => store.readPage(id, device, from, last)))
      if (!run) return undefined
      const end = Math.min(last, lastSeq(run))
      kinds += kindsOf(run, { first: seq, last: end }, store.keyring, this.myBytes)
      seq = end + 1
    }
    return kinds
  }
}

function keyOf(id: ConversationId, device: DeviceId, index: number): string {
  return `${id}/${device}/${index}`
}
