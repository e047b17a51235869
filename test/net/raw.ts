// A bare libp2p node that keeps none of our rules: the stranger with bad intentions.
import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import type { Connection, PrivateKey, Stream } from '@libp2p/interface'
import { tcp } from '@libp2p/tcp'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p, type Libp2p } from 'libp2p'

import type { Frame } from '../../src/core/frames.ts'
import { hostKey } from '../../src/net/identity.ts'
import { decodeFrame, encodeFrame } from '../../src/wire/frames.ts'
import { frameBytes, FrameSplitter } from '../../src/wire/framing.ts'
import { Peer, until } from './peers.ts'

export class Raw implements AsyncDisposable {
  readonly heard: Frame[] = []
  /** Says the right Hello for this key, if it wants to. */
  readonly as: Peer
  /** Does not close when it is told Bye. */
  ignoresBye = false
  connection: Connection | undefined
  stream: Stream | undefined
  private readonly libp2p: Libp2p

  private constructor(libp2p: Libp2p, as: Peer) {
    this.libp2p = libp2p
    this.as = as
  }

  static async make(): Promise<Raw> {
    const as = new Peer()
    const privateKey: PrivateKey = hostKey(as.device.seed)
    const libp2p = await createLibp2p({
      privateKey,
      transports: [tcp()],
      connectionEncrypters: [noise()],
      streamMuxers: [yamux()],
      connectionMonitor: { enabled: false },
    })
    return new Raw(libp2p, as)
  }

  async connect(to: Peer): Promise<Connection> {
    this.connection = await this.libp2p.dial(multiaddr(to.net.addresses()[0] ?? ''))
    return this.connection
  }

  /** Opens the chat stream and listens. */
  async open(to: Peer): Promise<Stream> {
    const connection = await this.connect(to)
    const stream = await connection.newStream('/tidings/chat/1.0.0')
    const splitter = new FrameSplitter()
    stream.addEventListener('message', ({ data }) => {
      this.heard.push(...splitter.push(data.subarray()).map(decodeFrame))
      if (this.bye() && !this.ignoresBye) this.connection?.abort(new Error('bye'))
    })
    this.stream = stream
    return stream
  }

  /** The same, says Hello there, and has a session. */
  async meet(to: Peer): Promise<Stream> {
    const before = to.sessions.length
    const stream = await this.open(to)
    this.say(this.as.hello())
    await until(() => to.sessions.length > before, 'the session')
    return stream
  }

  say(...frames: readonly Frame[]): void {
    this.stream?.send(Buffer.concat(frames.map((frame) => frameBytes(encodeFrame(frame)))))
  }

  /** The Bye that it heard. */
  bye(): { readonly code: string; readonly reason: string } | undefined {
    return this.heard.find((frame) => frame.type === 'bye')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.libp2p.stop()
  }
}
