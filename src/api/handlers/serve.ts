// One connection to the control socket: reads requests, runs them side by side, answers each as it
// is done. Whatever a client sends, it gets an error in return and the node goes on.
import type { Duplex } from 'node:stream'

import { TidingsError, toTidingsError } from '../../core/errors.ts'
import {
  RPC_LINE_BYTES_MAX,
  RPC_OUTBOX_BYTES_MAX,
  RPC_PENDING_PER_CLIENT_MAX,
} from '../../core/limits.ts'
import type { Logger } from '../../core/logger.ts'
import { type LineFault, LineSocket } from '../lines.ts'
import { METHODS, type MethodSpec, type Notification, type StreamName } from '../methods.ts'
import { checkParams, isMethod } from '../params.ts'
import {
  BadRequest,
  CANCEL,
  endMessage,
  errorMessage,
  eventMessage,
  parseRequest,
  resultMessage,
  type RpcId,
  type RpcRequest,
} from '../rpc.ts'
import { type CallContext, Following } from './call.ts'
import type { Handlers } from './methods.ts'

const LIMITS = { lineBytesMax: RPC_LINE_BYTES_MAX, outboxBytesMax: RPC_OUTBOX_BYTES_MAX }
/** A client gets this long to read the last answers before it is cut off. */
const FAREWELL_MS = 1000

/** A request that is being answered. Most end before anybody asks for their signal. */
class Running {
  /** Opened by the answer: events never come before it. */
  readonly answered = Promise.withResolvers<void>()
  #controller: AbortController | undefined
  #isCancelled = false

  get isCancelled(): boolean {
    return this.#isCancelled
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    if (this.#isCancelled) this.#controller.abort()
    return this.#controller.signal
  }

  cancel(): void {
    this.#isCancelled = true
    this.#controller?.abort()
  }
}

export class Connection {
  readonly #handlers: Handlers
  readonly #log: Logger
  readonly #lines: LineSocket
  readonly #running = new Set<Running>()
  readonly #byId = new Map<RpcId, Running>()
  readonly #closed = Promise.withResolvers<void>()
  #isThrottled = false
  #lastTurn = Promise.resolve()

  constructor(socket: Duplex, handlers: Handlers, log: Logger) {
    this.#handlers = handlers
    this.#log = log
    this.#lines = new LineSocket(
      socket,
      {
        line: (text) => this.#receive(text),
        fault: (fault) => this.#refuse(fault),
        closed: () => this.#close(),
      },
      LIMITS,
    )
  }

  get closed(): Promise<void> {
    return this.#closed.promise
  }

  /** Cancels streams and waits; what is being written is answered when it is done. */
  cancel(): void {
    for (const running of this.#running) running.cancel()
  }

  /** Closes once every request is answered and the answers are sent, or after a moment. */
  async end(): Promise<void> {
    const timer = setTimeout(() => this.#lines.destroy(), FAREWELL_MS)
    const answers = [...this.#running].map(({ answered }) => answered.promise)
    await Promise.race([Promise.all(answers), this.closed])
    this.#lines.end()
    await this.closed
    clearTimeout(timer)
  }

  #receive(text: string): void {
    let request
    try {
      request = parseRequest(text)
    } catch (error) {
      const id = error instanceof BadRequest ? error.id : null
      return this.#lines.send(errorMessage(id, toTidingsError(error)))
    }
    if (request.method === CANCEL && request.id === undefined) return this.#cancel(request.params)
    if (request.id !== undefined && this.#byId.has(request.id)) {
      const error = new TidingsError('bad_request', 'a request with this "id" is still running')
      return this.#lines.send(errorMessage(request.id, error))
    }
    void this.#run(request)
    this.#throttle()
  }

  async #run({ id, method, params }: RpcRequest): Promise<void> {
    const running = new Running()
    this.#running.add(running)
    if (id !== undefined) this.#byId.set(id, running)
    const endTurn = await this.#turnFor(method)
    try {
      const context: CallContext = {
        get signal() {
          return running.signal
        },
        emit: (event) => this.#emit(id, running, event),
      }
      const result = await this.#call(method, params, running, context)
      const isStream = result instanceof Following
      if (id !== undefined) this.#lines.send(resultMessage(id, isStream ? result.result : result))
      running.answered.resolve()
      if (isStream) await this.#endOf(result, id)
    } catch (error) {
      const known = this.#known(error, method, running)
      if (id !== undefined) this.#lines.send(errorMessage(id, known))
    } finally {
      endTurn()
      running.answered.resolve()
      this.#running.delete(running)
      if (id !== undefined) this.#byId.delete(id)
      this.#throttle()
    }
  }

  /**
   * Large answers are made one after the other, and only while the client reads: a few short lines
   * could ask for more than memory holds. Between two of them everything else has its turn.
   */
  async #turnFor(method: string): Promise<() => void> {
    const spec: MethodSpec | undefined = isMethod(method) ? METHODS[method] : undefined
    if (!spec?.large) return () => {}
    const before = this.#lastTurn
    const turn = Promise.withResolvers<void>()
    this.#lastTurn = turn.promise
    await before
    await new Promise((resolve) => setImmediate(resolve))
    while (this.#lines.isFull) await this.#lines.drained()
    return turn.resolve
  }

  async #call(
    method: string,
    params: unknown,
    { isCancelled }: Running,
    context: CallContext,
  ): Promise<unknown> {
    if (isCancelled) throw new TidingsError('interrupted', 'cancelled')
    if (!isMethod(method)) {
      const message = `there is no method ${JSON.stringify(method.slice(0, 80))}`
      throw new TidingsError('unknown_method', message)
    }
    // The table pairs each name with its parameters; the compiler cannot follow that for a union.
    const handler = this.#handlers[method] as (params: object, context: CallContext) => unknown
    return handler(checkParams(method, params), context)
  }

  async #emit(
    id: RpcId | undefined,
    running: Running,
    event: Notification<StreamName>,
  ): Promise<void> {
    await running.answered.promise
    if (id === undefined || running.isCancelled) return
    this.#lines.send(eventMessage(id, event))
    await this.#lines.drained()
  }

  async #endOf({ ended }: Following, id: RpcId | undefined): Promise<void> {
    const error = await ended.then(
      () => undefined,
      (reason: unknown) => toTidingsError(reason),
    )
    if (error) this.#log.warn({ code: error.code, reason: error.message }, 'a stream ended')
    if (id !== undefined) this.#lines.send(endMessage(id, error))
  }

  #known(error: unknown, method: string, { isCancelled }: Running): TidingsError {
    if (error instanceof TidingsError) return error
    if (isCancelled) return new TidingsError('interrupted', 'cancelled', { cause: error })
    this.#log.error({ err: error, method }, 'a request failed for a reason of our own')
    return toTidingsError(error)
  }

  #cancel(params: unknown): void {
    const id = (params as { id?: RpcId } | null | undefined)?.id
    if (id !== undefined) this.#byId.get(id)?.cancel()
  }

  /** Reads on only while there is room for requests and for their answers. */
  #throttle(): void {
    if (this.#running.size >= RPC_PENDING_PER_CLIENT_MAX) return this.#lines.pause()
    if (!this.#lines.isFull) return this.#lines.resume()
    this.#lines.pause()
    if (this.#isThrottled) return
    this.#isThrottled = true
    void this.#lines.drained().then(() => {
      this.#isThrottled = false
      this.#throttle()
    })
  }

  #refuse(fault: LineFault): void {
    if (fault === 'not_utf8') {
      const error = new TidingsError('text_not_utf8', 'this line is not UTF-8')
      return this.#lines.send(errorMessage(null, error))
    }
    const message = `a line has at most ${RPC_LINE_BYTES_MAX} bytes`
    this.#lines.send(errorMessage(null, new TidingsError('bad_request', message)))
    void this.end()
  }

  #close(): void {
    this.cancel()
    for (const { answered } of this.#running) answered.resolve()
    this.#closed.resolve()
  }
}
