// Following what happens: first what is on disk after a cursor, then live, none twice and none left
// out between. A follower that is slower than what happens goes back to reading from disk, so no
// queue grows and nothing durable is ever skipped.
import type { AccountId, ConversationId } from '../core/id.ts'
import { FOLLOW_QUEUE_EVENTS_MAX, TAIL_PAGE_EVENTS } from '../core/limits.ts'
import type { EventRecord, StoredEvent, Store } from '../store/store.ts'
import { compareCursors, type CursorParts, formatCursor, parseCursor } from './cursor.ts'
import type { EventBody, EventBus, LiveEvent } from './event-bus.ts'
import type { Ledger } from './ledger/ledger.ts'
import { beyondCuts } from './messages/beyond-cuts.ts'
import type { History } from './messages/history.ts'
import type { ContactView, NodeEvent } from './node-types.ts'

export interface FollowInit {
  readonly store: Store
  readonly bus: EventBus
  readonly history: History
  readonly ledger: Pick<Ledger, 'newest' | 'conversation' | 'orderLogs' | 'turn'>
  readonly contact: (account: AccountId) => ContactView | undefined
}

export interface FollowOptions {
  readonly since: CursorParts
  readonly conversation: ConversationId | undefined
}

export type Listener = (event: NodeEvent) => void | Promise<void>

export class Follower {
  private readonly init: FollowInit
  private readonly listener: Listener
  private readonly conversation: ConversationId | undefined
  private cursor: CursorParts
  private queue: LiveEvent[] = []
  /** Durable events are being read from disk; live ones are not queued. */
  private replaying = true
  private wake: (() => void) | undefined

  constructor(init: FollowInit, options: FollowOptions, listener: Listener) {
    this.init = init
    this.listener = listener
    this.cursor = options.since
    this.conversation = options.conversation
  }

  /** What was told so far. */
  get at(): CursorParts {
    return this.cursor
  }

  async run(signal: AbortSignal): Promise<void> {
    const onGap = (): void => this.startOver()
    const isBehind = (): boolean => this.replaying
    const stop = this.init.bus.listen((event) => this.hear(event), { onGap, isBehind })
    const wake = (): void => this.wake?.()
    signal.addEventListener('abort', wake)
    try {
      while (!signal.aborted) {
        if (this.replaying) await this.replay(signal)
        await this.drain(signal)
        if (signal.aborted || this.replaying || this.queue.length > 0) continue
        await new Promise<void>((resolve) => {
          this.wake = resolve
        })
        this.wake = undefined
      }
    } finally {
      signal.removeEventListener('abort', wake)
      stop()
    }
  }

  private hear(live: LiveEvent): void {
    if (this.queue.length >= FOLLOW_QUEUE_EVENTS_MAX) this.startOver()
    if (live.cursor && this.replaying) return
    this.queue.push(live)
    this.wake?.()
  }

  /**
   * Back to the disk, which has the durable ones. Presence and the like are nowhere else; where
   * there are too many of these they are stale by then.
   */
  private startOver(): void {
    const others = this.queue.filter(({ cursor }) => cursor === undefined)
    this.queue = others.length <= FOLLOW_QUEUE_EVENTS_MAX / 2 ? others : []
    this.replaying = true
    this.wake?.()
  }

  private async replay(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      // No await between this comparison and going live: nothing can happen in between.
      const { newest } = this.init.ledger
      if (compareCursors(this.cursor, newest) >= 0) {
        this.replaying = false
        return
      }
      // From the record of the cursor itself: it may have been told in part.
      const page = await this.init.store.events(this.cursor, TAIL_PAGE_EVENTS)
      for (const stored of page) {
        await this.tell(stored, signal)
        // Part of it may not have been told: who goes on from here begins with that.
        if (signal.aborted) return
      }
      const last = page.at(-1)
      // A short page is the last one: it reaches what was newest before it was read.
      if (page.length < TAIL_PAGE_EVENTS) this.moveTo(newest)
      if (last) this.moveTo({ position: last.position, index: last.index, seq: lastOf(last) })
    }
  }

  private moveTo(cursor: CursorParts): void {
    if (compareCursors(cursor, this.cursor) > 0) this.cursor = cursor
  }

  private async tell(stored: StoredEvent, signal: AbortSignal): Promise<void> {
    const { position, index, event } = stored
    if (event.type !== 'shown') {
      const here = { position, index, seq: 1 }
      if (compareCursors(here, this.cursor) <= 0) return
      this.cursor = here
      if (event.type === 'undone') {
        const { conversation, device, seq } = event
        const id = this.init.history.messageId(conversation, device, seq)
        return this.deliver({ type: 'undone', conversation, id })
      }
      const contact = this.init.contact(event.account)
      if (!contact) return
      const type = event.state === 'incoming' ? 'request' : 'contact'
      return this.deliver({ type, contact: { ...contact, state: event.state } })
    }
    const { ledger } = this.init
    await beyondCuts(ledger, event.conversation, () => this.tellShown(stored, event, signal))
  }

  private async tellShown(
    { position, index }: StoredEvent,
    event: Extract<EventRecord, { type: 'shown' }>,
    signal: AbortSignal,
  ): Promise<void> {
    const { conversation, device } = event
    // What was cut off its log since was written again in another place, or was taken back.
    const shown = this.init.ledger.conversation(conversation).get(device)?.order.shown ?? 0
    const last = Math.min(event.last, shown)
    const same = position === this.cursor.position && index === this.cursor.index
    const first = same ? Math.max(event.first, this.cursor.seq + 1) : event.first
    if (first > last || compareCursors({ position, index, seq: last }, this.cursor) <= 0) return
    if (this.conversation !== undefined && conversation !== this.conversation) return
    for (const { seq, event } of await this.init.history.stretch(
      conversation,
      device,
      first,
      last,
    )) {
      if (signal.aborted) return
      this.cursor = { position, index, seq }
      await this.deliver(event)
    }
  }

  private async drain(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && !this.replaying) {
      const live = this.queue.shift()
      if (!live) return
      if (live.cursor) {
        const cursor = parseCursor(live.cursor)
        if (compareCursors(cursor, this.cursor) <= 0) continue
        this.cursor = cursor
      }
      await this.deliver(live.event)
    }
  }

  private async deliver(event: EventBody): Promise<void> {
    if (this.conversation !== undefined && !concerns(event, this.conversation)) return
    await this.listener({ ...event, cursor: formatCursor(this.cursor) })
  }
}

function lastOf({ event }: StoredEvent): number {
  return event.type === 'shown' ? event.last : 1
}

function concerns(event: EventBody, conversation: ConversationId): boolean {
  switch (event.type) {
    case 'message':
    case 'changed':
      return event.message.conversation === conversation
    case 'group':
      return event.group.conversation === conversation
    case 'state':
    case 'undone':
    case 'conversation':
    case 'typing':
    case 'fork':
      return event.conversation === conversation
    case 'request':
    case 'contact':
      return event.contact.conversation === conversation
    case 'presence':
    case 'renamed':
    case 'device':
    case 'nearby':
    case 'trouble':
      return false
  }
}
