// What a process of the prototype is asked.

export interface PrototypeTasks {
  /** Where it can be reached, for `live` and `burst`. */
  listen: { directory: string }
  /**
   * Sends one after the other, each once the one before is acknowledged; when each was begun. Asked
   * again, it goes on in the same log.
   */
  live: Sending
  /** Milliseconds until all are acknowledged that were there to be sent at once. */
  burst: Sending
  /** When messages were delivered here. */
  heard: undefined
}

export interface Sending {
  readonly directory: string
  readonly address: string
  readonly count: number
  readonly textBytes: number
}
