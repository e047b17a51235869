// Noise over TCP as libp2p has it, and what this program wants of both:
//   - Noise puts the length of a message into a packet of its own. Here both leave together where
//     the message is small; of a page, which fills many packets, that would be one copy more.
//   - It finds out that no whole length is there yet by an error, made anew, with its stack, after
//     each piece that came. Here that is always the same one.
//   - The system finds out that the network is gone: nothing wakes this process up meanwhile.
import { Socket } from 'node:net'

import { noise } from '@chainsafe/libp2p-noise'
import type { ConnectionEncrypter } from '@libp2p/interface'

import { KEEPALIVE_AFTER_MS, KEEPALIVE_INTERVAL_MS, KEEPALIVE_PROBES } from '../core/limits.ts'

const CHANGED = 'libp2p has changed inside'
const LENGTH_BYTES = 2
const SMALL_BYTES_MAX = 8 * 1024
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

export function thriftyNoise(): (...components: Parameters<MakeNoise>) => ConnectionEncrypter {
  const make = noise()
  return (...components) => {
    const encrypter = make(...components)
    for (const side of ['secureInbound', 'secureOutbound'] as const) {
      const secure = encrypter[side].bind(encrypter)
      encrypter[side] = async (connection, options) => {
        keepAlive(connection)
        const secured = await secure(connection, options)
        spare(secured.connection as unknown as Encrypted)
        return secured
      }
    }
    return encrypter
  }
}

/** A throw refuses the connection: that libp2p is another must not be missed. */
function keepAlive(connection: object): void {
  if (!('socket' in connection && connection.socket instanceof Socket)) throw new TypeError(CHANGED)
  connection.socket.setKeepAlive(true, KEEPALIVE_AFTER_MS, KEEPALIVE_INTERVAL_MS, KEEPALIVE_PROBES)
}

function spare(encrypted: Encrypted): void {
  const { decoder } = encrypted
  const fits =
    typeof encrypted.encrypt === 'function' && typeof decoder?.lengthDecoder === 'function'
  if (!fits) throw new TypeError(CHANGED)
  const encrypt = encrypted.encrypt.bind(encrypted)
  encrypted.encrypt = (message) => {
    const bytes = encrypt(message)
    return bytes.byteLength > SMALL_BYTES_MAX ? bytes : bytes.subarray()
  }
  decoder.lengthDecoder = (bytes) => {
    if (bytes.byteLength < LENGTH_BYTES) throw TOO_SHORT
    return bytes.get(0) * 0x100 + bytes.get(1)
  }
}
