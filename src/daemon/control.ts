// The control socket: where the command line, the REPL and bots reach a running node. Its folder
// and itself belong to one user; whoever can open it may do everything.
import { lstatSync } from 'node:fs'
import { chmod, rm } from 'node:fs/promises'
import { createServer, type Server, type Socket } from 'node:net'
import path from 'node:path'

import type { Handlers } from '../api/handlers/methods.ts'
import { Connection } from '../api/handlers/serve.ts'
import { errorMessage } from '../api/rpc.ts'
import { TidingsError } from '../core/errors.ts'
import { RPC_CLIENTS_MAX } from '../core/limits.ts'
import type { Logger } from '../core/logger.ts'
import { makeFolders } from '../store/durable-files.ts'

const SOCKET_MODE = 0o600
/** How often it is looked whether the socket can still be found. */
const LOOK_INTERVAL_MS = 5000
/** Clients that are being told that there is no room, and how long each has to read it. */
const REFUSED_MAX = 16
const REFUSED_MS = 1000

export class ControlSocket {
  readonly #path: string
  readonly #handlers: Handlers
  readonly #log: Logger
  #server: Server
  #looking: NodeJS.Timeout | undefined
  #isClosed = false
  /** The socket's file is gone and could not be put back; told once. */
  #isLost = false
  readonly #connections = new Set<Connection>()
  readonly #refused = new Set<Socket>()

  constructor(at: string, handlers: Handlers, log: Logger) {
    this.#path = at
    this.#handlers = handlers
    this.#log = log
    this.#server = this.#newServer()
  }

  /**
   * Takes the place of a socket that a killed node left behind. Only call this when it is sure that
   * no other node runs: the open database is the proof.
   *
   * @throws `home_unusable`
   */
  async listen(): Promise<void> {
    await this.#listen()
    this.#lookLater()
  }

  /** Takes no more clients, and ends the streams of those that are there. */
  close(): void {
    this.#isClosed = true
    clearTimeout(this.#looking)
    this.#server.close()
    for (const connection of this.#connections) connection.cancel()
  }

  /** Lets every client have its last answer. */
  async end(): Promise<void> {
    for (const socket of this.#refused) socket.destroy()
    await Promise.all([...this.#connections].map((connection) => connection.end()))
  }

  #newServer(): Server {
    return createServer({ allowHalfOpen: true }, (socket) => this.#accept(socket))
  }

  async #listen(): Promise<void> {
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

  /**
   * Whoever tidies up folders of temporary files, or the end of a login, takes the socket's file
   * away, and nobody would find the node any more: it is put back. Who is connected stays so.
   */
  async #look(): Promise<void> {
    try {
      if (!lstatSync(this.#path, { throwIfNoEntry: false })) await this.#putBack()
    } catch (error) {
      if (!this.#isLost) this.#log.error({ err: error }, 'the file of the control socket is gone')
      this.#isLost = true
    }
    if (this.#isClosed) this.#server.close()
    else this.#lookLater()
  }

  #lookLater(): void {
    this.#looking = setTimeout(() => void this.#look(), LOOK_INTERVAL_MS).unref()
  }

  async #putBack(): Promise<void> {
    // Closed first: a server that closes removes what lies where it listened.
    this.#server.close()
    this.#server = this.#newServer()
    makeFolders(path.dirname(this.#path))
    await this.#listen()
    this.#isLost = false
    this.#log.warn({}, 'the file of the control socket was gone; it is back')
  }

  #accept(socket: Socket): void {
    if (this.#connections.size >= RPC_CLIENTS_MAX) return this.#refuse(socket)
    const connection = new Connection(socket, this.#handlers, this.#log)
    this.#connections.add(connection)
    void connection.closed.then(() => this.#connections.delete(connection))
  }

  /** Says why, and leaves a moment to read it; but a crowd of the refused holds nothing open. */
  #refuse(socket: Socket): void {
    // No command gets through to stop the node: a signal does.
    const words = `the node (pid ${process.pid}) has ${RPC_CLIENTS_MAX} clients already`
    const error = new TidingsError('too_busy', words)
    const [longest] = this.#refused
    if (longest && this.#refused.size >= REFUSED_MAX) longest.destroy()
    this.#refused.add(socket)
    socket.setTimeout(REFUSED_MS, () => socket.destroy())
    socket.on('error', () => socket.destroy()).on('close', () => this.#refused.delete(socket))
    socket.resume().end(`${JSON.stringify(errorMessage(null, error))}\n`)
  }
}
