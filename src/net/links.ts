// From an address to a session, and the other way in: dials, opens or accepts the chat stream, says
// Hello, and keeps the table of live sessions.
import type { Connection } from '@libp2p/interface'

import { TidingsError } from '../core/errors.ts'
import type { DeviceId } from '../core/id.ts'
import { DIAL_TIMEOUT_MS, HELLO_TIMEOUT_MS } from '../core/limits.ts'
import type { Logger } from '../core/logger.ts'
import { endpointOf } from './address.ts'
import { Beat } from './beat.ts'
import { dialAny } from './dialer.ts'
import type { Crowding } from './gate.ts'
import { greet, GreetingError, greetingFailure, type GreeterInit } from './greeting.ts'
import type { Host, Line } from './host.ts'
import type { NetHooks } from './net.ts'
import type { ChatSession } from './session.ts'
import { SessionTable } from './sessions.ts'
import { NO_TRAFFIC, type TrafficCount } from './traffic.ts'
import { Turns } from './turns.ts'

export interface LinksInit {
  readonly own: DeviceId
  readonly host: Pick<Host, 'connect' | 'isOwn' | 'openStream'>
  readonly hooks: Pick<NetHooks, 'hello' | 'admit' | 'session'>
  /** The device proved itself at an address that this node dialed. */
  readonly verified: (device: DeviceId, address: string) => void
  readonly opened: (device: DeviceId) => void
  readonly ended: (device: DeviceId, code: string) => void
  readonly now: () => number
  readonly log: Logger
}

interface Greeting {
  readonly connection: Connection
  readonly session: Promise<ChatSession>
}

export class Links {
  readonly table: SessionTable<ChatSession>
  readonly traffic: TrafficCount = { ...NO_TRAFFIC }
  private readonly init: LinksInit
  private readonly greeter: GreeterInit
  private readonly closing = new Set<Promise<void>>()
  private readonly dialing = new Map<DeviceId, Promise<ChatSession>>()
  private readonly greeting = new Map<DeviceId, Greeting>()
  private readonly awaited = new Map<DeviceId, PromiseWithResolvers<void>>()
  private isStopping = false

  constructor(init: LinksInit) {
    this.init = init
    this.table = new SessionTable(init.own, init.now)
    this.greeter = {
      hooks: {
        hello: (to) => init.hooks.hello(to),
        // Whoever hears a goodbye dials again at once.
        admit: (...whom) => (this.isStopping ? 'refuse' : init.hooks.admit(...whom)),
        session: (session) => init.hooks.session(session),
      },
      table: this.table,
      turns: new Turns(),
      traffic: this.traffic,
      beat: new Beat(),
      now: init.now,
      log: init.log,
      opened: ({ device }) => {
        this.awaited.get(device)?.resolve()
        init.opened(device)
      },
      ended: (session, code, closing) => {
        this.track(closing)
        if (this.table.remove(session)) init.ended(session.device, code)
      },
      ownDial: (device) => (init.own < device ? this.greeting.get(device)?.session : undefined),
      closing: (closing) => this.track(closing),
    }
  }

  /** A connection that another node dialed. */
  incoming(line: Line): void {
    const address = endpointOf(line.connection.remoteAddr)?.address ?? ''
    greet(line, address, this.greeter).catch((error: unknown) => {
      this.init.log.debug({ device: line.device, err: error }, 'an incoming connection failed')
    })
  }

  /** Others wait for the place of this connection, on which there may be a session. */
  crowdedOut(device: DeviceId, connection: Crowding): void {
    const session = this.table.get(device)
    const isItsOwn = session?.address === endpointOf(connection.remoteAddr)?.address
    const reason = 'others who ask wait for its place'
    if (!session || !isItsOwn) connection.abort(new Error(reason))
    else if (session.standing === 'stranger') session.close('stranger', reason)
  }

  /** The dial of the device that is under way. */
  running(device: DeviceId): Promise<ChatSession> | undefined {
    return this.dialing.get(device)
  }

  /** One dial at a time for each device; a second caller gets the outcome of the first. */
  dial(device: DeviceId, addresses: readonly string[], signal: AbortSignal): Promise<ChatSession> {
    const running = this.dialing.get(device)
    if (running) return running
    const dial = this.connect(device, addresses, signal).finally(() => this.dialing.delete(device))
    this.dialing.set(device, dial)
    return dial
  }

  /** @throws `unreachable`, `identity_mismatch`, `contact_is_self`, `timeout`, `protocol_error` */
  async connect(
    expected: DeviceId | undefined,
    addresses: readonly string[],
    signal: AbortSignal,
  ): Promise<ChatSession> {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(DIAL_TIMEOUT_MS)])
    const connect = this.init.host.connect.bind(this.init.host)
    const elsewhere = expected ? this.elsewhere(addresses) : addresses
    try {
      const { connection, device, address } = await dialAny(elsewhere, expected, connect, limit)
      this.init.verified(device, address)
      return await this.greet(connection, device, address, limit)
    } catch (error) {
      if (!limit.aborted) throw error
      throw new TidingsError('timeout', 'no answer in time', { cause: error })
    }
  }

  /**
   * Many hosts have an address that this one has too, 127.0.0.1 or that of a bridge: nobody else is
   * found there, and to meet oneself costs two handshakes.
   */
  private elsewhere(addresses: readonly string[]): readonly string[] {
    const others = addresses.filter((address) => !this.init.host.isOwn(address))
    const [first] = addresses
    if (first === undefined || others.length > 0) return others
    throw new TidingsError('contact_is_self', `${first} is this node itself`)
  }

  /** Says Bye to everybody and waits until the connections are closed. */
  async stop(code: string, reason: string): Promise<void> {
    this.isStopping = true
    for (const session of this.table.all()) session.close(code, reason)
    await Promise.all(this.closing)
  }

  private async greet(
    connection: Connection,
    device: DeviceId,
    address: string,
    signal: AbortSignal,
  ): Promise<ChatSession> {
    const running = this.greeting.get(device)
    if (running) {
      // libp2p may give two dials of one address the same connection.
      if (running.connection !== connection) connection.abort(new Error('dialed twice'))
      return running.session
    }
    const held = this.table.get(device)
    if (held) {
      connection.abort(new Error('there is a session already'))
      // Unless it is dead and nobody noticed yet.
      held.probe()
      return held
    }
    const session = this.open(connection, device, address, signal)
      .catch((error: unknown) => this.otherSession(device, error, signal))
      .finally(() => this.greeting.delete(device))
    this.greeting.set(device, { connection, session })
    return session
  }

  private async open(
    connection: Connection,
    device: DeviceId,
    address: string,
    signal: AbortSignal,
  ): Promise<ChatSession> {
    const abort = (): void => connection.abort(new Error('stopped waiting'))
    signal.addEventListener('abort', abort, { once: true })
    try {
      const stream = await this.init.host.openStream(connection, signal)
      return await greet({ device, connection, stream }, address, this.greeter)
    } catch (error) {
      if (error instanceof GreetingError || error instanceof TidingsError) throw error
      connection.abort(new Error('no chat stream'))
      const words = 'it closed the connection; it may be busy'
      throw new TidingsError('unreachable', words, { cause: error })
    } finally {
      signal.removeEventListener('abort', abort)
    }
  }

  /** When both sides dialed, the session that stays, which may not be open on this side yet. */
  private async otherSession(
    device: DeviceId,
    error: unknown,
    signal: AbortSignal,
  ): Promise<ChatSession> {
    const isDuplicate = error instanceof GreetingError && error.code === 'duplicate'
    if (isDuplicate && !this.table.get(device)) {
      const opened = this.awaited.get(device) ?? Promise.withResolvers<void>()
      this.awaited.set(device, opened)
      const late = AbortSignal.any([signal, AbortSignal.timeout(HELLO_TIMEOUT_MS)])
      late.addEventListener('abort', () => opened.resolve(), { once: true })
      await opened.promise
      this.awaited.delete(device)
    }
    const session = isDuplicate ? this.table.get(device) : undefined
    if (!session) throw greetingFailure(error)
    return session
  }

  private track(closing: Promise<void>): void {
    const done = closing.finally(() => this.closing.delete(done))
    this.closing.add(done)
  }
}
