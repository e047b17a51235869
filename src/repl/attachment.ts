// Keeps the screen attached to a node: follows its events, and when the node goes away, waits for
// it and goes on from the event after the last one, so that nothing is missed and nothing twice.
import { setTimeout as delay } from 'node:timers/promises'

import type { Event } from '../api/shapes.ts'
import { isTidingsError, TidingsError, toTidingsError } from '../core/errors.ts'
import { REPL_REATTACH_MAX_MS, REPL_REATTACH_MIN_MS } from '../core/limits.ts'
import type { ReplClient } from './repl-client.ts'

export interface AttachmentComponents {
  readonly first: ReplClient
  /** @throws `no_daemon` while none runs */
  readonly connect: () => Promise<ReplClient>
}

export interface AttachmentInit {
  /** Attached: before the first event of each time. `again` after the node was away. */
  readonly onAttached: (again: boolean) => Promise<void>
  readonly onEvent: (event: Event) => void
  readonly onLost: (error: TidingsError) => void
  /** False: a node that went away does not come back, and following ends. */
  readonly mayReturn: boolean
}

export class Attachment {
  readonly #connect: () => Promise<ReplClient>
  readonly #init: AttachmentInit
  #client: ReplClient
  #cursor: string | undefined

  constructor({ first, connect }: AttachmentComponents, init: AttachmentInit) {
    this.#client = first
    this.#connect = connect
    this.#init = init
  }

  /** The node as it is reached now; while it is away, calls fail with `no_daemon`. */
  get client(): ReplClient {
    return this.#client
  }

  /** Follows until the signal aborts, or until a node that cannot come back is gone. */
  async follow(signal: AbortSignal): Promise<void> {
    for (let again = false; !signal.aborted; again = true) {
      const error = await this.#followOnce(again, signal)
      if (signal.aborted) return
      this.#init.onLost(error)
      await this.#client.close()
      if (!this.#init.mayReturn || !(await this.#reattach(signal))) return
    }
  }

  /** @returns why it ended */
  async #followOnce(again: boolean, signal: AbortSignal): Promise<TidingsError> {
    try {
      const since = this.#cursor === undefined ? {} : { since: this.#cursor }
      const events = this.#client.tail(since, { signal })
      this.#cursor ??= await events.started
      await this.#init.onAttached(again)
      for await (const event of events) {
        this.#init.onEvent(event)
        this.#cursor = event.cursor
      }
    } catch (error) {
      // Another database took the place of the one that the cursor was of.
      if (isTidingsError(error, 'bad_input')) this.#cursor = undefined
      return toTidingsError(error)
    }
    return new TidingsError('no_daemon', 'the node stopped')
  }

  /** @returns whether it succeeded before the signal aborted */
  async #reattach(signal: AbortSignal): Promise<boolean> {
    for (let waitMs = REPL_REATTACH_MIN_MS; ; waitMs = Math.min(waitMs * 2, REPL_REATTACH_MAX_MS)) {
      try {
        await delay(waitMs, undefined, { signal })
        this.#client = await this.#connect()
        return true
      } catch {
        // Any reason may pass: a node that starts, a socket that is taken over.
        if (signal.aborted) return false
      }
    }
  }
}
