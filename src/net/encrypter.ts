// Noise over TCP as libp2p has it, and what this program wants of both:
//   - Noise puts the length of a message into a packet of its own. Here both leave together where
//     the message is small; of a page, which fills many packets, that would be one copy more.
//   - It finds out that no whole length is there yet by an error, made anew, with its stack, after
//     each piece that came. Here that is always the same one.
//   - What comes is read for a bounded time: a peer that sends what costs much and says nothing, as
//     empty frames of the muxer, would be read on and on while it comes.
//   - The system finds out that the network is gone: nothing wakes this process up meanwhile.
import { Socket } from 'node:net'

import { noise } from '@chainsafe/libp2p-noise'
import type { ConnectionEncrypter } from '@libp2p/interface'

import {
  JOINED_BYTES_MAX,
  KEEPALIVE_AFTER_MS,
  KEEPALIVE_INTERVAL_MS,
  KEEPALIVE_PROBES,
} from '../core/limits.ts'
import type { Logger } from '../core/logger.ts'
import type { Turns } from './turns.ts'

const LENGTH_BYTES = 2
const TOO_SHORT = new RangeError('the length of a message is not there yet')

/** Bytes in one piece or many. */
interface Bytes {
  readonly byteLength: number
  /** In one piece. */
  subarray(): Uint8Array
  get(index: number): number
}

/** A connection of TCP, and what is not in its public types. */
interface Socketed {
  readonly socket: Socket
  readonly readStatus: string
}

/** What noise makes of a connection; not in its public types. */
interface Encrypted {
  encrypt(message: Bytes): Bytes | Uint8Array
  /** Reads the length of each message in what came. */
  readonly decoder: { lengthDecoder(bytes: Bytes): number }
}

type MakeNoise = ReturnType<typeof noise>

/**
 * Where libp2p is another than what this fits, no connection is made: that must not be missed.
 *
 * @param log is told why, since libp2p tells only whoever dials
 */
export function thriftyNoise(
  log: Logger,
  turns: Turns,
): (...components: Parameters<MakeNoise>) => ConnectionEncrypter {
  const make = noise()
  return (...components) => {
    const encrypter = make(...components)
    for (const side of ['secureInbound', 'secureOutbound'] as const) {
      const secure = encrypter[side].bind(encrypter)
      encrypter[side] = async (connection, options) => {
        if (!hasSocket(connection)) throw changed(log, 'socket, readStatus')
        keepAlive(connection.socket)
        takeTurns(connection, turns)
        const secured = await secure(connection, options)
        if (!isEncrypted(secured.connection)) throw changed(log, 'encrypt, decoder')
        joinSmall(secured.connection)
        spareErrors(secured.connection)
        return secured
      }
    }
    return encrypter
  }
}

function changed(log: Logger, lacking: string): TypeError {
  log.error({ lacking }, 'libp2p has changed inside: no connection can be made')
  return new TypeError(`libp2p has changed inside: ${lacking}`)
}

function hasSocket(connection: object): connection is Socketed {
  const { socket, readStatus } = connection as Partial<Socketed>
  return socket instanceof Socket && typeof readStatus === 'string'
}

function isEncrypted(connection: unknown): connection is Encrypted {
  const { encrypt, decoder } = connection as Partial<Encrypted>
  return typeof encrypt === 'function' && typeof decoder?.lengthDecoder === 'function'
}

function keepAlive(socket: Socket): void {
  socket.setKeepAlive(true, KEEPALIVE_AFTER_MS, KEEPALIVE_INTERVAL_MS, KEEPALIVE_PROBES)
}

/** Stops reading until the next turn when the time of this one is used up. */
export function takeTurns(connection: Socketed, turns: Turns): void {
  const { socket } = connection
  // Called after what libp2p does with each piece that came.
  socket.on('data', () => {
    if (!turns.isOver) return
    socket.pause()
    turns.next(() => {
      // What libp2p paused meanwhile it resumes itself.
      if (connection.readStatus !== 'paused') socket.resume()
    })
  })
}

function joinSmall(encrypted: Encrypted): void {
  const encrypt = encrypted.encrypt.bind(encrypted)
  encrypted.encrypt = (message) => {
    const bytes = encrypt(message)
    return bytes.byteLength > JOINED_BYTES_MAX ? bytes : bytes.subarray()
  }
}

function spareErrors({ decoder }: Encrypted): void {
  decoder.lengthDecoder = (bytes) => {
    if (bytes.byteLength < LENGTH_BYTES) throw TOO_SHORT
    return bytes.get(0) * 0x100 + bytes.get(1)
  }
}
