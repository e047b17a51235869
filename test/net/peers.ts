// Real nets for tests: each with its keys, its hooks, and a record of what its hooks were told.
import { randomBytes } from 'node:crypto'

import type { DeviceList, Frame, HelloFrame } from '../../src/core/frames.ts'
import { type AccountId, type DeviceId, idFromBytes } from '../../src/core/id.ts'
import { silentLogger } from '../../src/core/logger.ts'
import { publicKeyFromSeed, type Signer, signerFromSeed } from '../../src/core/run.ts'
import { createNet } from '../../src/net/net-libp2p.ts'
import type {
  InterfaceReport,
  NearbyNode,
  Net,
  NetHooks,
  NetInit,
  Session,
  Standing,
} from '../../src/net/net.ts'
import { signDeviceList } from '../../src/wire/devices.ts'

export interface Keys<Id> {
  readonly seed: Buffer
  readonly id: Id
  readonly sign: Signer
}

export function makeKeys<Id extends AccountId | DeviceId>(seed = randomBytes(32)): Keys<Id> {
  return { seed, id: idFromBytes<Id>(publicKeyFromSeed(seed)), sign: signerFromSeed(seed) }
}

export interface PeerOptions {
  readonly device?: Keys<DeviceId>
  readonly account?: Keys<AccountId>
  readonly listen?: readonly string[]
  readonly standing?: Standing | 'refuse'
  readonly isContact?: (device: DeviceId) => boolean
  readonly devices?: DeviceList
  readonly onFrame?: (frame: Frame, session: Session) => void
  readonly tell?: (event: PeerEvent) => void
  readonly mdnsPort?: number
  readonly interfaces?: NetInit['interfaces']
  readonly name?: string
}

/** What a peer in another process reports. */
export type PeerEvent =
  | { readonly event: 'ready'; readonly device: DeviceId; readonly addresses: readonly string[] }
  | { readonly event: 'session'; readonly device: DeviceId }
  | { readonly event: 'closed'; readonly device: DeviceId; readonly code: string }
  | { readonly event: 'nearby'; readonly node: NearbyNode; readonly present: boolean }
  | { readonly event: 'trouble'; readonly where: string; readonly message: string | undefined }
  | { readonly event: 'interfaces'; readonly reports: readonly InterfaceReport[] }

export interface Closed {
  readonly device: DeviceId
  readonly code: string
  readonly reason: string
}

/** One node's network and what happened on it. */
export class Peer implements AsyncDisposable {
  readonly device: Keys<DeviceId>
  readonly account: Keys<AccountId>
  readonly net: Net
  readonly log: string[] = []
  readonly sessions: Session[] = []
  readonly frames: Frame[] = []
  readonly closed: Closed[] = []
  readonly verified: string[] = []
  readonly troubles = new Map<string, string | undefined>()
  congested: boolean[] = []
  private readonly options: PeerOptions

  constructor(options: PeerOptions = {}) {
    this.options = options
    this.account = options.account ?? makeKeys<AccountId>()
    this.device = options.device ?? makeKeys<DeviceId>()
    this.net = createNet(
      {
        deviceSeed: this.device.seed,
        listen: options.listen ?? ['/ip4/127.0.0.1/tcp/0'],
        announce: () => ({ account: this.account.id, name: options.name ?? 'Ada' }),
        mdns: { enabled: options.mdnsPort !== undefined, port: options.mdnsPort ?? 0 },
        interfaces: options.interfaces ?? { allow: ['lo'], deny: [] },
        log: silentLogger,
      },
      this.hooks(),
    )
  }

  /** Started, and stopped at the end of the scope that has it. */
  static async start(options: PeerOptions = {}): Promise<Peer> {
    const peer = new Peer(options)
    await peer.net.start()
    return peer
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.net.stop()
  }

  get id(): DeviceId {
    return this.device.id
  }

  reach(other: Peer): Promise<Session> {
    return this.net.reach({ addresses: other.net.addresses() }, AbortSignal.timeout(10_000))
  }

  hello(): HelloFrame {
    const devices =
      this.options.devices ?? signDeviceList(this.account.id, 1, [this.id], this.account.sign)
    return {
      type: 'hello',
      version: 1,
      devices,
      name: this.options.name ?? 'Ada',
      agent: 'test',
      addresses: [],
    }
  }

  private hooks(): NetHooks {
    const { tell } = this.options
    return {
      hello: () => this.hello(),
      isContact: this.options.isContact ?? (() => this.options.standing !== 'stranger'),
      admit: () => this.options.standing ?? 'contact',
      session: (session) => {
        this.sessions.push(session)
        this.log.push(`open ${session.device}`)
        tell?.({ event: 'session', device: session.device })
        return {
          frame: (frame) => {
            this.frames.push(frame)
            this.options.onFrame?.(frame, session)
          },
          congested: (congested) => this.congested.push(congested),
          closed: (code, reason) => {
            this.closed.push({ device: session.device, code, reason })
            this.log.push(`closed ${session.device}`)
            tell?.({ event: 'closed', device: session.device, code })
          },
        }
      },
      nearbyChanged: (node, present) => tell?.({ event: 'nearby', node, present }),
      verified: (_device, address) => this.verified.push(address),
      trouble: (where, message) => {
        this.troubles.set(where, message)
        tell?.({ event: 'trouble', where, message })
      },
    }
  }
}

/** Looks every few ms until `isTrue`, or fails with `what`. */
export async function until(isTrue: () => boolean, what: string, limitMs = 5000): Promise<number> {
  const start = performance.now()
  while (!isTrue()) {
    if (performance.now() - start > limitMs) throw new Error(`not within ${limitMs} ms: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  return performance.now() - start
}
