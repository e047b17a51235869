// What `client.tail()` and `client.search()` give: what a node tells, one after the other, as fast
// as it is taken and no faster. It has a connection of its own, so that pausing it holds up nothing
// else.
import { type TidingsError, toTidingsError } from '../core/errors.ts'
import { TAIL_PAGE_EVENTS } from '../core/limits.ts'
import type { Connection } from './connection.ts'
import type { StreamName } from './methods.ts'
import type { Event } from './shapes.ts'

export interface StreamRequest<S> {
  readonly method: StreamName
  readonly params: object
  /** What becomes of the answer that comes before the first event. */
  readonly answered: (result: unknown) => S
}

export class EventStream<T = Event, S = string> implements AsyncIterableIterator<T> {
  /**
   * Resolves with what the daemon answers before anything else. Of `tail` that is the cursor that
   * the stream starts after, once the daemon follows.
   */
  readonly started: Promise<S>
  readonly #queue: T[] = []
  readonly #abort = new AbortController()
  #connection: Connection | undefined
  /** Resolved once there is something to take: for all who wait, in their order. */
  #news = Promise.withResolvers<void>()
  #isOver = false
  #error: TidingsError | undefined

  constructor(
    connect: (signal: AbortSignal) => Promise<Connection>,
    request: StreamRequest<S>,
    signal?: AbortSignal,
  ) {
    const stop = (): void => this.close()
    if (signal?.aborted) this.close()
    // The signal may live as long as the program: of a stream that is over it keeps nothing.
    signal?.addEventListener('abort', stop, { once: true, signal: this.#abort.signal })
    this.started = this.#start(connect, request)
    // Whoever iterates gets the error too; not everybody asks for `started`.
    this.started.catch((error: unknown) => this.#end(toTidingsError(error)))
  }

  /** @throws the daemon's error; `no_daemon` when the connection is lost */
  async next(): Promise<IteratorResult<T, undefined>> {
    for (;;) {
      const event = this.#queue.shift()
      if (event) {
        if (this.#queue.length < TAIL_PAGE_EVENTS / 2) this.#connection?.resume()
        return { done: false, value: event }
      }
      if (this.#isOver) {
        this.#abort.abort()
        const error = this.#error
        this.#error = undefined
        if (error) throw error
        return { done: true, value: undefined }
      }
      await this.#news.promise
    }
  }

  async return(): Promise<IteratorResult<T, undefined>> {
    this.close()
    await this.#connection?.closed
    return { done: true, value: undefined }
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  /** Ends the stream quietly; events not taken yet are dropped. Safe to call twice. */
  close(): void {
    this.#queue.length = 0
    this.#isOver = true
    this.#error = undefined
    this.#abort.abort()
    void this.#connection?.close()
    this.#wake()
  }

  async #start(
    connect: (signal: AbortSignal) => Promise<Connection>,
    { method, params, answered }: StreamRequest<S>,
  ): Promise<S> {
    const { signal } = this.#abort
    const connection = await connect(signal)
    if (signal.aborted) await connection.close()
    this.#connection = connection
    const result = await connection.request(method, params, signal, {
      event: (event) => this.#take(event as T),
      ended: (error) => this.#end(error),
    })
    return answered(result)
  }

  #take(event: T): void {
    if (this.#isOver) return
    this.#queue.push(event)
    if (this.#queue.length >= TAIL_PAGE_EVENTS) this.#connection?.pause()
    this.#wake()
  }

  #wake(): void {
    this.#news.resolve()
    this.#news = Promise.withResolvers<void>()
  }

  #end(error: TidingsError | undefined): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#error = error
    void this.#connection?.close()
    this.#wake()
  }
}
