// One connection to a daemon's control socket: requests out, answers matched by id, the events of
// at most one stream handed on. `client.ts` is what people use.
import { createConnection, type Socket } from 'node:net'

import { TidingsError, toTidingsError } from '../core/errors.ts'
import { RPC_LINE_BYTES_MAX, RPC_OUTBOX_BYTES_MAX, RPC_REPLY_BYTES_MAX } from '../core/limits.ts'
import { type LineFault, LineSocket } from './lines.ts'
import { CANCEL, parseReply, requestMessage, type RpcReply } from './rpc.ts'

const LIMITS = { lineBytesMax: RPC_REPLY_BYTES_MAX, outboxBytesMax: RPC_OUTBOX_BYTES_MAX }

interface Waiting {
  resolve(result: unknown): void
  reject(error: TidingsError): void
}

export interface StreamHandler {
  event(event: unknown): void
  /** The stream is over: the daemon said so, or the connection is gone. */
  ended(error: TidingsError | undefined): void
}

export class Connection {
  readonly #lines: LineSocket
  readonly #waiting = new Map<number, Waiting>()
  #stream: { readonly id: number; readonly handler: StreamHandler } | undefined
  #nextId = 1
  #fault: TidingsError | undefined
  #isClosed = false
  readonly #onClosed = Promise.withResolvers<void>()

  constructor(socket: Socket) {
    this.#lines = new LineSocket(
      socket,
      {
        line: (text) => this.#receive(text),
        fault: (fault) => this.#giveUp(faultError(fault)),
        ended: () => {},
        closed: (error) => this.#closed(error),
      },
      LIMITS,
    )
  }

  get closed(): Promise<void> {
    return this.#onClosed.promise
  }

  /**
   * @throws the daemon's error; `interrupted` when the signal aborts; `no_daemon` when the
   * connection is lost; `bad_input` when the request is longer than the daemon reads
   */
  request(
    method: string,
    params: unknown,
    signal?: AbortSignal,
    handler?: StreamHandler,
  ): Promise<unknown> {
    if (signal?.aborted) return Promise.reject(interruptedBy(signal))
    if (this.#isClosed) return Promise.reject(connectionLost(this.#fault))
    const id = this.#nextId++
    const message = requestMessage(method, params, id)
    if (Buffer.byteLength(JSON.stringify(message)) > RPC_LINE_BYTES_MAX) {
      return Promise.reject(new TidingsError('bad_input', 'the request is too long'))
    }
    if (handler) this.#stream = { id, handler }
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        this.#waiting.delete(id)
        this.#lines.send(requestMessage(CANCEL, { id }))
        if (signal) reject(interruptedBy(signal))
      }
      const settle = (): void => signal?.removeEventListener('abort', abort)
      this.#waiting.set(id, {
        resolve: (result) => (settle(), resolve(result)),
        reject: (error) => (settle(), reject(error)),
      })
      signal?.addEventListener('abort', abort, { once: true })
      this.#lines.send(message)
    })
  }

  pause(): void {
    this.#lines.pause()
  }

  resume(): void {
    this.#lines.resume()
  }

  /** Requests that wait fail with `no_daemon`. */
  async close(): Promise<void> {
    this.#lines.destroy()
    await this.closed
  }

  #receive(text: string): void {
    let reply: RpcReply
    try {
      reply = parseReply(text)
    } catch (error) {
      return this.#giveUp(toTidingsError(error))
    }
    if (reply.type === 'event' || reply.type === 'end') return this.#toStream(reply)
    if (reply.id === null) {
      // The daemon could not tell which request it refuses, and closes.
      if (reply.type === 'error') this.#giveUp(reply.error)
      return
    }
    const waiting = this.#waiting.get(reply.id as number)
    this.#waiting.delete(reply.id as number)
    if (reply.type === 'result') waiting?.resolve(reply.result)
    else waiting?.reject(reply.error)
  }

  #toStream(reply: RpcReply & { type: 'event' | 'end' }): void {
    if (reply.id !== this.#stream?.id) return
    const { handler } = this.#stream
    if (reply.type === 'event') return handler.event(reply.event)
    this.#stream = undefined
    handler.ended(reply.error)
  }

  #giveUp(error: TidingsError): void {
    this.#fault ??= error
    this.#lines.destroy()
  }

  #closed(cause: Error | undefined): void {
    this.#isClosed = true
    const error = this.#fault ?? connectionLost(cause)
    for (const waiting of this.#waiting.values()) waiting.reject(error)
    this.#waiting.clear()
    this.#stream?.handler.ended(error)
    this.#stream = undefined
    this.#onClosed.resolve()
  }
}

/** @throws `no_daemon` when nobody listens there, `home_unusable` when it is out of bounds */
export async function openConnection(
  socketPath: string,
  absent: string,
  signal?: AbortSignal,
): Promise<Connection> {
  if (signal?.aborted) throw interruptedBy(signal)
  const socket = createConnection(socketPath)
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve)
      socket.once('error', reject)
    })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EACCES' || code === 'EPERM') {
      const message = `no permission to use ${socketPath}`
      throw new TidingsError('home_unusable', message, { cause: error })
    }
    throw new TidingsError('no_daemon', absent, { cause: error })
  }
  socket.removeAllListeners('connect').removeAllListeners('error')
  return new Connection(socket)
}

function connectionLost(cause: unknown): TidingsError {
  return new TidingsError('no_daemon', 'the connection to the daemon is closed', { cause })
}

function interruptedBy(signal: AbortSignal): TidingsError {
  return new TidingsError('interrupted', 'interrupted', { cause: signal.reason })
}

function faultError(fault: LineFault): TidingsError {
  const what = fault === 'too_long' ? 'a line that is too long' : 'what is not UTF-8'
  return new TidingsError('protocol_error', `the daemon sent ${what}`)
}
