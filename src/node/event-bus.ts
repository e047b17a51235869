// The one typed event map inside the node: modules announce what happened, front ends follow.
// A listener that throws must not stop the others, nor what was being announced.
import type { Logger } from '../core/logger.ts'
import type { Cursor, NodeEvent } from './node-types.ts'

/** A live event; `cursor` is set for those that are also on disk. */
export interface LiveEvent {
  readonly event: DistributiveOmit<NodeEvent, 'cursor'>
  readonly cursor: Cursor | undefined
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never
export type EventBody = LiveEvent['event']

type Listener = (event: LiveEvent) => void

export interface Listening {
  /** The one kind of event that the listener wants. @default all */
  readonly only?: EventBody['type']
  /** Durable events were not announced, for want of being readable just then. */
  readonly onGap?: () => void
  /** Durable events are being read from disk: those announced meanwhile are of no use. */
  readonly isBehind?: () => boolean
}

export class EventBus {
  private readonly listeners = new Map<Listener, Listening>()
  private readonly log: Logger

  constructor(log: Logger) {
    this.log = log
  }

  /** Whether anybody wants messages: what is costly to describe need not be described otherwise. */
  get wantsMessages(): boolean {
    return [...this.listeners.values()].some(
      ({ only = 'message', isBehind }) => only === 'message' && isBehind?.() !== true,
    )
  }

  emit(event: EventBody, cursor?: Cursor): void {
    for (const [listener, { only = event.type }] of this.listeners) {
      if (only !== event.type) continue
      try {
        listener({ event, cursor })
      } catch (error) {
        this.log.error({ err: error, type: event.type }, 'an event listener failed')
      }
    }
  }

  /** Something durable was left out: whoever misses nothing has to read it from disk. */
  leaveGap(): void {
    for (const { onGap } of this.listeners.values()) onGap?.()
  }

  /** @returns what ends it */
  listen(listener: Listener, listening: Listening = {}): () => void {
    this.listeners.set(listener, listening)
    return () => this.listeners.delete(listener)
  }
}
