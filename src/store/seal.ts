// Sealing: every value is encrypted and authenticated with the profile's data key, and bound to the
// name of its key, so that nothing on disk can be read, changed, or put in another's place unseen.
//
//   sealed = format (1 byte) ‖ nonce (12 bytes, random) ‖ AES-256-GCM(value) ‖ tag (16 bytes)
//
// Nonces are random and not counted: a copied database or a machine set back in time would count
// the same numbers twice. 2^32 values under one key are safe (NIST SP 800-38D, 8.3).
import { createCipheriv, createDecipheriv } from 'node:crypto'

import { TidingsError } from '../core/errors.ts'

export const DATA_KEY_BYTES = 32

/** Cryptographically strong random bytes. */
export type RandomBytes = (length: number) => Uint8Array

const CIPHER = 'aes-256-gcm'
const FORMAT = 1
const NONCE_BYTES = 12
const TAG_BYTES = 16
const HEADER_BYTES = 1 + NONCE_BYTES
// Drawn many at a time: a call for 12 random bytes costs as much as sealing a message.
const NONCES_DRAWN = 256

export class Sealer {
  private readonly key: Uint8Array
  private readonly random: RandomBytes
  private nonces: Uint8Array = new Uint8Array(0)

  constructor(key: Uint8Array, random: RandomBytes) {
    if (key.byteLength !== DATA_KEY_BYTES) throw new TypeError('a data key has 32 bytes')
    this.key = key
    this.random = random
  }

  /** @param name what the value is bound to: the bytes of its key in the database */
  seal(name: Uint8Array, value: Uint8Array): Buffer {
    const nonce = this.nonce()
    const cipher = createCipheriv(CIPHER, this.key, nonce)
    cipher.setAAD(name)
    const body = cipher.update(value)
    cipher.final()
    return Buffer.concat([Buffer.of(FORMAT), nonce, body, cipher.getAuthTag()])
  }

  /** @throws TidingsError `database_damaged` when it is not what was sealed under that name */
  open(name: Uint8Array, sealed: Uint8Array): Buffer {
    if (sealed.byteLength < HEADER_BYTES + TAG_BYTES || sealed[0] !== FORMAT) throw damaged()
    const tagAt = sealed.byteLength - TAG_BYTES
    const decipher = createDecipheriv(CIPHER, this.key, sealed.subarray(1, HEADER_BYTES), {
      authTagLength: TAG_BYTES,
    })
    decipher.setAAD(name)
    decipher.setAuthTag(sealed.subarray(tagAt))
    const value = decipher.update(sealed.subarray(HEADER_BYTES, tagAt))
    try {
      decipher.final()
    } catch (cause) {
      throw damaged(cause)
    }
    return value
  }

  private nonce(): Uint8Array {
    if (this.nonces.byteLength === 0) this.nonces = this.random(NONCES_DRAWN * NONCE_BYTES)
    const nonce = this.nonces.subarray(0, NONCE_BYTES)
    this.nonces = this.nonces.subarray(NONCE_BYTES)
    return nonce
  }
}

function damaged(cause?: unknown): TidingsError {
  return new TidingsError('database_damaged', 'a stored value is not what was written', { cause })
}
