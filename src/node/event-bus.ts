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

export class EventBus {
  private readonly listeners = new Set<(event: LiveEvent) => void>()
  private readonly log: Logger

  constructor(log: Logger) {
    this.log = log
  }

  /** Whether anybody listens: what is costly to describe need not be described otherwise. */
  get heard(): boolean {
    return this.listeners.size > 0
  }

  emit(event: EventBody, cursor?: Cursor): void {
    for (const listener of this.listeners) {
      try {
        listener({ event, cursor })
      } catch (error) {
        this.log.error({ err: error, type: event.type }, 'an event listener failed')
      }
    }
  }

  listen(listener: (event: LiveEvent) => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }
}
