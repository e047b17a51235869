// The control socket: where the command line, the REPL and bots reach a running node. Its folder
// and itself belong to one user; whoever can open it may do everything.
import { chmod, rm } from 'node:fs/promises'
import { createServer, type Server, type Socket } from 'node:net'

import type { Handlers } from '../api/handlers/methods.ts'
import { Connection } from '../api/handlers/serve.ts'
import { errorMessage } from '../api/rpc.ts'
import { TidingsError } from '../core/errors.ts'
import { RPC_CLIENTS_MAX } from '../core/limits.ts'
import type { Logger } from '../core/logger.ts'

const SOCKET_MODE = 0o600
/** Clients that are being told that there is no room, and how long each has to read it. */
const REFUSED_MAX = 16
const REFUSED_MS = 1000

export class ControlSocket {
  readonly #path: string
  readonly #handlers: Handlers
  readonly #log: Logger
  readonly #server: Server
  readonly #connections = new Set<Connection>()
  readonly #refused = new Set<Socket>()

  constructor(path: string, handlers: Handlers, log: Logger) {
    this.#path = path
    this.#handlers = handlers
    this.#log = log
    this.#server = createServer((socket) => this.#accept(socket))
  }

  /**
   * Takes the place of a socket that a killed node left behind. Only call this when it is sure that
   * no other node runs: the open database is the proof.
   *
   * @throws `home_unusable`
   */
  async listen(): Promise<void> {
    try {
      await rm(this.#path, { force: true })
      await new Promise<void>((resolve, reject) => {
        this.#server.once('error', reject)
        this.#server.listen(this.#path, resolve)
      })
      await chmod(this.#path, SOCKET_MODE)
    } catch (error) {
      const reason = (error as Error).message
      throw new TidingsError('home_unusable', `no control socket: ${reason}`, { cause: error })
    }
    this.#server.on('error', (error) =>
      this.#log.error({ err: error }, 'the control socket failed'),
    )
  }

  /** Takes no more clients, and ends the streams of those that are there. */
  close(): void {
    this.#server.close()
    for (const connection of this.#connections) connection.cancel()
  }

  /** Lets every client have its last answer. */
  async end(): Promise<void> {
    for (const socket of this.#refused) socket.destroy()
    await Promise.all([...this.#connections].map((connection) => connection.end()))
  }

  #accept(socket: Socket): void {
    if (this.#connections.size >= RPC_CLIENTS_MAX) return this.#refuse(socket)
    const connection = new Connection(socket, this.#handlers, this.#log)
    this.#connections.add(connection)
    void connection.closed.then(() => this.#connections.delete(connection))
  }

  /** Says why, and leaves a moment to read it; but a crowd of the refused holds nothing open. */
  #refuse(socket: Socket): void {
    const error = new TidingsError('too_busy', `there are ${RPC_CLIENTS_MAX} clients already`)
    const [longest] = this.#refused
    if (longest && this.#refused.size >= REFUSED_MAX) longest.destroy()
    this.#refused.add(socket)
    socket.setTimeout(REFUSED_MS, () => socket.destroy())
    socket.on('error', () => socket.destroy()).on('close', () => this.#refused.delete(socket))
    socket.resume().end(`${JSON.stringify(errorMessage(null, error))}\n`)
  }
}
