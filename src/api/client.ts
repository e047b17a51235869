// The way for programs to use a running node: scripts, bots, the command line and the REPL. Typed
// from the table in `methods.ts`, light to load, and the package's public entry.
//
//   import { connect } from 'tidings'
//
//   const node = await connect()
//   await node.send({ to: '@bob', text: 'Lunch?' })
//   for await (const event of node.tail()) {
//     if (event.type === 'message') console.log(event.message.authorName, event.message.text)
//   }
import { type Connection, openConnection } from './connection.ts'
import { EventStream } from './event-stream.ts'
import { type MethodName, METHODS, type Params, type Result, type StreamName } from './methods.ts'
import { checkSocketFolder, findPlaces, startCommand } from './places.ts'
import type { Found } from './shapes.ts'

export { type ErrorCode, TidingsError, isTidingsError } from '../core/errors.ts'
export type { EventStream } from './event-stream.ts'
export type { MethodName, Params, Result } from './methods.ts'
export type {
  Check,
  Contact,
  Conversation,
  Edit,
  Event,
  Found,
  Message,
  MessageState,
  NearbyNode,
  Status,
  SyncReport,
} from './shapes.ts'

export interface ConnectOptions {
  /** @default the environment's TIDINGS_PROFILE, then "default" */
  readonly profile?: string | undefined
  /** The folder given to the daemon as --home. @default the environment's TIDINGS_HOME */
  readonly home?: string | undefined
  /** The control socket itself, in place of finding it by profile and home. */
  readonly socketPath?: string | undefined
  readonly signal?: AbortSignal | undefined
}

export interface CallOptions {
  /** Cancels the request at the daemon and rejects with `interrupted`. */
  readonly signal?: AbortSignal | undefined
}

/** What is found; `started` tells which words are looked for. */
export type SearchStream = EventStream<Found, Result<'search'>>

/** Methods that answer once. */
export type CallName = Exclude<MethodName, StreamName>

type Arguments<M extends MethodName> =
  Record<string, never> extends Params<M>
    ? [params?: Params<M>, options?: CallOptions]
    : [params: Params<M>, options?: CallOptions]

export type Call<M extends CallName> = (...given: Arguments<M>) => Promise<Result<M>>

/** `send` is `client.send`, `contact.add` is `client.contact.add`. */
type Calls = {
  readonly [M in CallName as M extends `${string}.${string}` ? never : M]: Call<M>
} & {
  readonly [G in Grouped<CallName>]: {
    readonly [M in CallName as M extends `${G}.${infer Name}` ? Name : never]: Call<M>
  }
}

/** `contact` of `contact.add`. */
type Grouped<M extends string> = M extends `${infer Group}.${string}` ? Group : never

export type Client = BaseClient & Calls

class BaseClient {
  readonly #connection: Connection
  readonly #connect: (signal?: AbortSignal) => Promise<Connection>

  constructor(connection: Connection, connect: (signal?: AbortSignal) => Promise<Connection>) {
    this.#connection = connection
    this.#connect = connect
  }

  /** Resolves when the connection is gone, whoever closed it. */
  get closed(): Promise<void> {
    return this.#connection.closed
  }

  /**
   * Calls a method by its name.
   *
   * @throws TidingsError with the daemon's code, or `no_daemon` when the connection is lost
   */
  async call<M extends CallName>(method: M, ...given: Arguments<M>): Promise<Result<M>> {
    const [params = {}, options] = given
    return (await this.#connection.request(method, params, options?.signal)) as Result<M>
  }

  /**
   * Follows what happens, over a connection of its own. Give the cursor of the last event that was
   * handled as `since` to miss nothing. Ends quietly when the signal aborts, the loop is left or
   * the node stops.
   */
  tail(params: Params<'tail'> = {}, options: CallOptions = {}): EventStream {
    const answered = (result: unknown): string => (result as Result<'tail'>).cursor
    const request = { method: 'tail', params, answered } as const
    return new EventStream(this.#connect, request, options.signal)
  }

  /**
   * Finds messages, newest first, each as soon as it is found, over a connection of its own. Leave
   * the loop when there are enough.
   */
  search(params: Params<'search'>, options: CallOptions = {}): SearchStream {
    const answered = (result: unknown): Result<'search'> => result as Result<'search'>
    const request = { method: 'search', params, answered } as const
    return new EventStream(this.#connect, request, options.signal)
  }

  /** Requests that wait fail with `no_daemon`. Streams go on: they have their own end. */
  async close(): Promise<void> {
    await this.#connection.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}

/**
 * Connects to the node of a profile on this machine.
 *
 * @throws `no_daemon` when none runs
 */
export async function connect(options: ConnectOptions = {}): Promise<Client> {
  const places = findPlaces(options)
  const { profile } = places
  const socketPath = options.socketPath ?? places.socket
  checkSocketFolder(socketPath)
  const start = startCommand({ profile, home: options.home })
  const absent = `no node runs for the profile "${profile}"; start it with: ${start}`
  const open = (signal?: AbortSignal): Promise<Connection> =>
    openConnection(socketPath, absent, signal)
  const base = new BaseClient(await open(options.signal), open)
  return withCalls(base)
}

/** Hangs a function for each method of the table onto the client. */
function withCalls(base: BaseClient): Client {
  const calls: Record<string, unknown> = {}
  const groups: Record<string, Record<string, unknown>> = {}
  for (const [name, spec] of Object.entries(METHODS)) {
    if ('notifies' in spec) continue
    const method = name as CallName
    const call: unknown = (...given: Arguments<typeof method>) => base.call(method, ...given)
    const [group, rest] = name.split('.')
    if (rest === undefined) calls[name] = call
    else if (group !== undefined) (groups[group] ??= {})[rest] = call
  }
  return Object.assign(base, calls, groups) as unknown as Client
}
