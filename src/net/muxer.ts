// Yamux with a guard, which reads each header as soon as it is there and refuses what no honest
// peer sends. Without it
//   - a data frame is collected whole before the window is looked at, and its length has 32 bits:
//     one frame of a stranger could take 4 GiB of memory;
//   - a ping and a stream that is one too many are answered whether or not the answers are read:
//     12 bytes of a stranger that does not read take some hundred bytes of memory, without end.
// And each frame of data is answered by one that gives back its part of the window, encrypted and
// in a packet of its own. Here that is sent when half of the window is used up.
import { performance } from 'node:perf_hooks'

import { type YamuxMuxerInit, yamux } from '@chainsafe/libp2p-yamux'
import { StreamState } from '@chainsafe/libp2p-yamux/stream'
import type { MessageStream, StreamMuxer, StreamMuxerFactory } from '@libp2p/interface'

import {
  INBOUND_STREAMS_MAX,
  MUXER_FRAME_BYTES_MAX,
  MUXER_OPENINGS_PER_SECOND_MAX,
  MUXER_PING_INTERVAL_MS,
  OUTBOX_BYTES_MAX,
  STREAM_WINDOW_BYTES_MAX,
} from '../core/limits.ts'

const CHANGED = 'yamux has changed inside: the guard does not fit'
const HEADER_BYTES = 12
const TYPE_AT = 1
const TYPE_DATA = 0
const SYN = 1
const LENGTH_AT = 8

/** The part of yamux's decoder that the guard stands in front of; not in its public types. */
interface Decoder {
  readonly buffer: { readonly byteLength: number; subarray(from: number, to: number): Uint8Array }
  readFrame(): { readonly header: { readonly flag: number } } | undefined
}

/** What makes streams in the muxer, and how these give back the window; not in its public types. */
interface Windows {
  _newStream(...given: readonly unknown[]): Windowed
}

interface Windowed {
  readonly state: StreamState
  readonly recvWindow: number
  readonly recvWindowCapacity: number
  sendWindowUpdate(): void
}

const init: YamuxMuxerInit = {
  // The first measures how long the way takes, which windows go by; later ones say what ours do.
  keepAliveInterval: MUXER_PING_INTERVAL_MS,
  maxInboundStreams: INBOUND_STREAMS_MAX,
  maxOutboundStreams: INBOUND_STREAMS_MAX,
  // libp2p aborts a paused stream that holds more than 4 MiB; the default window grows to 16 MiB.
  streamOptions: {
    maxStreamWindowSize: STREAM_WINDOW_BYTES_MAX,
    maxWriteBufferLength: OUTBOX_BYTES_MAX,
  },
}

export function guardedYamux(): () => StreamMuxerFactory {
  const inner = yamux(init)
  return () => {
    const factory = inner()
    return {
      protocol: factory.protocol,
      createStreamMuxer: (connection: MessageStream): StreamMuxer => {
        const muxer = factory.createStreamMuxer(connection)
        guard((muxer as unknown as { decoder: Decoder }).decoder)
        spareUpdates(muxer as unknown as Windows)
        return muxer
      },
    }
  }
}

function guard(decoder: Decoder): void {
  // A throw refuses the connection: better no connection than one without the guard.
  if (typeof decoder?.readFrame !== 'function' || decoder.buffer?.byteLength === undefined) {
    throw new TypeError(CHANGED)
  }
  const readFrame = decoder.readFrame.bind(decoder)
  const openings = new Openings()
  decoder.readFrame = () => {
    if (decoder.buffer.byteLength >= HEADER_BYTES) {
      const header = decoder.buffer.subarray(0, HEADER_BYTES)
      const lengthBytes = new DataView(header.buffer, header.byteOffset).getUint32(LENGTH_AT)
      if (header[TYPE_AT] === TYPE_DATA && lengthBytes > MUXER_FRAME_BYTES_MAX) {
        throw new RangeError(`a yamux data frame of ${lengthBytes} bytes`)
      }
    }
    const frame = readFrame()
    if (frame && (frame.header.flag & SYN) !== 0) openings.count()
    return frame
  }
}

function spareUpdates(muxer: Windows): void {
  if (typeof muxer._newStream !== 'function') throw new TypeError(CHANGED)
  const newStream = muxer._newStream.bind(muxer)
  muxer._newStream = (...given) => {
    const stream = newStream(...given)
    const { recvWindow, recvWindowCapacity } = stream
    if (!(recvWindow > 0) || !(recvWindowCapacity > 0)) throw new TypeError(CHANGED)
    const send = stream.sendWindowUpdate.bind(stream)
    stream.sendWindowUpdate = () => {
      // Before it is established, an update says that it is.
      const isOpen = stream.state === StreamState.Established
      if (!isOpen || stream.recvWindowCapacity < stream.recvWindow / 2) send()
    }
    return stream
  }
}

/** Pings and new streams, of which an honest peer sends a few in a minute. */
class Openings {
  private sinceMs = -Infinity
  private seen = 0

  count(): void {
    const now = performance.now()
    if (now - this.sinceMs >= 1000) {
      this.sinceMs = now
      this.seen = 0
    }
    this.seen += 1
    if (this.seen > MUXER_OPENINGS_PER_SECOND_MAX) {
      throw new RangeError('more yamux pings and streams than any honest peer sends')
    }
  }
}
