// libp2p as this program needs it: TCP, Noise, Yamux, bounds, and nothing else. It accepts and
// dials connections and hands on their chat stream; who to talk to is decided elsewhere. No
// identify, no ping, no stock discovery, no reconnecting: the reasons are in docs/ARCHITECTURE.md.
import type { Connection, Stream } from '@libp2p/interface'
import { tcp } from '@libp2p/tcp'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p, type Libp2p } from 'libp2p'

import { TidingsError } from '../core/errors.ts'
import type { DeviceId } from '../core/id.ts'
import {
  ADDRESS_DIAL_TIMEOUT_MS,
  CONNECTIONS_MAX,
  DIALS_FAR_MAX,
  DIALS_NEAR_MAX,
  DIAL_TIMEOUT_MS,
  HANDSHAKE_TIMEOUT_MS,
  HELLO_TIMEOUT_MS,
  INBOUND_PENDING_MAX,
  INBOUND_PER_SECOND_MAX,
  INBOUND_UPGRADE_TIMEOUT_MS,
  ADDRESSES_PER_PEER_MAX,
} from '../core/limits.ts'
import type { Logger } from '../core/logger.ts'
import { type Endpoint, hostOf } from './address.ts'
import { thriftyNoise } from './encrypter.ts'
import { type Crowding, Gate } from './gate.ts'
import { guarded } from './guarded.ts'
import { deviceOfPeer, hostKey } from './identity.ts'
import { libp2pLogger } from './libp2p-log.ts'
import { listeningAt } from './listening.ts'
import { guardedYamux } from './muxer.ts'
import { Turns } from './turns.ts'

export const CHAT_PROTOCOL = '/tidings/chat/1.0.0'

/** A connection whose other end proved to be `device`, with its one chat stream. */
export interface Line {
  readonly device: DeviceId
  readonly connection: Connection
  readonly stream: Stream
}

export interface HostInit {
  readonly seed: Uint8Array
  readonly listen: readonly string[]
  readonly isContact: (device: DeviceId) => boolean
  /** A node that is no contact is to go: others find no place. */
  readonly crowdedOut: (device: DeviceId, connection: Crowding) => void
  /** Monotonic milliseconds. */
  readonly now: () => number
  /** Another node dialed and opened its chat stream. Must not block. */
  readonly incoming: (line: Line) => void
  /** Another node connected, and proved itself, from this IP address. */
  readonly arrived: (host: string) => void
  readonly log: Logger
}

/** The part of libp2p that has the listeners. */
interface Components {
  readonly transportManager: { getListeners(): object[] }
}

type ListeningLibp2p = Libp2p<{ listeners: { all(): object[] } }>

export class Host {
  private readonly init: HostInit
  private libp2p: ListeningLibp2p | undefined
  private here: readonly Endpoint[] | undefined
  /** Connections that were accepted and have no chat stream yet. */
  private readonly silent = new Map<Connection, NodeJS.Timeout>()

  constructor(init: HostInit) {
    this.init = init
  }

  /** @throws `listen_failed` */
  async start(): Promise<void> {
    const libp2p = await this.compose()
    const { log } = this.init
    libp2p.addEventListener(
      'connection:open',
      guarded(log, 'connection open', ({ detail }) => this.opened(detail)),
    )
    libp2p.addEventListener(
      'connection:close',
      guarded(log, 'connection close', ({ detail }) => this.forget(libp2p, detail)),
    )
    const accept = guarded(log, 'chat stream', (stream: Stream, connection: Connection) =>
      this.accept(stream, connection),
    )
    await libp2p.handle(CHAT_PROTOCOL, accept, { maxInboundStreams: 1, maxOutboundStreams: 1 })
    try {
      await libp2p.start()
    } catch (error) {
      await libp2p.stop()
      throw listenFailure(this.init.listen, error)
    }
    this.libp2p = libp2p
    this.here = undefined
  }

  async stop(): Promise<void> {
    for (const timer of this.silent.values()) clearTimeout(timer)
    this.silent.clear()
    await this.libp2p?.stop()
    this.libp2p = undefined
    this.here = undefined
  }

  /** Where it listens, wildcards expanded to the addresses that the interfaces had last. */
  listening(): readonly Endpoint[] {
    return (this.here ??= listeningAt(this.libp2p?.services.listeners.all() ?? []))
  }

  /** Whether it is this node that listens there. */
  isOwn(address: string): boolean {
    return this.listening().some((here) => here.address === address)
  }

  networkChanged(): void {
    this.here = undefined
  }

  /** Connects, whoever is there, and tells when somebody is. */
  async connect(
    address: string,
    signal: AbortSignal,
    answered: () => void,
  ): Promise<[Connection, DeviceId]> {
    if (!this.libp2p) throw new TidingsError('shutting_down', 'this node is not running')
    const connection = await this.libp2p.dial(multiaddr(address), {
      signal,
      force: true,
      onProgress: ({ type }) => {
        if (type === 'upgrader:encrypt-outbound-connection') answered()
      },
    })
    const device = deviceOfPeer(connection.remotePeer)
    if (!device) {
      connection.abort(new Error('not an Ed25519 peer'))
      throw new TidingsError('protocol_error', `${address} is not a Tidings node`)
    }
    return [connection, device]
  }

  /** Opens the chat stream of a connection that this node dialed. */
  openStream(connection: Connection, signal: AbortSignal): Promise<Stream> {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(HELLO_TIMEOUT_MS)])
    return connection.newStream(CHAT_PROTOCOL, { signal: limit })
  }

  private async compose(): Promise<ListeningLibp2p> {
    const { seed, listen, log } = this.init
    const gate = new Gate(this.init)
    return createLibp2p({
      start: false,
      privateKey: hostKey(seed),
      addresses: { listen: [...listen] },
      transports: [tcp()],
      connectionEncrypters: [thriftyNoise(log, new Turns())],
      streamMuxers: [guardedYamux()],
      connectionGater: {
        denyInboundConnection: (from) => {
          gate.knock(from)
          return false
        },
        denyInboundEncryptedConnection: (peer, from) => gate.deny(peer, from),
      },
      connectionManager: {
        maxConnections: CONNECTIONS_MAX,
        // The gate keeps to INBOUND_PENDING_MAX; this would refuse contacts with the others.
        maxIncomingPendingConnections: 4 * INBOUND_PENDING_MAX,
        inboundConnectionThreshold: INBOUND_PER_SECOND_MAX,
        inboundUpgradeTimeout: INBOUND_UPGRADE_TIMEOUT_MS,
        inboundStreamProtocolNegotiationTimeout: HELLO_TIMEOUT_MS,
        outboundStreamProtocolNegotiationTimeout: HELLO_TIMEOUT_MS,
        maxParallelDials: (DIALS_NEAR_MAX + DIALS_FAR_MAX) * ADDRESSES_PER_PEER_MAX,
        addressDialTimeout: ADDRESS_DIAL_TIMEOUT_MS + HANDSHAKE_TIMEOUT_MS,
        dialTimeout: DIAL_TIMEOUT_MS,
        // The supervisor reconnects; this would give up after a few times (docs/ARCHITECTURE.md).
        reconnectRetries: 0,
      },
      // It aborts on the first late answer; sessions have their own rule (SILENCE_MAX_MS).
      connectionMonitor: { enabled: false },
      services: {
        // Not the manager itself: what is a service is started once more.
        listeners: ({ transportManager }: Components) => ({
          all: () => transportManager.getListeners(),
        }),
      },
      logger: libp2pLogger(log.child({ part: 'libp2p' })),
    })
  }

  /** Gives an accepted connection the time of a Hello to become a session. */
  private opened(connection: Connection): void {
    if (connection.direction !== 'inbound') return
    this.init.arrived(hostOf(connection.remoteAddr))
    const expire = (): void => connection.abort(new Error('no chat stream was opened'))
    this.silent.set(
      connection,
      setTimeout(guarded(this.init.log, 'idle', expire), HELLO_TIMEOUT_MS),
    )
  }

  private forget(libp2p: ListeningLibp2p, connection: Connection): void {
    clearTimeout(this.silent.get(connection))
    this.silent.delete(connection)
    if (libp2p.getConnections(connection.remotePeer).some(({ id }) => id !== connection.id)) return
    // Nothing here uses the peer store; strangers must not fill it.
    libp2p.peerStore.delete(connection.remotePeer).catch((error: unknown) => {
      this.init.log.debug({ err: error }, 'a peer could not be forgotten')
    })
  }

  private accept(stream: Stream, connection: Connection): void {
    const device = deviceOfPeer(connection.remotePeer)
    if (!device || connection.direction !== 'inbound') {
      stream.abort(new Error('the dialer opens the chat stream'))
      return
    }
    clearTimeout(this.silent.get(connection))
    this.silent.delete(connection)
    this.init.incoming({ device, connection, stream })
  }
}

const CAUSES: readonly [code: string, words: string][] = [
  ['EADDRINUSE', 'another program uses this port'],
  ['EACCES', 'this user may not use this port'],
  ['EADDRNOTAVAIL', 'this machine does not have this address'],
]

function listenFailure(listen: readonly string[], error: unknown): TidingsError {
  const text = error instanceof Error ? error.message : String(error)
  const words = CAUSES.find(([code]) => text.includes(code))?.[1] ?? 'the address cannot be used'
  const where = listen.map((address) => portIn(address) ?? address).join(' or ')
  return new TidingsError('listen_failed', `cannot listen on ${where}: ${words}`, { cause: error })
}

function portIn(address: string): string | undefined {
  const port = /\/tcp\/(\d+)$/.exec(address)?.[1]
  return port && `port ${port} (${address})`
}
