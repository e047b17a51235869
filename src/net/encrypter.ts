// Noise over TCP as libp2p has it, and what this program wants of both:
//   - Noise puts the length of a message into a packet of its own. Here both leave together where
//     the message is small; of a page, which fills many packets, that would be one copy more.
//   - It finds out that no whole length is there yet by an error, made anew, with its stack, after
//     each piece that came. Here that is always the same one.
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

const LENGTH_BYTES = 2
const TOO_SHORT = new RangeError('the length of a message is not there yet')

/** Bytes in one piece or many. */
interface Bytes {
  readonly byteLength: number
  /** In one piece. */
  subarray(): Uint8Array
  get(index: number): number
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
): (...components: Parameters<MakeNoise>) => ConnectionEncrypter {
  const make = noise()
  return (...components) => {
    const encrypter = make(...components)
    for (const side of ['secureInbound', 'secureOutbound'] as const) {
      const secure = encrypter[side].bind(encrypter)
      encrypter[side] = async (connection, options) => {
        if (!hasSocket(connection)) throw changed(log, 'socket')
        keepAlive(connection.socket)
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

function hasSocket(connection: object): connection is { readonly socket: Socket } {
  return 'socket' in connection && connection.socket instanceof Socket
}

function isEncrypted(connection: unknown): connection is Encrypted {
  const { encrypt, decoder } = connection as Partial<Encrypted>
  return typeof encrypt === 'function' && typeof decoder?.lengthDecoder === 'function'
}

function keepAlive(socket: Socket): void {
  socket.setKeepAlive(true, KEEPALIVE_AFTER_MS, KEEPALIVE_INTERVAL_MS, KEEPALIVE_PROBES)
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
