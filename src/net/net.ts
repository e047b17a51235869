// The contract of networking: finding nodes, keeping connections to those that matter, and sessions
// in which both sides said Hello. Nothing above this layer knows about libp2p.
import type { Frame, HelloFrame } from '../core/frames.ts'
import type { AccountId, DeviceId } from '../core/id.ts'
import type { Logger } from '../core/logger.ts'
import type { Traffic } from './traffic.ts'

/** A node discovered on the network now. Name and account are its own claim until a Hello. */
export interface NearbyNode {
  readonly device: DeviceId
  readonly peerId: string
  readonly account: AccountId | undefined
  readonly name: string
  /** Multiaddrs without the peer id, e.g. `/ip4/10.0.0.7/tcp/4001`. */
  readonly addresses: readonly string[]
}

/** What discovery sent and heard on one network interface, over both IP families. */
export interface DiscoveryReport {
  readonly listening: boolean
  /** Without a break. */
  readonly listenedMs: number
  /** Its own questions come back, as multicast does to its own machine. */
  readonly hearsItself: boolean
  readonly queriesSent: number
  readonly answersSent: number
  /** Of other Tidings nodes. */
  readonly packetsHeard: number
  /** mDNS of other programs on other machines. */
  readonly othersHeard: number
  /** Nodes that are heard now. */
  readonly nodesHeard: number
  readonly error: string | undefined
}

/** One network interface, for `doctor` and for the user when discovery fails. */
export interface InterfaceReport extends DiscoveryReport {
  readonly name: string
  readonly addresses: readonly string[]
  /** Loopback: reaches this machine only. */
  readonly internal: boolean
  /** Connections that others opened to this node. */
  readonly connectionsIn: number
}

/** What became of trying to connect to a device. */
export type Knock =
  /** It is there, and proved itself. */
  | 'reached'
  /** The machine answers, and no program listens there. */
  | 'refused'
  /** Somebody answers, and ends the connection before a session comes about. */
  | 'closed'
  | 'silent'
  /** No network leads there, or something on the way says so. */
  | 'no_way'
  | 'other_device'

/** How an address is reached, and at what this node could be from there. */
export interface Way {
  /** The name of the interface whose network the address belongs to. */
  readonly interface: string | undefined
  /** Where this node listens in the same IP family, there if it does. */
  readonly port: number | undefined
}

export type Standing = 'contact' | 'stranger'

/** A connection with one device on which both Hellos were exchanged and checked. */
export interface Session {
  readonly device: DeviceId
  readonly account: AccountId
  readonly hello: HelloFrame
  /** The remote multiaddr. */
  readonly address: string
  /** Whether this node dialed. */
  readonly initiator: boolean
  readonly standing: Standing
  /** When both Hellos were there, in the milliseconds of `performance.now`. */
  readonly openedAtMs: number
  /** How much came, parts of frames too. */
  readonly receivedBytes: number
  /** When the other side showed life last, by the wall clock: the machine may sleep after that. */
  readonly heardAtMs: number
  /** A stranger became a contact: its bounds are lifted. */
  promote(): void
  /** Queues a frame. False when the outbox is long; `drained` tells when it is short again. */
  send(frame: Frame): boolean
  /** Resolves when the outbox is short, rejects when the session ends. */
  drained(): Promise<void>
  /**
   * Stops and resumes reading from the peer, all the way down to its TCP window. Whoever paused
   * resumes: reading goes on when all have.
   */
  pause(): void
  resume(): void
  /** Says Bye with the code and plain words, then closes. Safe to call twice. */
  close(code: string, reason: string): void
}

export interface SessionHandler {
  /** One validated frame. Must not throw; a throw closes the session and is logged. */
  frame(frame: Frame): void
  congested(congested: boolean): void
  closed(code: string, reason: string): void
}

/** Codes of `closed` where nobody wanted the end. */
export const OUTAGES: ReadonlySet<string> = new Set(['lost', 'timeout'])

/** What the layer above decides. */
export interface NetHooks {
  /** This node's Hello for that device. */
  hello(to: DeviceId): HelloFrame
  /** Whether room is reserved for the device before it said Hello. */
  isContact(device: DeviceId): boolean
  /** The device list is signed and names the device; what is this peer to us? */
  admit(device: DeviceId, hello: HelloFrame): Standing | 'refuse'
  session(session: Session): SessionHandler
  /** Called when the nearby list changed. */
  nearbyChanged(node: NearbyNode, present: boolean): void
  /** An address led to this device, its identity proven. */
  verified(device: DeviceId, address: string): void
  /** Discovery or listening failed or works again: for the user, once for each change. */
  trouble(where: string, message: string | undefined): void
}

export interface NetInit {
  readonly deviceSeed: Uint8Array
  /** Multiaddrs to listen on. */
  readonly listen: readonly string[]
  /** Claimed in mDNS records. */
  readonly announce: () => { readonly account: AccountId; readonly name: string }
  readonly mdns: { readonly enabled: boolean; readonly port: number }
  /** Interface names; empty `allow` means all. */
  readonly interfaces: { readonly allow: readonly string[]; readonly deny: readonly string[] }
  readonly log: Logger
}

export interface Target {
  readonly device?: DeviceId
  /** Multiaddrs, with or without a peer id. */
  readonly addresses: readonly string[]
}

export interface Net {
  readonly peerId: string
  start(): Promise<void>
  stop(): Promise<void>
  /** Where this node can be reached now, with its peer id, best first. */
  addresses(): string[]
  nearby(): NearbyNode[]
  interfaces(): InterfaceReport[]
  /** Lets discovery ask and tell on every interface now. */
  probe(): void
  wayTo(address: string): Way
  /** Connects to a device and closes that connection at once, whether or not there is a session. */
  knock(device: DeviceId, addresses: readonly string[], signal: AbortSignal): Promise<Knock>
  /** What went over all sessions since it started. */
  traffic(): Traffic
  /** Whether it is this node that listens there. */
  isOwn(address: string): boolean
  /** Keeps a session with the device, for ever, until `release`. Verified addresses come first. */
  keep(device: DeviceId, addresses: readonly string[]): void
  release(device: DeviceId): void
  /** The live session with a device. */
  session(device: DeviceId): Session | undefined
  /**
   * Dials now.
   *
   * @throws `unreachable` when no address answers, `identity_mismatch` when another device does,
   * `contact_is_self`
   */
  reach(target: Target, signal: AbortSignal): Promise<Session>
}
