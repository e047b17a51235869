// A bare libp2p node that keeps none of our rules. It has an account and a device of its own, so it
// can be a stranger, a contact or somebody who was one.
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'

import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import type { Connection, Stream } from '@libp2p/interface'
import { tcp, type TCPOptions } from '@libp2p/tcp'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p, type Libp2p } from 'libp2p'

import type { DeviceList, Frame, HelloFrame } from '../../src/core/frames.ts'
import {
  type AccountId,
  type ConversationId,
  type DeviceId,
  directConversation,
} from '../../src/core/id.ts'
import { hostKey } from '../../src/net/identity.ts'
import { signDeviceList } from '../../src/wire/devices.ts'
import { decodeFrame, encodeFrame } from '../../src/wire/frames.ts'
import { frameBytes, FrameSplitter } from '../../src/wire/framing.ts'
import { type Keys, makeKeys } from '../net/peers.ts'

const CHAT = '/tidings/chat/1.0.0'
const PATIENCE_MS = 10_000
const POLL_MS = 2

/** Who is attacked. */
export interface Victim {
  readonly address: string
  readonly account: AccountId
}

export interface FoeOptions {
  readonly account?: Keys<AccountId>
  readonly device?: Keys<DeviceId>
  readonly devices?: DeviceList
  readonly name?: string
  /** The loopback address that it comes from: hosts have bounds of their own. */
  readonly source?: string
}

/** `127.0.X.Y`, another one for each number. */
export function sourceOf(number: number): string {
  return `127.0.${66 + (Math.floor(number / 250) % 100)}.${1 + (number % 250)}`
}

export class Foe implements AsyncDisposable {
  readonly account: Keys<AccountId>
  readonly device: Keys<DeviceId>
  readonly victim: Victim
  readonly conversation: ConversationId
  connection: Connection | undefined
  stream: Stream | undefined
  /** What the victim said in the session that is open, or was last. */
  heard: Frame[] = []
  /** The same as it came: to make frames out of. */
  heardBytes: Uint8Array[] = []
  /** Why the stream is closed. */
  endedBy = ''
  private readonly options: FoeOptions
  private libp2p: Libp2p | undefined

  constructor(victim: Victim, options: FoeOptions = {}) {
    this.victim = victim
    this.options = options
    this.account = options.account ?? makeKeys<AccountId>()
    this.device = options.device ?? makeKeys<DeviceId>()
    this.conversation = directConversation(victim.account, this.account.id)
  }

  get isOpen(): boolean {
    return this.connection?.status === 'open' && this.stream?.status === 'open'
  }

  hello(changes: Partial<HelloFrame> = {}): HelloFrame {
    const { account, device, options } = this
    const devices = options.devices ?? signDeviceList(account.id, 1, [device.id], account.sign)
    const name = options.name ?? 'Mallory'
    return { type: 'hello', version: 1, devices, name, agent: 'foe', addresses: [], ...changes }
  }

  async connect(limitMs = PATIENCE_MS): Promise<Connection> {
    this.libp2p ??= await this.compose()
    const signal = AbortSignal.timeout(limitMs)
    const to = multiaddr(this.victim.address)
    this.connection = await this.libp2p.dial(to, { signal, force: true })
    return this.connection
  }

  /** Opens the chat stream and listens. */
  async open(limitMs = PATIENCE_MS): Promise<Stream> {
    const connection = await this.connect(limitMs)
    const stream = await connection.newStream(CHAT, { signal: AbortSignal.timeout(limitMs) })
    const splitter = new FrameSplitter()
    const heard: Frame[] = (this.heard = [])
    const heardBytes: Uint8Array[] = (this.heardBytes = [])
    stream.addEventListener('message', ({ data }) => {
      for (const bytes of splitter.push(data.subarray())) {
        heardBytes.push(bytes)
        heard.push(decodeFrame(bytes))
      }
      if (heard.some(({ type }) => type === 'bye')) connection.abort(new Error('heard Bye'))
    })
    stream.addEventListener('close', ({ error, local }) => {
      this.endedBy = `${local ? 'us' : 'them'}: ${error?.message ?? 'no error'}`
    })
    this.stream = stream
    return stream
  }

  /** A session in which both said Hello. */
  async greet(limitMs = PATIENCE_MS, changes: Partial<HelloFrame> = {}): Promise<HelloFrame> {
    await this.open(limitMs)
    this.say(this.hello(changes))
    return this.hear('hello', limitMs)
  }

  /** A session as contacts of each other, with a victim that takes requests by itself. */
  async befriend(limitMs = PATIENCE_MS): Promise<void> {
    await this.greet(limitMs)
    this.say({ type: 'contact', request: randomBytes(8).toString('hex'), text: '' })
    await this.hear('contact', limitMs)
    // Its clocks tell that messages flow.
    await this.hear('clocks', limitMs)
  }

  say(...frames: readonly Frame[]): boolean {
    return this.sayBytes(Buffer.concat(frames.map((frame) => frameBytes(encodeFrame(frame)))))
  }

  /** Anything at all; false when the stream is full. */
  sayBytes(bytes: Uint8Array): boolean {
    try {
      return this.isOpen && (this.stream?.send(bytes) ?? false)
    } catch {
      // It closed a moment ago.
      return false
    }
  }

  /** Resolves when more can be said, or nothing any more. */
  async room(): Promise<void> {
    while (this.isOpen && this.stream?.writableNeedsDrain) await sleep(POLL_MS)
  }

  async hear<T extends Frame['type']>(
    type: T,
    limitMs = PATIENCE_MS,
  ): Promise<Extract<Frame, { type: T }>> {
    const deadline = performance.now() + limitMs
    for (;;) {
      const frame = this.heard.find((each) => each.type === type)
      if (frame) return frame as Extract<Frame, { type: T }>
      const bye = this.heard.find((each) => each.type === 'bye')
      if (bye) throw new Error(`no ${type} but a Bye: ${JSON.stringify(bye)}`)
      if (!this.isOpen) throw new Error(`no ${type}: the connection is closed`)
      if (performance.now() > deadline) throw new Error(`no ${type} within ${limitMs} ms`)
      await sleep(POLL_MS)
    }
  }

  /** Resolves once the victim closed; false when it did not in time. */
  async closed(limitMs = PATIENCE_MS): Promise<boolean> {
    const deadline = performance.now() + limitMs
    while (this.isOpen) {
      if (performance.now() > deadline) return false
      await sleep(POLL_MS)
    }
    return true
  }

  hangUp(): void {
    this.connection?.abort(new Error('hangs up'))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.libp2p?.stop()
  }

  private compose(): Promise<Libp2p> {
    const { source } = this.options
    const dialOpts = source === undefined ? {} : { localAddress: source }
    return createLibp2p({
      privateKey: hostKey(this.device.seed),
      transports: [tcp({ dialOpts } as TCPOptions)],
      connectionEncrypters: [noise()],
      streamMuxers: [yamux({ maxOutboundStreams: 100_000 })],
      connectionMonitor: { enabled: false },
      connectionManager: { reconnectRetries: 0, maxConnections: 10_000, maxParallelDials: 1000 },
    })
  }
}

/** The part of a libp2p connection below its streams; not in the public types. */
export function muxerOf(connection: Connection): Stream {
  return (connection as unknown as { muxer: { maConn: Stream } }).muxer.maConn
}
