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
import { METHODS, type MethodSpec } from '../methods.ts'
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
} from '../rpc.ts'
import { type CallContext, Following } from './call.ts'
import type { Handlers } from './methods.ts'
import { Running, type Tell } from './running.ts'

const LIMITS = { lineBytesMax: RPC_LINE_BYTES_MAX, outboxBytesMax: RPC_OUTBOX_BYTES_MAX }
/** A client gets this long to read the last answers before it is cut off. */
const FAREWELL_MS = 1000

export class Connection {
  readonly #handlers: Handlers
  readonly #log: Logger
  readonly #lines: LineSocket
  /** By its id; one that has none by itself. */
  readonly #running = new Map<RpcId | Running, Running>()
  readonly #closed = Promise.withResolvers<void>()
  #isThrottled = false
  #isHalfClosed = false
  #lastTurn = Promise.resolve()

  constructor(socket: Duplex, handlers: Handlers, log: Logger) {
    this.#handlers = handlers
    this.#log = log
    this.#lines = new LineSocket(
      socket,
      {
        line: (text) => this.#receive(text),
        fault: (fault) => this.#refuse(fault),
        ended: () => this.#asksNoMore(),
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
    for (const running of this.#running.values()) running.cancel()
  }

  /** Closes once every request is answered and the answers are sent, or after a moment. */
  async end(): Promise<void> {
    const timer = setTimeout(() => this.#lines.destroy(), FAREWELL_MS)
    const answers = [...this.#running.values()].map(({ whenAnswered }) => whenAnswered)
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
      return this.#turnDown(id, toTidingsError(error))
    }
    if (request.method === CANCEL && request.id === undefined) return this.#cancel(request.params)
    if (request.id !== undefined && this.#running.has(request.id)) {
      const error = new TidingsError('bad_request', 'a request with this "id" is still running')
      return this.#turnDown(request.id, error)
    }
    const running = new Running(request, this.#tell)
    this.#running.set(request.id ?? running, running)
    if (isLarge(request.method)) void this.#runInTurn(running)
    else this.#run(running)
    this.#throttle()
  }

  /** A line that is no request costs two bytes, and its answer a hundred. */
  #turnDown(id: RpcId | null, error: TidingsError): void {
    this.#lines.send(errorMessage(id, error))
    this.#throttle()
  }

  /** Of thousands that wait, no more is kept than what a promise takes. */
  #run(running: Running): void {
    let result: unknown
    try {
      result = this.#call(running)
    } catch (error) {
      return this.#fail(running, error)
    }
    void Promise.resolve(result).then(
      (value) => this.#answer(running, value),
      (error: unknown) => this.#fail(running, error),
    )
  }

  /**
   * Large answers are made one after the other, and only while the client reads: a few short lines
   * could ask for more than memory holds. Between two of them everything else has its turn.
   */
  async #runInTurn(running: Running): Promise<void> {
    const before = this.#lastTurn
    const turn = Promise.withResolvers<void>()
    this.#lastTurn = turn.promise
    await before
    await new Promise((resolve) => setImmediate(resolve))
    while (this.#lines.isFull) await this.#lines.drained()
    try {
      this.#answer(running, await this.#call(running))
    } catch (error) {
      this.#fail(running, error)
    }
    turn.resolve()
  }

  #answer(running: Running, value: unknown): void {
    const { id } = running.request
    const isStream = value instanceof Following
    try {
      if (id !== undefined) this.#lines.send(resultMessage(id, isStream ? value.result : value))
    } catch (error) {
      return this.#fail(running, error)
    }
    running.answered()
    if (isStream) void this.#endOf(value, id).finally(() => this.#over(running))
    else this.#over(running)
  }

  #fail(running: Running, error: unknown): void {
    const { id } = running.request
    const known = this.#known(error, running)
    if (id !== undefined) this.#lines.send(errorMessage(id, known))
    this.#over(running)
  }

  #over(running: Running): void {
    running.answered()
    this.#running.delete(running.request.id ?? running)
    this.#throttle()
    this.#endHalfClosed()
  }

  #call(running: Running): unknown {
    const { method, params } = running.request
    if (running.isCancelled) throw new TidingsError('interrupted', 'cancelled')
    if (!isMethod(method)) {
      const message = `there is no method ${JSON.stringify(method.slice(0, 80))}`
      throw new TidingsError('unknown_method', message)
    }
    // The table pairs each name with its parameters; the compiler cannot follow that for a union.
    const handler = this.#handlers[method] as (params: object, context: CallContext) => unknown
    return handler(checkParams(method, params), running)
  }

  readonly #tell: Tell = async (running, event) => {
    await running.whenAnswered
    const { id } = running.request
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

  #known(error: unknown, { isCancelled, request: { method } }: Running): TidingsError {
    if (error instanceof TidingsError) return error
    if (isCancelled) return new TidingsError('interrupted', 'cancelled', { cause: error })
    this.#log.error({ err: error, method }, 'a request failed for a reason of our own')
    return toTidingsError(error)
  }

  #cancel(params: unknown): void {
    const id = (params as { id?: RpcId } | null | undefined)?.id
    if (id !== undefined) this.#running.get(id)?.cancel()
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
      return this.#turnDown(null, new TidingsError('text_not_utf8', 'this line is not UTF-8'))
    }
    const message = `a line has at most ${RPC_LINE_BYTES_MAX} bytes`
    this.#lines.send(errorMessage(null, new TidingsError('bad_request', message)))
    void this.end()
  }

  /** Who has nothing more to ask may well wait for the answers, as `nc -N` does. */
  #asksNoMore(): void {
    this.#lines.finishLine()
    this.#isHalfClosed = true
    this.#endHalfClosed()
  }

  #endHalfClosed(): void {
    if (this.#isHalfClosed && this.#running.size === 0) this.#lines.end()
  }

  #close(): void {
    this.cancel()
    for (const running of this.#running.values()) running.answered()
    this.#closed.resolve()
  }
}

function isLarge(method: string): boolean {
  const spec: MethodSpec | undefined = isMethod(method) ? METHODS[method] : undefined
  return spec?.large === true
}
